//go:build unix

package host

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// observer tells runs to the log, the console and the telemetry.
type observer struct{ host *Host }

func (o *observer) Started(run state.Run, lag time.Duration) {
	if t := o.host.config.Telemetry; t != nil {
		t.Started(run, lag)
	}
	o.host.events.tell(console.Event{Script: run.Script, Run: run.ID})
	o.host.config.Logger.Debug("run started", append(runAttrs(run), slog.Duration("lag", lag))...)
}

func (o *observer) Ended(run state.Run) {
	if t := o.host.config.Telemetry; t != nil {
		t.Ended(run)
	}
	o.host.events.tell(console.Event{Script: run.Script, Run: run.ID})
	level, text := slog.LevelInfo, "run "+string(run.State)
	switch run.State {
	case state.Failed, state.TimedOut:
		level = slog.LevelError
	case state.Scheduled:
		level, text = slog.LevelWarn, "run failed and will be tried again"
	case state.Skipped:
		level = slog.LevelWarn
	case state.Running, state.Succeeded, state.Cancelled:
	}
	attrs := runAttrs(run)
	if !run.StartedAt.IsZero() && !run.EndedAt.IsZero() {
		attrs = append(attrs, slog.Duration("took", run.EndedAt.Sub(run.StartedAt)))
	}
	if run.Calls > 0 {
		attrs = append(attrs, slog.Int("calls", run.Calls), slog.Int("writes", run.Writes))
	}
	if run.Error != nil {
		attrs = append(attrs, slog.String("error", run.Error.Message))
		if run.Error.Line > 0 {
			attrs = append(attrs, slog.String("file", run.Error.File), slog.Int("line", run.Error.Line))
		}
	}
	o.host.config.Logger.Log(context.Background(), level, text, attrs...)
}

func runAttrs(run state.Run) []any {
	attrs := []any{slog.String("script", run.Script), slog.String("run", run.ID)}
	if run.Attempt > 1 {
		attrs = append(attrs, slog.Int("attempt", run.Attempt))
	}
	return attrs
}

// tellingRunner tells the log and the console what a run prints.
type tellingRunner struct {
	host *Host
	next schedule.Runner
}

func (r *tellingRunner) Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) schedule.Outcome {
	return r.next.Run(ctx, run, version, header, &tellingSink{sink, r.host, run})
}

type tellingSink struct {
	schedule.Sink
	host *Host
	run  state.Run
}

func (s *tellingSink) Log(line state.LogLine) {
	s.Sink.Log(line)
	s.log(line)
	s.host.events.tell(console.Event{Script: s.run.Script, Run: s.run.ID, Log: true})
}

func (s *tellingSink) Call(call state.APICall) {
	s.Sink.Call(call)
	s.host.events.tell(console.Event{Script: s.run.Script, Run: s.run.ID, Log: true})
}

// nested is a field that has fields or items of its own: JSON in both kinds of logs.
type nested struct{ value any }

func (n nested) MarshalText() ([]byte, error) { return jsonform.Encode(n.value) }

func (n nested) MarshalJSON() ([]byte, error) { return n.MarshalText() }

// log hands a line of the script on to the host's log, with the script's fields in a group of their own. What it prints is of less
// interest there.
func (s *tellingSink) log(line state.LogLine) {
	level := slog.LevelDebug
	if line.Level != "print" && level.UnmarshalText([]byte(line.Level)) != nil {
		level = slog.LevelInfo
	}
	log := s.host.config.Logger
	if !log.Enabled(context.Background(), level) || !s.host.chatter.allows() {
		return
	}
	attrs := runAttrs(s.run)
	if len(line.Fields) > 0 {
		var fields []any
		for _, name := range slices.Sorted(maps.Keys(line.Fields)) {
			value := line.Fields[name]
			switch value.(type) {
			case map[string]any, []any:
				value = nested{value}
			}
			fields = append(fields, slog.Any(name, value))
		}
		attrs = append(attrs, slog.Group("fields", fields...))
	}
	log.Log(context.Background(), level, line.Message, attrs...)
}
