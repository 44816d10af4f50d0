package value

import (
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// lazyModule is the table of a host module or a library. Its members are made when a script first asks for them, since most
// scripts use a few of many. Scripts hold a pointer to the table, which is the first field; moduleOf turns it back.
type lazyModule struct {
	glua.LTable
	members Members
	made    map[string]bool
}

// Members is what a lazy module consists of.
type Members interface {
	// Member makes the member of a name, or nil.
	Member(name string) glua.LValue
	// Names are all names in the order that pairs shows them.
	Names() []string
	// Kind tells what a member is if that can be told without making it, else it is empty.
	Kind(name string) string
}

// NewModule makes a table whose members are made when a script asks for them.
func (v *Values) NewModule(m Members) *glua.LTable {
	l := &lazyModule{members: m}
	l.Metatable = v.meta.module
	return &l.LTable
}

// IsModule reports whether a table is the one of a module.
func (v *Values) IsModule(t *glua.LTable) bool { return v.moduleOf(t) != nil || v.host.IsModule(t) }

// moduleOf is the lazy module that a table is, or nil.
func (v *Values) moduleOf(t *glua.LTable) *lazyModule {
	if t.Metatable != v.meta.module {
		return nil
	}
	return (*lazyModule)(unsafe.Pointer(t))
}

// moduleIndex is __index of lazy modules.
func moduleIndex(L *glua.LState) int {
	v := valuesOf(L)
	l := v.moduleOf(L.CheckTable(1))
	key, ok := L.Get(2).(glua.LString)
	if l == nil || !ok {
		return 0
	}
	value := l.get(string(key))
	if value == glua.LNil {
		if strict, ok := l.members.(interface {
			Missing(L *glua.LState, name string)
		}); ok && !l.made[string(key)] {
			strict.Missing(L, string(key))
		}
		return 0
	}
	L.Push(value)
	return 1
}

// get is a member, made now if nothing needed it yet.
func (l *lazyModule) get(name string) glua.LValue {
	if value := l.RawGetString(name); value != glua.LNil || l.made[name] { // what was made and is not there has been removed by the script
		return value
	}
	value := l.members.Member(name)
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
func (l *lazyModule) fill() {
	old := l.LTable
	l.LTable = glua.LTable{Metatable: glua.LNil}
	for _, name := range l.members.Names() {
		if l.made[name] {
			l.RawSetString(name, old.RawGetString(name))
		} else {
			l.RawSetString(name, l.members.Member(name))
		}
	}
}

// Fill completes a lazy table, so that Go code and gopher-lua's own functions see everything in it. Others stay as they are.
func (v *Values) Fill(t *glua.LTable) {
	if l := v.moduleOf(t); l != nil {
		l.fill()
	}
	if o := v.objectOf(t); o != nil {
		o.fill(v)
	}
}
