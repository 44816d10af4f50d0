// Package stdlib has Lua's standard libraries, without what reaches outside a script or needs to know how threads are scheduled:
// coroutine, load and require, pcall.
package stdlib

import (
	"context"
	"math/rand/v2"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// Func is a function of a library. Functions find their VM through the calling thread, so all VMs share them.
type Func struct {
	Name string
	Fn   glua.LGFunction
}

// Value is a value of a library that is no function.
type Value struct {
	Name  string
	Value glua.LValue
}

// Library is a table of functions and values.
type Library struct {
	Name   string // empty for the base library, whose functions are globals
	Funcs  []Func
	Values []Value
}

// Libraries returns the libraries, the base library first. What reaches outside the script is left out: io, debug, package,
// dofile, loadfile, newproxy, most of os.
func Libraries() []Library {
	return []Library{
		{Name: "", Funcs: baseFuncs()},
		{Name: "string", Funcs: stringFuncs()},
		{Name: "table", Funcs: tableFuncs()},
		{Name: "math", Funcs: mathFuncs(), Values: mathValues()},
		{Name: "os", Funcs: osFuncs()},
		{Name: "utf8", Funcs: utf8Funcs(), Values: utf8Values()},
	}
}

// Thread is the context of a thread that uses the libraries.
type Thread interface {
	context.Context
	// Fill completes a table whose content is made when it is asked for.
	Fill(table *glua.LTable)
	// CheckStopped raises an error if the script has to stop.
	CheckStopped(L *glua.LState)
	// Now is the clock of the script.
	Now() time.Time
	// Started is when the script began, for its processor time.
	Started() time.Time
	// Random is the source of random numbers.
	Random() *rand.Rand
	SetRandom(random *rand.Rand)
}

func threadOf(L *glua.LState) Thread { return L.Context().(Thread) }
