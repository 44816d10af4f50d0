//go:build unix

package telemetry

import (
	"context"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Telemetry is what a host tells of its runs. Both parts may be nil.
type Telemetry struct {
	*Metrics
	Tracing *Tracing
}

// Runner wraps what runs scripts, see Observe.
func (t Telemetry) Runner(next schedule.Runner) schedule.Runner {
	return Observe(next, t.Metrics, t.Tracing)
}

// Observe wraps a runner so that metrics and traces see its runs and their calls. Both may be nil.
func Observe(next schedule.Runner, m *Metrics, t *Tracing) schedule.Runner {
	if m == nil && t == nil {
		return next
	}
	return &observed{next, m, t}
}

type observed struct {
	next    schedule.Runner
	metrics *Metrics
	tracing *Tracing
}

func (o *observed) Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) (outcome schedule.Outcome) {
	attempt := o.tracing.begin(ctx, run)
	// A panic is the scheduler's to deal with; the attempt's span ends all the same.
	outcome.Err = &state.RunError{Kind: "worker", Message: "the runner panicked"}
	defer func() { attempt.end(ctx, outcome.Err) }()
	return o.next.Run(ctx, run, version, header, &observedSink{Sink: sink, metrics: o.metrics, attempt: attempt, script: run.Script})
}

type observedSink struct {
	schedule.Sink
	metrics *Metrics
	attempt *attempt
	script  string
}

func (s *observedSink) Call(call state.APICall) {
	s.Sink.Call(call)
	s.metrics.Call(s.script, call)
	s.attempt.call(call)
}
