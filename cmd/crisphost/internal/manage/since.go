package manage

import (
	"fmt"
	"strings"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/timetext"
)

// parseSince reads the time of --since.
func parseSince(text string, now time.Time) (time.Time, error) { return parseTime("since", text, now) }

// parseTime reads the time of a flag: how long ago (90m, 2h, 3d, 1w2d), a day (2026-11-20, today, yesterday), a day with a time of it
// in the zone of now, or RFC 3339.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	year, month, day := now.Date()
	switch strings.ToLower(text) {
	case "today":
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), nil
	case "yesterday":
		return time.Date(year, month, day-1, 0, 0, 0, 0, now.Location()), nil
	}
	if ago, ok := timetext.ParseDuration(text); ok {
		return now.Add(-ago), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	for _, layout := range []string{time.DateOnly, "2006-01-02 15:04", "2006-01-02T15:04", time.DateTime, "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, &usage.Error{
		Problem: fmt.Sprintf("--%s %q is not a time", flag, text),
		Hint:    "write how long ago (90m, 2h, 3d), a day (" + now.Format(time.DateOnly) + ", yesterday), or a time (" + now.Format(time.RFC3339) + ")",
	}
}
