package intl

import (
	"math"
	"slices"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// dateFormat is what an Intl.DateTimeFormat holds.
type dateFormat struct {
	*cldr.DateFormat
	tag     string
	options cldr.DateOptions
}

func (a *api) dateTimeFormat() class {
	return class{
		name: "DateTimeFormat", callable: true,
		construct: func(locales, options goja.Value) any { return a.newDateFormat(locales, options, "any", "date") },
		getters: []method{on("format", func(f *dateFormat, call goja.FunctionCall) goja.Value {
			return a.rt.ToValue(f.Text(a.time(call.Argument(0))))
		})},
		methods: []method{
			on("formatToParts", func(f *dateFormat, call goja.FunctionCall) goja.Value {
				return a.parts(f.Format(a.time(call.Argument(0))))
			}),
			on("resolvedOptions", func(f *dateFormat, _ goja.FunctionCall) goja.Value { return a.resolvedDate(f) }),
		},
	}
}

// maxTime is the farthest time from 1970 that a Date has, in milliseconds.
const maxTime = 8.64e15

// time reads the argument of format: a Date or milliseconds, or now for undefined.
func (a *api) time(value goja.Value) time.Time {
	if goja.IsUndefined(value) {
		return a.now()
	}
	ms := value.ToFloat()
	if math.IsNaN(ms) || math.Abs(ms) > maxTime {
		panic(a.rangeError("Invalid time value"))
	}
	return time.UnixMilli(int64(ms))
}

// newDateFormat reads the arguments of the constructor and of the methods of Date. Required are the fields of which one has to be
// asked for, or else the defaults are shown.
func (a *api) newDateFormat(locales, value goja.Value, required, defaults string) *dateFormat {
	o := a.options("Intl.DateTimeFormat", value)
	l := o.locale(locales)
	f := &dateFormat{}
	d := &f.options
	var nu, hc string
	calendar := o.text("calendar", l.Keywords["ca"])
	if calendar != "" && calendar != "gregory" {
		panic(o.rangeError("%s: the calendar %s is not supported here (use gregory)", o.class, short(calendar)))
	}
	d.NumberingSystem, nu = o.numberingSystem(l)
	d.Hour12 = o.boolean("hour12")
	d.HourCycle = o.text("hourCycle", "", cldr.HourCycles...)
	if tagged := l.Keywords["hc"]; slices.Contains(cldr.HourCycles, tagged) && d.Hour12 == "" {
		if d.HourCycle == "" || d.HourCycle == tagged {
			hc = "-hc-" + tagged
		}
		if d.HourCycle == "" {
			d.HourCycle = tagged
		}
	}
	zone := cldr.LocalZone()
	if name := o.get("timeZone"); !goja.IsUndefined(name) {
		var err error
		if zone, err = cldr.FindZone(name.String()); err != nil {
			panic(o.rangeError("Invalid time zone specified: %s", short(name.String())))
		}
	}
	o.readFields(d)
	if d.DateStyle != "" || d.TimeStyle != "" {
		o.checkStyles(d, required)
	} else {
		setDefaults(d, required, defaults)
	}
	var ca string
	if l.Keywords["ca"] == "gregory" {
		ca = "-ca-gregory"
	}
	f.tag = resolvedTag(l, ca, nu, hc)
	f.DateFormat = cldr.NewDateFormat(l, zone, *d)
	return f
}

// readFields reads the options that say what is shown.
func (o options) readFields(d *cldr.DateOptions) {
	d.Weekday = o.text("weekday", "", "narrow", "short", "long")
	d.Era = o.text("era", "", "narrow", "short", "long")
	d.Year = o.text("year", "", "2-digit", "numeric")
	d.Month = o.text("month", "", "2-digit", "numeric", "narrow", "short", "long")
	d.Day = o.text("day", "", "2-digit", "numeric")
	d.DayPeriod = o.text("dayPeriod", "", "narrow", "short", "long")
	d.Hour = o.text("hour", "", "2-digit", "numeric")
	d.Minute = o.text("minute", "", "2-digit", "numeric")
	d.Second = o.text("second", "", "2-digit", "numeric")
	d.FractionalSecondDigits = o.number("fractionalSecondDigits", 1, 3, 0)
	if name := o.text("timeZoneName", ""); name != "" {
		d.TimeZoneName = o.text("timeZoneName", "", "short", "long", "shortOffset", "longOffset")
	}
	o.text("formatMatcher", "best fit", "basic", "best fit")
	d.DateStyle = o.text("dateStyle", "", "full", "long", "medium", "short")
	d.TimeStyle = o.text("timeStyle", "", "full", "long", "medium", "short")
}

// checkStyles refuses what does not go with a style.
func (o options) checkStyles(d *cldr.DateOptions, required string) {
	style := "dateStyle"
	if d.DateStyle == "" {
		style = "timeStyle"
	}
	for _, field := range []struct{ name, value string }{
		{"weekday", d.Weekday}, {"era", d.Era}, {"year", d.Year}, {"month", d.Month}, {"day", d.Day}, {"dayPeriod", d.DayPeriod}, {"hour", d.Hour},
		{"minute", d.Minute}, {"second", d.Second}, {"timeZoneName", d.TimeZoneName},
	} {
		if field.value != "" {
			panic(o.rt.NewTypeError("Can't set option %s when %s is used", field.name, style))
		}
	}
	switch {
	case d.FractionalSecondDigits > 0:
		panic(o.rt.NewTypeError("Can't set option fractionalSecondDigits when %s is used", style))
	case required == "date" && d.TimeStyle != "":
		panic(o.rt.NewTypeError("Invalid option : timeStyle"))
	case required == "time" && d.DateStyle != "":
		panic(o.rt.NewTypeError("Invalid option : dateStyle"))
	}
}

// setDefaults shows the date, or the time, or both, where no field was asked for.
func setDefaults(d *cldr.DateOptions, required, defaults string) {
	date := d.Weekday + d.Year + d.Month + d.Day
	clock := d.DayPeriod + d.Hour + d.Minute + d.Second
	asked := required != "time" && date != "" || required != "date" && (clock != "" || d.FractionalSecondDigits > 0)
	if asked {
		return
	}
	if defaults != "time" {
		d.Year, d.Month, d.Day = "numeric", "numeric", "numeric"
	}
	if defaults != "date" {
		d.Hour, d.Minute, d.Second = "numeric", "numeric", "numeric"
	}
}

func (a *api) resolvedDate(f *dateFormat) goja.Value {
	fields := f.Fields()
	var hour12 any
	if cycle := fields["hourCycle"]; cycle != "" {
		hour12 = cycle == "h11" || cycle == "h12"
	}
	head := []any{
		"locale", f.tag, "calendar", "gregory", "numberingSystem", f.options.NumberingSystem, "timeZone", f.Zone.Name,
		"hourCycle", fields["hourCycle"], "hour12", hour12,
	}
	if f.options.DateStyle == "" && f.options.TimeStyle == "" {
		for _, name := range []string{"weekday", "era", "year", "month", "day", "dayPeriod", "hour", "minute", "second"} {
			head = append(head, name, fields[name])
		}
		if digits := len(fields["fractionalSecondDigits"]); digits > 0 {
			head = append(head, "fractionalSecondDigits", digits)
		}
		head = append(head, "timeZoneName", fields["zone"])
	}
	return a.result(append(head, "dateStyle", f.options.DateStyle, "timeStyle", f.options.TimeStyle)...)
}
