package lua

import (
	"unsafe"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// lazyModule is the table of a host module. Its members are made when a script first asks for them, since most scripts call
// a few functions of many. Scripts hold a pointer to the table, which is the first field; moduleOf turns it back.
type lazyModule struct {
	glua.LTable
	m    *engine.Module
	name string // with the names of the modules around it
	made map[string]bool
}

// newModule is a host module as a table.
func (v *vm) newModule(m *engine.Module, name string) *glua.LTable {
	l := &lazyModule{m: m, name: name, made: map[string]bool{}}
	l.Metatable = v.meta.module
	if m.Name == "json" {
		v.fill(&l.LTable)
		v.addMarks(&l.LTable)
	}
	if m.Apply != nil {
		v.fill(&l.LTable)
		mt := &glua.LTable{Metatable: glua.LNil}
		mt.RawSetString("__call", &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
			return v.call(L, m.Apply, name, 2) // the first argument is the table
		}})
		l.Metatable = mt
	}
	return &l.LTable
}

// moduleOf is the lazy module that a table is, or nil.
func (v *vm) moduleOf(t *glua.LTable) *lazyModule {
	if t.Metatable != v.meta.module {
		return nil
	}
	return (*lazyModule)(unsafe.Pointer(t))
}

// moduleIndex is __index of lazy modules.
func moduleIndex(L *glua.LState) int {
	v := vmOf(L)
	l := v.moduleOf(L.CheckTable(1))
	key, ok := L.Get(2).(glua.LString)
	if l == nil || !ok || l.made[string(key)] { // what was made and is not there has been removed by the script
		return 0
	}
	value := l.member(v, string(key))
	if value == glua.LNil {
		return 0
	}
	l.made[string(key)] = true
	l.RawSetString(string(key), value)
	L.Push(value)
	return 1
}

func (l *lazyModule) member(v *vm, key string) glua.LValue {
	for i := range l.m.Functions {
		if f := &l.m.Functions[i]; f.Name == key {
			return v.newFunction(f, l.name+"."+key)
		}
	}
	for _, m := range l.m.Modules {
		if m.Name == key {
			return v.newModule(m, l.name+"."+key)
		}
	}
	for i := range l.m.Values {
		if c := &l.m.Values[i]; c.Name == key {
			if value, err := v.toLua(c.Value); err == nil {
				return value
			}
		}
	}
	return glua.LNil
}

// fill makes all members, in the order of the module.
func (l *lazyModule) fill(v *vm) {
	old := l.LTable
	l.LTable = glua.LTable{Metatable: glua.LNil}
	add := func(key string) {
		if l.made[key] {
			l.RawSetString(key, old.RawGetString(key))
		} else {
			l.RawSetString(key, l.member(v, key))
		}
	}
	for i := range l.m.Functions {
		add(l.m.Functions[i].Name)
	}
	for _, m := range l.m.Modules {
		add(m.Name)
	}
	for i := range l.m.Values {
		add(l.m.Values[i].Name)
	}
}

// fill completes a lazy table, so that Go code and gopher-lua's own functions see everything in it. Others stay as they are.
func (v *vm) fill(t *glua.LTable) {
	if l := v.moduleOf(t); l != nil {
		l.fill(v)
	}
	if o := v.objectOf(t); o != nil {
		o.fill(v)
	}
}
