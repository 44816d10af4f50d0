package engine

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/words"
)

// checkModules returns one error for everything that is wrong in modules.
func checkModules(modules []*Module) error {
	c := &moduleCheck{}
	names := map[string]bool{}
	for _, m := range modules {
		if m == nil {
			c.fail("a module is nil")
			continue
		}
		if names[m.Name] {
			c.fail("two modules are named %q", m.Name)
		}
		names[m.Name] = true
		c.module(m, m.Name, nil)
		c.global(m.Name)
	}
	return errors.Join(c.problems...)
}

type moduleCheck struct{ problems []error }

func (c *moduleCheck) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

// global checks the name of a module that is a global of scripts. It is the same for all engines, so that a module can be
// used in any.
func (c *moduleCheck) global(name string) {
	switch {
	case slices.Contains(jsKeywords, name):
		c.fail("module name %q is a keyword of JavaScript", name)
	case slices.Contains(luaGlobals, name):
		c.fail("module name %q would hide a global of Lua; choose another name", name)
	case slices.Contains(jsGlobals, words.Camel(name)):
		c.fail("module name %q would hide a global of JavaScript; choose another name", name)
	}
}

// module checks a module and what is in it. Path is its dotted name, and around are the modules that it is in.
func (c *moduleCheck) module(m *Module, path string, around []*Module) {
	if slices.Contains(around, m) {
		c.fail("module %s contains itself", path)
		return
	}
	around = append(slices.Clip(around), m)
	c.name("module", path, m.Name)
	seen := map[string]string{}
	once := func(kind, name string) {
		// Both languages must be able to tell members apart, whatever their spelling.
		spelled := words.Camel(name)
		if other, twice := seen[spelled]; twice {
			c.fail("module %s has two members %q (%s and %s)", path, name, other, kind)
		}
		seen[spelled] = kind
	}
	for i := range m.Functions {
		f := &m.Functions[i]
		once("a function", f.Name)
		c.function(f, path+"."+f.Name)
	}
	if m.Apply != nil {
		c.function(m.Apply, path)
	}
	for _, v := range m.Values {
		once("a value", v.Name)
		c.name("value", path+"."+v.Name, v.Name)
		if err := checkValue(v.Value, 0); err != nil {
			c.fail("value %s.%s: %w", path, v.Name, err)
		}
	}
	if slices.Contains(m.Classes, nil) {
		c.fail("module %s has a nil class in it", path)
	}
	for _, sub := range m.Modules {
		if sub == nil {
			c.fail("module %s has a nil module in it", path)
			continue
		}
		once("a module", sub.Name)
		c.module(sub, path+"."+sub.Name, around)
	}
}

func (c *moduleCheck) function(f *Function, path string) {
	c.name("function", path, f.Name)
	switch {
	case f.Call == nil && f.Bind == nil:
		c.fail("function %s has no Call", path)
	case f.Call != nil && f.Bind != nil:
		c.fail("function %s has Call and Bind; it needs one of them", path)
	case f.Sync && f.Effect != Read:
		c.fail("function %s has the effect %s and cannot be Sync: a gate may have to wait", path, f.Effect)
	}
	if int(f.Effect) >= len(effectNames) {
		c.fail("function %s has the unknown effect %d", path, f.Effect)
	}
}

func (c *moduleCheck) name(kind, path, name string) {
	switch {
	case name == "":
		c.fail("a %s of %q has no name", kind, path)
	case !isIdentifier(name):
		c.fail("%s name %q is not a name that scripts can write", kind, path)
	}
}

// checkPermissions returns one error for all functions that need a permission which no word gives.
func checkPermissions(modules []*Module, v *Vocabulary) error {
	var wrong []error
	check := func(path string, f *Function) {
		if f == nil || f.Permission == "" || f.Permission == NoPermission || v.byName[f.Permission] != nil {
			return
		}
		err := fmt.Errorf("function %s needs the permission %q, which no module describes", path, f.Permission)
		if near := nearest.To(f.Permission, slices.Sorted(maps.Keys(v.byName))); near != "" {
			err = fmt.Errorf("%w; did you mean %q?", err, near)
		}
		wrong = append(wrong, err)
	}
	var walk func(m *Module, path string)
	walk = func(m *Module, path string) {
		for i := range m.Functions {
			check(path+"."+m.Functions[i].Name, &m.Functions[i])
		}
		check(path, m.Apply)
		for _, class := range m.Classes {
			for i := range class.Methods {
				check(path+"."+class.Name+"."+class.Methods[i].Name, &class.Methods[i])
			}
		}
		for _, sub := range m.Modules {
			walk(sub, path+"."+sub.Name)
		}
	}
	for _, m := range modules {
		walk(m, m.Name)
	}
	return errors.Join(wrong...)
}
