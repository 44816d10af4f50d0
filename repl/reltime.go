package repl

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// timeOf reads a value as a time when its name says that it is one: Crisp's times are Unix milliseconds.
func timeOf(name string, v value) (time.Time, bool) {
	if v.kind != '0' || !isTimeName(name) {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(v.text, 10, 64)
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
	if d < 0 {
		if text := distance(-d); text != "" {
			return "in " + text
		}
		return dateOf(t, now)
	}
	if d < time.Minute {
		return "just now"
	}
	if text := distance(d); text != "" {
		return text + " ago"
	}
	return dateOf(t, now)
}

func distance(d time.Duration) string {
	switch {
	case d < time.Hour:
		return fmt.Sprintf("%d min", max(1, int(d/time.Minute)))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	case d < 31*24*time.Hour:
		return fmt.Sprintf("%d days", int(d/(24*time.Hour)))
	}
	return ""
}

func dateOf(t, now time.Time) string { return t.In(now.Location()).Format("2006-01-02") }
