package manage

import (
	"testing"
	"time"
)

func TestParseSince(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 17, 30, 0, 0, paris)
	tests := []struct{ text, want string }{
		{"90m", "2026-11-22T16:00:00+01:00"},
		{"2h", "2026-11-22T15:30:00+01:00"},
		{"1h30m", "2026-11-22T16:00:00+01:00"},
		{"3d", "2026-11-19T17:30:00+01:00"},
		{"1w2d3h", "2026-11-13T14:30:00+01:00"},
		{"0s", "2026-11-22T17:30:00+01:00"},
		{"2026-11-20", "2026-11-20T00:00:00+01:00"},
		{"2026-07-01", "2026-07-01T00:00:00+02:00"},
		{"2026-11-20 14:05", "2026-11-20T14:05:00+01:00"},
		{"2026-11-20T14:05", "2026-11-20T14:05:00+01:00"},
		{"2026-11-20 14:05:06", "2026-11-20T14:05:06+01:00"},
		{"2026-11-20T14:05:06Z", "2026-11-20T14:05:06Z"},
		{"2026-11-20T14:05:06.5-03:00", "2026-11-20T14:05:06-03:00"},
		{"today", "2026-11-22T00:00:00+01:00"},
		{"Yesterday", "2026-11-21T00:00:00+01:00"},
		{"", ""}, {"-2h", ""}, {"2", ""}, {"d", ""}, {"3d-1h", ""}, {"tomorrow", ""}, {"2026-13-01", ""}, {"99999999w", ""},
	}
	for _, test := range tests {
		got, err := parseSince(test.text, now)
		if test.want == "" {
			if err == nil {
				t.Errorf("%q is %s, want an error", test.text, got)
			}
			continue
		}
		if err != nil || got.Format(time.RFC3339) != test.want {
			t.Errorf("%q is %s, %v; want %s", test.text, got.Format(time.RFC3339), err, test.want)
		}
	}
}
