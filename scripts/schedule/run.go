package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/riverqueue/river"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// worker takes jobs from the queue.
type worker struct {
	river.WorkerDefaults[runArgs]
	scheduler *Scheduler
}

// Work claims the job's run and runs it. An error has the queue try again soon: it is the database's.
func (w *worker) Work(ctx context.Context, job *river.Job[runArgs]) error {
	s := w.scheduler
	defer s.active.job(job.ID)()
	run, program, wait, err := s.claim(ctx, job.Args.Run)
	switch {
	case errors.Is(err, state.ErrNotFound): // dropped from the history
		return nil
	case err != nil:
		return err
	case wait > 0:
		return river.JobSnooze(wait)
	case run.State != state.Running:
		return nil
	}
	run, err = s.attempt(ctx, run, program)
	if err != nil {
		return err
	}
	if run.State == state.Scheduled {
		return river.JobSnooze(retryDelay(program.header.Retries, run.Attempt))
	}
	return nil
}

// Waits of a run that others of its script are before: the more, the longer.
const (
	waitStep = 250 * time.Millisecond
	waitMax  = 4 * time.Second
)

// claim decides whether a run starts. Its program is nil when the script has no version that runs.
func (s *Scheduler) claim(ctx context.Context, id string) (state.Run, *program, time.Duration, error) {
	for {
		run, err := s.DB.Run(ctx, id)
		if err != nil || run.State.Ended() {
			return run, nil, 0, err
		}
		request := state.Claim{Run: id, Host: s.host.ID}
		var p *program
		request.Version, err = s.DB.CurrentVersion(ctx, run.Script)
		switch {
		case errors.Is(err, state.ErrNotFound): // ClaimRun ends the run
		case err != nil:
			return run, nil, 0, err
		case request.Version != "":
			if p, err = s.program(ctx, request.Version); err != nil {
				return run, nil, 0, err
			}
			request.Overlap = string(p.header.Overlap)
		}
		run, verdict, ahead, err := s.DB.ClaimRun(ctx, request)
		if err != nil {
			return run, nil, 0, err
		}
		switch verdict {
		case state.Changed:
			continue
		case state.Wait:
			return run, nil, min(time.Duration(ahead)*waitStep, waitMax), nil
		case state.Over:
			if run.State == state.Skipped {
				s.Observer.Ended(run)
			}
		}
		return run, p, 0, nil
	}
}

// attempt runs a claimed run and notes its end. The run's state is then that of the database: scheduled when there is
// another attempt to come. The error is ErrStopping when the host gives the run up.
func (s *Scheduler) attempt(ctx context.Context, run state.Run, p *program) (state.Run, error) {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer s.active.run(run.ID, end)()
	due := run.CreatedAt
	if !run.Trigger.Tick.IsZero() {
		due = run.Trigger.Tick
	}
	s.Observer.Started(run, s.DB.Now().Sub(due))

	var failure *state.RunError
	var sink *runSink
	if p == nil {
		failure = &state.RunError{Kind: "compile", Message: "no version of the script can be run", Hint: "crisphost check tells what is wrong with it"}
	} else {
		var err error
		if sink, err = s.newSink(ctx, run); err != nil {
			return run, err
		}
		limit := p.header.Timeout
		if limit == 0 {
			limit = s.Timeout
		}
		bounded, cancel := ctx, context.CancelFunc(func() {})
		if limit > 0 {
			bounded, cancel = context.WithTimeoutCause(ctx, limit, ErrTimeout)
		}
		failure = s.runScript(bounded, run, p, sink)
		cause := context.Cause(bounded)
		cancel()
		run.Calls, run.Writes = sink.close()
		if failure != nil && cause != nil {
			var cancelled *CancelledError
			switch {
			case errors.Is(cause, ErrTimeout):
				run.State = state.TimedOut
				failure = &state.RunError{Kind: "timeout", Message: fmt.Sprintf("stopped after %v", limit), File: failure.File, Line: failure.Line,
					Column: failure.Column, SourceLine: failure.SourceLine, Trace: failure.Trace, Hint: "@timeout allows more"}
			case errors.As(cause, &cancelled):
				run.State = state.Cancelled
				run.CancelledBy = cancelled.By
			case errors.Is(cause, ErrLost):
				s.Logger.Warn("a run was taken over by another host", slog.String("script", run.Script), slog.String("run", run.ID))
				run.State = state.Cancelled
				return run, nil
			default: // the queue's context: the host shuts down
				return run, ErrStopping
			}
		}
	}
	run.Error = failure
	if run.State == state.Running {
		run.State = state.Succeeded
		if failure != nil {
			run.State = state.Failed
		}
	}
	return s.note(ctx, run, p)
}

// runScript runs the script and turns a panic of the runner into its failure.
func (s *Scheduler) runScript(ctx context.Context, run state.Run, p *program, sink Sink) (failure *state.RunError) {
	defer func() {
		if r := recover(); r != nil {
			s.Logger.Error("the runner panicked", slog.String("run", run.ID), slog.Any("panic", r), slog.String("stack", string(debug.Stack())))
			failure = &state.RunError{Kind: "worker", Message: fmt.Sprintf("internal error: %v", r), Hint: "this is a defect of crisphost: please report it with the host's log"}
		}
	}()
	return s.Runner.Run(ctx, run, p.version, p.header, sink).Err
}

// note writes the end of an attempt, and goes on trying while the database is away: what ran must not run again.
func (s *Scheduler) note(ctx context.Context, run state.Run, p *program) (state.Run, error) {
	again := p != nil && p.header.Retries != nil && run.Attempt <= p.header.Retries.Max && (run.State == state.Failed || run.State == state.TimedOut)
	ended := run
	err := s.persist(ctx, 0, func(ctx context.Context) error {
		if again {
			return s.DB.RetryRun(ctx, run)
		}
		return s.DB.FinishRun(ctx, run)
	})
	switch {
	case errors.Is(err, ErrLost):
		s.Logger.Warn("a run was taken over by another host", slog.String("script", run.Script), slog.String("run", run.ID))
		return ended, nil
	case errors.Is(err, state.ErrEnded):
		ended.State = state.Cancelled
	case err != nil:
		return run, err
	case again:
		ended.State = state.Scheduled
	}
	s.Observer.Ended(ended)
	return ended, nil
}

// persist repeats a change until the database takes it, but not for longer than patience, if that is not 0, nor long after the
// host was told to stop.
func (s *Scheduler) persist(ctx context.Context, patience time.Duration, change func(context.Context) error) error {
	lasting := context.WithoutCancel(ctx)
	pause := 50 * time.Millisecond
	var deadline time.Time
	if patience > 0 {
		deadline = time.Now().Add(patience)
	}
	for {
		bounded, cancel := context.WithTimeout(lasting, stopGrace)
		err := change(bounded)
		cancel()
		if err == nil || errors.Is(err, ErrLost) || errors.Is(err, state.ErrEnded) || errors.Is(err, state.ErrNotFound) {
			return err
		}
		if s.stopping.Load() && deadline.IsZero() {
			deadline = time.Now().Add(stopGrace / 3)
		}
		if !deadline.IsZero() && time.Now().After(deadline) {
			return err
		}
		s.Logger.Error("a run's end or log waits for the database", slog.Any("error", err))
		time.Sleep(pause)
		pause = min(2*pause, 2*time.Second)
	}
}

// Delays of @retries without any.
const (
	firstRetry = 10 * time.Second
	maxRetry   = time.Hour
)

// retryDelay is the delay behind a failed attempt, counted from 1.
func retryDelay(r *scripts.Retries, attempt int) time.Duration {
	delay := r.Delay
	if delay == 0 {
		delay = firstRetry
	}
	if r.Backoff == scripts.BackoffExponential {
		limit := max(delay, maxRetry)
		for range attempt - 1 {
			if delay = 2 * delay; delay >= limit {
				return limit
			}
		}
	}
	return delay
}
