package lua

import (
	"unsafe"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// lazyModule is the table of a host module or a library. Its members are made when a script first asks for them, since most
// scripts use a few of many. Scripts hold a pointer to the table, which is the first field; moduleOf turns it back.
type lazyModule struct {
	glua.LTable
	members members
	made    map[string]bool
}

// members is what a lazy module consists of.
type members interface {
	// member makes the member of a name, or nil.
	member(v *vm, name string) glua.LValue
	// names are all names in the order that pairs shows them.
	names(v *vm) []string
}

func (v *vm) newLazyModule(m members) *lazyModule {
	l := &lazyModule{members: m}
	l.Metatable = v.meta.module
	return l
}

// newModule is a host module as a table. Name has the names of the modules around it.
func (v *vm) newModule(m *engine.Module, name string) *glua.LTable {
	l := v.newLazyModule(&hostModule{m: m, name: name})
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
		v.tracked.addModule(&l.LTable)
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
	if l == nil || !ok {
		return 0
	}
	value := l.get(v, string(key))
	if value == glua.LNil {
		return 0
	}
	L.Push(value)
	return 1
}

// get is a member, made now if nothing needed it yet.
func (l *lazyModule) get(v *vm, name string) glua.LValue {
	if value := l.RawGetString(name); value != glua.LNil || l.made[name] { // what was made and is not there has been removed by the script
		return value
	}
	value := l.members.member(v, name)
	if value == glua.LNil {
		return value
	}
	if l.made == nil {
		l.made = map[string]bool{}
	}
	l.made[name] = true
	l.RawSetString(name, value)
	return value
}

// fill makes all members, in the order of the module.
func (l *lazyModule) fill(v *vm) {
	old := l.LTable
	l.LTable = glua.LTable{Metatable: glua.LNil}
	for _, name := range l.members.names(v) {
		if l.made[name] {
			l.RawSetString(name, old.RawGetString(name))
		} else {
			l.RawSetString(name, l.members.member(v, name))
		}
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

// hostModule is the members of a host module.
type hostModule struct {
	m    *engine.Module
	name string
}

func (h *hostModule) member(v *vm, name string) glua.LValue {
	f, sub, c := v.invoker.Member(h.m, name, nil)
	switch {
	case f != nil:
		return v.newFunction(f, h.name+"."+name)
	case sub != nil:
		return v.newModule(sub, h.name+"."+name)
	case c != nil:
		if value, err := v.toLua(c.Value); err == nil {
			return value
		}
	}
	return glua.LNil
}

func (h *hostModule) names(v *vm) []string {
	list := make([]string, 0, len(h.m.Functions)+len(h.m.Modules)+len(h.m.Values))
	for i := range h.m.Functions {
		list = append(list, h.m.Functions[i].Name)
	}
	for _, m := range h.m.Modules {
		list = append(list, m.Name)
	}
	for _, c := range v.invoker.Values(h.m) {
		list = append(list, c.Name)
	}
	return list
}
