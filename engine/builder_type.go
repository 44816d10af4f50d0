package engine

import (
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// typeSpec is what a builder knows of a handle type.
type typeSpec struct {
	typ reflect.Type
	doc string
	// only are the Go names of the methods that scripts see, where they are not all.
	only []string
	// methods has the options of methods by their Go names.
	methods  map[string][]FuncOption
	problems []error
}

// reservedMethods are names that JavaScript looks for by itself.
var reservedMethods = map[string]string{
	"then":             "await takes an object with this method for a promise",
	"to_json":          "JSON.stringify looks for a method of this name",
	"to_string":        "JavaScript calls a method of this name to make text of an object",
	"value_of":         "JavaScript calls a method of this name to make a number of an object",
	"constructor":      "it is the name of the class in JavaScript",
	"__proto__":        "it is the name of the prototype in JavaScript",
	"has_own_property": "every object has a method of this name in JavaScript",
}

// declare adds the type of a module to those that are handles.
func (s *typeSpec) declare(t *types, module string) error {
	switch {
	case s.typ == nil:
		return fmt.Errorf("a type is nil: pass a pointer such as &Cursor{}")
	case s.typ.Kind() != reflect.Pointer:
		return fmt.Errorf("the type %s is no pointer: pass &%[1]s{}", s.typ)
	case s.typ.Name() != "" || s.typ.Elem().Name() == "":
		return fmt.Errorf("the type %s is no pointer to a named type", s.typ)
	case t.classes[s.typ] != nil:
		return fmt.Errorf("the type %s is given twice", s.typ)
	case reservedTypes[s.typ]:
		return fmt.Errorf("the type %s has a form of its own and cannot be a handle", s.typ)
	}
	t.classes[s.typ] = &Class{Name: className(s.typ.Elem()), Module: module, Doc: s.doc}
	return nil
}

// reservedTypes are the pointers that are forms.
var reservedTypes = map[reflect.Type]bool{reflect.TypeFor[*Module](): true}

// className is the name of a type without its package and its type arguments.
func className(t reflect.Type) string {
	name, _, _ := strings.Cut(t.Name(), "[")
	return name
}

// class fills in the methods of a declared type. It returns nil for a type that declare has refused.
func (a *assembly) class(spec *typeSpec, path string) *Class {
	t := spec.typ
	if t == nil || a.types.classes[t] == nil {
		return nil
	}
	class := a.types.classes[t]
	for _, err := range spec.problems {
		a.fail(path+"."+class.Name, err)
	}
	for _, name := range slices.Concat(spec.only, slices.Sorted(maps.Keys(spec.methods))) {
		if _, ok := t.MethodByName(name); !ok {
			a.fail(path, fmt.Errorf("the type %s has no exported method %s", t, name))
		}
	}
	class.Methods = nil
	for i := range t.NumMethod() {
		method := t.Method(i)
		if len(spec.only) > 0 && !slices.Contains(spec.only, method.Name) {
			continue
		}
		f := &functionSpec{name: snake(method.Name), fn: method.Func}
		f.set(spec.methods[method.Name])
		where := path + "." + class.Name + "." + f.name
		switch reason := reservedMethods[f.name]; {
		case reason != "":
			a.fail(where,
				fmt.Errorf("a method cannot be named %s: %s; leave it out with engine.Only", method.Name, reason))
		case !isIdentifier(f.name):
			const text = "a method named %s cannot be called in Lua, where %s is a keyword; leave it out with engine.Only"
			a.fail(where, fmt.Errorf(text, method.Name, f.name))
		case f.sync && f.effect != Read:
			a.fail(where, fmt.Errorf("has the effect %s and cannot be Sync: a gate may have to wait", f.effect))
		}
		function := a.function(f, class.Name+"."+f.name, t)
		class.Methods = append(class.Methods, function)
	}
	return class
}

// snake returns a Go name as words joined by underscores: NextPage is next_page, HTTPServer http_server.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 && runes[i-1] != '_' &&
			(!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// opened tells the instance of a handle that is to be closed with it.
func (i *Invoker) opened(h Handle) {
	if c, ok := h.Value.(io.Closer); ok && i != nil {
		i.closing.add(h.Value, func() {
			i.guard(h.Class.CallName("close"), func() {
				if err := c.Close(); err != nil && i.cfg.OnError != nil {
					i.cfg.OnError(fmt.Errorf("close %s: %w", article(h.Class.Name), err))
				}
			})
		})
	}
}
