// Package timetext writes times and durations for people.
package timetext

import (
	"fmt"
	"time"
)

// Relative tells how far a time is from now, in its largest unit: "4 min ago", "in 2 h". Times that are less than present away
// from now, before or after it, are "now".
func Relative(t, now time.Time, present time.Duration) string {
	d := now.Sub(t)
	switch {
	case d.Abs() < present:
		return "now"
	case d < 0:
		return "in " + distance(-d)
	}
	return distance(d) + " ago"
}

func distance(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}

// Elapsed writes how long something took, with about two significant figures: "830 ms", "1.9 s", "2 min 05 s". The duration must
// not be negative.
func Elapsed(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
}
