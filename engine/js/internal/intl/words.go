package intl

import (
	"slices"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// pluralRules is what an Intl.PluralRules holds.
type pluralRules struct {
	*cldr.NumberFormat
	rules     *cldr.Plurals
	tag, kind string
}

func (a *api) pluralRules() class {
	return class{
		name: "PluralRules",
		construct: func(locales, value goja.Value) any {
			o := a.options("Intl.PluralRules", value)
			l := o.locale(locales)
			kind := o.text("type", "cardinal", "cardinal", "ordinal")
			n := cldr.NumberOptions{Style: "decimal", Notation: "standard", UseGrouping: "auto", SignDisplay: "auto", NumberingSystem: l.Data().NumberingSystem}
			o.readDigits(&n, 0, 3, false)
			return &pluralRules{cldr.NewNumberFormat(l, n), l.PluralRules(kind == "ordinal"), l.Tag, kind}
		},
		methods: []method{
			on("select", func(p *pluralRules, call goja.FunctionCall) goja.Value {
				return a.rt.ToValue(p.Category(p.rules, cldr.FromFloat(call.Argument(0).ToNumber().ToFloat())))
			}),
			on("resolvedOptions", func(p *pluralRules, _ goja.FunctionCall) goja.Value {
				pairs := append([]any{"locale", p.tag, "type", p.kind}, digitOptions(&p.Options)...)
				return a.result(append(pairs, "pluralCategories", a.array(p.rules.Categories()))...)
			}),
		},
	}
}

// relativeFormat is what an Intl.RelativeTimeFormat holds.
type relativeFormat struct {
	*cldr.NumberFormat
	locale         *cldr.Locale
	tag            string
	style, numeric string
}

func (a *api) relativeTimeFormat() class {
	return class{
		name: "RelativeTimeFormat",
		construct: func(locales, value goja.Value) any {
			o := a.options("Intl.RelativeTimeFormat", value)
			l := o.locale(locales)
			system, nu := o.numberingSystem(l)
			return &relativeFormat{
				cldr.NewNumberFormat(l, plainNumbers(system)), l, resolvedTag(l, nu),
				o.text("style", "long", "long", "short", "narrow"), o.text("numeric", "always", "always", "auto"),
			}
		},
		methods: []method{
			on("format", func(f *relativeFormat, call goja.FunctionCall) goja.Value {
				return a.rt.ToValue(cldr.Join(a.relative(f, "format", call)))
			}),
			on("formatToParts", func(f *relativeFormat, call goja.FunctionCall) goja.Value {
				return a.parts(a.relative(f, "formatToParts", call))
			}),
			on("resolvedOptions", func(f *relativeFormat, _ goja.FunctionCall) goja.Value {
				return a.result("locale", f.tag, "style", f.style, "numeric", f.numeric, "numberingSystem", f.Options.NumberingSystem)
			}),
		},
	}
}

// plainNumbers are the options of a number format that was asked for nothing.
func plainNumbers(system string) cldr.NumberOptions {
	return cldr.NumberOptions{
		Style: "decimal", Notation: "standard", UseGrouping: "auto", SignDisplay: "auto", MinWhole: 1, MaxFraction: 3, MinSignificant: -1,
		MaxSignificant: -1, RoundingMode: "halfExpand", RoundingPriority: "auto", TrailingZeroDisplay: "auto", NumberingSystem: system,
	}
}

func (a *api) relative(f *relativeFormat, method string, call goja.FunctionCall) []cldr.Part {
	d := cldr.FromFloat(call.Argument(0).ToNumber().ToFloat())
	given := call.Argument(1).ToString().String()
	unit := strings.TrimSuffix(given, "s")
	if !slices.Contains(cldr.RelativeUnits, unit) {
		panic(a.rangeError("Invalid unit argument for %s() '%s' (use %s)", method, given, strings.Join(cldr.RelativeUnits, ", ")))
	}
	if !d.IsFinite() {
		panic(a.rangeError("Invalid time value: the value of Intl.RelativeTimeFormat.prototype.%s() must be finite", method))
	}
	if f.style != "long" {
		unit += "-" + f.style
	}
	return f.locale.FormatRelative(f.NumberFormat, d, unit, f.numeric == "auto")
}

// listFormat is what an Intl.ListFormat holds.
type listFormat struct {
	locale      *cldr.Locale
	kind, style string
}

func (a *api) listFormat() class {
	return class{
		name: "ListFormat",
		construct: func(locales, value goja.Value) any {
			o := a.options("Intl.ListFormat", value)
			l := o.locale(locales)
			return &listFormat{l, o.text("type", "conjunction", "conjunction", "disjunction", "unit"), o.text("style", "long", "long", "short", "narrow")}
		},
		methods: []method{
			on("format", func(f *listFormat, call goja.FunctionCall) goja.Value {
				return a.rt.ToValue(cldr.Join(a.list(f, call.Argument(0))))
			}),
			on("formatToParts", func(f *listFormat, call goja.FunctionCall) goja.Value {
				return a.parts(a.list(f, call.Argument(0)))
			}),
			on("resolvedOptions", func(f *listFormat, _ goja.FunctionCall) goja.Value {
				return a.result("locale", f.locale.Tag, "type", f.kind, "style", f.style)
			}),
		},
	}
}

func (a *api) list(f *listFormat, value goja.Value) []cldr.Part {
	var items []string
	if !goja.IsUndefined(value) {
		a.rt.ForOf(value, func(item goja.Value) bool {
			if _, ok := item.(goja.String); !ok {
				panic(a.rt.NewTypeError("Iterable yielded %s which is not a string", describe(item)))
			}
			items = append(items, item.String())
			return true
		})
	}
	kind := f.kind // by CLDR's name
	switch f.kind {
	case "conjunction":
		kind = "standard"
	case "disjunction":
		kind = "or"
	}
	if f.style != "long" {
		kind += "-" + f.style
	}
	return f.locale.FormatList(kind, items)
}
