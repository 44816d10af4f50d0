package stdlib

import (
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// gopher-lua's own checks refuse "3" where a number is asked for, which Lua takes (manual of 5.1, section 2.2.1), and make text
// of numbers in Go's form.

// CheckString returns the string at argument n, or the number there as text.
func CheckString(L *glua.LState, n int) string {
	if number, ok := L.Get(n).(glua.LNumber); ok {
		return syntax.FormatNumber(float64(number))
	}
	return L.CheckString(n)
}

// OptString is CheckString for an argument that may be left out.
func OptString(L *glua.LState, n int, otherwise string) string {
	if L.Get(n) == glua.LNil {
		return otherwise
	}
	return CheckString(L, n)
}

// checkNumber is the number at argument n, or what its text says.
func checkNumber(L *glua.LState, n int) glua.LNumber {
	if text, ok := L.Get(n).(glua.LString); ok {
		if number, ok := syntax.ParseNumber(string(text)).(glua.LNumber); ok {
			return number
		}
	}
	return L.CheckNumber(n)
}

// checkInt is checkNumber without the fraction.
func checkInt(L *glua.LState, n int) int {
	return int(checkNumber(L, n))
}

// optNumber is checkNumber for an argument that may be left out.
func optNumber(L *glua.LState, n int, otherwise glua.LNumber) glua.LNumber {
	if L.Get(n) == glua.LNil {
		return otherwise
	}
	return checkNumber(L, n)
}

// OptInt returns the whole number at argument n, or what stands for one that is left out.
func OptInt(L *glua.LState, n, otherwise int) int {
	if L.Get(n) == glua.LNil {
		return otherwise
	}
	return checkInt(L, n)
}
