package value

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

const (
	// maxInspectWidth is the length up to which a table is written in one line.
	maxInspectWidth = 72
	maxInspectDepth = 20
)

// Inspect is a value as text in Lua's notation, with sorted keys, on several lines where it is long.
func (v *Values) Inspect(value glua.LValue) string {
	in := inspector{v: v}
	return in.value(value, 0)
}

type inspector struct {
	v    *Values
	path []*glua.LTable
}

func (in *inspector) value(value glua.LValue, indent int) string {
	switch value := value.(type) {
	case glua.LString:
		return syntax.Quote(string(value))
	case glua.LNumber:
		return syntax.FormatNumber(float64(value))
	case *glua.LTable:
		return in.table(value, indent)
	case *glua.LFunction:
		return "<function>"
	case *glua.LState:
		return "<coroutine>"
	case *glua.LUserData:
		if value == in.v.null {
			return "null"
		}
		if handle, ok := value.Value.(engine.Handle); ok {
			return "<" + handle.Class.Name + ">"
		}
		if named, ok := value.Value.(fmt.Stringer); ok {
			return "<" + named.String() + ">"
		}
		return "<host value>"
	default:
		return value.String()
	}
}

func (in *inspector) table(t *glua.LTable, indent int) string {
	if slices.Contains(in.path, t) {
		return "<circular>"
	}
	if len(in.path) == maxInspectDepth {
		return "{...}"
	}
	in.v.Fill(t)
	in.path = append(in.path, t)
	defer func() { in.path = in.path[:len(in.path)-1] }()

	var items []string
	n := 0
	for value := t.RawGetInt(1); value != glua.LNil; value = t.RawGetInt(n + 1) {
		items = append(items, in.value(value, indent+1))
		n++
	}
	var keys []glua.LValue
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		if i, ok := k.(glua.LNumber); !ok || i < 1 || i > glua.LNumber(n) || i != glua.LNumber(int(i)) {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, compareKeys)
	for _, k := range keys {
		name := "[" + in.value(k, indent+1) + "]"
		if s, ok := k.(glua.LString); ok && syntax.IsName(string(s)) {
			name = string(s)
		}
		items = append(items, name+" = "+in.value(t.RawGet(k), indent+1))
	}
	return layOut(items, indent)
}

// layOut writes a table's items in one line if they fit, else each in its own.
func layOut(items []string, indent int) string {
	width := 2 * indent
	long := false
	for _, item := range items {
		width += len(item) + 2
		long = long || strings.Contains(item, "\n")
	}
	if len(items) == 0 {
		return "{}"
	}
	if !long && width <= maxInspectWidth {
		return "{" + strings.Join(items, ", ") + "}"
	}
	inner := "\n" + strings.Repeat("  ", indent+1)
	return "{" + inner + strings.Join(items, ","+inner) + ",\n" + strings.Repeat("  ", indent) + "}"
}

// compareKeys orders numbers before strings before everything else.
func compareKeys(a, b glua.LValue) int {
	rank := func(k glua.LValue) int {
		switch k.(type) {
		case glua.LNumber:
			return 0
		case glua.LString:
			return 1
		default:
			return 2
		}
	}
	if c := cmp.Compare(rank(a), rank(b)); c != 0 {
		return c
	}
	switch a := a.(type) {
	case glua.LNumber:
		return cmp.Compare(a, b.(glua.LNumber))
	case glua.LString:
		return cmp.Compare(a, b.(glua.LString))
	default:
		return cmp.Compare(a.Type(), b.Type())
	}
}
