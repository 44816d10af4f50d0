package schedule

import (
	"cmp"
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
	placed, err := s.place(ctx, job.Args)
	switch {
	case err != nil || placed == ended:
		return err
	case placed == stopped:
		return river.JobSnooze(0) // for another host, or the next start
	case placed == crowded:
		return river.JobSnooze(crowdedWait)
	}
	var took time.Duration
	defer func() {
		s.turns.give(job.Args.Script, took)
		if s.rest.ended(job.Args.Script) || job.Args.Event && !s.isLone() && !s.alone.Load() { // who made the job may be another host
			s.Wake()
		}
	}()
	run, program, verdict, err := s.claim(ctx, job.Args, false)
	switch {
	case errors.Is(err, state.ErrNotFound): // dropped from the history
		return nil
	case err != nil:
		return err
	case verdict == state.Wait:
		return river.JobSnooze(waitStep)
	case run.State != state.Running:
		return nil
	}
	began := time.Now()
	err = s.attempt(ctx, run, program)
	took = max(time.Since(began), 1)
	var again *againError
	if errors.As(err, &again) {
		return river.JobSnooze(again.delay)
	}
	return err
}

// placing is what became of a run that was to have a place.
type placing int

const (
	placed  placing = iota
	ended           // it needs none
	stopped         // the host shuts down
	crowded         // there was none for a while, and another host may have one
)

const (
	// crowdedAfter is how long a run waits for a place on a host that is not the only one, and crowdedWait how long it then leaves
	// other hosts to take it.
	crowdedAfter = time.Second
	crowdedWait  = 500 * time.Millisecond
)

// place waits for a place to run in. While there is none, a run that has to be skipped is: it needs none.
func (s *Scheduler) place(ctx context.Context, args runArgs) (placing, error) {
	if s.stopping.Load() {
		return stopped, nil
	}
	if s.turns.tryTake(args.Script) {
		return placed, nil
	}
	if p := s.programs.latest(args.Script); p != nil && p.skips(args.kind()) && s.turns.goes(args.Script) {
		switch run, _, verdict, err := s.claim(ctx, args, true); {
		case errors.Is(err, state.ErrNotFound):
			return ended, nil // dropped from the history
		case err != nil || run.State.Ended() || verdict == state.Over:
			return ended, err
		}
	}
	patience := crowdedAfter
	if s.isLone() || s.alone.Load() {
		patience = 0
	}
	if s.turns.take(args.Script, s.ended, patience) {
		return placed, nil
	}
	if s.stopping.Load() {
		return stopped, nil
	}
	return crowded, nil
}

// againError tells that the run waits for another attempt.
type againError struct{ delay time.Duration }

func (e *againError) Error() string { return fmt.Sprintf("again in %v", e.delay) }

// waitStep is how long a run waits that goes already as far as the database knows.
const waitStep = 250 * time.Millisecond

// claim decides whether a run starts, or with look whether it could. Its program is nil when the script has no version that runs.
func (s *Scheduler) claim(ctx context.Context, args runArgs, look bool) (state.Run, *program, state.Verdict, error) {
	if p := s.programs.latest(args.Script); p != nil && !look { // mostly it still has that version, and nothing is in the way
		run, started, err := s.DB.StartRun(ctx, state.Claim{
			Run: args.Run, Script: args.Script, Host: s.host.ID, Version: p.version.Hash,
			Overlap: string(p.overlap(args.kind())), Concurrency: p.header.Concurrency, MakeUp: p.makesUp(),
		})
		if started || err != nil {
			return run, p, state.Start, err
		}
	}
	for {
		run, version, err := s.DB.RunToClaim(ctx, args.Run)
		if err != nil || run.State.Ended() {
			return run, nil, state.Over, err
		}
		request := state.Claim{Run: args.Run, Script: run.Script, Host: s.host.ID, Version: version, Look: look}
		var p *program
		if version != "" {
			p, err = s.program(ctx, version)
			switch {
			case errors.Is(err, state.ErrNotFound): // the run fails of it
				p = nil
			case err != nil:
				return run, nil, "", err
			default:
				request.Overlap, request.Concurrency = string(p.overlap(run.Trigger.Kind)), p.header.Concurrency
				request.MakeUp = p.makesUp()
			}
		}
		run, verdict, err := s.DB.ClaimRun(ctx, request)
		if err != nil {
			return run, nil, "", err
		}
		switch verdict {
		case state.Changed:
			continue
		case state.Wait:
			if run.Host == s.host.ID && !s.active.goes(args.Run) && !look {
				// The database took an earlier claim, and its answer was lost.
				if _, err := s.DB.ReleaseRun(ctx, run); err != nil {
					return run, nil, "", err
				}
				continue
			}
		case state.InLine:
			if look {
				break
			}
			if request.Overlap == string(scripts.OverlapReplace) {
				s.Wake() // those before it were asked to end
			}
			// Those before it may have ended at this moment.
			err = s.moveUpOne(ctx, run.ID)
		case state.Over:
			if run.State == state.Skipped {
				s.Observer.Ended(run)
			}
		case state.Start:
			if p != nil {
				s.programs.note(run.Script, p)
			}
		}
		return run, p, verdict, err
	}
}

// attempt runs a claimed run and notes its end. The error is an *againError when the run waits again, ErrStopping when the
// host gives it up, or the database's.
func (s *Scheduler) attempt(ctx context.Context, run state.Run, p *program) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer s.active.run(run.ID, end)()
	s.unread.Store(true) // somebody may have asked for its end before it was known here
	if p == nil {
		run.State = state.Failed
		run.Error = &state.RunError{Kind: "compile", Message: "no version of the script can be run", Hint: "crisphost check shows what is wrong with it"}
		return s.note(ctx, run, nil)
	}
	sink, err := s.newSink(ctx, run)
	if err != nil {
		return s.giveBack(ctx, run)
	}
	due := run.CreatedAt
	if !run.Trigger.Tick.IsZero() {
		due = run.Trigger.Tick
	}
	s.Observer.Started(run, s.DB.Now().Sub(due))
	if run.Interrupted {
		sink.Log(state.LogLine{Level: "warn", Message: interruption(run)})
	}

	limit := cmp.Or(p.header.Timeout, s.Timeout)
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if limit > 0 {
		bounded, cancel = context.WithTimeoutCause(ctx, limit, ErrTimeout)
	}
	run.Error = s.runScript(bounded, run, p, sink)
	cause := context.Cause(bounded)
	cancel()
	run.Calls, run.Writes = sink.close()
	run.EndedAt = s.DB.Now()

	var cancelled *CancelledError
	switch {
	case run.Error == nil:
		run.State = state.Succeeded
	case cause == nil:
		run.State = state.Failed
	case errors.Is(cause, ErrTimeout):
		run.State = state.TimedOut
		run.Error.Kind, run.Error.Message, run.Error.Hint = "timeout", fmt.Sprintf("stopped after %v", limit), "@timeout allows more"
	case errors.As(cause, &cancelled):
		run.State, run.CancelledBy = state.Cancelled, cancelled.By
	case errors.Is(cause, ErrLost):
		return s.giveBack(ctx, run)
	default: // the queue's context: the host shuts down, and gives back all that it has
		s.Logger.Info("a run is given back: it begins again on another host, or at the next start",
			slog.String("script", run.Script), slog.String("run", run.ID))
		return ErrStopping
	}
	return s.note(ctx, run, p)
}

// interruption tells in a run's log why its lines begin again.
func interruption(run state.Run) string {
	if run.Rescues > 0 {
		return fmt.Sprintf("This run begins again: the host that it was on died (%d of at most %d times).", run.Rescues, state.MaxRescues)
	}
	return "This run begins again: the host that it was on was shut down, or stood still, and gave it back."
}

// giveBack has a run wait again, unless another host has it.
func (s *Scheduler) giveBack(ctx context.Context, run state.Run) error {
	released := false
	err := s.persist(ctx, 0, func(ctx context.Context) (err error) {
		released, err = s.DB.ReleaseRun(ctx, run)
		return err
	})
	switch {
	case err != nil:
		return err
	case released:
		return &againError{}
	}
	s.Logger.Warn("a run was taken over by another host", slog.String("script", run.Script), slog.String("run", run.ID))
	return nil
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
func (s *Scheduler) note(ctx context.Context, run state.Run, p *program) error {
	again := p != nil && p.header.Retries != nil && run.Attempt <= p.header.Retries.Max && (run.State == state.Failed || run.State == state.TimedOut)
	err := s.persist(ctx, 0, func(ctx context.Context) error {
		if again {
			return s.DB.RetryRun(ctx, run)
		}
		return s.DB.FinishRun(ctx, run)
	})
	switch {
	case errors.Is(err, ErrLost):
		s.Logger.Warn("a run was taken over by another host", slog.String("script", run.Script), slog.String("run", run.ID))
		return nil
	case errors.Is(err, state.ErrEnded): // cancelled when it failed
		run.State, again = state.Cancelled, false
	case err != nil:
		return err
	}
	if again {
		run.State = state.Scheduled
	}
	s.Observer.Ended(run)
	if p != nil && (run.Missed || p.header.Concurrency > 0 || p.header.Overlap == scripts.OverlapQueue || p.header.Overlap == scripts.OverlapReplace) {
		// Also when this run was cancelled, and its context with it.
		if err := s.moveUpOne(context.WithoutCancel(ctx), run.ID); err != nil {
			s.outage("runs that wait for others may wait longer", err)
		}
	}
	if again {
		return &againError{retryDelay(p.header.Retries, run.Attempt)}
	}
	return nil
}

// persist repeats a change until the database takes it, but not for longer than patience, if that is not 0, nor long after the
// host was told to stop.
func (s *Scheduler) persist(ctx context.Context, patience time.Duration, change func(context.Context) error) error {
	lasting := context.WithoutCancel(ctx)
	pause, waited := 50*time.Millisecond, false
	defer func() {
		if waited { // it has ended well, or is given up
			s.troubles.settle(runTrouble)
		}
	}()
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
		s.outage(runTrouble, err)
		waited = true
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
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
