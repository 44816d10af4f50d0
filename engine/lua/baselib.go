package lua

import (
	"fmt"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/stdlib"
	glua "github.com/yuin/gopher-lua"
)

// ownFuncs are the global functions that this package has beside those of the standard libraries.
func ownFuncs() []stdlib.Func {
	return []stdlib.Func{
		{Name: "getmetatable", Fn: baseGetMetatable},
		{Name: "inspect", Fn: baseInspect},
		{Name: "load", Fn: baseLoad},
		{Name: "loadstring", Fn: baseLoadString},
		{Name: "map", Fn: libMap},
		{Name: "parallel", Fn: libParallel},
		{Name: "print", Fn: basePrint},
		{Name: "require", Fn: baseRequire},
	}
}

func baseGetMetatable(L *glua.LState) int {
	value := L.CheckAny(1)
	mt := L.GetMetatable(value)
	if vmOf(L).values.Hidden(mt) {
		mt = glua.LNil
	}
	L.Push(mt)
	return 1
}

func baseInspect(L *glua.LState) int {
	L.Push(glua.LString(vmOf(L).values.Inspect(L.CheckAny(1))))
	return 1
}

// basePrint writes one line. Each call is a single write, so that the lines of tasks do not mix.
func basePrint(L *glua.LState) int {
	v := vmOf(L)
	var line strings.Builder
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line.WriteByte('\t')
		}
		line.WriteString(stdlib.ToText(L, L.Get(i)))
	}
	line.WriteByte('\n')
	if v.cfg.Stdout == nil {
		return 0
	}
	if _, err := v.cfg.Stdout.Write([]byte(line.String())); err != nil {
		v.raise(L, fmt.Errorf("print: %w", err))
	}
	return 0
}
