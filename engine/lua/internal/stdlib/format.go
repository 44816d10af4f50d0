package stdlib

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// stringFormat is string.format with C's meaning of the options.
func stringFormat(L *glua.LState) int {
	format := CheckString(L, 1)
	var b strings.Builder
	arg := 1
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			b.WriteByte(format[i])
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			b.WriteByte('%')
			continue
		}
		start := i
		for i < len(format) && strings.IndexByte("-+ #0123456789.", format[i]) >= 0 {
			i++
		}
		if i >= len(format) {
			L.RaiseError("%s", "invalid format: '%' stands at the end; write %% for a percent sign")
		}
		arg++
		formatValue(L, &b, format[start:i], format[i], arg)
		if b.Len() > maxStringBytes {
			L.RaiseError("resulting string too large: a string may have %d MB", maxStringBytes>>20)
		}
	}
	L.Push(glua.LString(b.String()))
	return 1
}

// formatValue writes argument arg in the way of a verb and its modifiers.
func formatValue(L *glua.LState, b *strings.Builder, modifiers string, verb byte, arg int) {
	if !plausibleModifiers(modifiers) {
		L.RaiseError("invalid format (width or precision too long) in '%%%s%c'", modifiers, verb)
	}
	if arg > L.GetTop() {
		L.ArgError(arg, "no value")
	}
	spec := "%" + modifiers
	switch verb {
	case 'c':
		fmt.Fprintf(b, spec+"s", string([]byte{byte(checkInt(L, arg))})) // a byte, not a character
	case 'd', 'i', 'x', 'X', 'o', 'u':
		f := float64(checkNumber(L, arg))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			L.ArgError(arg, "number has no integer representation")
		}
		n := int64(f)
		if verb == 'i' || verb == 'u' {
			verb = 'd'
		}
		// C drops the zeros that fill the width when there is a precision; Go keeps them.
		if dot := strings.IndexByte(spec, '.'); dot >= 0 {
			spec = strings.Replace(spec[:dot], "%0", "%", 1) + spec[dot:]
		}
		if verb != 'd' && n < 0 {
			fmt.Fprintf(b, spec+string(verb), uint64(n)) // as C does: two's complement
			return
		}
		fmt.Fprintf(b, spec+string(verb), n)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		f := float64(checkNumber(L, arg))
		if math.IsInf(f, 0) || math.IsNaN(f) {
			width := strings.TrimLeft(modifiers, "0+ #")
			if dot := strings.IndexByte(width, '.'); dot >= 0 {
				width = width[:dot]
			}
			fmt.Fprintf(b, "%"+width+"s", syntax.FormatNumber(f))
			return
		}
		if (verb == 'g' || verb == 'G') && !strings.Contains(modifiers, ".") {
			spec += ".6" // C's default; Go's is the shortest text
		}
		fmt.Fprintf(b, spec+string(verb), f)
	case 'q':
		quote(b, CheckString(L, arg))
	case 's':
		// Width and precision count characters, as columns on a screen do, and not bytes as in C.
		fmt.Fprintf(b, "%"+strings.TrimLeft(modifiers, "0+ #")+"s", ToText(L, L.Get(arg)))
	default:
		L.RaiseError("invalid option '%%%c' to 'format'", verb)
	}
}

// plausibleModifiers reports whether flags, width and precision are in order and small, as C asks.
func plausibleModifiers(s string) bool {
	s = strings.TrimLeft(s, "-+ #0")
	width, precision, _ := strings.Cut(s, ".")
	for _, digits := range []string{width, precision} {
		if len(digits) > 2 {
			return false
		}
		if _, err := strconv.Atoi(digits); digits != "" && err != nil {
			return false
		}
	}
	return true
}

// quote writes a string in a form that Lua can read back.
func quote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b.WriteByte('\\')
			b.WriteByte(c)
		case '\r':
			b.WriteString(`\r`)
		case 0:
			b.WriteString(`\000`)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
