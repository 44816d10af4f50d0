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

// FormatNumber is a number as Lua writes it.
func FormatNumber(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case math.IsNaN(f):
		return "nan"
	default:
		return glua.LNumber(f).String()
	}
}
