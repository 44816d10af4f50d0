package rewrite

import (
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	keyword "github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// Site is what a call of a host function gives at a place of an entry.
type Site uint8

// The kinds of sites.
const (
	// GivesValue is the place of a call that waits for its result.
	GivesValue Site = iota
	// GivesDirect is one whose promise the entry awaits. A built-in function that is called there and calls the host gets the result.
	GivesDirect
	// GivesPromise is one that is meant to give a promise.
	GivesPromise
)

// Run is an entry made ready to run.
type Run struct {
	// Sites are the calls of the entry, by the places of their parentheses in the tree.
	Sites map[file.Idx]Site
	// Declared are names that exist, undefined, before the entry runs.
	Declared []string
	// Created are names that did not exist before the entry assigned them.
	Created []string
	// Kept are the names of the top level that stand for promises as long as the entry runs.
	Kept []string
}

// Refusal tells what an entry cannot do, at a place of what was entered.
type Refusal struct {
	Offset        int
	Message, Hint string
}

// Prepare changes an entry's tree for a run: calls are awaited where await can stand, and the declarations of the top level become
// assignments to members of EntryConst and EntryLet. All other calls give values because the host waits.
func (e *Entry) Prepare(h *Host) (*Run, *Refusal) {
	u := look(e, h)
	if len(u.returns) > 0 {
		return nil, &Refusal{e.Original(e.offset(u.returns[0])), "return stands outside of a function", "an entry's value is that of its last expression"}
	}
	if refusal := u.undecided(); refusal != nil {
		return nil, refusal
	}
	r := &runner{Entry: e, Host: h, run: &Run{Sites: make(map[file.Idx]Site, len(u.calls))}}
	for _, c := range u.calls {
		r.call(c)
	}
	for _, f := range u.functions {
		if f.made {
			switch n := f.node.(type) {
			case *ast.FunctionLiteral:
				n.Async = true
			case *ast.ArrowFunctionLiteral:
				n.Async = true
			}
		}
	}
	e.topNames(func(name string) {
		if u.kept[name] {
			r.run.Kept = append(r.run.Kept, name)
		}
	})
	for _, a := range u.assigned {
		if u.kept[a.name] {
			r.run.Kept = append(r.run.Kept, a.name)
		}
	}
	r.globals()
	r.run.Created = u.created(h, nil)
	return r.run, nil
}

// undecided finds an async function where a promise would be taken for true.
func (u *usage) undecided() *Refusal {
	for _, f := range u.functions {
		if f.given == nil || !f.async || !decides(f.given.CallExpression) || f.node == nil {
			continue
		}
		name, hint := methodName(f.given.CallExpression), "leave async away: calls wait for their results here"
		return &Refusal{u.entry.Original(u.entry.offset(f.at)), name + " takes the promise of an async function for its result", hint}
	}
	return nil
}

// runner changes a tree.
type runner struct {
	*Entry
	*Host
	run *Run
}

func (r *runner) call(c *call) {
	if _, ok := c.Callee.(*ast.SuperExpression); ok {
		return
	}
	path := DottedPath(c.Callee)
	host, known := r.hostFunction(path)
	gives, sync := known && host != nil && !host.Sync, r.isSync(c.Callee, path)
	site := GivesValue
	switch {
	case c.use == promise:
		site = GivesPromise
	case c.in == nil || c.in.async || c.in.made:
		if sync && !makesElements(c.CallExpression) {
			break
		}
		site = GivesDirect
		var awaited ast.Expression = c.CallExpression
		if !gives && !c.optional { // a call inside an optional chain must be a link of it
			awaited = callOf(EntrySettle, c.LeftParenthesis, awaited)
		}
		*c.slot = &ast.AwaitExpression{Await: c.LeftParenthesis, Argument: awaited}
	case (c.use == now || c.use == object) && !c.optional && !known && !sync && !isThen(c.CallExpression):
		*c.slot = callOf(EntryValue, c.LeftParenthesis, c.CallExpression, text(calleeText(c.Callee), c.LeftParenthesis))
	}
	r.run.Sites[c.LeftParenthesis] = site
	if decides(c.CallExpression) {
		for _, slot := range c.functions {
			if f, known := r.hostFunction(DottedPath(*slot)); !known || f == nil {
				at := (*slot).Idx0()
				*slot = callOf(EntrySync, at, *slot, text(methodName(c.CallExpression), at))
			}
		}
	}
}

// calleeText is how messages name what a call calls.
func calleeText(callee ast.Expression) string {
	switch n := callee.(type) {
	case *ast.Identifier:
		return n.Name.String()
	case *ast.DotExpression:
		if path := DottedPath(n); path != nil {
			return joined(path)
		}
		return n.Identifier.Name.String()
	}
	return "the function"
}

func joined(path []string) string {
	text := path[0]
	for _, name := range path[1:] {
		text += "." + name
	}
	return text
}

// What the nodes that come into a tree are made of.

func identifier(name string, at file.Idx) *ast.Identifier {
	return &ast.Identifier{Name: unistring.NewFromString(name), Idx: at}
}

func callOf(function string, at file.Idx, arguments ...ast.Expression) ast.Expression {
	return &ast.CallExpression{Callee: identifier(function, at), LeftParenthesis: at, ArgumentList: arguments, RightParenthesis: at}
}

func text(value string, at file.Idx) ast.Expression {
	return &ast.StringLiteral{Idx: at, Literal: strconv.Quote(value), Value: unistring.NewFromString(value)}
}

// memberOf is a name as a member of a parameter of the function around an entry.
func memberOf(parameter string, name *ast.Identifier) ast.Expression {
	return &ast.DotExpression{Left: identifier(parameter, name.Idx), Identifier: *name}
}

// namedBy gives a function or class without a name the name of a variable, as a declaration does: {f: () => 1}.f
func namedBy(name *ast.Identifier, value ast.Expression) ast.Expression {
	if !Nameless(value) {
		return value
	}
	at := name.Idx
	return &ast.DotExpression{
		Left: &ast.ObjectLiteral{LeftBrace: at, RightBrace: at, Value: []ast.Property{&ast.PropertyKeyed{
			Key: &ast.StringLiteral{Idx: at, Value: name.Name}, Kind: ast.PropertyKindValue, Value: value,
		}}},
		Identifier: *name,
	}
}

// Nameless reports whether an expression takes its name from the variable that it is assigned to.
func Nameless(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		return n.Name == nil
	case *ast.ClassLiteral:
		return n.Name == nil
	case *ast.ArrowFunctionLiteral:
		return true
	}
	return false
}

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
