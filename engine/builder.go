package engine

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// ModuleBuilder makes a module from Go functions, values and types. Nothing is checked before New, which returns one
// error for all that is wrong, and the order of the calls does not matter. A builder must not be changed after it was
// given to New.
type ModuleBuilder struct {
	name, doc string
	functions []*functionSpec
	constants []Constant
	types     []*typeSpec
	modules   []*ModuleBuilder
}

// NewModule returns a builder for a module, whose name is words joined by underscores.
func NewModule(name string) *ModuleBuilder { return &ModuleBuilder{name: name} }

// Doc sets the line that help shows for the module.
func (b *ModuleBuilder) Doc(text string) *ModuleBuilder {
	b.doc = text
	return b
}

// Func adds a Go function, which scripts await. Its name is words joined by underscores: get_meta is getMeta in
// JavaScript.
//
// The first parameter may be a context.Context, which ends with the call, and the last result an error. The other
// parameters and results are of any types that encoding/json knows, engine's own forms (see Function.Call), or types
// of Type. Pointers at the end of the parameters may be left out, and a variadic parameter takes any number of
// arguments. Unknown members of an object that is read into a struct are errors. Several results are several values in
// Lua and an array in JavaScript.
//
// A function that returns an iter.Seq[T], an iter.Seq2[T, error], or one of them and an error gives scripts a stream.
// With the error it is called when the stream is first read.
func (b *ModuleBuilder) Func(name string, fn any, options ...FuncOption) *ModuleBuilder {
	f := &functionSpec{name: name, fn: reflect.ValueOf(fn)}
	f.set(options)
	b.functions = append(b.functions, f)
	return b
}

// Const adds a value of any type that encoding/json knows. Its name appears as it is written.
func (b *ModuleBuilder) Const(name string, value any) *ModuleBuilder {
	b.constants = append(b.constants, Constant{Name: name, Value: value})
	return b
}

// Type makes values of a pointer type handles: objects whose exported Go methods scripts call, as c:next_page() in Lua
// and c.nextPage() in JavaScript for NextPage. Example is any value of the type, for instance &Cursor{} or
// (*Cursor)(nil). All functions of the engine, of other modules too, take and return the type. A handle with a method
// Close() error is closed with the instance.
func (b *ModuleBuilder) Type(example any, options ...TypeOption) *ModuleBuilder {
	t := &typeSpec{typ: reflect.TypeOf(example), methods: map[string][]FuncOption{}}
	for _, o := range options {
		if o == nil {
			t.problems = append(t.problems, errors.New("an option is nil"))
			continue
		}
		o.applyType(t)
	}
	b.types = append(b.types, t)
	return b
}

// Module adds a nested group.
func (b *ModuleBuilder) Module(sub *ModuleBuilder) *ModuleBuilder {
	b.modules = append(b.modules, sub)
	return b
}

// FuncOption describes a function of a ModuleBuilder.
type FuncOption interface{ applyFunc(*functionSpec) }

type funcOption func(*functionSpec)

func (o funcOption) applyFunc(f *functionSpec) { o(f) }

// TypeOption describes a type of a ModuleBuilder.
type TypeOption interface{ applyType(*typeSpec) }

type typeOption func(*typeSpec)

func (o typeOption) applyType(t *typeSpec) { o(t) }

// DocOption is what Doc returns: an option for functions and for types.
type DocOption struct {
	text   string
	params []string
}

func (o DocOption) applyFunc(f *functionSpec) { f.doc, f.params = o.text, o.params }

func (o DocOption) applyType(t *typeSpec) {
	t.doc = o.text
	if len(o.params) > 0 {
		t.problems = append(t.problems, errors.New("a type has no parameters to document"))
	}
}

// Doc sets the text that help shows: a summary line, then further paragraphs after an empty line. Params are the
// parameters in their order, each a name, or a name and a text: "email: the address of the customer".
func Doc(text string, params ...string) DocOption { return DocOption{text, params} }

// Writes tells that a function creates or changes something. Functions without an effect only read.
func Writes() FuncOption { return effectOption(Write) }

// Sends tells that a function sends something to people.
func Sends() FuncOption { return effectOption(Send) }

// Deletes tells that a function removes something for good.
func Deletes() FuncOption { return effectOption(Delete) }

func effectOption(e Effect) FuncOption { return funcOption(func(f *functionSpec) { f.effect = e }) }

// Needs sets the subject that a script's permissions must have to call a function, in place of the module's name:
// "billing.invoices", a subject of another module, or NoPermission. Subjects that begin with the module's name belong
// to the module: new ones are added to the words that permissions know.
func Needs(subject string) FuncOption {
	return funcOption(func(f *functionSpec) { f.permission = subject })
}

// Sync tells that a function returns at once and does not wait for anything: JavaScript then returns the plain result
// instead of a Promise. It may only read.
func Sync() FuncOption { return funcOption(func(f *functionSpec) { f.sync = true }) }

// Only limits the methods that scripts see to those with the given Go names.
func Only(methods ...string) TypeOption {
	return typeOption(func(t *typeSpec) { t.only = append(t.only, methods...) })
}

// Method sets options of a method by its Go name.
func Method(name string, options ...FuncOption) TypeOption {
	return typeOption(func(t *typeSpec) { t.methods[name] = append(t.methods[name], options...) })
}

// functionSpec is what a builder knows of a function.
type functionSpec struct {
	name       string
	fn         reflect.Value
	doc        string
	params     []string
	effect     Effect
	permission string
	sync       bool
	problems   []error
}

func (f *functionSpec) set(options []FuncOption) {
	for _, o := range options {
		if o == nil {
			f.problems = append(f.problems, errors.New("an option is nil"))
			continue
		}
		o.applyFunc(f)
	}
}

// declare implements ModuleSource: it adds the handle types, so that every plan knows them.
func (b *ModuleBuilder) declare(t *types) error {
	if b == nil {
		return nil
	}
	return b.declareIn(t, b.name, nil)
}

func (b *ModuleBuilder) declareIn(t *types, path string, around []*ModuleBuilder) error {
	if slices.Contains(around, b) {
		return fmt.Errorf("module %s contains itself", path)
	}
	var errs []error
	for _, spec := range b.types {
		if err := spec.declare(t, path); err != nil {
			errs = append(errs, fmt.Errorf("module %s: %w", path, err))
		}
	}
	for _, sub := range b.modules {
		if sub != nil {
			errs = append(errs, sub.declareIn(t, path+"."+sub.name, append(slices.Clip(around), b)))
		}
	}
	return errors.Join(errs...)
}

// module implements ModuleSource. With an error comes what can be checked further.
func (b *ModuleBuilder) module(t *types) (*Module, error) {
	if b == nil {
		return nil, nil
	}
	a := &assembly{types: t, root: b.name, subjects: map[string]bool{}}
	m := a.module(b, b.name, nil)
	for _, name := range a.order {
		s := Subject{Name: name, Doc: "The functions of " + name + "."}
		if name == b.name {
			s.Doc = cmp.Or(b.doc, "The module "+name+".")
		} else {
			s.In = []string{b.name}
		}
		m.Subjects = append(m.Subjects, s)
	}
	return m, errors.Join(a.errs...)
}

// assembly makes a module and gathers what is wrong with it.
type assembly struct {
	types *types
	root  string
	// subjects are the permission subjects of the module, order the same as they were met.
	subjects map[string]bool
	order    []string
	errs     []error
}

func (a *assembly) fail(path string, err error) {
	a.errs = append(a.errs, fmt.Errorf("%s: %w", path, err))
}

// subject gathers the subject of a function.
func (a *assembly) subject(name string) {
	name = cmp.Or(name, a.root)
	if name != a.root && !strings.HasPrefix(name, a.root+".") || a.subjects[name] {
		return
	}
	if len(a.order) == 0 && name != a.root {
		a.subject(a.root) // the wider word
	}
	a.subjects[name] = true
	a.order = append(a.order, name)
}

func (a *assembly) module(b *ModuleBuilder, path string, around []*ModuleBuilder) *Module {
	m := &Module{Name: b.name, Doc: b.doc}
	if slices.Contains(around, b) {
		return m // declare has reported it
	}
	for _, spec := range b.functions {
		m.Functions = append(m.Functions, a.function(spec, path+"."+spec.name, nil))
	}
	for _, c := range b.constants {
		form, err := encodeValue(a.types, c.Value)
		if err != nil {
			a.fail(path+"."+c.Name, err)
		}
		m.Values = append(m.Values, Constant{Name: c.Name, Value: form})
	}
	for _, spec := range b.types {
		if class := a.class(spec, path); class != nil {
			m.Classes = append(m.Classes, class)
		}
	}
	for _, sub := range b.modules {
		if sub == nil {
			a.fail(path, errors.New("a nested module is nil"))
			continue
		}
		m.Modules = append(m.Modules, a.module(sub, path+"."+sub.name, append(slices.Clip(around), b)))
	}
	return m
}

// function makes the Function of a spec. Receiver is the handle type of a method, or nil.
func (a *assembly) function(spec *functionSpec, path string, receiver reflect.Type) Function {
	f := Function{Name: spec.name, Doc: spec.doc, Effect: spec.effect, Permission: spec.permission, Sync: spec.sync}
	if spec.permission != NoPermission {
		a.subject(spec.permission)
	}
	p, errs := planFunction(a.types, spec, path, receiver)
	for _, err := range errs {
		a.fail(path, err)
	}
	if p == nil {
		f.Call = unplanned
		return f
	}
	f.Params, f.Result, f.Bind = p.describe(spec.params), p.resultType(), p.bind
	f.Sync = f.Sync || p.sequence
	if f.Sync && f.Effect != Read && p.sequence && !spec.sync {
		a.fail(path, fmt.Errorf("returns a stream, so it may only read, and has the effect %s", f.Effect))
		f.Sync = false
	}
	return f
}
