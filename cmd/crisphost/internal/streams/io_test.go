package streams_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
)

// A script may log a field that is called as the handler's own time is.
func TestLoggerKeepsFieldsNamedTime(t *testing.T) {
	var out strings.Builder
	streams.Logger(&out, slog.LevelInfo).Info("x", "time", "12:30")
	if want := "level=INFO msg=x time=12:30\n"; out.String() != want {
		t.Errorf("wrote %q, want %q", out.String(), want)
	}
}
