package rewrite

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	keyword "github.com/dop251/goja/token"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// globals makes assignments to properties of the global object of the declarations of the top level, and shows the entry's value.
func (r *runner) globals() {
	var hoisted, rest []ast.Statement
	for _, s := range r.Body {
		f, ok := s.(*ast.FunctionDeclaration)
		if !ok || r.Made(f.Function.Name.Name.String()) {
			rest = append(rest, s)
			continue
		}
		name := f.Function.Name
		f.Function.Name = nil // inside, too, it is the global one
		hoisted = append(hoisted, assign(memberOf(EntryLet, name), namedBy(name, f.Function)))
	}
	r.statements(rest, 0, true)
	r.around.Body.List = append(append(r.around.Body.List[:1:1], hoisted...), rest...)
	variables := r.around.DeclarationList[:0]
	for _, d := range r.around.DeclarationList {
		if r.madeUp(d.List) {
			variables = append(variables, d)
		}
	}
	r.around.DeclarationList = variables
}

func assign(left, right ast.Expression) ast.Statement {
	return &ast.ExpressionStatement{Expression: &ast.AssignExpression{Operator: keyword.ASSIGN, Left: left, Right: right}}
}

// statements changes a list of statements. The value of the last one is the entry's value if shown is set.
func (r *runner) statements(list []ast.Statement, depth int, shown bool) {
	last := len(list) - 1
	for last >= 0 {
		if _, empty := list[last].(*ast.EmptyStatement); !empty {
			break
		}
		last--
	}
	for i, s := range list {
		list[i] = r.statement(s, depth, shown && i == last)
	}
}

func (r *runner) statement(s ast.Statement, depth int, shown bool) ast.Statement {
	inner := func(s *ast.Statement, shown bool) {
		if *s != nil {
			*s = r.statement(*s, depth+1, shown)
		}
	}
	switch n := s.(type) {
	case *ast.ExpressionStatement:
		if _, assigns := n.Expression.(*ast.AssignExpression); shown && !assigns {
			n.Expression = r.show(n.Expression)
		}
	case *ast.VariableStatement:
		return r.declaration("var", n.List, n.Var)
	case *ast.LexicalDeclaration:
		if depth == 0 {
			return r.declaration(n.Token.String(), n.List, n.Idx)
		}
	case *ast.ClassDeclaration:
		if depth == 0 {
			return assign(memberOf(EntryLet, n.Class.Name), n.Class)
		}
	case *ast.BlockStatement:
		r.statements(n.List, depth+1, shown)
	case *ast.IfStatement:
		inner(&n.Consequent, shown)
		inner(&n.Alternate, shown)
	case *ast.TryStatement:
		r.statements(n.Body.List, depth+1, shown)
		if n.Catch != nil {
			r.statements(n.Catch.Body.List, depth+1, shown)
		}
		if n.Finally != nil {
			r.statements(n.Finally.List, depth+1, false)
		}
	case *ast.ForStatement:
		if head, ok := n.Initializer.(*ast.ForLoopInitializerVarDeclList); ok && !r.madeUp(head.List) {
			n.Initializer = nil
			if made := r.assignments("var", head.List, head.Var); made != nil {
				n.Initializer = &ast.ForLoopInitializerExpression{Expression: made}
			}
		}
		inner(&n.Body, false)
	case *ast.ForInStatement:
		n.Into = r.into(n.Into)
		inner(&n.Body, false)
	case *ast.ForOfStatement:
		n.Into = r.into(n.Into)
		inner(&n.Body, false)
	case *ast.LabelledStatement:
		inner(&n.Statement, false)
	case *ast.WhileStatement:
		inner(&n.Body, false)
	case *ast.DoWhileStatement:
		inner(&n.Body, false)
	case *ast.SwitchStatement:
		for _, c := range n.Body {
			r.statements(c.Consequent, depth+1, false)
		}
	}
	return s
}

// show makes an expression the entry's value. Promises in an array are awaited, too.
func (r *runner) show(n ast.Expression) ast.Expression {
	at := n.Idx0()
	if maySettle(n) {
		n = &ast.AwaitExpression{Await: at, Argument: callOf(EntrySettle, at, n)}
	}
	return callOf(syntax.ParamResult, at, n)
}

// maySettle reports whether an expression can be a promise or an array of promises.
func maySettle(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.CallExpression, *ast.Identifier, *ast.DotExpression, *ast.BracketExpression, *ast.OptionalChain, *ast.SequenceExpression, *ast.ArrayLiteral,
		*ast.ConditionalExpression, *ast.AwaitExpression, *ast.NewExpression, *ast.PrivateDotExpression:
		return true
	case *ast.BinaryExpression:
		switch n.Operator {
		case keyword.LOGICAL_AND, keyword.LOGICAL_OR, keyword.COALESCE:
			return true
		}
	}
	return false
}

// madeUp reports whether a declaration is esbuild's own.
func (r *runner) madeUp(list []*ast.Binding) bool {
	name, ok := list[0].Target.(*ast.Identifier)
	return ok && r.Made(name.Name.String())
}

func (r *runner) declaration(kind string, list []*ast.Binding, at file.Idx) ast.Statement {
	if r.madeUp(list) {
		return r.kept(kind, list, at)
	}
	made := r.assignments(kind, list, at)
	if made == nil {
		return &ast.EmptyStatement{Semicolon: at}
	}
	return &ast.ExpressionStatement{Expression: made}
}

// kept is a declaration that stays as it is.
func (r *runner) kept(kind string, list []*ast.Binding, at file.Idx) ast.Statement {
	switch kind {
	case "var":
		return &ast.VariableStatement{Var: at, List: list}
	case "const":
		return &ast.LexicalDeclaration{Idx: at, Token: keyword.CONST, List: list}
	}
	return &ast.LexicalDeclaration{Idx: at, Token: keyword.LET, List: list}
}

// assignments is what a declaration becomes, or nil.
func (r *runner) assignments(kind string, list []*ast.Binding, at file.Idx) ast.Expression {
	object := EntryLet
	if kind == "const" {
		object = EntryConst
	}
	sequence := &ast.SequenceExpression{}
	for _, b := range list {
		if kind == "var" {
			names(b.Target, func(name string) { r.run.Declared = append(r.run.Declared, name) })
		}
		value := b.Initializer
		if value == nil {
			if kind == "var" {
				continue // which leaves it as it is
			}
			value = &ast.UnaryExpression{Operator: keyword.VOID, Idx: at, Operand: &ast.NullLiteral{Idx: at, Literal: "null"}}
		}
		if name, ok := b.Target.(*ast.Identifier); ok {
			value = namedBy(name, value)
		}
		sequence.Sequence = append(sequence.Sequence, &ast.AssignExpression{Operator: keyword.ASSIGN, Left: globalTarget(b.Target, object), Right: value})
	}
	switch len(sequence.Sequence) {
	case 0:
		return nil
	case 1:
		return sequence.Sequence[0]
	}
	return sequence
}

// into makes the variable of a loop a global one where it is declared by var.
func (r *runner) into(n ast.ForInto) ast.ForInto {
	variable, ok := n.(*ast.ForIntoVar)
	if !ok || r.madeUp([]*ast.Binding{variable.Binding}) {
		return n
	}
	target := variable.Binding.Target
	names(target, func(name string) { r.run.Declared = append(r.run.Declared, name) })
	return &ast.ForIntoExpression{Expression: globalTarget(target, EntryLet)}
}

// globalTarget puts a parameter of the function around an entry before each name in a pattern.
func globalTarget(n ast.Expression, object string) ast.Expression {
	switch n := n.(type) {
	case *ast.Identifier:
		return memberOf(object, n)
	case *ast.AssignExpression:
		if name, ok := n.Left.(*ast.Identifier); ok {
			n.Right = namedBy(name, n.Right)
		}
		n.Left = globalTarget(n.Left, object)
	case *ast.Binding:
		value := n.Initializer
		if name, ok := n.Target.(*ast.Identifier); ok && value != nil {
			value = namedBy(name, value)
		}
		if value == nil {
			return globalTarget(n.Target, object)
		}
		return &ast.AssignExpression{Operator: keyword.ASSIGN, Left: globalTarget(n.Target, object), Right: value}
	case *ast.ArrayPattern:
		for i, e := range n.Elements {
			if e != nil {
				n.Elements[i] = globalTarget(e, object)
			}
		}
		if n.Rest != nil {
			n.Rest = globalTarget(n.Rest, object)
		}
	case *ast.ObjectPattern:
		for i, p := range n.Properties {
			n.Properties[i] = globalProperty(p, object)
		}
		if n.Rest != nil {
			n.Rest = globalTarget(n.Rest, object)
		}
	case *ast.SpreadElement:
		n.Expression = globalTarget(n.Expression, object)
	}
	return n
}

func globalProperty(p ast.Property, object string) ast.Property {
	switch p := p.(type) {
	case *ast.PropertyShort:
		name := p.Name
		value := memberOf(object, &name)
		if p.Initializer != nil {
			value = &ast.AssignExpression{Operator: keyword.ASSIGN, Left: value, Right: namedBy(&name, p.Initializer)}
		}
		return &ast.PropertyKeyed{Key: &ast.StringLiteral{Idx: name.Idx, Value: name.Name}, Kind: ast.PropertyKindValue, Value: value}
	case *ast.PropertyKeyed:
		p.Value = globalTarget(p.Value, object)
	}
	return p
}
