//go:build unix

package host

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// Runner runs the scripts of a scheduler on a pool of workers.
type Runner struct {
	Pool *worker.Pool
	// Engine has the words of permissions. The engines of the workers know them too.
	Engine *engine.Engine
	// LookupEnv reads the variables that headers of scripts name. Nil has none.
	LookupEnv func(name string) (string, bool)
	// Limits are what headers may ask for; runs of scripts that ask for more fail. Nil is no limit.
	Limits *scripts.Limits
	// DB has the events that start runs. Nil has none.
	DB *state.DB
	// Starts reports whether events of a name start runs. It is needed with DB.
	Starts func(event string) bool
	// Logger takes what operators should know, or is nil.
	Logger *slog.Logger
	// Memory is the limit of scripts whose header has none, in bytes. Zero is worker.DefaultMemory.
	Memory int64
}

var _ schedule.Runner = (*Runner)(nil)

// Run implements schedule.Runner. The header's @timeout is for the scheduler to apply.
func (r *Runner) Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) schedule.Outcome {
	j, err := r.job(version, header)
	if err != nil {
		return schedule.Outcome{Err: headerError(err, version)}
	}
	j.Run, j.Script, j.Home, j.Args, j.Vars = run.ID, run.Script, run.Home, run.Trigger.Args, varsOf(&run)
	j.Observer, j.Gates = &observedSink{sink}, []engine.Gate{confirm(sink)}
	if run.Trigger.Kind == state.ByEvent {
		if err := r.addEvents(ctx, j, &run, header.Batch != nil); err != nil {
			return schedule.Outcome{Err: &state.RunError{Kind: worker.KindWorker, Message: err.Error()}}
		}
	}
	_, err = r.Pool.Run(ctx, j)
	var failed *worker.Error
	switch {
	case err == nil:
		return schedule.Outcome{}
	case errors.As(err, &failed):
		problem := state.RunError(*failed)
		return schedule.Outcome{Err: &problem}
	default:
		return schedule.Outcome{Err: &state.RunError{Kind: worker.KindWorker, Message: err.Error()}}
	}
}

// addEvents gives a job the events that started its run: a list, or the only one.
func (r *Runner) addEvents(ctx context.Context, j *worker.Job, run *state.Run, list bool) error {
	if r.DB == nil {
		return errors.New("events are not available here")
	}
	events, err := r.DB.EventsOf(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("events of the run: %w", err)
	}
	if len(events) == 0 {
		return errors.New("the events of the run are no longer there")
	}
	if len(events) > 1 && !list { // the header had it when they came, or that of the script whose run is repeated
		return fmt.Errorf("the run has %d events, and the script takes one: write @batch in its header and repeat the run with `crisphost trigger --event`", len(events))
	}
	j.Gates = append(j.Gates, r.expect(run))
	first := events[0]
	if list {
		j.Events = make([]json.RawMessage, len(events))
		for i, e := range events {
			j.Events[i] = e.Payload
		}
	} else {
		j.Event = first.Payload
	}
	j.WebsiteID = first.Website
	j.Vars[scripts.EnvEvent], j.Vars[scripts.EnvEventTime] = first.Name, first.Time.UTC().Format("2006-01-02T15:04:05.000Z07:00")
	return nil
}

// Prepare has a waiting worker compile a version, see worker.Pool.Prepare.
func (r *Runner) Prepare(ctx context.Context, version *state.Version, header scripts.Header) error {
	j, err := r.job(version, header)
	if err != nil {
		return err
	}
	return r.Pool.Prepare(ctx, j)
}

// job is what a version may do and take. A version that was saved under other limits, or by another host, is refused here.
func (r *Runner) job(version *state.Version, header scripts.Header) (*worker.Job, error) {
	if err := r.Limits.Check(r.Engine.Vocabulary(), header); err != nil {
		return nil, err
	}
	access, err := r.Limits.Access(r.Engine.Vocabulary(), header)
	if err != nil {
		return nil, err
	}
	j := &worker.Job{
		Script: version.Script,
		Program: &worker.Program{
			Entry: version.Entry, Files: version.Files, Language: engine.Language(version.Language), Hash: version.Hash,
		},
		Limits:      worker.Limits{Memory: r.Limits.Memory(header, cmp.Or(r.Memory, worker.DefaultMemory))},
		Env:         make(map[string]string, len(header.Env)),
		Permissions: access,
		DropResult:  true,
	}
	for _, name := range header.Env {
		if r.LookupEnv == nil {
			break
		}
		if value, ok := r.LookupEnv(name); ok {
			j.Env[name] = value
		}
	}
	return j, nil
}

// confirm is the gate of calls whose run may have gone to another host.
func confirm(sink schedule.Sink) engine.Gate {
	return func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if err := sink.Confirm(ctx); err != nil {
				return nil, &crisp.Error{Reason: crisp.ReasonCanceled, Message: err.Error(), Err: err}
			}
			return next(ctx, c)
		}
	}
}

// headerError is the failure of a run whose header asks for what it cannot have.
func headerError(err error, version *state.Version) *state.RunError {
	e := &state.RunError{Kind: worker.KindCompile, Message: err.Error(), File: version.Entry}
	var header *scripts.HeaderError
	if errors.As(err, &header) {
		e.Message, e.Hint, e.Line, e.Column = header.Problem, header.Hint, header.Line, header.Column
	}
	return e
}

// varsOf are the variables that tell about a run.
func varsOf(run *state.Run) map[string]string {
	vars := map[string]string{
		scripts.EnvRunID: run.ID, scripts.EnvScript: run.Script, scripts.EnvAttempt: strconv.Itoa(max(run.Attempt, 1)),
		scripts.EnvTrigger: string(run.Trigger.Kind),
	}
	if tick := run.Trigger.Tick; !tick.IsZero() {
		vars[scripts.EnvTick] = tick.UTC().Format(time.RFC3339)
	}
	return vars
}

// observedSink hands on what a run does to the scheduler's sink.
type observedSink struct{ sink schedule.Sink }

func (s *observedSink) Line(l worker.Line) {
	s.sink.Log(state.LogLine{Time: l.Time, Level: l.Level, Message: l.Message, Fields: l.Fields, Omitted: l.Omitted})
}

func (s *observedSink) Call(c worker.Call) { s.sink.Call(state.APICall(c)) }
