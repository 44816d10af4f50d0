package rewrite

import (
	"slices"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
)

// Use is how the value of an expression is used.
type use uint8

const (
	anyhow  use = iota // it is passed on, or dropped
	now                // it is looked at: tested, an operand, walked
	object             // something is accessed in it, or it is called
	promise            // it is meant to be a promise
)

// call is a call in an entry.
type call struct {
	*ast.CallExpression
	// slot is where the tree holds the call.
	slot *ast.Expression
	use  use
	in   *function // or nil at the top level
	// optional is set in an optional chain.
	optional bool
	// after is set if something shared was read before that is used with the result, and updates is what is assigned then.
	after   bool
	updates string
	// functions are the arguments that may be functions, but literals.
	functions []*ast.Expression
	// waits and all belong to a script: the call is awaited, and so are the elements of the array that it gives.
	waits, all bool
}

// function is a function in an entry, or something else that runs in the way of one.
type function struct {
	node ast.Node // or nil
	name string
	// async is set for one that was written so, made for one that becomes so when the entry runs.
	async, made bool
	// obstacle tells why it cannot be async: "a getter".
	obstacle string
	// at is where it begins.
	at file.Idx
	// given is the call that it is an argument of, or nil.
	given *call
	// names are those that it declares, and outer is the function around it.
	names map[string]bool
	outer *function
	// needs belongs to a script: it has to become async.
	needs bool
}

// variable is a name that a function declares, by where that begins, or the top level.
type variable struct {
	name string
	in   file.Idx
}

// variable is what a name stands for at the walk's place.
func (u *usage) variable(name string) variable {
	for f := u.in; f != nil; f = f.outer {
		if f.names[name] {
			return variable{name, f.at}
		}
	}
	return variable{name: name}
}

// loop is a for-of loop.
type loop struct {
	*ast.ForOfStatement
	in *function
}

// assigned is a name that the top level assigns to. Whole is the assignment if that is a statement of the top level.
type assigned struct {
	name  string
	whole *ast.AssignExpression
	start int
}

// walkedBy is an expression that is iterated over.
type walkedBy struct {
	slot *ast.Expression
	in   *function
}

// passing is a function's path that is an argument of a call.
type passing struct {
	path []string
	to   *call
}

// usage is what a walk over an entry finds.
type usage struct {
	entry *Entry
	host  *Host
	calls []*call
	// functions are in the order in which they begin.
	functions []*function
	loops     []*loop
	passed    []passing
	assigned  []assigned
	returns   []file.Idx // of the top level
	// kept are the names of variables that stand for promises, because they are awaited, have then, or are given to Promise.all.
	kept map[variable]bool
	// declared are the names that functions declare, by where these begin.
	declared map[file.Idx]map[string]bool
	// walked are the expressions that are iterated over elsewhere than in a loop: by ... and patterns.
	walked []walkedBy
	// starts are the offsets at which statements in lists start.
	starts map[int]bool
	// bound are the names that the top level declares, and shadowed those that anything declares.
	bound, shadowed map[string]bool
	// blocks are the names that the blocks of the top level around the place declare.
	blocks []map[string]bool

	// What follows is the walk's place.
	in    *function
	ret   use   // of what the function returns
	given *call // the call whose arguments are walked
	name  string
	chain int // optional chains around
	depth int // blocks of the top level around
	made  func(name string) bool
}

// look walks an entry.
func look(e *Entry, h *Host) *usage {
	// What functions declare is known after a walk, and then which names are kept.
	declared := make(map[file.Idx]map[string]bool)
	kept := newUsage(e, h, make(map[variable]bool), declared).kept
	if len(kept) > 0 {
		kept = newUsage(e, h, make(map[variable]bool), declared).kept
	}
	u := newUsage(e, h, kept, declared)
	h.shadowed = u.shadowed
	return u
}

func newUsage(e *Entry, h *Host, kept map[variable]bool, declared map[file.Idx]map[string]bool) *usage {
	u := &usage{
		entry: e, host: h, kept: kept, declared: declared, made: h.Made,
		starts: make(map[int]bool), bound: make(map[string]bool), shadowed: make(map[string]bool),
	}
	e.topNames(u.bind)
	for _, v := range e.variables {
		bindingNames(v.List, u.bind)
	}
	u.statements(e.Body)
	return u
}

// bind notes a name that is declared.
func (u *usage) bind(name string) {
	u.shadowed[name] = true
	switch inner := len(u.blocks) - 1; {
	case u.in != nil:
		if u.in.names == nil {
			u.in.names = make(map[string]bool)
			u.declared[u.in.at] = u.in.names
		}
		u.in.names[name] = true
	case inner >= 0:
		u.blocks[inner][name] = true
	default:
		u.bound[name] = true
	}
}

// scoped walks a block of the top level with names of its own.
func (u *usage) scoped(walk func()) {
	u.blocks = append(u.blocks, make(map[string]bool))
	walk()
	u.blocks = u.blocks[:len(u.blocks)-1]
}

// inside walks a function.
func (u *usage) inside(f *function, returned use, walk func()) {
	in, ret, given, name, chain := u.in, u.ret, u.given, u.name, u.chain
	f.given, f.outer, f.names = given, in, u.declared[f.at]
	if f.name == "" {
		f.name = name
	}
	u.functions = append(u.functions, f)
	u.in, u.ret, u.given, u.name, u.chain = f, returned, nil, "", 0
	walk()
	u.in, u.ret, u.given, u.name, u.chain = in, ret, given, name, chain
}

func (u *usage) function(f *ast.FunctionLiteral, info *function, returned use) {
	info.node, info.async = f, f.Async
	if info.at == 0 {
		info.at = f.Function
	}
	if f.Generator && !u.awaits() {
		info.obstacle = "a generator"
	}
	if f.Name != nil {
		info.name = f.Name.Name.String()
	}
	u.inside(info, returned, func() {
		u.parameters(f.ParameterList)
		u.statements(f.Body.List)
	})
}

// awaits reports whether await can stand in a generator that is an argument: esbuild makes async generators of such.
func (u *usage) awaits() bool {
	if u.given == nil {
		return false
	}
	path := DottedPath(u.given.Callee)
	return len(path) == 1 && (path[0] == "__asyncGenerator" || path[0] == "__async") && u.made(path[0])
}

func (u *usage) arrow(f *ast.ArrowFunctionLiteral, info *function, returned use) {
	info.node, info.at, info.async = f, f.Start, f.Async
	u.inside(info, returned, func() {
		u.parameters(f.ParameterList)
		switch body := f.Body.(type) {
		case *ast.BlockStatement:
			u.statements(body.List)
		case *ast.ExpressionBody:
			u.expression(&body.Expression, u.ret)
		}
	})
}

func (u *usage) parameters(list *ast.ParameterList) {
	u.apart("the default value of a parameter", list.Opening, func() {
		for _, b := range list.List {
			u.binding(b)
		}
		u.pattern(&list.Rest, false)
	})
}

// apart walks what runs like a function of its own that cannot be async.
func (u *usage) apart(obstacle string, at file.Idx, walk func()) {
	saved := u.given
	u.given = nil
	u.inside(&function{obstacle: obstacle, at: at}, anyhow, walk)
	u.given = saved
}

func (u *usage) class(n *ast.ClassLiteral) {
	u.expression(&n.SuperClass, now)
	for _, element := range n.Body {
		switch e := element.(type) {
		case *ast.FieldDefinition:
			if e.Computed {
				u.expression(&e.Key, now)
			}
			if e.Initializer != nil {
				u.apart("a field of a class", e.Idx, func() { u.expression(&e.Initializer, anyhow) })
			}
		case *ast.MethodDefinition:
			if e.Computed {
				u.expression(&e.Key, now)
			}
			u.method(e.Key, e.Kind, e.Body, e.Idx)
		case *ast.ClassStaticBlock:
			u.apart("a static block", e.Static, func() { u.statements(e.Block.List) })
		}
	}
}

// method walks a method or an accessor.
func (u *usage) method(key ast.Expression, kind ast.PropertyKind, f *ast.FunctionLiteral, at file.Idx) {
	info := &function{at: at, name: keyText(key)}
	switch {
	case kind != ast.PropertyKindMethod:
		info.obstacle = "a getter or setter"
	case info.name == "constructor":
		info.obstacle = "a constructor"
	case info.name == "toString", info.name == "toJSON", info.name == "valueOf":
		info.obstacle = "a method that the language calls"
	}
	u.function(f, info, anyhow)
}

func keyText(key ast.Expression) string {
	if text, ok := key.(*ast.StringLiteral); ok {
		return text.Value.String()
	}
	return ""
}

func (u *usage) binding(b *ast.Binding) {
	use := anyhow
	name, ok := b.Target.(*ast.Identifier)
	if ok {
		u.bind(name.Name.String())
	}
	switch {
	case ok && u.kept[u.variable(name.Name.String())]:
		use = promise
	case !ok:
		use = now
		target := ast.Expression(b.Target)
		u.pattern(&target, true)
		if _, array := b.Target.(*ast.ArrayPattern); array && b.Initializer != nil {
			u.walked = append(u.walked, walkedBy{&b.Initializer, u.in})
		}
	}
	if ok {
		u.name = name.Name.String()
	}
	u.expression(&b.Initializer, use)
	u.name = ""
}

// pattern walks what is assigned to, or with declares the names of a declaration.
func (u *usage) pattern(slot *ast.Expression, declares bool) {
	switch n := (*slot).(type) {
	case nil:
	case *ast.Identifier:
		u.target(n, declares)
	case *ast.AssignExpression:
		u.pattern(&n.Left, declares)
		u.expression(&n.Right, anyhow)
	case *ast.Binding:
		target := ast.Expression(n.Target)
		u.pattern(&target, declares)
		u.expression(&n.Initializer, anyhow)
	case *ast.ArrayPattern:
		for i := range n.Elements {
			u.pattern(&n.Elements[i], declares)
		}
		u.pattern(&n.Rest, declares)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				u.target(&p.Name, declares)
				u.expression(&p.Initializer, anyhow)
			case *ast.PropertyKeyed:
				if p.Computed {
					u.expression(&p.Key, now)
				}
				u.pattern(&p.Value, declares)
			}
		}
		u.pattern(&n.Rest, declares)
	case *ast.SpreadElement:
		u.pattern(&n.Expression, declares)
	default:
		u.expression(slot, anyhow)
	}
}

// target notes a name that is declared or assigned to.
func (u *usage) target(n *ast.Identifier, declares bool) {
	name := n.Name.String()
	switch {
	case declares:
		u.bind(name)
	case u.in == nil && !slices.ContainsFunc(u.blocks, func(names map[string]bool) bool { return names[name] }):
		u.assigned = append(u.assigned, assigned{name: name})
	}
}
