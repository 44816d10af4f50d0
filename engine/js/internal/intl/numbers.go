package intl

import (
	"math/big"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
)

// numberFormat is what an Intl.NumberFormat holds.
type numberFormat struct {
	*cldr.NumberFormat
	tag string
}

func (a *api) numberFormat() class {
	return class{
		name: "NumberFormat", callable: true,
		construct: func(locales, options goja.Value) any { return a.newNumberFormat(locales, options) },
		getters: []method{on("format", func(f *numberFormat, call goja.FunctionCall) goja.Value {
			return a.rt.ToValue(cldr.Join(f.Format(a.decimal(call.Argument(0)))))
		})},
		methods: []method{
			on("formatToParts", func(f *numberFormat, call goja.FunctionCall) goja.Value {
				return a.parts(f.Format(a.decimal(call.Argument(0))))
			}),
			on("resolvedOptions", func(f *numberFormat, _ goja.FunctionCall) goja.Value { return a.resolvedNumber(f) }),
		},
	}
}

// decimal reads a number to format: BigInts and decimal texts are exact.
func (a *api) decimal(value goja.Value) cldr.Decimal {
	if n, ok := value.Export().(*big.Int); ok {
		return cldr.FromInt(n)
	}
	if text, ok := value.(goja.String); ok {
		if d, ok := cldr.Parse(strings.TrimSpace(text.String())); ok {
			return d
		}
	}
	return cldr.FromFloat(value.ToNumber().ToFloat())
}

func isCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(strings.ToUpper(code), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (a *api) newNumberFormat(locales, value goja.Value) *numberFormat {
	o := a.options("Intl.NumberFormat", value)
	l := o.locale(locales)
	var n cldr.NumberOptions
	var nu string
	n.NumberingSystem, nu = o.numberingSystem(l)
	n.Style = o.text("style", "decimal", "decimal", "percent", "currency")
	currency := o.text("currency", "")
	if currency != "" && !isCurrency(currency) {
		panic(o.rangeError("Invalid currency code : %s", short(currency)))
	}
	display := o.text("currencyDisplay", "symbol", "symbol", "narrowSymbol", "code")
	sign := o.text("currencySign", "standard", "standard", "accounting")
	o.unsupported("unit")
	o.unsupported("unitDisplay")
	digits := 0
	if n.Style == "currency" {
		if currency == "" {
			panic(a.rt.NewTypeError("Currency code is required with currency style."))
		}
		n.Currency, n.CurrencyDisplay, n.CurrencySign = strings.ToUpper(currency), display, sign
		digits = cldr.CurrencyDigits(n.Currency)
	}
	n.Notation = o.text("notation", "standard", "standard", "scientific", "engineering", "compact")
	minFraction, maxFraction := 0, 3
	switch {
	case n.Style == "currency":
		minFraction, maxFraction = digits, digits
	case n.Style == "percent":
		maxFraction = 0
	}
	o.readDigits(&n, minFraction, maxFraction, n.Notation == "compact")
	if compact := o.text("compactDisplay", "short", "short", "long"); n.Notation == "compact" {
		n.CompactDisplay = compact
	}
	n.UseGrouping = o.useGrouping(n.Notation == "compact")
	n.SignDisplay = o.text("signDisplay", "auto", "auto", "never", "always", "exceptZero", "negative")
	return &numberFormat{cldr.NewNumberFormat(l, n), resolvedTag(l, nu)}
}

// useGrouping is auto, always, min2 or false.
func (o options) useGrouping(compact bool) string {
	fallback := "auto"
	if compact {
		fallback = "min2"
	}
	value := o.get("useGrouping")
	if goja.IsUndefined(value) {
		return fallback
	}
	if is, ok := value.Export().(bool); ok && is {
		return "always"
	}
	if !value.ToBoolean() {
		return "false"
	}
	text := o.text("useGrouping", "", "min2", "auto", "always", "true", "false")
	if text == "true" || text == "false" {
		return fallback
	}
	return text
}

// readDigits reads how many digits are shown, by the standard's SetNumberFormatDigitOptions.
func (o options) readDigits(n *cldr.NumberOptions, minFraction, maxFraction int, compact bool) {
	const unset = -1
	n.MinWhole = o.number("minimumIntegerDigits", 1, 21, 1)
	lowFraction, highFraction := o.get("minimumFractionDigits"), o.get("maximumFractionDigits")
	lowSignificant, highSignificant := o.get("minimumSignificantDigits"), o.get("maximumSignificantDigits")
	o.unsupported("roundingIncrement", "1")
	n.RoundingMode = o.text("roundingMode", "halfExpand", "ceil", "floor", "expand", "trunc", "halfCeil", "halfFloor", "halfExpand", "halfTrunc", "halfEven")
	n.RoundingPriority = o.text("roundingPriority", "auto", "auto", "morePrecision", "lessPrecision")
	n.TrailingZeroDisplay = o.text("trailingZeroDisplay", "auto", "auto", "stripIfInteger")
	hasSignificant := !goja.IsUndefined(lowSignificant) || !goja.IsUndefined(highSignificant)
	hasFraction := !goja.IsUndefined(lowFraction) || !goja.IsUndefined(highFraction)
	needSignificant, needFraction := true, true
	if n.RoundingPriority == "auto" {
		needSignificant = hasSignificant
		needFraction = !needSignificant && (hasFraction || !compact)
	}
	n.MinFraction, n.MaxFraction, n.MinSignificant, n.MaxSignificant = unset, unset, unset, unset
	if needSignificant {
		n.MinSignificant, n.MaxSignificant = 1, 21
		if hasSignificant {
			n.MinSignificant = o.number("minimumSignificantDigits", 1, 21, 1)
			n.MaxSignificant = o.number("maximumSignificantDigits", n.MinSignificant, 21, 21)
		}
	}
	if needFraction {
		n.MinFraction, n.MaxFraction = minFraction, maxFraction
		if hasFraction {
			low := o.number("minimumFractionDigits", 0, 100, unset)
			high := o.number("maximumFractionDigits", 0, 100, unset)
			switch {
			case low == unset:
				low = min(minFraction, high)
			case high == unset:
				high = max(maxFraction, low)
			case low > high:
				panic(o.rangeError("maximumFractionDigits value is out of range."))
			}
			n.MinFraction, n.MaxFraction = low, high
		}
	}
	if !needSignificant && !needFraction {
		n.MinFraction, n.MaxFraction, n.MinSignificant, n.MaxSignificant = 0, 0, 1, 2
		n.RoundingPriority = "morePrecision"
	}
}

// digitOptions are the resolved options of digits.
func digitOptions(n *cldr.NumberOptions) []any {
	count := func(digits int) any {
		if digits < 0 {
			return nil
		}
		return digits
	}
	return []any{
		"minimumIntegerDigits", n.MinWhole,
		"minimumFractionDigits", count(n.MinFraction), "maximumFractionDigits", count(n.MaxFraction),
		"minimumSignificantDigits", count(n.MinSignificant), "maximumSignificantDigits", count(n.MaxSignificant),
	}
}

func roundingOptions(n *cldr.NumberOptions) []any {
	return []any{
		"roundingMode", n.RoundingMode, "roundingIncrement", 1, "trailingZeroDisplay", n.TrailingZeroDisplay, "roundingPriority", n.RoundingPriority,
	}
}

func (a *api) resolvedNumber(f *numberFormat) goja.Value {
	n := &f.Options
	pairs := []any{
		"locale", f.tag, "numberingSystem", n.NumberingSystem, "style", n.Style, "currency", n.Currency,
		"currencyDisplay", n.CurrencyDisplay, "currencySign", n.CurrencySign,
	}
	pairs = append(pairs, digitOptions(n)...)
	var grouping any = n.UseGrouping
	if grouping == "false" {
		grouping = false
	}
	pairs = append(pairs, "useGrouping", grouping, "notation", n.Notation, "compactDisplay", n.CompactDisplay, "signDisplay", n.SignDisplay)
	return a.result(append(pairs, roundingOptions(n)...)...)
}
