package schedule

import (
	"time"

	"github.com/crisphost/crisphost/scripts"
)

// defaultMissed is what scripts without @missed do.
var defaultMissed = scripts.Missed{Policy: scripts.MissedLatest, Within: time.Hour}

// maxPlanned bounds the ticks of one step; the rest follows in the next.
const maxPlanned = 500

// union merges schedules. Two that are due at the same time make one tick.
type union []Ticks

func (u union) Next(after time.Time) time.Time {
	var first time.Time
	for _, ticks := range u {
		if next := ticks.Next(after); !next.IsZero() && (first.IsZero() || next.Before(first)) {
			first = next
		}
	}
	return first
}

// plan tells which ticks behind the watermark run at a time, and how far the watermark moves by that. Ticks that are late are
// missed: the policy tells which of them still run. Without a tick the watermark stays.
func plan(ticks Ticks, watermark, now time.Time, late time.Duration, missed scripts.Missed) (run []time.Time, to time.Time) {
	if first := ticks.Next(watermark); first.IsZero() || first.After(now) {
		return nil, watermark
	}
	from := watermark
	punctual := now.Add(-late)
	reach := func(since time.Time) {
		if since.After(from) {
			from = since
		}
	}
	if missed.Within > 0 {
		within := now.Add(-max(missed.Within, late))
		if missed.Policy == scripts.MissedAll {
			reach(within.Add(-time.Nanosecond)) // the bound itself still counts
		} else if missed.Policy == scripts.MissedLatest && watermark.Before(within) {
			watermark = within.Add(-time.Nanosecond)
		}
	}
	if missed.Policy != scripts.MissedAll {
		reach(punctual.Add(-time.Nanosecond))
	}
	for tick := ticks.Next(from); !tick.IsZero() && !tick.After(now); tick = ticks.Next(tick) {
		if len(run) == maxPlanned {
			return run, run[len(run)-1]
		}
		run = append(run, tick)
	}
	if len(run) == 0 && missed.Policy == scripts.MissedLatest {
		if tick := latest(ticks, watermark, punctual); !tick.IsZero() {
			run = append(run, tick)
		}
	}
	return run, now
}

// latest finds the last tick in (after, until], without going through all of a long time.
func latest(ticks Ticks, after, until time.Time) time.Time {
	for span := time.Minute; ; span *= 8 {
		from := until.Add(-span)
		if whole := !from.After(after); whole {
			from = after
		}
		var last time.Time
		for tick := ticks.Next(from); !tick.IsZero() && !tick.After(until); tick = ticks.Next(tick) {
			last = tick
		}
		if !last.IsZero() || from.Equal(after) {
			return last
		}
	}
}
