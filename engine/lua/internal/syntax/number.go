package syntax

import (
	"errors"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// ParseNumber reads a number as Lua writes it: decimal with fraction and exponent, or a hexadecimal integer.
func ParseNumber(text string) glua.LValue {
	text = strings.TrimSpace(text)
	digits := strings.TrimLeft(text, "+-")
	if len(text)-len(digits) > 1 || strings.ContainsAny(digits, "_pPiInN") {
		return glua.LNil // what Go's parser takes beyond Lua: separators, binary exponents, inf, nan
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		n, err := strconv.ParseUint(hex, 16, 64)
		f := float64(n)
		if errors.Is(err, strconv.ErrRange) {
			f, err = strconv.ParseFloat("0x"+hex+"p0", 64)
		}
		if err != nil && !math.IsInf(f, 0) {
			return glua.LNil
		}
		if text[0] == '-' {
			f = -f
		}
		return glua.LNumber(f)
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return glua.LNil
	}
	return glua.LNumber(f)
}

// maxDigits is how many digits of a number Lua writes: "%.14g" in C.
const maxDigits = 14

// FormatNumber is a number as Lua 5.1 writes it.
func FormatNumber(f float64) string { return string(AppendNumber(nil, f)) }

// AppendNumber appends what FormatNumber writes.
func AppendNumber(out []byte, f float64) []byte {
	switch {
	case f == math.Trunc(f) && math.Abs(f) < 1e14 && (f != 0 || !math.Signbit(f)):
		return strconv.AppendInt(out, int64(f), 10)
	case math.IsInf(f, 1):
		return append(out, "inf"...)
	case math.IsInf(f, -1):
		return append(out, "-inf"...)
	case math.IsNaN(f) && math.Signbit(f):
		return append(out, "-nan"...)
	case math.IsNaN(f):
		return append(out, "nan"...)
	default:
		return strconv.AppendFloat(out, f, 'g', maxDigits, 64)
	}
}

// IsPlain reports whether gopher-lua itself writes a number in the same way.
func IsPlain(f float64) bool {
	return f == math.Trunc(f) && math.Abs(f) < 1e14 && (f != 0 || !math.Signbit(f))
}

// Text is a string or a number as text.
func Text(value glua.LValue) string {
	if n, ok := value.(glua.LNumber); ok {
		return FormatNumber(float64(n))
	}
	return value.String()
}
