package lua

import glua "github.com/yuin/gopher-lua"

// metatables are the ones that this package gives to values. Scripts see none of those of lazy tables.
type metatables struct {
	object *glua.LTable // of lazyObject
	module *glua.LTable // of lazyModule
	array  *glua.LTable // marks a list, so that an empty one stays one
	plain  *glua.LTable // marks an object whose number keys become names
	opaque *glua.LTable
	// hostError is made when the first error is.
	hostError *glua.LTable
}

func (v *vm) makeMetatables() {
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
	v.meta = metatables{
		object: lazy(objectIndexFn),
		module: lazy(moduleIndexFn),
		array:  mark(),
		plain:  mark(),
		opaque: named("host value"),
	}
	v.null = &glua.LUserData{Metatable: named("null")}
}

// addMarks gives the host module json what only the runtime can make: the marks of lists and objects, and null.
func (v *vm) addMarks(json *glua.LTable) {
	mark := func(name string, mt *glua.LTable) {
		json.RawSetString(name, &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
			t := L.CreateTable(0, 0) // of what an answer left out
			if L.Get(1) != glua.LNil {
				t = L.CheckTable(1)
				v.fill(t)
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
