package bindings

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func logModule() *engine.Module {
	level := func(name string, level slog.Level) engine.Function {
		return engine.Function{
			Name: name,
			Doc: "Writes a line to the host's log, apart from the script's output.\n\n" +
				"It takes any value and never fails: errors are written with their name, message, status, reason, hint and trace.",
			Params: []engine.Param{
				{Name: "message", Type: "any", Required: true, Doc: "what happened: text, an error, or any value, which is written as JSON"},
				{Name: "fields", Type: "any", Doc: "values to record beside it, by name, or an error; any other value, and any further one, follows the message"},
			},
			Sync:      true,
			Arguments: engine.LenientArguments,
			Call: func(ctx context.Context, args []any) (any, error) {
				message, attrs := logLine(args)
				loggerOf(ctx).LogAttrs(ctx, level, message, attrs...)
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

// logLine makes a line of the arguments of a call. The first is the message; of those behind it objects are fields by name, an
// error is the field error, and other values continue the message.
func logLine(args []any) (string, []slog.Attr) {
	var message []string
	var fields logFields
	for i, arg := range args {
		failure, isError := arg.(*engine.Failure)
		switch {
		case i == 0 && isError:
			message = append(message, failureText(failure))
			for _, f := range failureFields(failure) {
				fields.add(f.Name, f.Value)
			}
		case i == 0:
			message = append(message, logText(arg))
		case isError:
			fields.add("error", failure)
		default:
			members, isObject := fieldsOf(arg)
			if !isObject {
				message = append(message, logText(arg))
			}
			for _, m := range members {
				fields.set(m.Name, m.Value)
			}
		}
	}
	return strings.Join(message, " "), fields.attrs
}

// logFields are the fields of a line.
type logFields struct {
	attrs []slog.Attr
	at    map[string]int
}

// set adds a field that a script named. It takes the place of what an error says of itself.
func (f *logFields) set(name string, value any) {
	attr := slog.Any(name, logValue(value))
	if i, taken := f.at[name]; taken {
		f.attrs[i] = attr
		return
	}
	if f.at == nil {
		f.at = map[string]int{}
	}
	f.at[name] = len(f.attrs)
	f.attrs = append(f.attrs, attr)
}

// add adds a field under a name that is free.
func (f *logFields) add(name string, value any) {
	free := name
	for i := 2; ; i++ {
		if _, taken := f.at[free]; !taken {
			break
		}
		free = fmt.Sprint(name, i)
	}
	f.set(free, value)
}

// fieldsOf are the members of an object, sorted by name. It is false for other values.
func fieldsOf(value any) (engine.Record, bool) {
	switch value := value.(type) {
	case map[string]any:
		members := make(engine.Record, 0, len(value))
		for _, name := range slices.Sorted(maps.Keys(value)) {
			members = append(members, engine.Field{Name: name, Value: value[name]})
		}
		return members, true
	case engine.Record:
		members := slices.Clone(value)
		slices.SortFunc(members, func(a, b engine.Field) int { return strings.Compare(a.Name, b.Name) })
		return members, true
	}
	return nil, false
}

// failureText is the class and the message of an error.
func failureText(f *engine.Failure) string {
	if f.Name == "" || f.Name == "Error" {
		return f.Message
	}
	return f.Name + ": " + f.Message
}

// failureFields are what is to say of an error beside its message, the hint and the trace last.
func failureFields(f *engine.Failure) engine.Record {
	isHint := func(f engine.Field) bool { return f.Name == "hint" }
	fields := slices.DeleteFunc(slices.Clone(f.Fields), isHint)
	if i := slices.IndexFunc(f.Fields, isHint); i >= 0 {
		fields = append(fields, f.Fields[i])
	}
	if len(f.Trace) == 0 {
		return fields
	}
	trace := make([]string, len(f.Trace))
	for i, frame := range f.Trace {
		trace[i] = frame.Position.String()
		if frame.Function != "" {
			trace[i] = frame.Function + " (" + frame.Position.String() + ")"
		}
	}
	return append(fields, engine.Field{Name: "trace", Value: strings.Join(trace, ", ")})
}

// logText is a value within a message.
func logText(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *engine.Failure:
		return logTable{v}.text()
	default:
		return cellText(logForm(v))
	}
}

// logValue gives a handler what it can write.
func logValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		return isoText(v)
	case engine.Shown:
		return string(v)
	case nil, float64, []any, map[string]any, engine.Record, *engine.Failure: // floats: text handlers write 1234567.5 as 1.2345675e+06
		return logTable{v}
	case []byte:
		return string(v)
	case engine.Handle, engine.Opaque:
		return describe(v)
	default:
		return v
	}
}

// logForm is a value as JSON can hold it.
func logForm(v any) any {
	switch v := v.(type) {
	case engine.Shown:
		return string(v)
	case time.Time:
		return isoText(v)
	case []byte:
		return string(v)
	case engine.Handle:
		return v.Class.Name
	case engine.Opaque:
		return describe(v)
	case *engine.Failure:
		record := engine.Record{{Name: "name", Value: v.Name}, {Name: "message", Value: v.Message}}
		return logForm(append(record, failureFields(v)...))
	case engine.Record:
		record := make(engine.Record, len(v))
		for i, f := range v {
			record[i] = engine.Field{Name: f.Name, Value: logForm(f.Value)}
		}
		return record
	case map[string]any:
		object := make(map[string]any, len(v))
		for name, member := range v {
			object[name] = logForm(member)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = logForm(item)
		}
		return list
	default:
		return v
	}
}

// logTable is a table or an error of a script: JSON in every handler, but for errors in those that write text.
type logTable struct{ value any }

func (t logTable) MarshalJSON() ([]byte, error) {
	if t.value == nil {
		return []byte("null"), nil
	}
	return []byte(cellText(logForm(t.value))), nil
}
func (t logTable) MarshalText() ([]byte, error) { return []byte(t.text()), nil }

func (t logTable) text() string {
	f, ok := t.value.(*engine.Failure)
	if !ok {
		return logText(t.value)
	}
	var b strings.Builder
	b.WriteString(failureText(f))
	for _, field := range failureFields(f) {
		fmt.Fprintf(&b, " %s=%s", field.Name, logText(field.Value))
	}
	return b.String()
}
