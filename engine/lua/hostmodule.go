package lua

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	glua "github.com/yuin/gopher-lua"
)

// newModule is a host module as a table. Name has the names of the modules around it.
func (v *vm) newModule(m *engine.Module, name string) *glua.LTable {
	t := v.values.NewModule(&hostModule{v: v, m: m, name: name})
	if m.Name == "json" {
		v.values.Fill(t)
		v.values.AddMarks(t)
	}
	if m.Apply != nil {
		v.values.Fill(t)
		mt := &glua.LTable{Metatable: glua.LNil}
		mt.RawSetString("__call", &glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
			return v.call(L, m.Apply, name, 2) // the first argument is the table
		}})
		t.Metatable = mt
		v.tracked.addModule(t)
	}
	return t
}

// hostModule is the members of a host module.
type hostModule struct {
	v    *vm
	m    *engine.Module
	name string
}

// Member implements value.Members.
func (h *hostModule) Member(name string) glua.LValue {
	v := h.v
	f, sub, c := v.invoker.Member(h.m, name, nil)
	switch {
	case f != nil:
		return v.newFunction(f, h.name+"."+name)
	case sub != nil:
		return v.newModule(sub, h.name+"."+name)
	case c != nil:
		if value, err := v.values.ToLua(c.Value); err == nil {
			return value
		}
	}
	return glua.LNil
}

// Missing raises an error where a strict module does not have a member.
func (h *hostModule) Missing(L *glua.LState, name string) {
	if err := naming.Missing(h.m, h.name, name, nil); err != nil {
		h.v.raise(L, err)
	}
}

// Names implements value.Members.
func (h *hostModule) Names() []string {
	list := make([]string, 0, len(h.m.Functions)+len(h.m.Modules)+len(h.m.Values))
	for i := range h.m.Functions {
		list = append(list, h.m.Functions[i].Name)
	}
	for _, m := range h.m.Modules {
		list = append(list, m.Name)
	}
	for _, c := range h.v.invoker.Values(h.m) {
		list = append(list, c.Name)
	}
	return list
}

// Kind implements value.Members.
func (h *hostModule) Kind(name string) string {
	switch f, sub, _ := h.m.Member(name, nil); {
	case f != nil:
		return "function"
	case sub != nil:
		return "module"
	}
	return ""
}

// Sequence implements value.Host.
func (v *vm) Sequence(seq engine.Sequence) *glua.LUserData { return v.newSequence(seq, "sequence") }

// Module implements value.Host.
func (v *vm) Module(m *engine.Module) *glua.LTable { return v.newModule(m, m.Name) }

// Handle implements value.Host.
func (v *vm) Handle(h engine.Handle) (glua.LValue, error) { return v.handleToLua(h) }

// Halted implements value.Host.
func (v *vm) Halted() bool { return v.halted() }

// IsModule implements value.Host.
func (v *vm) IsModule(t *glua.LTable) bool { return v.tracked.isModule(t) }
