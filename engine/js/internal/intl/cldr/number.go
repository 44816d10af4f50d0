package cldr

import (
	"cmp"
	"strings"
	"sync"
)

// Part is a piece of a formatted value, under the type that formatToParts names. Unit is what a number in a relative time counts.
type Part struct{ Type, Value, Unit string }

// Join returns the text of parts.
func Join(parts []Part) string {
	var text strings.Builder
	for _, part := range parts {
		text.WriteString(part.Value)
	}
	return text.String()
}

// NumberOptions are the options of a number format, complete. Digit options of -1 are not set.
type NumberOptions struct {
	Style                          string // decimal, percent or currency
	Currency                       string
	CurrencyDisplay, CurrencySign  string
	Notation, CompactDisplay       string
	UseGrouping                    string // auto, always, min2 or false
	SignDisplay                    string
	MinWhole                       int
	MinFraction, MaxFraction       int
	MinSignificant, MaxSignificant int
	RoundingMode, RoundingPriority string
	TrailingZeroDisplay            string
	NumberingSystem                string
}

// NumberFormat formats numbers in one locale.
type NumberFormat struct {
	Options NumberOptions
	locale  *Locale
	data    *Data
	symbols *Numbers
	zero    rune
	plurals *Plurals
}

// systems are the numbering systems that are plain sets of digits, by their zero.
var systems = sync.OnceValue(func() map[string]rune {
	return map[string]rune{
		"latn": '0', "arab": '٠', "arabext": '۰', "beng": '০', "deva": '०', "fullwide": '０', "gujr": '૦', "guru": '੦', "khmr": '០',
		"knda": '೦', "laoo": '໐', "mlym": '൦', "mymr": '၀', "orya": '୦', "tamldec": '௦', "telu": '౦', "thai": '๐', "tibt": '༠',
	}
})

// IsDigits reports whether a numbering system is a plain set of digits.
func IsDigits(system string) bool { return systems()[system] != 0 }

// HasNumberingSystem reports whether a locale can write numbers in a system. Arabic digits come with signs of their own.
func (l *Locale) HasNumberingSystem(system string) bool {
	if system == "arab" || system == "arabext" {
		return l.Data().NativeSystem == system
	}
	return IsDigits(system)
}

// numbers are the symbols of a numbering system.
func (d *Data) numbers(system string) *Numbers {
	if system == d.NativeSystem {
		return &d.Native
	}
	return &d.Latin
}

// NewNumberFormat returns a format. The options are valid.
func NewNumberFormat(l *Locale, options NumberOptions) *NumberFormat {
	d := l.Data()
	return &NumberFormat{
		Options: options, locale: l, data: d, symbols: d.numbers(options.NumberingSystem), zero: systems()[options.NumberingSystem], plurals: l.PluralRules(false),
	}
}

// CurrencyDigits is how many decimal digits a currency has.
func CurrencyDigits(code string) int {
	if digits, ok := common().CurrencyDigits[code]; ok {
		return digits
	}
	return 2
}

// digits rounds a number as the options say.
func (f *NumberFormat) digits(d Decimal) written {
	o := &f.Options
	rounded, minFraction := d, max(o.MinFraction, 0)
	bySignificant := func() (Decimal, int) {
		s := d.round(o.MaxSignificant-d.magnitude()-1, o.RoundingMode)
		return s, max(o.MinSignificant-s.magnitude()-1, 0)
	}
	switch {
	case o.MaxSignificant < 0:
		rounded = d.round(o.MaxFraction, o.RoundingMode)
	case o.MaxFraction < 0 || o.RoundingPriority == "auto":
		rounded, minFraction = bySignificant()
	default:
		// Of the two the one that keeps more digits, or fewer.
		significantPlaces := o.MaxSignificant - d.magnitude() - 1
		if (significantPlaces >= o.MaxFraction) == (o.RoundingPriority == "morePrecision") {
			rounded, minFraction = bySignificant()
		} else {
			rounded = d.round(o.MaxFraction, o.RoundingMode)
		}
	}
	w := rounded.write(o.MinWhole, minFraction)
	if o.TrailingZeroDisplay == "stripIfInteger" && strings.Trim(w.fraction, "0") == "" {
		w.fraction = ""
	}
	return w
}

// Category returns the plural category of a number as this format writes it.
func (f *NumberFormat) Category(p *Plurals, d Decimal) string { return p.category(f.digits(d)) }

// Format returns the parts of a number.
func (f *NumberFormat) Format(d Decimal) []Part {
	parts, _ := f.format(d)
	return parts
}

func (f *NumberFormat) format(d Decimal) ([]Part, written) {
	if f.Options.Style == "percent" {
		d = d.shift(2)
	}
	pattern := f.pattern()
	var w written
	switch notation := f.Options.Notation; {
	case notation == "standard" || !d.IsFinite():
		w = f.digits(d)
	case notation == "compact":
		w, pattern = f.compact(d, pattern)
	default:
		w = f.scientific(d, notation == "engineering")
	}
	if f.Options.Style == "percent" && f.Options.Notation == "compact" {
		if pattern == f.symbols.PercentPattern {
			pattern = f.symbols.DecimalPattern
		}
		prefix, suffix, _ := strings.Cut(f.data.PercentUnit, "{0}")
		parts := append(f.affix(nil, prefix, "", true), f.layOut(pattern, w)...)
		return splitMarks(f.affix(parts, suffix, "", false)), w
	}
	return f.layOut(pattern, w), w
}

// pattern is the locale's pattern for the style.
func (f *NumberFormat) pattern() string {
	switch {
	case f.Options.Style == "percent":
		return f.symbols.PercentPattern
	case f.Options.Style == "currency" && f.Options.CurrencyDisplay == "name":
		return f.symbols.DecimalPattern
	case f.Options.Style == "currency" && f.Options.CurrencySign == "accounting" && f.Options.SignDisplay != "never":
		return f.symbols.AccountingPattern
	case f.Options.Style == "currency":
		return f.symbols.CurrencyPattern
	default:
		return f.symbols.DecimalPattern
	}
}

// compact divides a number by the power of ten that the locale has a pattern for.
func (f *NumberFormat) compact(d Decimal, plain string) (written, string) {
	symbols := f.symbols
	if len(symbols.CompactShort) == 0 || len(symbols.CompactCurrency) == 0 {
		symbols = &f.data.Latin
	}
	patterns := symbols.CompactShort
	switch {
	case f.Options.Style == "currency":
		patterns = symbols.CompactCurrency
	case f.Options.CompactDisplay == "long":
		patterns = symbols.CompactLong
	}
	divide := func(magnitude int) (exponent int, key string) {
		if magnitude < 3 {
			return 0, ""
		}
		pattern := ""
		for magnitude = min(magnitude, 20); magnitude > 2 && pattern == ""; magnitude-- {
			key = "1" + strings.Repeat("0", magnitude)
			pattern = patterns[key+"-other"]
		}
		magnitude++
		if zeros := strings.Count(pattern, "0"); zeros > 0 && pattern != "0" {
			return magnitude - zeros + 1, key
		}
		return 0, ""
	}
	exponent, key := divide(d.magnitude())
	w := f.digits(d.shift(-exponent))
	// Rounding may have reached the next power: 999,999 is 1M.
	if whole := strings.TrimLeft(w.whole, "0"); len(whole)-1+exponent > d.magnitude() {
		exponent, key = divide(len(whole) - 1 + exponent)
		w = f.digits(d.shift(-exponent))
	}
	w.exponent = exponent
	if key == "" {
		return w, plain
	}
	return w, cmp.Or(patterns[key+"-"+exact(w)], patterns[key+"-"+f.plurals.category(w)], patterns[key+"-other"])
}

// scientific moves the point behind the first digit, or by a multiple of three places.
func (f *NumberFormat) scientific(d Decimal, engineering bool) written {
	exponent := func(magnitude int) int {
		if engineering {
			return magnitude - ((magnitude%3)+3)%3
		}
		return magnitude
	}
	e := exponent(d.magnitude())
	w := f.digits(d.shift(-e))
	// Rounding may have reached the next power: 9.9996 is 1E1.
	if whole := strings.TrimLeft(w.whole, "0"); len(whole)-1+e > d.magnitude() {
		e = exponent(len(whole) - 1 + e)
		w = f.digits(d.shift(-e))
	}
	w.exponent = e
	return w
}

// exact is a number that some patterns are for alone: one thousand is "mille" in French.
func exact(w written) string {
	if whole := strings.TrimLeft(w.whole, "0"); w.fraction == "" && whole == "1" {
		return whole
	}
	return ""
}
