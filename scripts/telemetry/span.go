//go:build unix

package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// attempt is the span of an attempt. A nil one does nothing.
type attempt struct {
	tracing *Tracing
	span    trace.Span
	// parent carries the span alone: calls do not end with the run's context.
	parent context.Context
}

// begin starts the span of an attempt. It says nothing of a run's arguments or of who asked for it, which are not everybody's to read.
func (t *Tracing) begin(ctx context.Context, run state.Run) *attempt {
	if t == nil {
		return nil
	}
	attributes := []attribute.KeyValue{
		attribute.String("crisphost.script", run.Script),
		attribute.String("crisphost.version", run.Version),
		attribute.String("crisphost.run.id", run.ID),
		attribute.Int("crisphost.run.attempt", run.Attempt),
		attribute.String("crisphost.run.trigger", string(run.Trigger.Kind)),
	}
	if !run.Trigger.Tick.IsZero() {
		attributes = append(attributes, attribute.String("crisphost.run.tick", run.Trigger.Tick.UTC().Format(time.RFC3339)))
	}
	if run.Rescues > 0 {
		attributes = append(attributes, attribute.Int("crisphost.run.rescues", run.Rescues))
	}
	ctx, span := t.tracer.Start(context.WithoutCancel(ctx), "run "+run.Script, trace.WithAttributes(attributes...))
	return &attempt{tracing: t, span: span, parent: ctx}
}

// call makes the span of an API call that has ended.
func (a *attempt) call(call state.APICall) {
	if a == nil {
		return
	}
	name, attributes := describe(call)
	_, span := a.tracing.tracer.Start(a.parent, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(call.Time), trace.WithAttributes(attributes...))
	if call.Status == 0 || call.Status >= 400 {
		span.SetStatus(codes.Error, call.Reason)
	}
	span.End(trace.WithTimestamp(call.Time.Add(call.Duration)))
}

// describe names a call by OpenTelemetry's conventions for HTTP clients. The path of a call that is no operation holds ids, so that it
// is an attribute and not the name.
func describe(call state.APICall) (string, []attribute.KeyValue) {
	attributes := []attribute.KeyValue{attribute.String("crisphost.call.operation", call.Operation), attribute.String("crisphost.call.effect", call.Effect)}
	name := "crisp.api"
	if op := spec.ByID(call.Operation); op != nil {
		name = op.ID
		attributes = append(attributes, attribute.String("http.request.method", op.Method), attribute.String("url.template", op.Path))
	}
	if call.Status != 0 {
		attributes = append(attributes, attribute.Int("http.response.status_code", call.Status))
	}
	if call.Reason != "" {
		attributes = append(attributes, attribute.String("error.type", call.Reason))
	}
	return name, attributes
}

// end ends the span. Why the run's context has ended tells apart what is nobody's fault.
func (a *attempt) end(ctx context.Context, failure *state.RunError) {
	if a == nil {
		return
	}
	how, failed := ending(context.Cause(ctx), failure)
	a.span.SetAttributes(attribute.String("crisphost.run.state", how))
	if failed {
		a.span.SetAttributes(attribute.String("error.type", failure.Kind))
		event := []attribute.KeyValue{attribute.String("exception.type", failure.Kind), attribute.String("exception.message", failure.Message)}
		if failure.Trace != "" {
			event = append(event, attribute.String("exception.stacktrace", failure.Trace))
		}
		if failure.Line > 0 {
			a.span.SetAttributes(attribute.String("code.file.path", failure.File), attribute.Int("code.line.number", failure.Line))
		}
		a.span.AddEvent("exception", trace.WithAttributes(event...))
		a.span.SetStatus(codes.Error, failure.Message)
	}
	a.span.End()
}

// ending is what the scheduler makes of an outcome, with words of its own for attempts that begin again elsewhere.
func ending(cause error, failure *state.RunError) (how string, failed bool) {
	switch {
	case failure == nil:
		return string(state.Succeeded), false
	case cause == nil:
		return string(state.Failed), true
	case errors.Is(cause, schedule.ErrTimeout):
		return string(state.TimedOut), true
	case errors.As(cause, new(*schedule.CancelledError)):
		return string(state.Cancelled), false
	case errors.Is(cause, schedule.ErrLost):
		return "lost", false
	}
	return "stopped", false
}
