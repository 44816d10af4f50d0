package timetext

import (
	"testing"
	"time"
)

func TestRelative(t *testing.T) {
	now := time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		ago, present time.Duration
		want         string
	}{
		{0, time.Second, "now"}, {999 * time.Millisecond, time.Second, "now"}, {-999 * time.Millisecond, time.Second, "now"},
		{time.Second, time.Second, "1 s ago"}, {-time.Second, time.Second, "in 1 s"}, {4 * time.Second, 5 * time.Second, "now"}, {0, 0, "0 s ago"},
		{-59 * time.Second, time.Second, "in 59 s"}, {time.Minute, time.Second, "1 min ago"}, {-90 * time.Minute, time.Second, "in 1 h"},
		{47 * time.Hour, time.Second, "47 h ago"}, {48 * time.Hour, time.Second, "2 days ago"}, {-400 * 24 * time.Hour, time.Second, "in 400 days"},
	} {
		if got := Relative(now.Add(-test.ago), now, test.present); got != test.want {
			t.Errorf("%v ago is %q, want %q", test.ago, got, test.want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 ms", 999 * time.Millisecond: "999 ms", 1960 * time.Millisecond: "1.9 s", 1999 * time.Millisecond: "1.9 s", 10 * time.Second: "10 s",
		59999 * time.Millisecond: "59 s", 61 * time.Second: "1 min 01 s", 3599 * time.Second: "59 min 59 s", time.Hour: "1 h 00 min",
		26*time.Hour + 5*time.Minute: "26 h 05 min",
	} {
		if got := Elapsed(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
