package console

import (
	"fmt"
	"time"

	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts/state"
)

// present is how far from now a time is "now".
const present = 5 * time.Second

// moment is a time as a page shows it. The relative form is kept up to date by the page's script, by the same rules.
type moment struct {
	Machine  string // RFC 3339
	Absolute string
	Relative string
}

func (c *Console) moment(t time.Time) moment {
	return moment{Machine: t.UTC().Format(time.RFC3339Nano), Absolute: c.absolute(t), Relative: timetext.Relative(t, c.Now(), present)}
}

func (c *Console) absolute(t time.Time) string {
	return t.In(c.Zone).Format("Mon 2 Jan 2006, 15:04:05 MST")
}

// dayAndTime is short for tables: the day is left out when it is today.
func (c *Console) dayAndTime(t time.Time) string {
	t, now := t.In(c.Zone), c.Now().In(c.Zone)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return t.Format("15:04:05")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04:05")
	}
	return t.Format("2 Jan 2006 15:04")
}

// due is the time that a schedule named for a run, or empty.
func (c *Console) due(t state.Trigger) string {
	if t.Tick.IsZero() {
		return ""
	}
	return c.dayAndTime(t.Tick)
}

// zoneText names the console's zone with its offset of today.
func (c *Console) zoneText() string {
	now := c.Now().In(c.Zone)
	name := c.Zone.String()
	if name == "Local" {
		name, _ = now.Zone()
	}
	offset := now.Format("-07:00")
	if name == "UTC" {
		return name
	}
	return fmt.Sprintf("%s, UTC%s", name, offset)
}
