package engine

import (
	"errors"
	"fmt"
	"slices"

	"github.com/crisphost/crisphost/internal/words"
)

// checkModules returns one error for all mistakes in modules.
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
		c.module(m, m.Name, 0)
	}
	return errors.Join(c.problems...)
}

type moduleCheck struct{ problems []error }

func (c *moduleCheck) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Errorf(format, args...))
}

// module checks a module and what is in it. Path is its dotted name.
func (c *moduleCheck) module(m *Module, path string, depth int) {
	if depth > MaxDepth {
		c.fail("module %s is nested more than %d levels deep; is it part of itself?", path[:min(len(path), 60)], MaxDepth)
		return
	}
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
	for _, sub := range m.Modules {
		if sub == nil {
			c.fail("module %s has a nil module in it", path)
			continue
		}
		once("a module", sub.Name)
		c.module(sub, path+"."+sub.Name, depth+1)
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

// luaKeywords cannot be written behind a dot in Lua. JavaScript has no such names.
var luaKeywords = []string{
	"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not", "or",
	"repeat", "return", "then", "true", "until", "while",
}

// isIdentifier reports whether both languages can write a name: ASCII letters, digits and underscores.
func isIdentifier(name string) bool {
	for i, r := range name {
		switch {
		case r == '_', 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z':
		case '0' <= r && r <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != "" && !slices.Contains(luaKeywords, name)
}
