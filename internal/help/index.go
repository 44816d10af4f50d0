package help

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/words"
)

// Index finds the documentation of the calls of modules.
type Index struct {
	calls []string
	// subjects are the calls, and then the methods of handles, which are documented and not called by such a name.
	subjects  []string
	functions map[string]*engine.Function
}

// NewIndex makes the index of an engine's modules.
func NewIndex(modules []*engine.Module) *Index {
	x := &Index{functions: map[string]*engine.Function{}}
	known := bindings.List()
	for _, m := range modules {
		x.add(m.Name, m, slices.Contains(known, m))
	}
	slices.Sort(x.calls)
	slices.Sort(x.subjects)
	x.subjects = slices.Concat(x.calls, x.subjects)
	return x
}

// add adds a module. Those of package bindings have their pages there.
func (x *Index) add(path string, m *engine.Module, known bool) {
	call := func(name string, f *engine.Function) {
		x.calls = append(x.calls, name)
		if !known {
			x.functions[name] = f
		}
	}
	if m.Apply != nil {
		call(path, m.Apply)
	}
	for i := range m.Functions {
		call(path+"."+m.Functions[i].Name, &m.Functions[i])
	}
	for _, class := range m.Classes {
		for i := range class.Methods {
			name := path + "." + class.Name + "." + class.Methods[i].Name
			x.subjects = append(x.subjects, name)
			x.functions[name] = &class.Methods[i]
		}
	}
	for _, sub := range m.Modules {
		x.add(path+"."+sub.Name, sub, known)
	}
}

// Calls returns the names of all calls in alphabetical order.
func (x *Index) Calls() []string { return x.calls }

// Subjects returns the names of all that is documented: calls, and then methods of handles.
func (x *Index) Subjects() []string { return x.subjects }

// Find returns the documentation of a call by its name. The leading "crisp." may be left out, and camel case is understood. The
// error for an unknown name suggests the nearest.
func (x *Index) Find(name string) (*bindings.Page, error) {
	name = strings.TrimSuffix(name, "()")
	for _, candidate := range []string{name, "crisp." + name} {
		i := slices.IndexFunc(x.subjects, func(call string) bool { return call == candidate || words.Camel(call) == candidate })
		if i < 0 {
			continue
		}
		if f := x.functions[x.subjects[i]]; f != nil {
			return pageOf(x.subjects[i], f), nil
		}
		return bindings.Help(x.subjects[i])
	}
	if name == "" {
		return nil, errors.New("no script call is named")
	}
	short := make([]string, len(x.subjects))
	for i, call := range x.subjects {
		short[i] = strings.TrimPrefix(call, "crisp.")
	}
	if near := nearest.To(strings.TrimPrefix(name, "crisp."), short); near != "" {
		return nil, fmt.Errorf("no script call is named %q: did you mean %q?", name, near)
	}
	return nil, fmt.Errorf("no script call is named %q", name)
}

func pageOf(name string, f *engine.Function) *bindings.Page {
	summary, doc, _ := strings.Cut(f.Doc, "\n\n")
	return &bindings.Page{Call: name, Summary: summary, Doc: doc, Params: f.Params, Result: f.Result, Async: !f.Sync}
}

// Groups returns the first words of all calls below crisp, and the names of the other modules.
func (x *Index) Groups() []string {
	var names []string
	for _, call := range x.calls {
		name, rest, _ := strings.Cut(call, ".")
		if name == "crisp" {
			name, rest, _ = strings.Cut(rest, ".")
		}
		if rest != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
