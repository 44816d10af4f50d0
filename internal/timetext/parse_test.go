package timetext

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	tests := map[string]time.Duration{
		"90s": 90 * time.Second, "2h30m": 150 * time.Minute, "7d": 7 * day, "2w": 14 * day, "1w2d12h": 9*day + 12*time.Hour, "1.5d": 36 * time.Hour,
		"0": 0, "0s": 0, "5200w": 5200 * 7 * day,
	}
	for text, want := range tests {
		if got, ok := ParseDuration(text); !ok || got != want {
			t.Errorf("%q is %s, %t; want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "d", "7", "-1d", "-2h", "3d-1h", "1d2w", "NaNd", "Infd", "1e99d", "99999999w", "9999999h", "5200w100000h", "2 h", "1month"} {
		if got, ok := ParseDuration(text); ok {
			t.Errorf("%q is %s", text, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "1s": time.Second, "10s": 10 * time.Second, "10m": 10 * time.Minute, "1m30s": 90 * time.Second, "1h30m": 90 * time.Minute,
		"2h": 2 * time.Hour, "10h": 10 * time.Hour, "1h0m5s": time.Hour + 5*time.Second, "720h": 720 * time.Hour, "100ms": 100 * time.Millisecond,
		"1h1m": 61 * time.Minute, "20h20m20s": 20*time.Hour + 20*time.Minute + 20*time.Second,
	} {
		got := FormatDuration(d)
		if again, ok := ParseDuration(got); got != want || !ok || again != d {
			t.Errorf("%v is written %q, which is %v; want %q", d, got, again, want)
		}
	}
}
