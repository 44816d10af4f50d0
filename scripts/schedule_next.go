package scripts

import "time"

// Next is the first time after another one at which the schedule is due, in the schedule's zone.
func (t *Timetable) Next(after time.Time) time.Time {
	after = after.In(t.zone)
	if t.interval > 0 {
		seconds := after.Unix()
		n := seconds / t.interval
		if seconds < 0 && seconds%t.interval != 0 {
			n--
		}
		return time.Unix((n+1)*t.interval, 0).In(t.zone)
	}
	// Between two jumps of the clock its time goes on as time does.
	start, _ := after.ZoneBounds()
	for at := after; ; {
		_, offset := at.Zone()
		before := offset
		if !start.IsZero() {
			_, before = start.Add(-time.Second).Zone()
		}
		due := t.between(after, start, offset, before)
		jump := nextJump(at)
		if due.IsZero() || jump.IsZero() || due.Before(jump) {
			return due
		}
		at, start = jump, jump
	}
}

// nextJump is when the clock of a time's zone jumps next, or zero. Beyond the years that the zone database lists, ZoneBounds ends
// each year by itself, and a leap year a day early.
func nextJump(at time.Time) time.Time {
	_, offset := at.Zone()
	const boundsPerYear = 4
	for range 2 * boundsPerYear {
		_, end := at.ZoneBounds()
		if end.IsZero() {
			return end
		}
		if !end.After(at) {
			end = at.Add(24 * time.Hour)
		}
		if _, next := end.Zone(); next != offset {
			return end
		}
		at = end
	}
	return time.Time{}
}

// between is the first time that is due after another one, if the clock jumped at start from one offset to the next, both in
// seconds, and does not jump again. Start is zero when there was no jump.
func (t *Timetable) between(after, start time.Time, offset, before int) time.Time {
	if start.IsZero() {
		return t.from(onClock(after, offset), offset)
	}
	if t.everyHour {
		return t.from(later(onClock(after, offset), onClock(start, offset).Add(-time.Second)), offset)
	}
	// What the clock shows again is over.
	due := t.from(later(onClock(after, offset), onClock(start, max(offset, before)).Add(-time.Second)), offset)
	if offset <= before {
		return due
	}
	// What it left out is read as if it had not jumped.
	omitted := t.from(later(onClock(after, before), onClock(start, before).Add(-time.Second)), before)
	if onClock(omitted, before).Before(onClock(start, offset)) && (due.IsZero() || omitted.Before(due)) {
		return omitted
	}
	return due
}

// from is the time of the first entry of the schedule after what a clock shows.
func (t *Timetable) from(wall time.Time, offset int) time.Time {
	next := t.wall.Next(wall)
	if next.IsZero() {
		return next
	}
	return next.Add(-time.Duration(offset) * time.Second).In(t.zone)
}

// onClock is what a clock shows at a time, as a time in UTC.
func onClock(at time.Time, offset int) time.Time {
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
