package value

import (
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/internal/tape"
	glua "github.com/yuin/gopher-lua"
)

// maxIndexChain bounds the tables that stand behind each other by __index.
const maxIndexChain = 100

// Members lists the members of what stands at a path of names with dots, or of the globals. Functions behind __index are not called.
func (v *Values) Members(path string) []engine.Member {
	value := glua.LValue(v.L.G.Global)
	if path != "" {
		for name := range strings.SplitSeq(path, ".") {
			t := v.tableOf(value)
			if t == nil {
				return nil
			}
			if value = v.look(t, name); value != glua.LNil {
				continue
			}
			n, err := strconv.Atoi(name)
			if err != nil {
				return nil
			}
			value = t.RawGetInt(n) // an item
		}
	}
	t := v.tableOf(value)
	if t == nil {
		return nil
	}
	return v.membersOf(t)
}

// tableOf is a table itself, or for a string or a handle the table of its methods.
func (v *Values) tableOf(value glua.LValue) *glua.LTable {
	switch value := value.(type) {
	case *glua.LTable:
		return value
	case glua.LString, *glua.LUserData:
		return v.behind(value)
	}
	return nil
}

// behind is the table that answers for what a value does not have, or nil.
func (v *Values) behind(value glua.LValue) *glua.LTable {
	var mt *glua.LTable
	if t, ok := value.(*glua.LTable); ok {
		mt, _ = t.Metatable.(*glua.LTable)
	} else {
		mt, _ = v.L.GetMetatable(value).(*glua.LTable)
	}
	if mt == nil {
		return nil
	}
	t, ok := mt.RawGetString("__index").(*glua.LTable)
	if !ok {
		t, _ = mt.RawGetString(MethodsField).(*glua.LTable)
	}
	return t
}

// MethodsField is the field of a metatable with the methods that its __index function finds.
const MethodsField = "methods"

// look finds a field without running code of a script. Those of lazy tables are made if nothing needed them yet.
func (v *Values) look(t *glua.LTable, name string) glua.LValue {
	for range maxIndexChain {
		if value := t.RawGetString(name); value != glua.LNil {
			return value
		}
		if l := v.moduleOf(t); l != nil {
			return l.get(name)
		}
		if o := v.objectOf(t); o != nil {
			if at, ok := o.doc.Member(o.at, name); ok {
				return o.value(v, at)
			}
			return glua.LNil
		}
		if t = v.behind(t); t == nil {
			break
		}
	}
	return glua.LNil
}

// membersOf lists the names in a table and in those behind it, sorted, but for lazy ones, which keep their order.
func (v *Values) membersOf(t *glua.LTable) []engine.Member {
	var list naming.List
	for range maxIndexChain {
		if o := v.objectOf(t); o != nil {
			for k, at := range o.doc.Members(o.at) {
				list.Add(o.doc.String(k), documentKind(o.doc.Kind(at)))
			}
			break
		}
		if l := v.moduleOf(t); l != nil {
			for _, name := range l.members.Names() {
				if kind := l.kind(v, name); kind != "" {
					list.Add(name, kind)
				}
			}
		}
		for _, name := range rawNames(t) {
			list.Add(name, v.kindOf(t.RawGetString(name)))
		}
		if t = v.behind(t); t == nil {
			break
		}
	}
	return list.Members
}

func rawNames(t *glua.LTable) []string {
	var names []string
	for k, _ := t.Next(glua.LNil); k != glua.LNil; k, _ = t.Next(k) {
		if name, ok := k.(glua.LString); ok {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	return names
}

// kind tells what a lazy module's member is, without making it if it can be told. It is empty for one that a script removed.
func (l *lazyModule) kind(v *Values, name string) string {
	if l.made[name] {
		if value := l.RawGetString(name); value != glua.LNil {
			return v.kindOf(value)
		}
		return ""
	}
	if kind := l.members.Kind(name); kind != "" {
		return kind
	}
	return v.kindOf(l.get(name))
}

func documentKind(k tape.Kind) string {
	switch k {
	case tape.Object:
		return "object"
	case tape.Array:
		return "array"
	case tape.String:
		return "string"
	case tape.Number:
		return "number"
	case tape.False, tape.True:
		return "boolean"
	}
	return "value"
}

func (v *Values) kindOf(value glua.LValue) string {
	switch value := value.(type) {
	case *glua.LFunction:
		return "function"
	case glua.LString:
		return "string"
	case glua.LNumber:
		return "number"
	case glua.LBool:
		return "boolean"
	case *glua.LTable:
		switch {
		case v.IsModule(value):
			return "module"
		case value.Metatable == v.meta.array || value.RawGetInt(1) != glua.LNil:
			return "array"
		}
		return "object"
	}
	return "value"
}
