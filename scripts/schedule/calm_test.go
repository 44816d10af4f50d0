package schedule

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// An outage that several calls ran into is one line, and says a thing once.
func TestOutageIsOneLine(t *testing.T) {
	var log strings.Builder
	s := &Scheduler{calm: newCalm(slog.NewTextHandler(&log, nil))}
	away := errors.New("no answer:\n\tdial")
	s.outage("it waits", errors.Join(away, errors.New("another"), away))
	if text := log.String(); !strings.Contains(text, `error="no answer: dial; another"`) || strings.Count(text, "\n") != 1 {
		t.Errorf("log %q", text)
	}
}
