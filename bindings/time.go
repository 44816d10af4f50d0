package bindings

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones must not depend on the machine's files

	"github.com/crisphost/crisphost/engine"
	"github.com/ncruces/go-strftime"
)

func timeModule(now func() time.Time) *engine.Module {
	ms := engine.Param{Name: "time", Type: "number | Date | string", Required: true, Doc: "Unix milliseconds, a Date, or ISO 8601 text"}
	zone := engine.Param{Name: "options.zone", Type: "string", Doc: `IANA name such as "Europe/Paris", "UTC" by default`}
	return &engine.Module{
		Name: "time",
		Doc:  "Times as Unix milliseconds, the form in which Crisp gives them.",
		Functions: []engine.Function{
			{
				Name: "now", Sync: true, Result: "number",
				Doc: "Tells the time in Unix milliseconds.",
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("time.now", args)
					a.max(0)
					return now().UnixMilli(), a.err
				},
			},
			{
				Name: "ago", Sync: true, Result: "number",
				Doc:    "Tells the time that lies a duration back, in Unix milliseconds.",
				Params: []engine.Param{{Name: "duration", Type: "string | number", Required: true, Doc: `"90s", "15m", "2h30m", "7d", "2w", or milliseconds`}},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("time.ago", args)
					a.max(1)
					d := a.duration(0, "duration")
					return now().Add(-d).UnixMilli(), a.err
				},
			},
			{
				Name: "parse", Sync: true, Result: "number",
				Doc: "Reads a time as Unix milliseconds: ISO 8601 text, or text in a given format.",
				Params: []engine.Param{
					{Name: "text", Type: "string", Required: true},
					{Name: "options.format", Type: "string", Doc: `as in strftime, for example "%d/%m/%Y %H:%M"`},
					{Name: "options.zone", Type: "string", Doc: "of text that names none"},
				},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("time.parse", args)
					text := a.text(0, "text")
					a.table(1)
					format, zone := a.optionText("format", ""), a.optionZone()
					if err := a.done(); err != nil {
						return nil, err
					}
					t, err := parseTime(text, format, zone)
					if err != nil {
						return nil, argumentError("time.parse", "text", err.Error(), "")
					}
					return t.UnixMilli(), nil
				},
			},
			{
				Name: "format", Sync: true, Result: "string",
				Doc: "Writes a time as text, in ISO 8601 unless told otherwise.",
				Params: []engine.Param{
					ms,
					{Name: "format", Type: "string", Doc: `as in strftime, for example "%Y-%m-%d %H:%M"`},
					zone,
				},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("time.format", args)
					format := ""
					if len(args) > 1 && args[1] != nil {
						if options, ok := args[1].(map[string]any); ok && len(args) == 2 {
							a.options = options
						} else {
							format = a.text(1, "format")
							a.table(2)
						}
					}
					t, zone := a.time(0, "time"), a.optionZone()
					if err := a.done(); err != nil {
						return nil, err
					}
					if format == "" {
						return t.In(zone).Format("2006-01-02T15:04:05.000Z07:00"), nil
					}
					return strftime.Format(format, t.In(zone)), nil
				},
			},
			{
				Name: "duration", Sync: true, Result: "string",
				Doc: `Writes a number of milliseconds for people, in its two largest units: "3d 4h", "12m 5s".`,
				Params: []engine.Param{
					{Name: "milliseconds", Type: "number", Required: true},
				},
				Call: func(_ context.Context, args []any) (any, error) {
					a := newArguments("time.duration", args)
					a.max(1)
					d := a.duration(0, "milliseconds")
					return formatDuration(d), a.err
				},
			},
			{
				Name:   "sleep",
				Doc:    "Waits, and lets the script's other tasks run.",
				Params: []engine.Param{{Name: "duration", Type: "string | number", Required: true, Doc: `"90s", "2m", or milliseconds`}},
				Call: func(ctx context.Context, args []any) (any, error) {
					a := newArguments("time.sleep", args)
					a.max(1)
					d := a.duration(0, "duration")
					if a.err != nil {
						return nil, a.err
					}
					timer := time.NewTimer(d)
					defer timer.Stop()
					select {
					case <-timer.C:
						return nil, nil
					case <-ctx.Done():
						return nil, context.Cause(ctx)
					}
				},
			},
		},
	}
}

func (a *arguments) time(i int, name string) time.Time {
	switch v := a.at(i).(type) {
	case time.Time:
		return v
	case int64:
		return time.UnixMilli(v)
	case float64:
		return time.UnixMilli(int64(v))
	case string:
		t, err := parseTime(v, "", time.UTC)
		if err != nil {
			a.fail(name, err.Error(), "")
		}
		return t
	default:
		a.fail(name, "takes Unix milliseconds, a date, or ISO 8601 text, not "+describe(v), "")
		return time.Time{}
	}
}

func (a *arguments) duration(i int, name string) time.Duration {
	switch v := a.at(i).(type) {
	case int64:
		return time.Duration(v) * time.Millisecond
	case float64:
		return time.Duration(v * float64(time.Millisecond))
	case string:
		d, err := parseDuration(v)
		if err != nil {
			a.fail(name, err.Error(), "")
		}
		return d
	default:
		a.fail(name, `takes milliseconds, or text such as "15m" or "7d", not `+describe(v), "")
		return 0
	}
}

func (a *arguments) optionZone() *time.Location {
	name := a.optionText("zone", "UTC")
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		a.fail("zone", fmt.Sprintf("is not a known time zone: %q", name), `zones are IANA names such as "Europe/Paris"`)
		return time.UTC
	}
	return zone
}

// parseTime reads ISO 8601 text in its usual forms, or text in a strftime format.
func parseTime(text, format string, zone *time.Location) (time.Time, error) {
	if format != "" {
		layout, err := strftime.Layout(format)
		if err != nil {
			return time.Time{}, fmt.Errorf("cannot be read with the format %q: %w", format, err)
		}
		t, err := time.ParseInLocation(layout, text, zone)
		if err != nil {
			return time.Time{}, fmt.Errorf("%q does not fit the format %q", text, format)
		}
		return t, nil
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04",
		time.DateOnly, "2006-01", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700",
	} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("is not a date: %q (dates are ISO 8601, for example 2026-01-31 or 2026-01-31T09:30:00Z)", text)
}

// parseDuration reads Go's durations with days and weeks added.
func parseDuration(text string) (time.Duration, error) {
	fail := fmt.Errorf(`is not a duration: %q (durations are like "90s", "15m", "2h30m", "7d", "2w")`, text)
	var total time.Duration
	rest := strings.TrimSpace(text)
	for _, unit := range []struct {
		suffix byte
		size   time.Duration
	}{{'w', 7 * 24 * time.Hour}, {'d', 24 * time.Hour}} {
		number, after, found := strings.Cut(rest, string(unit.suffix))
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || n < 0 || n*float64(unit.size) > float64(1<<62) {
			return 0, fail
		}
		total += time.Duration(n * float64(unit.size))
		rest = strings.TrimSpace(after)
	}
	if rest == "" && total > 0 {
		return total, nil
	}
	d, err := time.ParseDuration(strings.ReplaceAll(rest, " ", ""))
	if err != nil || d < 0 || total+d < 0 {
		return 0, fail
	}
	return total + d, nil
}

func formatDuration(d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	units := []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}
	for i, unit := range units {
		if d < unit.size && i < len(units)-1 {
			continue
		}
		text := fmt.Sprintf("%s%d%s", sign, d/unit.size, unit.name)
		if i+1 < len(units) {
			if next := d % unit.size / units[i+1].size; next > 0 {
				text += fmt.Sprintf(" %d%s", next, units[i+1].name)
			}
		}
		return text
	}
	return "0s"
}
