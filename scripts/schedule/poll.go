package schedule

import (
	"context"
	"errors"
	"time"
)

// pollAnyway is when the tables are read although nobody told of a change: a process may have died before it could.
const pollAnyway = 5 * time.Second

// pollLoop follows what other processes do through the database: hosts that save scripts, commands that trigger, pause and
// cancel.
func (s *Scheduler) pollLoop(ctx context.Context) {
	var seen int64
	var last time.Time
	for {
		generation, err := s.DB.Generation(ctx)
		if err == nil && (s.unread.Swap(false) || generation != seen || time.Since(last) >= pollAnyway) {
			seen, last = generation, time.Now()
			err = s.poll(ctx)
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
		timer := time.NewTimer(s.Poll)
		select {
		case <-timer.C:
		case <-s.changed:
			s.unread.Store(true)
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// dispatchBatch bounds the runs of one insertion.
const dispatchBatch = 500

func (s *Scheduler) poll(ctx context.Context) error {
	err := s.refresh(ctx)
	waiting, waitingErr := s.DB.Undispatched(ctx, dispatchBatch)
	if len(waiting) > 0 {
		waitingErr = s.dispatch(ctx, waiting)
	}
	if len(waiting) == dispatchBatch {
		s.Wake() // for the rest
	}
	err = errors.Join(err, waitingErr)
	if s.active.count() > 0 {
		requests, requestsErr := s.DB.CancelRequests(ctx, s.host.ID)
		for run, by := range requests {
			s.active.end(run, &CancelledError{by})
		}
		err = errors.Join(err, requestsErr)
	}
	return err
}
