package bindings_test

import (
	"math"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
)

func TestTimes(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	modules := modulesOf(t, engine.WithClock(func() time.Time { return now }))
	const durations = ` (durations are like "90s", "15m", "2h30m", "7d", "2w")`
	cases := []struct {
		call string
		args args
		want string // JSON of the result, or the error behind "error: "
	}{
		{"time.ago", args{"0d"}, `1772442000000`},
		{"time.ago", args{"1 d 2 h"}, `1772348400000`},
		{"time.ago", args{"1.5d"}, `1772312400000`},
		{"time.ago", args{float64(1.5)}, `1772441999998`},
		{"time.ago", args{int64(-1000)}, `1772442001000`},
		{"time.ago", args{"NaNd"}, `error: time.ago: duration is not a duration: "NaNd"` + durations},
		{"time.ago", args{"infw"}, `error: time.ago: duration is not a duration: "infw"` + durations},
		{"time.ago", args{"5"}, `error: time.ago: duration is not a duration: "5"` + durations},
		{"time.ago", args{"90y"}, `error: time.ago: duration is not a duration: "90y"` + durations},
		{"time.ago", args{"5000w 5000w"}, `error: time.ago: duration is not a duration: "5000w 5000w"` + durations},
		{"time.ago", args{"200000h"}, `1052442000000`},
		{"time.ago", args{"900000h"}, `error: time.ago: duration is not a duration: "900000h"` + durations},
		{"time.ago", args{float64(1e300)}, `error: time.ago: duration 1e+300 is out of range: it takes at most 100 years`},
		{"time.ago", args{float64(-1e300)}, `error: time.ago: duration -1e+300 is out of range: it takes at most 100 years`},
		{"time.ago", args{int64(1) << 53}, `error: time.ago: duration 9007199254740992 is out of range: it takes at most 100 years`},
		{"time.ago", args{math.NaN()}, `error: time.ago: duration NaN is out of range: it takes at most 100 years`},
		{"time.duration", args{int64(-5)}, `"0s"`},
		{"time.duration", args{float64(61999.9)}, `"1m 1s"`},
		{"time.duration", args{math.Inf(1)}, `error: time.duration: milliseconds +Inf is out of range: it takes at most 100 years`},
		{"time.sleep", args{int64(-1)}, `null`},
		{"time.format", args{int64(0), nil, object{"zone": "Europe/Paris"}}, `"1970-01-01T01:00:00.000+01:00"`},
		{"time.format", args{int64(0), nil, object{"zona": "UTC"}}, `error: time.format: has no option "zona"`},
		{"time.format", args{float64(-0.5)}, `"1969-12-31T23:59:59.999Z"`},
		{"time.format", args{int64(253402300799999)}, `"9999-12-31T23:59:59.999Z"`},
		{"time.format", args{int64(253402300800000)}, `error: time.format: time 253402300800000 is out of range: times are Unix milliseconds in the years 1 to 9999`},
		{"time.format", args{float64(1e300)}, `error: time.format: time 1e+300 is out of range: times are Unix milliseconds in the years 1 to 9999`},
		// Across both changes of the clock: 02:30 happens twice in October.
		{"time.format", args{int64(1774746000000 - 1), "%H:%M %z", object{"zone": "Europe/Paris"}}, `"01:59 +0100"`},
		{"time.format", args{int64(1774746000000), "%H:%M %z", object{"zone": "Europe/Paris"}}, `"03:00 +0200"`},
		{"time.format", args{int64(1792888200000), "%H:%M %z", object{"zone": "Europe/Paris"}}, `"02:30 +0200"`},
		{"time.format", args{int64(1792891800000), "%H:%M %z", object{"zone": "Europe/Paris"}}, `"02:30 +0100"`},
		{"time.format", args{int64(0), "100%% %j %B %e"}, `"100% 001 January  1"`},
		{"time.parse", args{"20260302T090000Z"}, `1772442000000`},
		{"time.parse", args{"2026-03-02T09:00:00+0000"}, `1772442000000`},
		{"time.parse", args{"1/2/2026", object{"format": "%-d/%-m/%Y"}}, `1769904000000`},
		{"time.parse", args{"1/2/2026", object{"format": "%d/%m/%Y"}}, `error: time.parse: text "1/2/2026" does not fit the format "%d/%m/%Y"`},
		{"time.parse", args{"x", object{"format": "%Q"}}, `error: time.parse: format "%Q" cannot be used for reading: unsupported directive: %Q`},
		{"time.parse", args{"2026-02-30"}, `error: time.parse: text is not a date: "2026-02-30" (dates are ISO 8601, for example 2026-01-31 or 2026-01-31T09:30:00Z)`},
	}
	for _, c := range cases {
		got, err := find(t, modules, c.call).Call(t.Context(), c.args)
		text := ""
		if err != nil {
			text = "error: " + err.Error()
		} else if b, err := json.Marshal(got); err != nil {
			t.Fatal(err)
		} else {
			text = string(b)
		}
		if text != c.want {
			t.Errorf("%s%v\ngot  %s\nwant %s", c.call, c.args, text, c.want)
		}
	}
}
