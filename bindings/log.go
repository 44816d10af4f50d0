package bindings

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func logModule() *engine.Module {
	level := func(name string, level slog.Level) engine.Function {
		call := "log." + name
		return engine.Function{
			Name: name,
			Doc:  "Writes a line to the host's log, apart from the script's output.",
			Params: []engine.Param{
				{Name: "message", Type: "any", Required: true, Doc: "what happened; a table is written as JSON"},
				{Name: "fields", Type: "table", Doc: "values to record beside it, by name"},
			},
			Sync: true,
			Call: func(ctx context.Context, args []any) (any, error) {
				a := newArguments(call, args)
				a.max(2)
				var fields map[string]any
				switch v := a.at(1).(type) {
				case nil:
				case map[string]any:
					fields = v
				default:
					a.fail("fields", "takes an object { ... }, not "+describe(v), "")
				}
				if a.err != nil {
					return nil, a.err
				}
				attrs := make([]slog.Attr, 0, len(fields))
				for _, key := range slices.Sorted(maps.Keys(fields)) {
					attrs = append(attrs, slog.Any(key, logValue(fields[key])))
				}
				loggerOf(ctx).LogAttrs(ctx, level, cellText(a.at(0)), attrs...)
				return nil, nil
			},
		}
	}
	return free(&engine.Module{
		Name: "log",
		Doc:  "Log lines, written to the host's log and not to the script's output.",
		Functions: []engine.Function{
			level("debug", slog.LevelDebug),
			level("info", slog.LevelInfo),
			level("warn", slog.LevelWarn),
			level("error", slog.LevelError),
		},
	})
}

// logValue gives a handler what it can write.
func logValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return isoText(v)
	case []any, map[string]any:
		return logTable{v}
	default:
		return v
	}
}

// logTable is a table of a script: JSON in every handler.
type logTable struct{ value any }

func (t logTable) MarshalJSON() ([]byte, error) { return []byte(cellText(t.value)), nil }
func (t logTable) MarshalText() ([]byte, error) { return t.MarshalJSON() }
