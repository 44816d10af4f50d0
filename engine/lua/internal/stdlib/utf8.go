package stdlib

import (
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"
)

// The library utf8 of Lua 5.3 (manual, section 6.5).
func utf8Funcs() []Func {
	return []Func{
		{"char", utf8Char},
		{"codepoint", utf8Codepoint},
		{"codes", utf8Codes},
		{"len", utf8Len},
		{"offset", utf8Offset},
	}
}

func utf8Values() []Value {
	return []Value{{"charpattern", glua.LString("[%z\x01-\x7F\xC2-\xF4][\x80-\xBF]*")}}
}

func isContinuation(s string, i int) bool { return i < len(s) && s[i]&0xC0 == 0x80 }

func utf8Char(L *glua.LState) int {
	var b []byte
	for i := 1; i <= L.GetTop(); i++ {
		c := checkInt(L, i)
		if c < 0 || c > utf8.MaxRune || !utf8.ValidRune(rune(c)) {
			L.ArgError(i, "value is not a Unicode character")
		}
		b = utf8.AppendRune(b, rune(c))
	}
	L.Push(glua.LString(b))
	return 1
}

func utf8Codepoint(L *glua.LState) int {
	s := CheckString(L, 1)
	from := position(OptInt(L, 2, 1), len(s))
	to := position(OptInt(L, 3, from), len(s))
	if from < 1 {
		L.ArgError(2, "out of bounds")
	}
	if to > len(s) {
		L.ArgError(3, "out of bounds")
	}
	checkResults(L, from, to)
	n := 0
	for i := from - 1; i < to; {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 {
			L.RaiseError("invalid UTF-8 code")
		}
		L.Push(glua.LNumber(r))
		i += size
		n++
	}
	return n
}

func utf8Codes(L *glua.LState) int {
	s := CheckString(L, 1)
	at := 0
	L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		if at >= len(s) {
			return 0
		}
		r, size := utf8.DecodeRuneInString(s[at:])
		if r == utf8.RuneError && size <= 1 {
			L.RaiseError("invalid UTF-8 code")
		}
		L.Push(glua.LNumber(at + 1))
		L.Push(glua.LNumber(r))
		at += size
		return 2
	}})
	return 1
}

// utf8Len is the number of characters, or nil and the place of the first byte that is no UTF-8.
func utf8Len(L *glua.LState) int {
	s := CheckString(L, 1)
	i := position(OptInt(L, 2, 1), len(s)) - 1
	j := position(OptInt(L, 3, -1), len(s))
	if i < 0 || i > len(s) {
		L.ArgError(2, "initial position out of bounds")
	}
	if j > len(s) {
		L.ArgError(3, "final position out of bounds")
	}
	n := 0
	for i < j {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size <= 1 {
			L.Push(glua.LNil)
			L.Push(glua.LNumber(i + 1))
			return 2
		}
		i += size
		n++
	}
	L.Push(glua.LNumber(n))
	return 1
}

// utf8Offset is where the n-th character from position i begins.
func utf8Offset(L *glua.LState) int {
	s, n := CheckString(L, 1), checkInt(L, 2)
	start := 1
	if n <= 0 {
		start = len(s) + 1
	}
	i := position(OptInt(L, 3, start), len(s)) - 1
	if i < 0 || i > len(s) {
		L.ArgError(3, "position out of bounds")
	}
	if n == 0 {
		for i > 0 && isContinuation(s, i) {
			i--
		}
		L.Push(glua.LNumber(i + 1))
		return 1
	}
	if isContinuation(s, i) {
		L.RaiseError("initial position is a continuation byte")
	}
	for n < 0 && i > 0 {
		for i--; i > 0 && isContinuation(s, i); i-- {
		}
		n++
	}
	if n > 0 {
		for n--; n > 0 && i < len(s); n-- {
			for i++; isContinuation(s, i); i++ {
			}
		}
	}
	if n != 0 {
		L.Push(glua.LNil)
	} else {
		L.Push(glua.LNumber(i + 1))
	}
	return 1
}
