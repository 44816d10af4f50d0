package stdlib

import (
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// Functions that hold no state of a VM, so all VMs share them.
var nextFn, ipairsStepFn *glua.LFunction

func init() {
	nextFn, ipairsStepFn = &glua.LFunction{IsG: true, GFunction: baseNext}, &glua.LFunction{IsG: true, GFunction: ipairsStep}
}

func baseFuncs() []Func {
	return []Func{
		{"assert", baseAssert},
		{"collectgarbage", baseCollectGarbage},
		{"error", baseError},
		{"getfenv", baseGetFEnv},
		{"ipairs", baseIpairs},
		{"next", baseNext},
		{"pairs", basePairs},
		{"rawequal", baseRawEqual},
		{"rawget", baseRawGet},
		{"rawlen", baseRawLen},
		{"rawset", baseRawSet},
		{"select", baseSelect},
		{"setfenv", baseSetFEnv},
		{"setmetatable", baseSetMetatable},
		{"tonumber", baseToNumber},
		{"tostring", baseToString},
		{"type", baseType},
		{"unpack", tableUnpack},
	}
}

func baseAssert(L *glua.LState) int {
	L.CheckAny(1)
	if glua.LVAsBool(L.Get(1)) {
		return L.GetTop()
	}
	if L.GetTop() < 2 {
		L.RaiseError("assertion failed!")
	}
	L.Error(L.Get(2), 0)
	return 0
}

// baseCollectGarbage answers the questions that scripts ask, and leaves collecting to Go.
func baseCollectGarbage(L *glua.LState) int {
	L.Push(glua.LNumber(0))
	return 1
}

// baseError counts levels by itself: gopher-lua takes level 2 for level 1.
func baseError(L *glua.LState) int {
	value, level := L.Get(1), OptInt(L, 2, 1)
	L.SetTop(1)
	if text, ok := value.(glua.LString); ok && level > 0 {
		f := stack.Current(L)
		for ; level > 0 && f.Valid(); level-- {
			f = f.Parent()
		}
		value = glua.LString(stack.Where(f)) + text
	}
	L.Error(value, 0)
	return 0
}

func baseSetMetatable(L *glua.LState) int {
	t := L.CheckTable(1)
	L.CheckTypes(2, glua.LTNil, glua.LTTable)
	threadOf(L).Fill(t)
	if mt, ok := t.Metatable.(*glua.LTable); ok && mt.RawGetString("__metatable") != glua.LNil {
		L.RaiseError("cannot change a protected metatable")
	}
	t.Metatable = L.Get(2)
	L.SetTop(1)
	return 1
}

func baseIpairs(L *glua.LState) int {
	t := L.CheckTable(1)
	L.Push(ipairsStepFn)
	L.Push(t)
	L.Push(glua.LNumber(0))
	return 3
}

func ipairsStep(L *glua.LState) int {
	i := checkInt(L, 2) + 1
	value := L.CheckTable(1).RawGetInt(i)
	if value == glua.LNil {
		return 0
	}
	L.Push(glua.LNumber(i))
	L.Push(value)
	return 2
}

func basePairs(L *glua.LState) int {
	t := L.CheckTable(1)
	threadOf(L).Fill(t)
	L.Push(nextFn)
	L.Push(t)
	L.Push(glua.LNil)
	return 3
}

func baseNext(L *glua.LState) int {
	t := L.CheckTable(1)
	threadOf(L).Fill(t)
	k, value := t.Next(L.Get(2))
	L.Push(k)
	if k == glua.LNil {
		return 1
	}
	L.Push(value)
	return 2
}

func baseRawEqual(L *glua.LState) int {
	L.Push(glua.LBool(L.RawEqual(L.CheckAny(1), L.CheckAny(2))))
	return 1
}

func baseRawGet(L *glua.LState) int {
	t := L.CheckTable(1)
	threadOf(L).Fill(t)
	L.Push(t.RawGet(L.CheckAny(2)))
	return 1
}

func baseRawLen(L *glua.LState) int {
	if s, ok := L.Get(1).(glua.LString); ok {
		L.Push(glua.LNumber(len(s)))
		return 1
	}
	L.Push(glua.LNumber(L.CheckTable(1).Len()))
	return 1
}

func baseRawSet(L *glua.LState) int {
	t := L.CheckTable(1)
	threadOf(L).Fill(t)
	L.RawSet(t, L.CheckAny(2), L.CheckAny(3))
	L.SetTop(1)
	return 1
}

func baseSelect(L *glua.LState) int {
	n := L.GetTop()
	if s, ok := L.Get(1).(glua.LString); ok && s == "#" {
		L.Push(glua.LNumber(n - 1))
		return 1
	}
	i := checkInt(L, 1)
	if i < 0 {
		i = n + i
	}
	if i < 1 {
		L.ArgError(1, "index out of range")
	}
	return max(n-i, 0)
}

func baseToNumber(L *glua.LState) int {
	value := L.CheckAny(1)
	if L.Get(2) == glua.LNil {
		switch value := value.(type) {
		case glua.LNumber:
			L.Push(value)
		case glua.LString:
			L.Push(syntax.ParseNumber(string(value)))
		default:
			L.Push(glua.LNil)
		}
		return 1
	}
	base := checkInt(L, 2)
	if base < 2 || base > 36 {
		L.ArgError(2, "base out of range")
	}
	text := strings.ToLower(strings.TrimSpace(CheckString(L, 1)))
	if base == 16 {
		text = strings.TrimPrefix(text, "0x")
	}
	n, err := strconv.ParseInt(text, base, 64)
	if err != nil {
		L.Push(glua.LNil)
	} else {
		L.Push(glua.LNumber(n))
	}
	return 1
}

func baseToString(L *glua.LState) int {
	L.Push(glua.LString(ToText(L, L.CheckAny(1))))
	return 1
}

func baseType(L *glua.LState) int {
	L.Push(glua.LString(L.CheckAny(1).Type().String()))
	return 1
}

// ToText is what tostring answers.
func ToText(L *glua.LState, value glua.LValue) string {
	switch value := value.(type) {
	case glua.LString:
		return string(value)
	case glua.LNumber:
		return syntax.FormatNumber(float64(value))
	}
	if fn, ok := L.GetMetaField(value, "__tostring").(*glua.LFunction); ok {
		L.Push(fn)
		L.Push(value)
		L.Call(1, 1)
		text := L.Get(-1)
		L.Pop(1)
		if !glua.LVCanConvToString(text) {
			L.RaiseError("'__tostring' must return a string")
		}
		return syntax.Text(text)
	}
	return value.String()
}
