package bindings

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must not depend on the machine's files

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/ncruces/go-strftime"
)

func timeModule() *engine.Module {
	ms := engine.Param{Name: "time", Type: "number | Date | string", Required: true, Doc: "Unix milliseconds, a Date, or ISO 8601 text"}
	zone := engine.Param{Name: "options.zone", Type: "string", Doc: `IANA name such as "Europe/Paris", "UTC" by default`}
	return free(&engine.Module{
		Name: "time",
		Doc:  "Times as Unix milliseconds, the form in which Crisp gives them.",
		Functions: []engine.Function{
			{
				Name: "now", Sync: true, Result: "number",
				Doc: "Returns the time in Unix milliseconds.",
				Call: func(ctx context.Context, args []any) (any, error) {
					a := newArguments("time.now", args)
					a.max(0)
					return engine.Now(ctx).UnixMilli(), a.err
				},
			},
			{
				Name: "ago", Sync: true, Result: "number",
				Doc:    "Returns the time a duration ago, in Unix milliseconds.",
				Params: []engine.Param{{Name: "duration", Type: "string | number", Required: true, Doc: `"90s", "15m", "2h30m", "7d", "2w", or milliseconds`}},
				Call: func(ctx context.Context, args []any) (any, error) {
					a := newArguments("time.ago", args)
					a.max(1)
					d := a.duration(0, "duration")
					return engine.Now(ctx).Add(-d).UnixMilli(), a.err
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
					var t time.Time
					if format == "" {
						t = a.parsed("text", text, zone)
					} else {
						t = a.parsedBy("text", text, format, zone)
					}
					return t.UnixMilli(), a.err
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
					if _, ok := a.at(1).(map[string]any); ok && len(args) == 2 {
						a.table(1)
					} else {
						if a.at(1) != nil {
							format = a.text(1, "format")
						}
						a.table(2)
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
	})
}

func (a *arguments) time(i int, name string) time.Time {
	switch v := a.at(i).(type) {
	case time.Time:
		return v
	case int64, float64:
		t, err := timeOf(v)
		if err != nil {
			a.fail(name, err.Error(), "")
		}
		return t
	case string:
		return a.parsed(name, v, time.UTC)
	default:
		a.fail(name, "takes Unix milliseconds, a date, or ISO 8601 text, not "+describe(v), "")
		return time.Time{}
	}
}

// timeOf is the time of a number of Unix milliseconds, within the years that ISO 8601 text can hold.
func timeOf(milliseconds any) (time.Time, error) {
	n := float(milliseconds)
	const first, last = -62135596800000, 253402300799999
	if !(n >= first && n <= last) { // NaN too
		return time.Time{}, fmt.Errorf("%v is out of range: times are Unix milliseconds in the years 1 to 9999", milliseconds)
	}
	return time.UnixMilli(int64(math.Floor(n))), nil
}

// float is an int64 or a float64 as the latter.
func float(number any) float64 {
	if n, ok := number.(int64); ok {
		return float64(n)
	}
	return number.(float64)
}

func (a *arguments) duration(i int, name string) time.Duration {
	switch v := a.at(i).(type) {
	case int64, float64:
		n := float(v) * float64(time.Millisecond)
		if !(math.Abs(n) <= float64(timetext.Longest)) { // NaN too
			a.fail(name, fmt.Sprintf("%v is out of range: it takes at most 100 years", v), "")
			return 0
		}
		return time.Duration(n)
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

// zones are those that were asked for before: reading one takes longer than writing a time.
var zones sync.Map

func (a *arguments) optionZone() *time.Location {
	name := a.optionText("zone", "UTC")
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		a.fail("zone", fmt.Sprintf("is not a known time zone: %q", name), `zones are IANA names such as "Europe/Paris"`)
		return time.UTC
	}
	zones.Store(name, zone)
	return zone
}

// parsed reads ISO 8601 text.
func (a *arguments) parsed(name, text string, zone *time.Location) time.Time {
	t, err := parseTime(text, zone)
	if err != nil {
		a.fail(name, err.Error(), "")
	}
	return t
}

// parsedBy reads text in a strftime format.
func (a *arguments) parsedBy(name, text, format string, zone *time.Location) time.Time {
	layout, err := strftime.Layout(format)
	if err != nil {
		problem := strings.TrimSpace(strings.TrimPrefix(err.Error(), "strftime: "))
		a.fail("format", fmt.Sprintf("%q cannot be used for reading: %s", format, problem), "")
		return time.Time{}
	}
	t, err := time.ParseInLocation(layout, text, zone)
	if err != nil {
		a.fail(name, fmt.Sprintf("%q does not fit the format %q", text, format), "%-d, %-m and the like read numbers without a leading zero")
	}
	return t
}

// parseTime reads ISO 8601 text in its usual forms. The zone is that of text that names none.
func parseTime(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04",
		time.DateOnly, "2006-01", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999Z0700", "20060102T150405Z0700",
	} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("is not a date: %q (dates are ISO 8601, for example 2026-01-31 or 2026-01-31T09:30:00Z)", text)
}

// parseDuration reads durations as people write them, blanks included.
func parseDuration(text string) (time.Duration, error) {
	d, ok := timetext.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if !ok {
		return 0, fmt.Errorf(`is not a duration: %q (durations are like "90s", "15m", "2h30m", "7d", "2w")`, text)
	}
	return d, nil
}

var durationUnits = []struct {
	name string
	size time.Duration
}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

func formatDuration(d time.Duration) string {
	for i, unit := range durationUnits {
		n := d.Abs() / unit.size
		if n == 0 {
			continue
		}
		text := fmt.Sprintf("%d%s", n, unit.name)
		if d < 0 {
			text = "-" + text
		}
		if i+1 < len(durationUnits) {
			lesser := durationUnits[i+1]
			if n := d.Abs() % unit.size / lesser.size; n > 0 {
				text += fmt.Sprintf(" %d%s", n, lesser.name)
			}
		}
		return text
	}
	return "0s"
}
