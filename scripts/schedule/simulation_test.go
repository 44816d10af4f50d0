//go:build unix

package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// simulation is a host that reckons ticks by a clock of the test's, and runs nothing.
type simulation struct {
	*Scheduler
	t     *testing.T
	clock time.Time
}

func simulate(t *testing.T, start time.Time) *simulation {
	t.Helper()
	db := statetest.Open(t, statetest.SQLite(t))
	m := &simulation{t: t, clock: start}
	db.SetClock(func() time.Time { return m.clock })
	m.restart(db)
	return m
}

// restart begins anew with what is in the database, as after the end of the process.
func (m *simulation) restart(db *state.DB) {
	m.t.Helper()
	c, err := Config{DB: db, Runner: noRunner{}, Parse: func(text, zone string) (Ticks, error) { return scripts.ParseSchedule(text, zone) }}.withDefaults()
	if err != nil {
		m.t.Fatal(err)
	}
	m.Scheduler = &Scheduler{Config: c, changed: make(chan struct{}, 1), due: make(chan struct{}, 1)}
	m.host = state.Host{ID: hostID("simulation"), Started: m.clock}
	m.active.init()
	m.turns.init(c.Workers)
	m.calm = newCalm(m.Logger.Handler())
	if m.queue, err = newQueue(m.t.Context(), m.Scheduler); err != nil {
		m.t.Fatal(err)
	}
}

type noRunner struct{ Runner }

// save saves a script that keeps a schedule in a zone.
func (m *simulation) save(name, zone, missed string, schedules ...string) {
	m.t.Helper()
	statetest.Save(m.t, m.DB, state.Script{Path: name + ".lua", Schedules: schedules, Timezone: zone}, "-- @missed "+missed+"\n")
}

// look has the host do what it does every second.
func (m *simulation) look() {
	m.t.Helper()
	if err := m.refresh(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
	if _, err := m.advance(m.t.Context()); err != nil {
		m.t.Fatal(err)
	}
}

// until lets time go on in steps.
func (m *simulation) until(end time.Time, step time.Duration) {
	m.t.Helper()
	for m.clock.Before(end) {
		m.clock = m.clock.Add(step)
		m.look()
	}
}

// ticks are those of a script that were made, in order, by a layout.
func (m *simulation) ticks(name, layout string, zone *time.Location) string {
	m.t.Helper()
	runs, err := m.DB.Runs(m.t.Context(), state.RunFilter{Script: name})
	if err != nil {
		m.t.Fatal(err)
	}
	slices.SortFunc(runs, func(a, b state.Run) int { return a.Trigger.Tick.Compare(b.Trigger.Tick) })
	list := make([]string, len(runs))
	for i, run := range runs {
		list[i] = run.Trigger.Tick.In(zone).Format(layout)
	}
	return strings.Join(list, " ")
}

// changes of the clock, in spring and autumn.
var clockChanges = []struct {
	zone, day string
	// daily, hourly are the ticks of a daily schedule in the hour that changes, and of one every 30 minutes, from 00:30 to 04:00.
	at, daily, halfHours string
}{
	{"Europe/Paris", "2026-03-29", "30 2 * * *", "03:30+0200", "00:30+0100 01:00+0100 01:30+0100 03:00+0200 03:30+0200 04:00+0200"},
	{"Europe/Paris", "2026-10-25", "30 2 * * *", "02:30+0200",
		"00:30+0200 01:00+0200 01:30+0200 02:00+0200 02:30+0200 02:00+0100 02:30+0100 03:00+0100 03:30+0100 04:00+0100"},
	{"America/New_York", "2026-03-08", "30 2 * * *", "03:30-0400", "00:30-0500 01:00-0500 01:30-0500 03:00-0400 03:30-0400 04:00-0400"},
	{"America/New_York", "2026-11-01", "30 1 * * *", "01:30-0400",
		"00:30-0400 01:00-0400 01:30-0400 01:00-0500 01:30-0500 02:00-0500 02:30-0500 03:00-0500 03:30-0500 04:00-0500"},
	{"Australia/Lord_Howe", "2026-10-04", "15 2 * * *", "02:45+1100", "00:30+1030 01:00+1030 01:30+1030 02:30+1100 03:00+1100 03:30+1100 04:00+1100"},
	{"Australia/Lord_Howe", "2026-04-05", "45 1 * * *", "01:45+1100",
		"00:30+1100 01:00+1100 01:30+1100 01:30+1030 02:00+1030 02:30+1030 03:00+1030 03:30+1030 04:00+1030"},
}

// The runs of the days on which clocks change, with a host that is there, and with one that was not and makes up for all.
func TestClockChanges(t *testing.T) {
	const layout = "15:04-0700"
	for _, c := range clockChanges {
		t.Run(c.zone+" "+c.day, func(t *testing.T) {
			zone, err := time.LoadLocation(c.zone)
			if err != nil {
				t.Fatal(err)
			}
			start, err := time.ParseInLocation("2006-01-02 15:04:05", c.day+" 00:10:00", zone)
			if err != nil {
				t.Fatal(err)
			}
			end := time.Date(start.Year(), start.Month(), start.Day(), 4, 10, 0, 0, zone)
			for _, away := range []bool{false, true} {
				m := simulate(t, start)
				m.save("daily", c.zone, "all", c.at)
				m.save("often", c.zone, "all", "*/30 * * * *")
				if away {
					m.look()
					m.clock = end
					m.restart(m.DB)
					m.look()
				} else {
					m.until(end, 30*time.Second)
				}
				if got := m.ticks("daily", layout, zone); got != c.daily {
					t.Errorf("away %v: %s ran at %s, want %s", away, c.at, got, c.daily)
				}
				if got := m.ticks("often", layout, zone); got != c.halfHours {
					t.Errorf("away %v: */30 ran at\n%s, want\n%s", away, got, c.halfHours)
				}
			}
		})
	}
}

// Of what was due while no host was there, the policies leave this.
func TestMissedPolicies(t *testing.T) {
	start := time.Date(2026, 5, 4, 8, 59, 30, 0, time.UTC)
	for _, c := range []struct {
		missed string
		away   time.Duration
		want   string
	}{
		{"all", 3 * time.Hour, "09:00 09:30 10:00 10:30 11:00 11:30 12:00"},
		{"all within 1h", 3 * time.Hour, "09:00 11:30 12:00"},
		{"latest", 3 * time.Hour, "09:00 12:00"},
		{"latest within 10m", 3*time.Hour - 10*time.Minute, "09:00 12:00"}, // 11:30 is older
		{"skip", 3 * time.Hour, "09:00 12:30"},
		{"skip", 30*time.Minute - 20*time.Second, "09:00 09:30 10:00"}, // 10 s are not late
	} {
		t.Run(fmt.Sprint(c.missed, " after ", c.away), func(t *testing.T) {
			m := simulate(t, start)
			m.save("a", "", c.missed, "*/30 * * * *")
			m.until(start.Add(time.Minute), time.Second)
			m.clock = m.clock.Add(c.away)
			m.restart(m.DB)
			m.look()
			next := m.clock.Truncate(30 * time.Minute).Add(30 * time.Minute)
			if strings.Contains(c.want, next.Format("15:04")) {
				m.until(next.Add(time.Second), 10*time.Second)
			} else {
				m.until(m.clock.Add(time.Minute), 10*time.Second)
			}
			if got := m.ticks("a", "15:04", time.UTC); got != c.want {
				t.Errorf("ran at %s, want %s", got, c.want)
			}
		})
	}
}

// A clock that is set an hour ahead has missed that hour's ticks. One that is set back runs no tick again: the schedule goes on
// when the clock is where it was.
func TestClockIsSet(t *testing.T) {
	start := time.Date(2026, 5, 4, 8, 59, 30, 0, time.UTC)
	for _, c := range []struct{ missed, ahead, back string }{
		{"all", "09:00 09:20 09:40 10:00 10:20 10:40", "09:00 09:20 09:40"},
		{"latest", "09:00 10:00 10:20 10:40", "09:00 09:20 09:40"},
		{"skip", "09:00 10:20 10:40", "09:00 09:20 09:40"},
	} {
		m := simulate(t, start)
		m.save("a", "", c.missed, "*/20 * * * *")
		m.until(start.Add(time.Minute), time.Second)
		m.clock = m.clock.Add(time.Hour)
		m.until(start.Add(105*time.Minute), time.Second)
		if got := m.ticks("a", "15:04", time.UTC); got != c.ahead {
			t.Errorf("%s, ahead: ran at %s, want %s", c.missed, got, c.ahead)
		}
		m = simulate(t, start)
		m.save("a", "", c.missed, "*/20 * * * *")
		m.until(start.Add(25*time.Minute), time.Second)
		m.clock = m.clock.Add(-time.Hour)
		m.until(start.Add(45*time.Minute), time.Second)
		if got := m.ticks("a", "15:04", time.UTC); got != c.back {
			t.Errorf("%s, back: ran at %s, want %s", c.missed, got, c.back)
		}
	}
}

// What a host cannot follow, since another one wrote it that knows more, or nobody ever will, keeps no other script from its ticks.
func TestSchedulesOfOthers(t *testing.T) {
	start := time.Date(2026, 5, 4, 8, 59, 30, 0, time.UTC)
	m := simulate(t, start)
	m.save("moon", "Moon/Tranquillity", "all", "0 9 * * *")
	m.save("later", "", "all", "@fortnightly")
	m.save("never", "", "all", "0 0 31 2 *")
	m.save("sound", "", "all", "0 9 * * *")
	m.until(start.Add(time.Minute), time.Second)
	for name, want := range map[string]string{"moon": "", "later": "", "never": "", "sound": "09:00"} {
		if got := m.ticks(name, "15:04", time.UTC); got != want {
			t.Errorf("%s ran at %q, want %q", name, got, want)
		}
	}
	m.save("moon", "Europe/Berlin", "all", "2 11 * * *")
	m.until(start.Add(5*time.Minute), time.Second)
	if got := m.ticks("moon", "15:04", time.UTC); got != "09:02" {
		t.Errorf("mended, ran at %q", got)
	}
}

// A database that fails while the scripts are read costs no script its ticks.
func TestRefreshFails(t *testing.T) {
	start := time.Date(2026, 5, 4, 8, 59, 30, 0, time.UTC)
	m := simulate(t, start)
	m.save("a", "", "all", "0 9 * * *")
	rename := func(from, to string) {
		t.Helper()
		if _, err := m.DB.SQL().ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("scripts", "away")
	if err := m.refresh(t.Context()); err == nil {
		t.Error("no error without the scripts")
	}
	rename("away", "scripts")
	m.until(start.Add(time.Minute), time.Second)
	if got := m.ticks("a", "15:04", time.UTC); got != "09:00" {
		t.Errorf("ran at %q", got)
	}
}
