package schedule

import (
	"context"
	"errors"
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
		pause := min(s.Poll, s.untilDue())
		if !s.hasDuty() { // only ends that somebody asks for are of interest
			pause = max(pause, pollOthers)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-s.changed:
			own = true
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// noteDue notes when the next run is due that waits for a time.
func (s *Scheduler) noteDue(ctx context.Context) error {
	due, err := s.DB.NextDue(ctx)
	if err == nil {
		s.dueAt.Store(due.UnixNano())
		if due.IsZero() {
			s.dueAt.Store(0)
		}
	}
	return err
}

// untilDue is how long it is until a run is due that waits for a time. Behind it the tables are read even if nobody changed them.
func (s *Scheduler) untilDue() time.Duration {
	at := s.dueAt.Load()
	if at == 0 {
		return s.Poll
	}
	wait := time.Unix(0, at).Sub(s.DB.Now())
	if wait <= 0 {
		s.unread.Store(true)
	}
	return max(wait, time.Millisecond)
}

// poll looks for what is new. Own reports that this process told of it, and so need not wait for the host with the duty.
func (s *Scheduler) poll(ctx context.Context, own bool) error {
	err := s.refreshTriggers(ctx)
	if s.hasDuty() {
		err = errors.Join(err, s.refresh(ctx), s.releaseEvents(ctx))
	}
	if own || s.hasDuty() {
		err = errors.Join(err, s.moveUp(ctx), s.noteDue(ctx))
	} else {
		s.dueAt.Store(0)
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
