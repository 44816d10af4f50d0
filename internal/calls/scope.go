package calls

import (
	"cmp"
	"slices"

	"github.com/crisphost/crisphost/engine"
)

// Tree is what an analyser tells about a source.
type Tree struct {
	// modules are the globals that a script cannot make its own: one that it assigns is no longer known.
	modules map[string]bool
	loader  string
	self    string
	globals map[string]*Variable
	// assigned are assignments to names that may be declared later.
	assigned []assignment
	calls    []found
}

type assignment struct {
	scope *Scope
	name  string
	value *Value
}

// found is a call that has been seen.
type found struct {
	callee      *Value
	place       int
	argument    string
	hasArgument bool
}

// NewTree starts the description of a source. Loader is the global function that gives a host module by its name, and
// self the global that has all globals as members.
func NewTree(modules []string, loader, self string) *Tree {
	t := &Tree{modules: make(map[string]bool, len(modules)), loader: loader, self: self, globals: map[string]*Variable{}}
	for _, name := range modules {
		t.modules[name] = true
	}
	return t
}

// Variable is a variable of the source. What is assigned to it may come in any order: its uses are looked at last.
type Variable struct {
	global string // its name, if the source does not declare it
	values []*Value
	state  state
	is     meaning
}

type state uint8

const (
	unresolved state = iota
	resolving
	resolved
)

// maxValues bounds the assignments that are kept of a variable. With as many it is unknown anyway.
const maxValues = 16

// Assign notes that a variable may have a value. Nil is an unknown one.
func (v *Variable) Assign(value *Value) {
	if len(v.values) < maxValues {
		v.values = append(v.values, value)
	} else {
		v.values[0] = nil
	}
}

// Scope is a part of a source with names of its own.
type Scope struct {
	tree  *Tree
	outer *Scope
	names map[string]*Variable
	// opaque hides all outer names: they may be members of an object.
	opaque bool
}

// Scope returns the outermost scope below the globals.
func (t *Tree) Scope() *Scope { return &Scope{tree: t} }

// Inner returns a scope inside another.
func (s *Scope) Inner() *Scope { return &Scope{tree: s.tree, outer: s} }

// Opaque returns a scope in which no name is known, such as that of JavaScript's with.
func (s *Scope) Opaque() *Scope { return &Scope{tree: s.tree, outer: s, opaque: true} }

// Declare adds a variable, which hides one of the same name, in the same scope as well.
func (s *Scope) Declare(name string) *Variable {
	if s.names == nil {
		s.names = map[string]*Variable{}
	}
	v := &Variable{}
	s.names[name] = v
	return v
}

// Own returns the variable of a name that the scope itself declares, or declares it.
func (s *Scope) Own(name string) *Variable {
	if v := s.names[name]; v != nil {
		return v
	}
	return s.Declare(name)
}

// Find returns the variable that a name stands for here: a global if no scope declares it.
func (s *Scope) Find(name string) *Variable {
	for at := s; at != nil; at = at.outer {
		if at.opaque {
			return &Variable{values: []*Value{nil}}
		}
		if v := at.names[name]; v != nil {
			return v
		}
	}
	return s.tree.Global(name)
}

// Global returns the global variable of a name.
func (t *Tree) Global(name string) *Variable {
	v := t.globals[name]
	if v == nil {
		v = &Variable{global: name}
		t.globals[name] = v
	}
	return v
}

// Assign notes that a name, which may be declared later, may have a value.
func (s *Scope) Assign(name string, value *Value) {
	s.tree.assigned = append(s.tree.assigned, assignment{s, name, value})
}

// Call notes a call of a value at a place, which is whatever number the analyser finds a position by. The argument is the
// first one if that is a string, which hasArgument reports.
func (t *Tree) Call(callee *Value, place int, argument string, hasArgument bool) {
	if callee != nil {
		t.calls = append(t.calls, found{callee, place, argument, hasArgument})
	}
}

// Mention notes that a name stands at a place. That of an event's payload counts as a call of it: scripts read it and call nothing.
func (t *Tree) Mention(name string, value *Value, place int) {
	if name == "event" || name == "events" {
		t.Call(value, place, "", false)
	}
}

// Calls returns the calls that were noted and can only be of one global, by their places. Position finds a place in the
// source. It is false for places in code that is not the user's.
func (t *Tree) Calls(position func(place int) (engine.Position, bool)) []Call {
	t.Settle()
	var list []Call
	for _, f := range t.calls {
		is := t.resolve(f.callee, 0)
		if is.path == "" || is.path == t.loader {
			continue
		}
		if at, ok := position(f.place); ok {
			list = append(list, Call{Position: at, Name: is.path, Argument: f.argument, HasArgument: f.hasArgument})
		}
	}
	slices.SortStableFunc(list, func(a, b Call) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return list
}
