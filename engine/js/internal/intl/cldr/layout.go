package cldr

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// layOut fills a pattern.
func (f *NumberFormat) layOut(pattern string, w written) []Part {
	positive, negative, hasNegative := strings.Cut(pattern, ";")
	sign := f.sign(w)
	prefix, number, suffix := splitPattern(positive)
	ownPattern := hasNegative && (sign == "minusSign" || sign == "plusSign" && strings.Contains(negative, "-"))
	if ownPattern {
		prefix, _, suffix = splitPattern(negative)
	}
	var parts []Part
	if sign != "" && !ownPattern && !strings.ContainsAny(prefix+suffix, "-+") {
		parts = append(parts, f.signPart(sign))
		sign = ""
	}
	parts = f.affix(parts, prefix, sign, true)
	if number != "" {
		parts = append(parts, f.number(number, w)...)
	}
	return splitMarks(f.affix(parts, suffix, sign, false))
}

// marks are characters that set the direction of writing.
const marks = "\u200e\u200f\u061c"

// splitMarks makes literals of the marks around signs.
func splitMarks(parts []Part) []Part {
	if !slices.ContainsFunc(parts, func(p Part) bool { return p.Type != "literal" && strings.ContainsAny(p.Value, marks) }) {
		return parts
	}
	var split []Part
	for _, part := range parts {
		value := strings.Trim(part.Value, marks)
		if part.Type == "literal" || value == "" {
			split = literal(split, part.Value)
			continue
		}
		before, after, _ := strings.Cut(part.Value, value)
		split = append(literal(split, before), Part{Type: part.Type, Value: value})
		split = literal(split, after)
	}
	return split
}

// sign is the type of the sign that is shown, if any.
func (f *NumberFormat) sign(w written) string {
	zero := strings.Trim(w.whole+w.fraction, "0") == "" && !w.infinite
	switch f.Options.SignDisplay {
	case "never":
		return ""
	case "always":
		if !w.negative {
			return "plusSign"
		}
	case "exceptZero":
		if zero {
			return ""
		}
		if !w.negative {
			return "plusSign"
		}
	case "negative":
		if zero {
			return ""
		}
	}
	if w.negative && !w.nan {
		return "minusSign"
	}
	return ""
}

func (f *NumberFormat) signPart(sign string) Part {
	if sign == "plusSign" {
		return Part{Type: sign, Value: f.symbols.Plus}
	}
	return Part{Type: sign, Value: f.symbols.Minus}
}

// splitPattern cuts a pattern at the digits.
func splitPattern(pattern string) (prefix, number, suffix string) {
	start := strings.IndexAny(pattern, "#0")
	if start < 0 {
		return pattern, "", ""
	}
	end := start
	for end < len(pattern) && strings.ContainsRune("#0,.", rune(pattern[end])) {
		end++
	}
	return pattern[:start], pattern[start:end], pattern[end:]
}

// affix appends what stands before or after the digits.
func (f *NumberFormat) affix(parts []Part, text, sign string, before bool) []Part {
	compact := f.Options.Notation == "compact"
	var literal strings.Builder
	flush := func() {
		if literal.Len() == 0 {
			return
		}
		value := literal.String()
		literal.Reset()
		word := strings.TrimFunc(value, unicode.IsSpace)
		if !compact || word == "" {
			parts = append(parts, Part{Type: "literal", Value: value})
			return
		}
		lead, trail, _ := strings.Cut(value, word)
		for _, part := range []Part{{Type: "literal", Value: lead}, {Type: "compact", Value: word}, {Type: "literal", Value: trail}} {
			if part.Value != "" {
				parts = append(parts, part)
			}
		}
	}
	for rest, quoted := text, false; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
			literal.WriteRune(r)
		case r == '¤':
			// A code needs a space beside the digits.
			symbol := f.currencySymbol()
			if last, _ := utf8.DecodeLastRuneInString(symbol); before && rest == "" && !isSymbol(last) {
				flush()
				parts = append(parts, Part{Type: "currency", Value: symbol}, Part{Type: "literal", Value: "\u00a0"})
				continue
			}
			if first, _ := utf8.DecodeRuneInString(symbol); !before && literal.Len() == 0 && len(rest) == len(text)-size && !isSymbol(first) {
				literal.WriteRune('\u00a0')
			}
			flush()
			parts = append(parts, Part{Type: "currency", Value: symbol})
		case r == '%':
			flush()
			parts = append(parts, Part{Type: "percentSign", Value: f.symbols.Percent})
		case r == '-' || r == '+':
			flush()
			if sign != "" {
				parts = append(parts, f.signPart(sign))
			} else if r == '-' {
				parts = append(parts, f.signPart("minusSign"))
			}
		default:
			literal.WriteRune(r)
		}
	}
	flush()
	return parts
}

// isSymbol reports whether a currency's symbol ends in a sign such as $, or in a space.
func isSymbol(r rune) bool { return unicode.IsSymbol(r) || unicode.Is(unicode.Z, r) }

func (f *NumberFormat) currencySymbol() string {
	code := f.Options.Currency
	if f.Options.CurrencyDisplay == "narrowSymbol" {
		if symbol := f.data.CurrencyNarrow[code]; symbol != "" {
			return symbol
		}
	}
	if symbol := f.data.Currency[code]; symbol != "" && f.Options.CurrencyDisplay != "code" {
		return symbol
	}
	return code
}

// number groups the digits as the pattern says.
func (f *NumberFormat) number(pattern string, w written) []Part {
	switch {
	case w.nan:
		return []Part{{Type: "nan", Value: f.symbols.NaN}}
	case w.infinite:
		return []Part{{Type: "infinity", Value: f.symbols.Infinity}}
	}
	primary, secondary := groupSizes(pattern)
	if f.Options.Notation == "compact" && primary == 0 {
		primary, secondary = groupSizes(f.symbols.DecimalPattern)
	}
	least := f.data.MinGrouping
	grouping := f.Options.UseGrouping
	if grouping == "auto" && f.Options.Notation == "compact" {
		grouping = "min2"
	}
	switch grouping {
	case "false":
		primary = 0
	case "always":
		least = 1
	case "min2":
		least = max(2, least)
	}
	var groups []string
	whole := w.whole
	if primary > 0 && len(whole) >= primary+least {
		for size := primary; len(whole) > size; size = secondary {
			groups = append(groups, whole[len(whole)-size:])
			whole = whole[:len(whole)-size]
		}
	}
	if whole == "" && groups == nil {
		whole = "0"
		if f.Options.MinWhole == 0 && w.fraction != "" {
			whole = ""
		}
	}
	group, decimal := f.symbols.Group, f.symbols.Decimal
	if f.Options.Style == "currency" {
		group, decimal = cmp.Or(f.symbols.CurrencyGroup, group), cmp.Or(f.symbols.CurrencyDecimal, decimal)
	}
	var parts []Part
	if whole != "" {
		parts = append(parts, Part{Type: "integer", Value: f.localDigits(whole)})
	}
	for _, digits := range slices.Backward(groups) {
		parts = append(parts, Part{Type: "group", Value: group}, Part{Type: "integer", Value: f.localDigits(digits)})
	}
	if w.fraction != "" {
		parts = append(parts, Part{Type: "decimal", Value: decimal}, Part{Type: "fraction", Value: f.localDigits(w.fraction)})
	}
	if n := f.Options.Notation; n == "scientific" || n == "engineering" {
		return f.exponent(parts, w.exponent)
	}
	return parts
}

// exponent appends the power of ten of a scientific notation.
func (f *NumberFormat) exponent(parts []Part, exponent int) []Part {
	parts = append(parts, Part{Type: "exponentSeparator", Value: f.symbols.Exponent})
	if exponent < 0 {
		parts = append(parts, Part{Type: "exponentMinusSign", Value: f.symbols.Minus})
	}
	return append(parts, Part{Type: "exponentInteger", Value: f.localDigits(strconv.Itoa(max(exponent, -exponent)))})
}

// groupSizes reads how many digits the last group and those before it have.
func groupSizes(pattern string) (primary, secondary int) {
	whole, _, _ := strings.Cut(pattern, ".")
	groups := strings.Split(whole, ",")
	if len(groups) == 1 {
		return 0, 0
	}
	primary = len(groups[len(groups)-1])
	secondary = primary
	if len(groups) > 2 {
		secondary = len(groups[len(groups)-2])
	}
	return primary, secondary
}

func (f *NumberFormat) localDigits(digits string) string { return localDigits(digits, f.zero) }

// localDigits writes digits with those that begin at another zero.
func localDigits(digits string, zero rune) string {
	if zero == '0' || zero == 0 {
		return digits
	}
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		return zero + r - '0'
	}, digits)
}

// pad writes a whole number with at least so many digits.
func pad(n, digits int) string {
	text := strconv.Itoa(n)
	if missing := digits - len(text); missing > 0 {
		return strings.Repeat("0", missing) + text
	}
	return text
}
