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
