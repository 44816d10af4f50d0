package stdlib

import (
	"sort"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

func tableFuncs() []Func {
	return []Func{
		{"concat", tableConcat},
		{"getn", tableGetN},
		{"insert", tableInsert},
		{"maxn", tableMaxN},
		{"pack", tablePack},
		{"remove", tableRemove},
		{"sort", tableSort},
		{"unpack", tableUnpack},
	}
}

// fullTable is the table at argument n with everything in it.
func fullTable(L *glua.LState, n int) *glua.LTable {
	t := L.CheckTable(n)
	threadOf(L).Fill(t)
	return t
}

func tableConcat(L *glua.LState) int {
	t, sep := fullTable(L, 1), ""
	if L.Get(2) != glua.LNil {
		sep = CheckString(L, 2)
	}
	from, to := OptInt(L, 3, 1), OptInt(L, 4, t.Len())
	var b strings.Builder
	for i := from; i <= to; i++ {
		value := t.RawGetInt(i)
		if !glua.LVCanConvToString(value) {
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", stack.TypeName(value), i)
		}
		b.WriteString(syntax.Text(value))
		if i < to {
			b.WriteString(sep)
		}
		if b.Len() > maxStringBytes {
			L.RaiseError("resulting string too large: a string may have %d MB", maxStringBytes>>20)
		}
	}
	L.Push(glua.LString(b.String()))
	return 1
}

func tableGetN(L *glua.LState) int {
	L.Push(glua.LNumber(fullTable(L, 1).Len()))
	return 1
}

func tableMaxN(L *glua.LState) int {
	t := fullTable(L, 1)
	n := glua.LNumber(0)
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		if k, ok := k.(glua.LNumber); ok {
			n = max(n, k)
		}
	}
	L.Push(n)
	return 1
}

func tableInsert(L *glua.LState) int {
	t := fullTable(L, 1)
	n := t.Len()
	switch L.GetTop() {
	case 2:
		t.RawSetInt(n+1, L.Get(2))
	case 3:
		at := checkInt(L, 2)
		if at < 1 || at > n+1 {
			L.ArgError(2, "position out of bounds")
		}
		if at == n+1 {
			t.RawSetInt(at, L.Get(3))
		} else {
			t.Insert(at, L.Get(3))
		}
	default:
		L.RaiseError("wrong number of arguments to 'insert'")
	}
	return 0
}

func tableRemove(L *glua.LState) int {
	t := fullTable(L, 1)
	n := t.Len()
	at := OptInt(L, 2, n)
	if n == 0 || at < 1 || at > n {
		L.Push(glua.LNil)
		return 1
	}
	L.Push(t.Remove(at))
	return 1
}

func tablePack(L *glua.LState) int {
	n := L.GetTop()
	t := L.CreateTable(n, 1)
	for i := 1; i <= n; i++ {
		t.RawSetInt(i, L.Get(i))
	}
	t.RawSetString("n", glua.LNumber(n))
	L.Push(t)
	return 1
}

func tableUnpack(L *glua.LState) int {
	t := fullTable(L, 1)
	from, to := OptInt(L, 2, 1), OptInt(L, 3, t.Len())
	if from > to {
		return 0
	}
	checkResults(L, from, to)
	for i := from; i <= to; i++ {
		L.Push(t.RawGetInt(i))
	}
	return to - from + 1
}

// checkResults refuses to answer the values from one index to another where the stack cannot take them.
func checkResults(L *glua.LState, from, to int) {
	if to >= from && uint(to)-uint(from) >= stack.MaxValues/2 {
		L.RaiseError("too many results: a call may answer %d values", stack.MaxValues/2)
	}
}

// tableSort sorts a copy and writes it back, since a comparison may wait for the host or change the table.
func tableSort(L *glua.LState) int {
	t := fullTable(L, 1)
	values := make([]glua.LValue, t.Len())
	for i := range values {
		values[i] = t.RawGetInt(i + 1)
	}
	less := L.LessThan
	if L.Get(2) != glua.LNil {
		fn := L.CheckFunction(2)
		less = func(a, b glua.LValue) bool {
			L.Push(fn)
			L.Push(a)
			L.Push(b)
			L.Call(2, 1)
			answer := glua.LVAsBool(L.Get(-1))
			L.Pop(1)
			return answer
		}
	}
	sort.Slice(values, func(i, j int) bool { return less(values[i], values[j]) })
	for i, value := range values {
		t.RawSetInt(i+1, value)
	}
	return 0
}
