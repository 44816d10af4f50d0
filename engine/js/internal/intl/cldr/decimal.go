package cldr

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is a number by its decimal digits: 0.DIGITS × 10^point. Zero has no digits.
type Decimal struct {
	negative bool
	infinite bool
	nan      bool
	digits   string
	point    int
}

// FromFloat returns the shortest decimal that reads as the number.
func FromFloat(f float64) Decimal {
	switch {
	case math.IsNaN(f):
		return Decimal{nan: true}
	case math.IsInf(f, 0):
		return Decimal{infinite: true, negative: f < 0}
	}
	d, _ := Parse(strconv.FormatFloat(f, 'e', -1, 64))
	return d
}

// FromInt returns a whole number.
func FromInt(n *big.Int) Decimal {
	d, _ := Parse(n.String())
	return d
}

// maxExponent bounds the exponents of numbers that are written out: those of float64 are below.
const maxExponent = 1100

// Parse reads a number as JavaScript writes it, with an exponent or without. It reports whether the text is one.
func Parse(text string) (Decimal, bool) {
	var d Decimal
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		d.negative, text = true, rest
	} else {
		text = strings.TrimPrefix(text, "+")
	}
	mantissa, exponent := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		n, err := strconv.Atoi(text[at+1:])
		if err != nil || n > maxExponent || n < -maxExponent {
			return d, false
		}
		mantissa, exponent = text[:at], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return d, false
	}
	trimmed := strings.TrimLeft(digits, "0")
	d.point = len(whole) + exponent - (len(digits) - len(trimmed))
	if d.digits = strings.TrimRight(trimmed, "0"); d.digits == "" {
		d.point = 0
	}
	return d, true
}

func (d Decimal) isZero() bool { return d.digits == "" && !d.nan && !d.infinite }

// shift multiplies by a power of ten.
func (d Decimal) shift(n int) Decimal {
	if d.digits != "" {
		d.point += n
	}
	return d
}

// magnitude is the power of ten of the first digit.
func (d Decimal) magnitude() int {
	if d.digits == "" {
		return 0
	}
	return d.point - 1
}

// round keeps the digits down to 10^-places.
func (d Decimal) round(places int, mode string) Decimal {
	keep := d.point + places
	if d.digits == "" || keep >= len(d.digits) {
		return d
	}
	// half compares what is dropped with a half of the last place.
	half := -1
	if keep >= 0 {
		switch rest := d.digits[keep:]; {
		case rest[0] > '5' || rest[0] == '5' && len(rest) > 1:
			half = 1
		case rest == "5":
			half = 0
		}
	}
	kept := d.digits[:max(keep, 0)]
	odd := kept != "" && (kept[len(kept)-1]-'0')%2 == 1
	up := false
	switch mode {
	case "ceil":
		up = !d.negative
	case "floor":
		up = d.negative
	case "expand":
		up = true
	case "trunc":
	case "halfCeil":
		up = half > 0 || half == 0 && !d.negative
	case "halfFloor":
		up = half > 0 || half == 0 && d.negative
	case "halfTrunc":
		up = half > 0
	case "halfEven":
		up = half > 0 || half == 0 && odd
	default: // halfExpand
		up = half >= 0
	}
	if up {
		carried := []byte("0" + strings.Repeat("0", max(-keep, 0)) + kept)
		if keep <= 0 {
			carried = []byte("1")
			d.point = -places + 1
		} else {
			i := len(carried) - 1
			for carried[i] == '9' {
				carried[i] = '0'
				i--
			}
			carried[i]++
			d.point++
		}
		kept = string(carried)
	}
	trimmed := strings.TrimLeft(kept, "0")
	d.point -= len(kept) - len(trimmed)
	if d.digits = strings.TrimRight(trimmed, "0"); d.digits == "" {
		d.point = 0
	}
	return d
}

// written is a number's digits as they are shown.
type written struct {
	negative        bool
	infinite, nan   bool
	whole, fraction string
	// exponent is the power of ten that a compact pattern stands for.
	exponent int
}

// write gives the digits, at least so many of them.
func (d Decimal) write(minWhole, minFraction int) written {
	w := written{negative: d.negative, infinite: d.infinite, nan: d.nan}
	switch {
	case d.point <= 0:
		w.fraction = strings.Repeat("0", -d.point) + d.digits
	case d.point >= len(d.digits):
		w.whole = d.digits + strings.Repeat("0", d.point-len(d.digits))
	default:
		w.whole, w.fraction = d.digits[:d.point], d.digits[d.point:]
	}
	if n := minWhole - len(w.whole); n > 0 {
		w.whole = strings.Repeat("0", n) + w.whole
	}
	if n := minFraction - len(w.fraction); n > 0 {
		w.fraction += strings.Repeat("0", n)
	}
	return w
}

// IsFinite reports whether the number is neither infinite nor NaN.
func (d Decimal) IsFinite() bool { return !d.infinite && !d.nan }
