package console

import (
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestScheduleInWords(t *testing.T) {
	for text, want := range map[string]string{
		"@hourly":                   "every hour",
		"@daily":                    "every day at 00:00",
		"@Weekly":                   "on Sundays at 00:00",
		"@monthly":                  "on day 1 of every month at 00:00",
		"@yearly":                   "on 1 January at 00:00",
		"every 15m":                 "every 15 minutes",
		"every 1h":                  "every hour",
		"every 1h30m":               "every 1 hour 30 minutes",
		"every 90s":                 "every 1 minute 30 seconds",
		"every 1500ms":              "",
		"every day":                 "",
		"* * * * *":                 "every minute",
		"*/10 * * * *":              "every 10 minutes",
		"*/7 * * * *":               "", // not even: at 0, 7, ..., 56, 0
		"5 * * * *":                 "every hour, 5 minutes past",
		"0 * * * *":                 "every hour",
		"0 */6 * * *":               "every 6 hours",
		"0 9 * * 1-5":               "Monday to Friday at 09:00",
		"0 9,17 * * MON-FRI":        "Monday to Friday at 09:00 and 17:00",
		"30 6 * * 1":                "on Mondays at 06:30",
		"30 6 * * 0,6":              "on Sundays and Saturdays at 06:30",
		"15 3 * * *":                "every day at 03:15",
		"0 8-18 * * *":              "every hour from 08:00 to 18:00",
		"*/5 8-18 * * 1-5":          "Monday to Friday every 5 minutes from 08:00 to 18:59",
		"*/5 8 * * *":               "every 5 minutes from 08:00 to 08:59",
		"0 0 1 * *":                 "on day 1 of every month at 00:00",
		"0 0 1,15 * *":              "on days 1 and 15 of every month at 00:00",
		"0 12 L * *":                "on the last day of every month at 12:00",
		"0 12 24 DEC *":             "on day 24 of December at 12:00",
		"0 12 * 6,7 *":              "every day in June and July at 12:00",
		"0 12 * 6 1":                "on Mondays in June at 12:00",
		"0 30 9 * * *":              "every day at 09:30",
		"15 30 9 * * *":             "",
		"0 12 13 * 5":               "", // either day counts
		"0 0 15W * *":               "",
		"0 0 * * FRI#2":             "",
		"0 0 * * 5-1":               "",
		"0 0 * 13 *":                "",
		"0 0 * * 9":                 "",
		"0 1,2,3,4,5 * * *":         "",
		"":                          "",
		"one two three":             "",
		"1 2 3 4 5 6 7":             "",
		"*/0 * * * *":               "",
		"a b c d e":                 "",
		"99999999999999999 0 * * *": "",
	} {
		if got := scheduleInWords(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestRelative(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, c := range relatives {
		if got := timetext.Relative(now.Add(-c.age), now, present); got != c.want {
			t.Errorf("%v ago is %q, want %q", c.age, got, c.want)
		}
	}
}

func TestTook(t *testing.T) {
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	now := start.Add(125 * time.Minute)
	for _, c := range []struct {
		run  state.Run
		want string
	}{
		{state.Run{State: state.Scheduled}, "–"},
		{state.Run{State: state.Running, StartedAt: start}, "2 h 05 min"},
		{state.Run{State: state.Running, StartedAt: now.Add(time.Second)}, "0 ms"},
		{state.Run{State: state.Succeeded, StartedAt: start, EndedAt: start.Add(time.Minute)}, "1 min 00 s"},
		{state.Run{State: state.Failed, StartedAt: start, EndedAt: start.Add(-time.Second)}, "–"},
		{state.Run{State: state.Failed, StartedAt: start}, "–"},
	} {
		if got := took(c.run, now); got != c.want {
			t.Errorf("%+v took %q, want %q", c.run, got, c.want)
		}
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1\u202f000", 1234567: "1\u202f234\u202f567", -1000: "-1\u202f000", -100: "-100"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}
