package bindings

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/engine"
)

func logModule(logger *slog.Logger) *engine.Module {
	level := func(name string, level slog.Level) engine.Function {
		call := "log." + name
		return engine.Function{
			Name: name,
			Doc:  "Writes a line to the host's log, apart from the script's output.",
			Params: []engine.Param{
				{Name: "message", Type: "string", Required: true, Doc: "what happened"},
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
					a.fail("fields", "takes a table, not "+describe(v), "")
				}
				if a.err != nil {
					return nil, a.err
				}
				attrs := make([]slog.Attr, 0, len(fields))
				for _, key := range slices.Sorted(maps.Keys(fields)) {
					attrs = append(attrs, slog.Any(key, fields[key]))
				}
				message := a.at(0)
				if message == nil {
					message = ""
				}
				logger.LogAttrs(ctx, level, fmt.Sprint(message), attrs...)
				return nil, nil
			},
		}
	}
	return &engine.Module{
		Name: "log",
		Doc:  "Log lines, written to the host's log and not to the script's output.",
		Functions: []engine.Function{
			level("debug", slog.LevelDebug),
			level("info", slog.LevelInfo),
			level("warn", slog.LevelWarn),
			level("error", slog.LevelError),
		},
	}
}
