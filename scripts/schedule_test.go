package scripts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
)

// due lists the times of a schedule in a span as "15:04 -0700", its ends included.
func due(t *testing.T, text, zone, from, to string) string {
	t.Helper()
	table, err := scripts.ParseSchedule(text, zone)
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	var list []string
	for next := table.Next(at(from).Add(-time.Nanosecond)); !next.IsZero() && !next.After(at(to)); {
		list = append(list, next.Format("15:04-0700"))
		following := table.Next(next)
		if !following.After(next) {
			t.Fatalf("%s follows %s", following, next)
		}
		next = following
	}
	return strings.Join(list, " ")
}

func TestDaylightSaving(t *testing.T) {
	type span struct{ name, zone, from, to string }
	paris := span{"Paris, spring", "Europe/Paris", "2026-03-29T00:00:00+01:00", "2026-03-29T04:30:00+02:00"}
	parisBack := span{"Paris, autumn", "Europe/Paris", "2026-10-25T00:00:00+02:00", "2026-10-25T04:00:00+01:00"}
	york := span{"New York, spring", "America/New_York", "2026-03-08T00:00:00-05:00", "2026-03-08T04:30:00-04:00"}
	yorkBack := span{"New York, autumn", "America/New_York", "2026-11-01T00:00:00-04:00", "2026-11-01T03:00:00-05:00"}
	howe := span{"Lord Howe, spring", "Australia/Lord_Howe", "2026-10-04T01:00:00+10:30", "2026-10-04T04:00:00+11:00"}
	howeBack := span{"Lord Howe, autumn", "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00", "2026-04-05T03:00:00+10:30"}
	for _, c := range []struct {
		span
		schedule, want string
	}{
		{paris, "30 2 * * *", "03:30+0200"},
		{paris, "0 3 * * *", "03:00+0200"},
		{paris, "0 2,3 * * *", "03:00+0200"},
		{paris, "30 2,3 * * *", "03:30+0200"},
		{paris, "*/20 2 * * *", "03:00+0200 03:20+0200 03:40+0200"},
		{paris, "0,45 1-3 * * *", "01:00+0100 01:45+0100 03:00+0200 03:45+0200"},
		{paris, "30 * * * *", "00:30+0100 01:30+0100 03:30+0200 04:30+0200"},
		{paris, "0 */2 * * *", "00:00+0100 03:00+0200 04:00+0200"},
		{paris, "every 1h", "00:00+0100 01:00+0100 03:00+0200 04:00+0200"},
		{parisBack, "30 2 * * *", "02:30+0200"},
		{parisBack, "0 2 * * *", "02:00+0200"},
		{parisBack, "0 3 * * *", "03:00+0100"},
		{parisBack, "*/30 2-3 * * *", "02:00+0200 02:30+0200 03:00+0100 03:30+0100"},
		{parisBack, "30 * * * *", "00:30+0200 01:30+0200 02:30+0200 02:30+0100 03:30+0100"},
		{parisBack, "0 */2 * * *", "00:00+0200 02:00+0200 04:00+0100"},
		{parisBack, "@hourly", "00:00+0200 01:00+0200 02:00+0200 02:00+0100 03:00+0100 04:00+0100"},
		{york, "30 2 * * *", "03:30-0400"},
		{york, "0 0 2 * * *", "03:00-0400"},
		{york, "*/30 * * * *", "00:00-0500 00:30-0500 01:00-0500 01:30-0500 03:00-0400 03:30-0400 04:00-0400 04:30-0400"},
		{yorkBack, "30 1 * * *", "01:30-0400"},
		{yorkBack, "0 1,2 * * *", "01:00-0400 02:00-0500"},
		{yorkBack, "*/30 * * * *", "00:00-0400 00:30-0400 01:00-0400 01:30-0400 01:00-0500 01:30-0500 02:00-0500 02:30-0500 03:00-0500"},
		{howe, "15 2 * * *", "02:45+1100"},
		{howe, "0 2 * * *", "02:30+1100"},
		{howe, "0,30 2 * * *", "02:30+1100"},
		{howe, "0 * * * *", "01:00+1030 03:00+1100 04:00+1100"},
		{howe, "*/15 * * * *", "01:00+1030 01:15+1030 01:30+1030 01:45+1030 02:30+1100 02:45+1100 03:00+1100 03:15+1100 03:30+1100 03:45+1100 04:00+1100"},
		{howeBack, "45 1 * * *", "01:45+1100"},
		{howeBack, "30 1 * * *", "01:30+1100"},
		{howeBack, "0 1,2 * * *", "01:00+1100 02:00+1030"},
		{howeBack, "*/30 * * * *", "01:00+1100 01:30+1100 01:30+1030 02:00+1030 02:30+1030 03:00+1030"},
	} {
		t.Run(c.name+"/"+c.schedule, func(t *testing.T) {
			if got := due(t, c.schedule, c.zone, c.from, c.to); got != c.want {
				t.Errorf("due\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// TestJumpsOverMidnight has days that begin at 01:00, that come twice, and that are left out.
func TestJumpsOverMidnight(t *testing.T) {
	for _, c := range []struct{ schedule, zone, from, to, want string }{
		{"@daily", "America/Sao_Paulo", "2017-10-14T00:00:00-03:00", "2017-10-16T00:00:00-02:00", "00:00-0300 01:00-0200 00:00-0200"},
		{"30 23 * * *", "America/Sao_Paulo", "2018-02-17T00:00:00-02:00", "2018-02-18T23:00:00-03:00", "23:30-0200"},
		{"0 9 * * *", "Pacific/Apia", "2011-12-29T00:00:00-10:00", "2012-01-01T00:00:00+14:00", "09:00-1000 09:00+1400"},
	} {
		if got := due(t, c.schedule, c.zone, c.from, c.to); got != c.want {
			t.Errorf("%s in %s is due\n%s\nwant\n%s", c.schedule, c.zone, got, c.want)
		}
	}
}

func TestSchedules(t *testing.T) {
	for _, c := range []struct{ schedule, after, want string }{
		{"0 9 * * 1-5", "2026-11-20T09:00:00Z", "2026-11-23T09:00:00Z"},
		{"0 9 * * 1-5", "2026-11-20T08:59:59.5Z", "2026-11-20T09:00:00Z"},
		{"*/10 * * * * *", "2026-11-20T09:00:01Z", "2026-11-20T09:00:10Z"},
		{"0 0 13 * FRI", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"},
		// Vixie cron: both days when either begins with *, else either.
		{"0 14 */10 * 1-5", "2026-06-01T14:00:00Z", "2026-06-11T14:00:00Z"},
		{"0 14 */10 * 1-5", "2026-06-11T14:00:00Z", "2026-07-01T14:00:00Z"},
		{"0 14 1-31/10 * 1-5", "2026-06-01T14:00:00Z", "2026-06-02T14:00:00Z"},
		{"0 0 13 * */5", "2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z"},
		{"0 0 13 * 0,5", "2026-11-01T00:00:00Z", "2026-11-06T00:00:00Z"},
		{"0 0 L * */2", "2026-11-01T00:00:00Z", "2026-12-31T00:00:00Z"},
		{"0 0 */1 * 3", "2026-11-01T00:00:00Z", "2026-11-04T00:00:00Z"},
		{"every 1d", "2026-11-20T09:00:00Z", "2026-11-21T00:00:00Z"},
		{"every 1w", "2026-11-20T09:00:00Z", "2026-11-26T00:00:00Z"},
		{"every 1d12h", "1970-01-01T00:00:00Z", "1970-01-02T12:00:00Z"},
		{"0 0 L * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z"},
		{"0 0 * * FRI#2", "2026-11-01T00:00:00Z", "2026-11-13T00:00:00Z"},
		{"0 0 29 2 *", "2026-11-01T00:00:00Z", "2028-02-29T00:00:00Z"},
		{"0 0 29 2 *", "2096-11-01T00:00:00Z", "2104-02-29T00:00:00Z"},
		{"0 0 30 2 1", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"},
		{"0 22-2 * * 7", "2026-11-22T00:00:00Z", "2026-11-22T01:00:00Z"},
		{"@daily", "2026-11-20T09:00:00Z", "2026-11-21T00:00:00Z"},
		{"@Weekly", "2026-11-20T09:00:00Z", "2026-11-22T00:00:00Z"},
		{"@monthly", "2026-11-20T09:00:00Z", "2026-12-01T00:00:00Z"},
		{"@yearly", "2026-11-20T09:00:00Z", "2027-01-01T00:00:00Z"},
		{"every 15m", "2026-11-20T09:00:00Z", "2026-11-20T09:15:00Z"},
		{"@every  90s", "2026-11-20T09:00:00.1Z", "2026-11-20T09:01:30Z"},
		{"every 1h", "1969-12-31T22:30:00Z", "1969-12-31T23:00:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		table, err := scripts.ParseSchedule(c.schedule, "")
		if err != nil {
			t.Errorf("%s: %v", c.schedule, err)
			continue
		}
		if got := table.Next(after).Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%s after %s is due %s, want %s", c.schedule, c.after, got, c.want)
		}
	}
}

// TestFarFuture goes beyond the years that zone databases list, where jumps follow from a rule.
func TestFarFuture(t *testing.T) {
	for _, zone := range []string{"", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"} {
		daily, err := scripts.ParseSchedule("30 2 * * *", zone)
		if err != nil {
			t.Fatal(err)
		}
		hourly, err := scripts.ParseSchedule("@hourly", zone)
		if err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
		for range 365 * 30 {
			next := daily.Next(at)
			if gap := next.Sub(at); gap <= 0 || gap > 25*time.Hour {
				t.Fatalf("%s: %s follows %s", zone, next, at)
			}
			if gap := hourly.Next(next).Sub(next); gap <= 0 || gap > 90*time.Minute {
				t.Fatalf("%s: %s comes after %s", zone, gap, next)
			}
			at = next
		}
		if at.Year() < 2055 {
			t.Errorf("%s: came to %s only", zone, at)
		}
	}
}

func TestScheduleErrors(t *testing.T) {
	for _, c := range []struct {
		schedule string
		column   int // of the schedule's text
		problem  string
	}{
		{"0 9 * *", 7, "has 5 fields, or 6 with seconds first, not 4"},
		{"0 9 * * * * *", 13, "not 7"},
		{"60 9 * * *", 1, `"60" does not fit the field minute`},
		{"0 24 * * *", 3, `"24" does not fit the field hour`},
		{"0 9 32 * *", 5, `"32" does not fit the field day of the month`},
		{"0 9 * 13 *", 7, `"13" does not fit the field month`},
		{"0 9 * * MO-FR", 9, `"MO-FR" does not fit the field day of the week`},
		{"61 0 9 * * *", 1, `"61" does not fit the field second`},
		{"*/0 * * * *", 1, `"*/0" does not fit the field minute`},
		{"0 9 31 2 *", 5, "this schedule is never due: no month 2 has a day 31"},
		{"0 0 9 30,31 FEB *", 7, "never due"},
		{"0 0 31 4,6,9,11 *", 5, "never due"},
		{"TZ=Europe/Paris 0 9 * * *", 1, `"TZ=Europe/Paris" does not fit the field second`},
		{"@dayly", 1, `"@dayly" is no schedule`},
		{"@reboot", 1, `"@reboot" is no schedule`},
		{"@daily 9", 8, `"9" is too much behind @daily`},
		{"every", 1, "every needs a duration"},
		{"every day", 7, `"day" is not a duration`},
		{"every 0s", 7, "not a number of whole seconds above zero"},
		{"every 1500ms", 7, "not a number of whole seconds above zero"},
		{"every -5m", 7, "is not a duration"},
		{"every 9000h", 7, "longer than a year"},
		{"every 5m 10s", 10, `"10s" is too much behind every 5m`},
	} {
		h, err := scripts.ReadHeader([]byte("-- @schedule @hourly\n-- @schedule "+c.schedule+"\n"), engine.Lua)
		var wrong *scripts.HeaderError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: error %v", c.schedule, err)
			continue
		}
		if len(h.Schedules) != 0 {
			t.Errorf("%s: half-applied", c.schedule)
		}
		if !strings.Contains(wrong.Problem, c.problem) || wrong.Line != 2 || wrong.Column != 13+c.column {
			t.Errorf("%s: %v", c.schedule, wrong)
		}
	}
	for _, zone := range []string{"Mars/Olympus", "Local", "../etc"} {
		if _, err := scripts.ParseSchedule("@daily", zone); err == nil || !strings.Contains(err.Error(), "unknown time zone") {
			t.Errorf("%s: error %v", zone, err)
		}
	}
	if _, err := scripts.ReadHeader([]byte("-- @schedule @hourly\n-- @schedule  @hourly\n"), engine.Lua); err == nil || !strings.Contains(err.Error(), "2:4: this @schedule is given twice, first on line 1") {
		t.Errorf("error %v", err)
	}
}

func TestTimetables(t *testing.T) {
	h, err := scripts.ReadHeader([]byte("-- @schedule 0 9 * * 1-5\n-- @schedule every 15m\n-- @timezone Europe/Paris\n"), engine.Lua)
	if err != nil {
		t.Fatal(err)
	}
	tables, err := h.Timetables()
	if err != nil || len(tables) != 2 || tables[0].String() != "0 9 * * 1-5" || tables[1].Zone().String() != "Europe/Paris" {
		t.Errorf("%v, %v", tables, err)
	}
}

func BenchmarkNext(b *testing.B) {
	for _, schedule := range []string{"0 9 * * 1-5", "*/15 * * * *", "every 15m"} {
		b.Run(schedule, func(b *testing.B) {
			table, err := scripts.ParseSchedule(schedule, "Europe/Paris")
			if err != nil {
				b.Fatal(err)
			}
			at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
			for b.Loop() {
				at = table.Next(at)
			}
		})
	}
}
