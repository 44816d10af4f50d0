package render

import (
	"strconv"
	"strings"
	"time"

	"github.com/crisphost/crisphost/internal/tape"
	"github.com/crisphost/crisphost/internal/timetext"
)

// timeOf reads a value as a time when its name says that it is one: Crisp's times are Unix milliseconds.
func timeOf(name string, v Value) (time.Time, bool) {
	if v.kind() != tape.Number || !isTimeName(name) {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(v.Text(), 10, 64)
	// From 2001 to 2128: anything else is no time in milliseconds.
	if err != nil || ms < 1e12 || ms > 5e12 {
		return time.Time{}, false
	}
	return time.UnixMilli(ms), true
}

func isTimeName(name string) bool {
	switch name {
	case "timestamp", "last", "date", "since", "until", "time":
		return true
	}
	return strings.HasSuffix(name, "_at") || strings.HasSuffix(name, "_since") || strings.HasSuffix(name, "_until") ||
		strings.HasSuffix(name, "timestamp") || strings.HasSuffix(name, "_date")
}

// relative tells a time by its distance: "4 min ago", "in 2 h", and the date beyond a month.
func relative(t, now time.Time) string {
	d := now.Sub(t)
	switch {
	case d.Abs() >= 31*24*time.Hour:
		return t.In(now.Location()).Format(time.DateOnly)
	case d >= 0 && d < time.Minute:
		return "just now"
	case d < 0 && -d < time.Minute:
		return "in 1 min"
	}
	return timetext.Relative(t, now, 0)
}
