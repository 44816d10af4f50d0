package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// parseSince reads the time of --since: how long ago (90m, 2h, 3d, 1w2d), a day (2026-11-20, today, yesterday), a day with a time of it
// in the zone of now, or RFC 3339.
func parseSince(text string, now time.Time) (time.Time, error) {
	year, month, day := now.Date()
	switch strings.ToLower(text) {
	case "today":
		return time.Date(year, month, day, 0, 0, 0, 0, now.Location()), nil
	case "yesterday":
		return time.Date(year, month, day-1, 0, 0, 0, 0, now.Location()), nil
	}
	if ago, ok := parseAgo(text); ok {
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
	return time.Time{}, &usageError{
		problem: fmt.Sprintf("--since %q is not a time", text),
		hint:    "write how long ago (90m, 2h, 3d), a day (" + now.Format(time.DateOnly) + ", yesterday), or a time (" + now.Format(time.RFC3339) + ")",
	}
}

// parseAgo reads a duration that may have weeks and days.
func parseAgo(text string) (time.Duration, bool) {
	parts := regexp.MustCompile(`^(?:(\d{1,4})w)?(?:(\d{1,5})d)?(.*)$`).FindStringSubmatch(text)
	if parts == nil || text == "" {
		return 0, false
	}
	var total time.Duration
	for i, unit := range []time.Duration{7 * 24 * time.Hour, 24 * time.Hour} {
		if n, err := strconv.Atoi(parts[i+1]); err == nil {
			total += time.Duration(n) * unit
		}
	}
	if parts[3] == "" {
		return total, true
	}
	rest, err := time.ParseDuration(parts[3])
	return total + rest, err == nil && rest >= 0
}
