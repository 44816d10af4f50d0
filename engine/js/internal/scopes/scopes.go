// Package scopes finds the calls of globals in a syntax tree of JavaScript.
package scopes

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/calls"
)

// maxDepth bounds how far the walk descends, far below what Go's stack bears. What is deeper is not looked at.
const maxDepth = 50_000

// Calls returns the calls of globals. Position finds an index of the tree in the user's source; it is false for the
// bundler's own code.
func (s *Source) Calls(position func(file.Idx) (engine.Position, bool)) []calls.Call {
	return s.walker.tree.Calls(func(place int) (engine.Position, bool) { return position(file.Idx(place)) })
}

// Source is what the tree of a bundle says.
type Source struct{ walker *walker }

// Read reads the tree of a bundle that esbuild made. Loader is the parameter of the function around the bundle that
// gives a host module by its name. Of statements of the bundle for which foreign is true only the names that they
// declare are read; nil is none.
func Read(program *ast.Program, modules []string, loader string, foreign func(ast.Statement) bool) *Source {
	tree := calls.NewTree(modules, loader, "globalThis")
	w := &walker{tree: tree, loader: loader, foreign: foreign, added: map[string]bool{}, methods: map[string]bool{}}
	w.block = tree.Scope()
	w.function = w.block
	w.statements(program.Body)
	return &Source{w}
}

type walker struct {
	tree    *calls.Tree
	loader  string
	foreign func(ast.Statement) bool
	// packages is set if there are foreign statements.
	packages bool
	// block is the innermost scope, and function the one that var declares in.
	block, function *calls.Scope
	depth           int

	uses []use
	// receiver is the object of the member that was visited last, bases are those of the optional chain around, and
	// waited is the expression that is being waited for.
	receiver *calls.Value
	bases    []*calls.Value
	waited   ast.Expression
	// results are what the innermost function gives.
	results []*calls.Value
	// maps is set if there are calls of methods named map.
	maps bool
	// changed are the values that members are assigned of. Added are those of prototypes, and methods those of classes
	// and objects.
	changed        []*calls.Value
	extended       bool // a promise is among them
	added, methods map[string]bool
}

// enter reports whether a node may be visited. Each call that returns true needs a leave.
func (w *walker) enter() bool {
	if w.depth == maxDepth {
		return false
	}
	w.depth++
	return true
}

func (w *walker) leave() { w.depth-- }

// within visits something in a block of its own.
func (w *walker) within(visit func()) {
	outer := w.block
	w.block = outer.Inner()
	visit()
	w.block = outer
}

// body visits something in a function's scope of its own.
func (w *walker) body(visit func()) {
	block, function := w.block, w.function
	w.block = block.Inner()
	w.function = w.block
	visit()
	w.block, w.function = block, function
}

func (w *walker) lexical(name string) *calls.Variable  { return w.block.Own(name) }
func (w *walker) variable(name string) *calls.Variable { return w.function.Own(name) }

// bind gives a value to the names of a pattern. Declare finds the variable of a name that is declared; nil assigns to names
// that may be declared elsewhere.
func (w *walker) bind(target ast.Expression, value *calls.Value, declare func(name string) *calls.Variable) {
	if target == nil || !w.enter() {
		return
	}
	defer w.leave()
	switch n := target.(type) {
	case *ast.Identifier:
		if name := n.Name.String(); declare != nil {
			declare(name).Assign(value)
		} else {
			w.block.Assign(name, value)
		}
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			w.bindProperty(p, value, declare)
		}
		w.bind(n.Rest, nil, declare)
	case *ast.ArrayPattern:
		for _, element := range n.Elements {
			w.bind(element, nil, declare)
		}
		w.bind(n.Rest, nil, declare)
	case *ast.AssignExpression: // with a default
		w.bind(n.Left, calls.Either(value, w.value(n.Right)), declare)
	case *ast.DotExpression:
		w.assignMember(n, value)
	case *ast.BracketExpression:
		w.change(w.value(n.Left))
		w.used(asOperand, n.Member)
	default:
		w.value(target)
	}
}

// bindProperty gives a member of a value to a part of an object pattern.
func (w *walker) bindProperty(p ast.Property, value *calls.Value, declare func(name string) *calls.Variable) {
	switch p := p.(type) {
	case *ast.PropertyShort:
		member := value.Member(p.Name.Name.String())
		if p.Initializer != nil {
			member = calls.Either(member, w.value(p.Initializer))
		}
		w.bind(&p.Name, member, declare)
	case *ast.PropertyKeyed:
		if p.Computed {
			w.value(p.Key)
		}
		w.bind(p.Value, member(value, p.Key), declare)
	default:
		w.value(p)
	}
}

// assignMember notes an assignment to a member of globalThis, which is one to a global.
func (w *walker) assignMember(n *ast.DotExpression, value *calls.Value) {
	if of, ok := n.Left.(*ast.Identifier); ok && of.Name == "globalThis" {
		w.tree.Global(n.Identifier.Name.String()).Assign(value)
		return
	}
	w.methods[n.Identifier.Name.String()] = true
	if prototype, ok := n.Left.(*ast.DotExpression); ok && prototype.Identifier.Name == "prototype" {
		w.added[n.Identifier.Name.String()] = true
	}
	w.change(w.value(n.Left))
}

// change notes a value that is given members.
func (w *walker) change(value *calls.Value) {
	if value != nil {
		w.changed = append(w.changed, value)
	}
}

// member is the member of a value that an expression names.
func member(of *calls.Value, key ast.Expression) *calls.Value {
	if name, ok := text(key); ok && isName(name) {
		return of.Member(name)
	}
	return nil
}

// text is the value of a string without parts.
func text(n ast.Expression) (string, bool) {
	switch n := n.(type) {
	case *ast.StringLiteral:
		return n.Value.String(), true
	case *ast.TemplateLiteral:
		if n.Tag == nil && len(n.Expressions) == 0 && len(n.Elements) == 1 && n.Elements[0].Valid {
			return n.Elements[0].Parsed.String(), true
		}
	}
	return "", false
}

// isName reports whether a member can stand in a dotted path.
func isName(s string) bool {
	for i, r := range s {
		switch {
		case r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80:
		case i > 0 && r >= '0' && r <= '9':
		default:
			return false
		}
	}
	return s != ""
}
