package scopes

import (
	"github.com/yuin/gopher-lua/ast"

	"github.com/crisphost/crisphost/internal/calls"
)

type walker struct {
	tree  *calls.Tree
	names names
	scope *calls.Scope
	depth int
}

// within visits something in a scope of its own.
func (w *walker) within(visit func()) {
	outer := w.scope
	w.scope = outer.Inner()
	visit()
	w.scope = outer
}

// declare adds a local variable.
func (w *walker) declare(name string, value *calls.Value) {
	name, _ = w.names.of(name)
	w.scope.Declare(name).Assign(value)
}

func (w *walker) stmts(list []ast.Stmt) {
	for _, st := range list {
		if w.depth < maxDepth {
			w.depth++
			w.stmt(st)
			w.depth--
		}
	}
}

func (w *walker) block(list []ast.Stmt) { w.within(func() { w.stmts(list) }) }

func (w *walker) stmt(st ast.Stmt) {
	switch st := st.(type) {
	case *ast.AssignStmt:
		values := w.list(st.Rhs, len(st.Lhs))
		for i, target := range st.Lhs {
			w.assign(target, values[i])
		}
	case *ast.LocalAssignStmt:
		w.local(st)
	case *ast.FuncCallStmt:
		w.value(st.Expr)
	case *ast.DoBlockStmt:
		w.block(st.Stmts)
	case *ast.WhileStmt:
		w.value(st.Condition)
		w.block(st.Stmts)
	case *ast.RepeatStmt:
		w.within(func() { // whose names its condition sees
			w.stmts(st.Stmts)
			w.value(st.Condition)
		})
	case *ast.IfStmt:
		w.value(st.Condition)
		w.block(st.Then)
		w.block(st.Else)
	case *ast.NumberForStmt:
		w.value(st.Init)
		w.value(st.Limit)
		w.value(st.Step)
		w.loop([]string{st.Name}, st.Stmts)
	case *ast.GenericForStmt:
		w.values(st.Exprs)
		w.loop(st.Names, st.Stmts)
	case *ast.FuncDefStmt:
		w.definition(st)
	case *ast.ReturnStmt:
		w.values(st.Exprs)
	}
}

// local visits local a, b = ... and local function, which the parser takes for the same. A function sees its own name then.
func (w *walker) local(st *ast.LocalAssignStmt) {
	if len(st.Names) == 1 && len(st.Exprs) == 1 {
		if f, ok := st.Exprs[0].(*ast.FunctionExpr); ok {
			w.declare(st.Names[0], nil)
			w.function(f, false)
			return
		}
	}
	values := w.list(st.Exprs, len(st.Names))
	for i, name := range st.Names {
		w.declare(name, values[i])
	}
}

func (w *walker) loop(names []string, body []ast.Stmt) {
	w.within(func() {
		for _, name := range names {
			w.declare(name, nil)
		}
		w.block(body)
	})
}

// definition visits function a.b:c() ... end.
func (w *walker) definition(st *ast.FuncDefStmt) {
	if st.Name.Func != nil {
		w.assign(st.Name.Func, nil)
	}
	w.value(st.Name.Receiver)
	w.function(st.Func, st.Name.Receiver != nil)
}

func (w *walker) function(f *ast.FunctionExpr, method bool) {
	w.within(func() {
		if method {
			w.declare("self", nil)
		}
		for _, name := range f.ParList.Names {
			w.declare(name, nil)
		}
		w.stmts(f.Stmts)
	})
}

// assign notes an assignment to a name or to a member of _G, which is one to a global.
func (w *walker) assign(target ast.Expr, value *calls.Value) {
	switch n := target.(type) {
	case *ast.IdentExpr:
		name, _ := w.names.of(n.Value)
		w.scope.Find(name).Assign(value)
	case *ast.AttrGetExpr:
		w.value(n)
		key, isText := n.Key.(*ast.StringExpr)
		of, isName := n.Object.(*ast.IdentExpr)
		if !isText || !isName {
			return
		}
		if name, _ := w.names.of(of.Value); name == "_G" {
			member, _ := w.names.of(key.Value)
			w.tree.Global(member).Assign(value)
		}
	}
}

// list visits the expressions on the right of an assignment to n names, and returns the value of each.
func (w *walker) list(exprs []ast.Expr, n int) []*calls.Value {
	values := make([]*calls.Value, max(n, len(exprs)))
	for i, e := range exprs {
		values[i] = w.value(e)
	}
	open := false // whether the last one may give more values
	if len(exprs) > 0 {
		switch exprs[len(exprs)-1].(type) {
		case *ast.FuncCallExpr, *ast.Comma3Expr:
			open = true
		}
	}
	for i := len(exprs); i < n && !open; i++ {
		values[i] = calls.Nothing()
	}
	return values
}

func (w *walker) values(exprs []ast.Expr) {
	for _, e := range exprs {
		w.value(e)
	}
}

// value visits an expression and returns what it may be.
func (w *walker) value(e ast.Expr) *calls.Value {
	value, _ := w.expr(e)
	return value
}

// expr is value with the token of the first name in the expression, or -1.
func (w *walker) expr(e ast.Expr) (value *calls.Value, first int) {
	if e == nil || w.depth == maxDepth {
		return nil, -1
	}
	w.depth++
	defer func() { w.depth-- }()
	switch n := e.(type) {
	case *ast.IdentExpr:
		name, token := w.names.of(n.Value)
		value := calls.Of(w.scope.Find(name))
		w.tree.Mention(name, value, token)
		return value, token
	case *ast.AttrGetExpr:
		value, first = w.expr(n.Object)
		if key, ok := n.Key.(*ast.StringExpr); ok {
			return w.member(value, key.Value), first
		}
		w.value(n.Key)
		return nil, first
	case *ast.FuncCallExpr:
		return w.call(n)
	case *ast.LogicalOpExpr:
		left, first := w.expr(n.Lhs)
		right, second := w.expr(n.Rhs)
		if first < 0 {
			first = second
		}
		if n.Operator == "and" { // a left side that is false has no members to call
			return right, first
		}
		return calls.Either(left, right), first
	case *ast.NilExpr:
		return calls.Nothing(), -1
	case *ast.FunctionExpr:
		w.function(n, false)
	case *ast.TableExpr:
		for _, field := range n.Fields {
			w.value(field.Key)
			w.value(field.Value)
		}
	case *ast.RelationalOpExpr:
		w.value(n.Lhs)
		w.value(n.Rhs)
	case *ast.StringConcatOpExpr:
		w.value(n.Lhs)
		w.value(n.Rhs)
	case *ast.ArithmeticOpExpr:
		w.value(n.Lhs)
		w.value(n.Rhs)
	case *ast.UnaryMinusOpExpr:
		w.value(n.Expr)
	case *ast.UnaryNotOpExpr:
		w.value(n.Expr)
	case *ast.UnaryLenOpExpr:
		w.value(n.Expr)
	}
	return nil, -1
}

// member is a member by its name in the tree.
func (w *walker) member(of *calls.Value, key string) *calls.Value {
	name, token := w.names.of(key)
	if token < 0 && !isName(name) {
		return nil
	}
	return of.Member(name)
}

func (w *walker) call(n *ast.FuncCallExpr) (*calls.Value, int) {
	var callee *calls.Value
	var first int
	if n.Func != nil {
		callee, first = w.expr(n.Func)
	} else {
		callee, first = w.expr(n.Receiver)
		callee = w.member(callee, n.Method)
	}
	w.values(n.Args)
	argument, ok := "", false
	if len(n.Args) > 0 && n.Func != nil {
		var text *ast.StringExpr
		if text, ok = n.Args[0].(*ast.StringExpr); ok {
			argument = text.Value
		}
	}
	w.tree.Call(callee, first, argument, ok)
	return callee.Result(argument, 0), first
}

// isName reports whether a member can stand in a dotted path.
func isName(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
		case i > 0 && c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return s != ""
}
