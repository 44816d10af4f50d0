// Package value converts values between Go and Lua, and makes tables whose content is read when a script asks for it.
package value

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/pages"
	glua "github.com/yuin/gopher-lua"
)

// Functions of metatables. They hold no state of a VM, so all VMs share them.
var objectIndexFn, moduleIndexFn, lazyNewIndexFn, nullsNewIndexFn *glua.LFunction

func init() {
	shared := func(fn glua.LGFunction) *glua.LFunction { return &glua.LFunction{IsG: true, GFunction: fn} }
	objectIndexFn, moduleIndexFn = shared(objectIndex), shared(moduleIndex)
	lazyNewIndexFn, nullsNewIndexFn = shared(lazyNewIndex), shared(nullsNewIndex)
}

// metatables are the ones that this package gives to values. Scripts see none of those of lazy tables.
type metatables struct {
	object *glua.LTable // of lazyObject
	nulls  *glua.LTable // of a lazyObject that was filled and has nulls
	module *glua.LTable // of lazyModule
	array  *glua.LTable // marks a list, so that an empty one stays one
	plain  *glua.LTable // marks an object whose number keys become names
	opaque *glua.LTable
}

// Values is what the values of one VM share.
type Values struct {
	L    *glua.LState
	host Host
	null *glua.LUserData
	meta metatables
	// pages are the large documents that tables read from.
	pages pages.Registry[lazyObject, *lazyObject]
}

// Host makes the values that refer to functions of the host.
type Host interface {
	Sequence(seq engine.Sequence) *glua.LUserData
	Module(m *engine.Module) *glua.LTable
	Handle(h engine.Handle) (glua.LValue, error)
	// ShowTable describes the table of an error, whose members convert makes part of it, or gives the text that a table has for
	// itself. Both are empty for others.
	ShowTable(L *glua.LState, t *glua.LTable, convert func(glua.LValue) any) (*engine.Failure, string)
	// Halted reports whether the run has to stop.
	Halted() bool
	// IsModule reports whether a table that is not lazy is a module all the same.
	IsModule(t *glua.LTable) bool
}

// Thread is what the context of each thread of the VM has.
type Thread interface{ Values() *Values }

func valuesOf(L *glua.LState) *Values { return L.Context().(Thread).Values() }

// Init makes the values of the VM whose main thread is L.
func (v *Values) Init(L *glua.LState, host Host) {
	v.L, v.host = L, host
	mark := func() *glua.LTable { return &glua.LTable{Metatable: glua.LNil} }
	lazy := func(index *glua.LFunction) *glua.LTable {
		t := v.L.CreateTable(0, 2)
		t.RawSetString("__index", index)
		t.RawSetString("__newindex", lazyNewIndexFn)
		return t
	}
	named := func(text string) *glua.LTable {
		t := v.L.CreateTable(0, 2)
		t.RawSetString("__tostring", &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
			L.Push(glua.LString(text))
			return 1
		}})
		t.RawSetString("__metatable", glua.LString(text))
		return t
	}
	nulls := v.L.CreateTable(0, 1)
	nulls.RawSetString("__newindex", nullsNewIndexFn)
	v.meta = metatables{
		object: lazy(objectIndexFn),
		nulls:  nulls,
		module: lazy(moduleIndexFn),
		array:  mark(),
		plain:  mark(),
		opaque: named("host value"),
	}
	v.null = &glua.LUserData{Metatable: named("null")}
}

// Hidden reports whether scripts must not see a metatable.
func (v *Values) Hidden(mt glua.LValue) bool {
	return mt == glua.LValue(v.meta.object) || mt == glua.LValue(v.meta.nulls) || mt == glua.LValue(v.meta.module)
}

// NewList makes an empty list, which stays one outside Lua.
func (v *Values) NewList() *glua.LTable {
	t := v.L.CreateTable(0, 0)
	t.Metatable = v.meta.array
	return t
}

// AddMarks gives the host module json what only the runtime can make: the marks of lists and objects, and null.
func (v *Values) AddMarks(json *glua.LTable) {
	mark := func(name string, mt *glua.LTable) {
		json.RawSetString(name, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
			t := L.CreateTable(0, 0) // of what an answer left out
			if L.Get(1) != glua.LNil {
				t = L.CheckTable(1)
				v.Fill(t)
			}
			if o := v.nullsOf(t); o != nil && mt == v.meta.plain {
				o.plain = true
				L.Push(t)
				return 1
			}
			if t.Metatable != glua.LNil && t.Metatable != v.meta.array && t.Metatable != v.meta.plain {
				L.RaiseError("json.%s cannot mark a table that has a metatable; copy its fields into a new one", name)
			}
			t.Metatable = mt
			L.Push(t)
			return 1
		}})
	}
	mark("array", v.meta.array)
	mark("object", v.meta.plain)
	json.RawSetString("null", v.null)
}
