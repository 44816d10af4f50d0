package schedule

import (
	"context"
	"errors"
	"math"
	"time"
)

// pollAnyway is when the tables are read although nobody told of a change: a process may have died before it could.
const pollAnyway = 5 * time.Second

// pollOthers is how often a host looks for changes that another one has the duty of following.
const pollOthers = time.Second

// pollLoop follows what other processes do through the database: hosts that save scripts, commands that trigger, pause and
// cancel.
func (s *Scheduler) pollLoop(ctx context.Context) {
	var seen int64
	var last time.Time
	own := false // this process made the change
	for {
		generation, err := s.DB.Generation(ctx)
		if unread := s.unread.Swap(false); err == nil && (unread || own || generation != seen || time.Since(last) >= pollAnyway) {
			seen, last = generation, time.Now()
			err = s.poll(ctx, own)
			own = own && err != nil
		}
		if err != nil && ctx.Err() == nil {
			s.unread.Store(true)
			s.outage(pollTrouble, err)
			if !sleep(ctx, time.Second) {
				return
			}
		} else if err == nil {
			s.troubles.settle(pollTrouble)
		}
		pause := s.Poll
		if !s.hasDuty() { // only ends that somebody asks for are of interest
			pause = max(pause, pollOthers)
		}
		until, isDue := s.untilDue(), false
		if until < pause {
			pause, isDue = until, true
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			own = own || isDue
		case <-s.changed:
			own = true
		case <-s.earlier:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// noteDue notes when the next run is due, after a time, that waits for it.
func (s *Scheduler) noteDue(ctx context.Context, after time.Time) error {
	due, err := s.DB.NextDue(ctx, after)
	if err == nil && !due.IsZero() {
		s.lowerDue(due)
	}
	return err
}

// awaitDue has the tables read when a run is due that was made here.
func (s *Scheduler) awaitDue(due time.Time) {
	if s.lowerDue(due) {
		wake(s.earlier)
	}
}

// lowerDue notes a time at which a run is due, unless an earlier one is noted.
func (s *Scheduler) lowerDue(due time.Time) bool {
	for {
		at := s.dueAt.Load()
		if at != 0 && at <= due.UnixNano() {
			return false
		}
		if s.dueAt.CompareAndSwap(at, due.UnixNano()) {
			return true
		}
	}
}

// untilDue is how long it is until a run is due that waits for a time. Then the tables are read even if nobody changed them.
func (s *Scheduler) untilDue() time.Duration {
	at := s.dueAt.Load()
	if at == 0 {
		return math.MaxInt64
	}
	return max(time.Unix(0, at).Sub(s.DB.Now()), time.Millisecond)
}

// poll looks for what is new. Own reports that this process told of it, and so need not wait for the host with the duty.
func (s *Scheduler) poll(ctx context.Context, own bool) error {
	// What becomes due from now on is noted behind the reading: a run must not become due between the two unseen.
	now := s.DB.Now()
	s.dueAt.Store(0)
	err := s.refreshTriggers(ctx)
	if s.hasDuty() {
		err = errors.Join(err, s.refresh(ctx), s.releaseEvents(ctx))
	}
	if own || s.hasDuty() {
		err = errors.Join(err, s.moveUp(ctx))
	}
	if s.hasDuty() { // others await only what they have made themselves
		err = errors.Join(err, s.noteDue(ctx, now))
	}
	if s.active.count() > 0 {
		requests, requestsErr := s.DB.CancelRequests(ctx, s.host.ID)
		for run, by := range requests {
			s.active.end(run, &CancelledError{by})
		}
		err = errors.Join(err, requestsErr)
	}
	return err
}
