package main

import (
	"testing"
	"time"
)

func TestRelative(t *testing.T) {
	now := time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		ago  time.Duration
		want string
	}{
		{0, "now"}, {999 * time.Millisecond, "now"}, {-999 * time.Millisecond, "now"}, {time.Second, "1 s ago"}, {-59 * time.Second, "in 59 s"},
		{time.Minute, "1 min ago"}, {-90 * time.Minute, "in 1 h"}, {47 * time.Hour, "47 h ago"}, {48 * time.Hour, "2 days ago"}, {-400 * 24 * time.Hour, "in 400 days"},
	} {
		if got := relative(now.Add(-test.ago), now); got != test.want {
			t.Errorf("%v ago is %q, want %q", test.ago, got, test.want)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "-", 0: "0 ms", 999 * time.Millisecond: "999 ms", 1960 * time.Millisecond: "1.9 s", 10 * time.Second: "10 s", 59 * time.Second: "59 s",
		61 * time.Second: "1 min 01 s", time.Hour: "1 h 00 min", 26*time.Hour + 5*time.Minute: "26 h 05 min",
	} {
		if got := elapsed(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
