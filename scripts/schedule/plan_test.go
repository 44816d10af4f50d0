package schedule

import (
	"slices"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts"
)

// each is due at the multiples of an interval.
type each time.Duration

func (e each) Next(after time.Time) time.Time {
	return after.Truncate(time.Duration(e)).Add(time.Duration(e))
}

// never is a schedule without ticks.
type never struct{}

func (never) Next(time.Time) time.Time { return time.Time{} }

var noon = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func TestPlan(t *testing.T) {
	const late = 15 * time.Second
	skip, newest, all := scripts.Missed{Policy: scripts.MissedSkip}, scripts.Missed{Policy: scripts.MissedLatest}, scripts.Missed{Policy: scripts.MissedAll}
	within := func(m scripts.Missed, d time.Duration) scripts.Missed { m.Within = d; return m }
	min10 := each(10 * time.Minute)
	cases := []struct {
		name      string
		ticks     Ticks
		watermark time.Duration // relative to now, which is 5 s after noon
		missed    scripts.Missed
		run       []time.Duration // relative to noon
		moves     bool
	}{
		{"nothing due", min10, -time.Second, all, nil, false},
		{"never due", never{}, -time.Hour, all, nil, false},
		{"on time, skip", min10, -time.Minute, skip, []time.Duration{0}, true},
		{"on time, latest", min10, -time.Minute, newest, []time.Duration{0}, true},
		{"on time, all", min10, -time.Minute, all, []time.Duration{0}, true},
		{"on time behind missed ones, skip", min10, -time.Hour, skip, []time.Duration{0}, true},
		{"on time behind missed ones, latest", min10, -25 * time.Minute, newest, []time.Duration{0}, true},
		{"on time behind missed ones, all", min10, -25 * time.Minute, all, []time.Duration{-20 * time.Minute, -10 * time.Minute, 0}, true},
		{"missed, skip", each(time.Hour), -9 * time.Hour, skip, []time.Duration{0}, true},
		{"several on time, latest", each(5 * time.Second), -time.Hour, newest, []time.Duration{-10 * time.Second, -5 * time.Second, 0, 5 * time.Second}, true},
		{"all within", min10, -3 * time.Hour, within(all, 20*time.Minute), []time.Duration{-10 * time.Minute, 0}, true},
		{"all within less than late", each(5 * time.Second), -time.Minute, within(all, time.Second), []time.Duration{-10 * time.Second, -5 * time.Second, 0, 5 * time.Second}, true},
		{"all within, the bound counts", min10, -3 * time.Hour, within(all, 20*time.Minute+5*time.Second), []time.Duration{-20 * time.Minute, -10 * time.Minute, 0}, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := noon.Add(5 * time.Second)
			check(t, c.ticks, now.Add(c.watermark), now, late, c.missed, c.run, c.moves)
		})
	}
	// Half past twelve: the tick of noon is missed.
	later := []struct {
		name   string
		missed scripts.Missed
		run    []time.Duration
	}{
		{"skip", skip, nil},
		{"latest", newest, []time.Duration{0}},
		{"latest within enough", within(newest, time.Hour), []time.Duration{0}},
		{"latest within exactly", within(newest, 30*time.Minute), []time.Duration{0}},
		{"latest within too little", within(newest, 29*time.Minute), nil},
		{"all", all, []time.Duration{-2 * time.Hour, -time.Hour, 0}},
		{"all within", within(all, 2*time.Hour), []time.Duration{-time.Hour, 0}},
		{"all within too little", within(all, time.Minute), nil},
	}
	for _, c := range later {
		t.Run("missed, "+c.name, func(t *testing.T) {
			check(t, each(time.Hour), noon.Add(-2*time.Hour-time.Second), noon.Add(30*time.Minute), late, c.missed, c.run, true)
		})
	}
}

func check(t *testing.T, ticks Ticks, watermark, now time.Time, late time.Duration, missed scripts.Missed, want []time.Duration, moves bool) {
	t.Helper()
	run, to := plan(ticks, watermark, now, late, missed)
	var got []time.Duration
	for _, tick := range run {
		got = append(got, tick.Sub(noon))
	}
	if !slices.Equal(got, want) {
		t.Errorf("runs %v, want %v", got, want)
	}
	if moved := !to.Equal(watermark); moved != moves || moved && !to.Equal(now) {
		t.Errorf("watermark goes to %v", to.Sub(now))
	}
}

// Many missed ticks come in parts and none is left out; the newest is found without going through a year.
func TestPlanMany(t *testing.T) {
	now := noon
	watermark := now.Add(-3*maxPlanned*time.Second - 500*time.Millisecond)
	last := watermark
	total := 0
	for {
		run, to := plan(each(time.Second), watermark, now, time.Second, scripts.Missed{Policy: scripts.MissedAll})
		if len(run) == 0 {
			break
		}
		for _, tick := range run {
			if tick.Sub(last) > time.Second || !tick.After(last) {
				t.Fatalf("%v behind %v", tick, last)
			}
			last = tick
		}
		total += len(run)
		watermark = to
	}
	if total != 3*maxPlanned+1 || !last.Equal(now) {
		t.Errorf("%d ticks until %v", total, last)
	}

	counted := &counter{ticks: each(time.Second)}
	run, _ := plan(counted, now.AddDate(-1, 0, 0), now.Add(20*time.Second), 0, scripts.Missed{Policy: scripts.MissedLatest})
	if len(run) != 1 || counted.calls > 1000 {
		t.Errorf("%v after %d calls", run, counted.calls)
	}
}

type counter struct {
	ticks Ticks
	calls int
}

func (c *counter) Next(after time.Time) time.Time {
	c.calls++
	return c.ticks.Next(after)
}

func TestUnion(t *testing.T) {
	u := union{each(10 * time.Minute), never{}, each(15 * time.Minute)}
	var got []int
	for tick := u.Next(noon); len(got) < 5; tick = u.Next(tick) {
		got = append(got, int(tick.Sub(noon)/time.Minute))
	}
	if !slices.Equal(got, []int{10, 15, 20, 30, 40}) {
		t.Errorf("got %v", got)
	}
	if next := (union{never{}}).Next(noon); !next.IsZero() {
		t.Errorf("got %v", next)
	}
}

func TestRetryDelay(t *testing.T) {
	cases := []struct {
		retries scripts.Retries
		want    []time.Duration
	}{
		{scripts.Retries{Backoff: scripts.BackoffExponential}, []time.Duration{10 * time.Second, 20 * time.Second, 40 * time.Second}},
		{scripts.Retries{Backoff: scripts.BackoffFixed, Delay: time.Second}, []time.Duration{time.Second, time.Second}},
		{scripts.Retries{Backoff: scripts.BackoffExponential, Delay: 40 * time.Minute}, []time.Duration{40 * time.Minute, time.Hour, time.Hour}},
		{scripts.Retries{Backoff: scripts.BackoffExponential, Delay: 2 * time.Hour}, []time.Duration{2 * time.Hour, 2 * time.Hour}},
	}
	for _, c := range cases {
		for i, want := range c.want {
			if got := retryDelay(&c.retries, i+1); got != want {
				t.Errorf("%+v, attempt %d: %v, want %v", c.retries, i+1, got, want)
			}
		}
	}
}
