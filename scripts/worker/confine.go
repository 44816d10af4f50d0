//go:build unix

package worker

import (
	"log/slog"
	"strings"
)

// confinement is what the system keeps workers from.
type confinement struct {
	privileges, capabilities string
	landlock                 int // the version of Landlock, or 0
	missing                  []string
}

func (c *confinement) miss(what string) { c.missing = append(c.missing, what) }

// tell logs what holds.
func (c *confinement) tell(log *slog.Logger) {
	attrs := []any{slog.String("privileges", c.privileges), slog.String("capabilities", c.capabilities), slog.Int("landlock", c.landlock)}
	if len(c.missing) == 0 {
		log.Info("workers are confined", attrs...)
		return
	}
	log.Warn("workers are confined in part: this system has not all that it takes", append(attrs, slog.String("missing", strings.Join(c.missing, "; ")))...)
}
