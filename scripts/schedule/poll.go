package schedule

import (
	"context"
	"errors"
	"time"
)

// pollLoop follows what other processes do through the database: hosts that save scripts, commands that trigger, pause and
// cancel.
func (s *Scheduler) pollLoop(ctx context.Context) {
	for {
		if err := s.poll(ctx); err != nil && ctx.Err() == nil {
			s.outage("changes by others wait for the database", err)
			if !sleep(ctx, time.Second) {
				return
			}
		}
		timer := time.NewTimer(s.Poll)
		select {
		case <-timer.C:
		case <-s.changed:
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
