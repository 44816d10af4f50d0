package js

import (
	"fmt"
	"strings"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/internal/words"
)

// loadModule is the function by which a bundle loads host modules. It is also what remains of require and import when the
// name is not a literal, and files are out of reach then.
func (v *vm) loadModule(call goja.FunctionCall) goja.Value {
	name := words.Camel(strings.TrimPrefix(call.Argument(0).String(), "crisphost:"))
	if _, ok := v.globals.modules[name]; !ok {
		panic(objects.NewError(v.rt, "Error", fmt.Sprintf("cannot import %q: a name that is computed while the script runs can be that of a host module alone; import files by names "+
			"that are written out, such as import(\"./file.js\")", call.Argument(0))))
	}
	return v.rt.GlobalObject().Get(name)
}

// moduleObject builds the object of a module. What is in it is built at the first access.
func (v *vm) moduleObject(m *engine.Module) *goja.Object {
	return v.moduleAt(m, words.Camel(m.Name), m.Name)
}

// moduleAt builds the object of a module that scripts reach by path, for example "crisp.people.eventNames". HostName is
// its dotted name as the host writes it.
func (v *vm) moduleAt(m *engine.Module, path, hostName string) *goja.Object {
	names := func() []string { return v.memberNames(m) }
	member := func(name string) goja.Value { return v.moduleMember(m, name, path, hostName) }
	missing := func(name string) {
		if err := naming.Missing(m, path, name, words.Camel); err != nil {
			panic(v.errorValue(err, v.rt.CaptureCallStack(objects.CallFrames, nil)))
		}
	}
	var object *goja.Object
	switch {
	case m.Apply == nil && m.Strict:
		object = lazy.NewStrictMembers(v.rt, names, member, missing)
	case m.Apply == nil:
		object = lazy.NewMembers(v.rt, names, member)
	default:
		object = v.hostFunction(m.Apply, path, hostName)
		for _, name := range names() {
			_ = object.DefineDataProperty(name, member(name), goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_TRUE)
		}
		if m.Strict { // what is behind it is asked for what it has not
			base := object.Prototype()
			behind := lazy.NewStrictMembers(v.rt, func() []string { return nil }, base.Get, missing)
			_ = behind.SetPrototype(base)
			_ = object.SetPrototype(behind)
		}
	}
	v.tracked.AddModule(object, m)
	return object
}

// memberNames are the names of a module's members as scripts write them.
func (v *vm) memberNames(m *engine.Module) []string {
	values := v.invoker.Values(m)
	names := make([]string, 0, len(m.Functions)+len(m.Modules)+len(values))
	for i := range m.Functions {
		names = append(names, words.Camel(m.Functions[i].Name))
	}
	for _, sub := range m.Modules {
		names = append(names, words.Camel(sub.Name))
	}
	for _, c := range values {
		names = append(names, c.Name)
	}
	return names
}

// moduleMember makes a member of a module, or returns nil when there is none of that name.
func (v *vm) moduleMember(m *engine.Module, name, path, hostName string) goja.Value {
	f, sub, c := v.invoker.Member(m, name, words.Camel)
	switch {
	case f != nil:
		return v.hostFunction(f, path+"."+name, hostName+"."+f.Name)
	case sub != nil:
		return v.moduleAt(sub, path+"."+name, hostName+"."+sub.Name)
	case c != nil:
		return v.constant(path+"."+name, c.Value)
	}
	return nil
}

// constant turns a host's constant into a value.
func (v *vm) constant(name string, value any) goja.Value {
	result, err := v.toValue(value)
	if err != nil {
		panic(v.rt.NewTypeError(fmt.Sprintf("%s: %v", name, err)))
	}
	return result
}
