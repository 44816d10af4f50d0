package syntax

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
)

// This file changes what gopher-lua's compiler gets wrong into what it gets right.

// completeFor gives a loop its iterator, state and first value. gopher-lua counts the names of a loop in place of these three, and leaves
// what the text does not give to what its registers held.
func completeFor(st *ast.GenericForStmt) {
	last := st.Exprs[len(st.Exprs)-1]
	if returnsMany(last) {
		for len(st.Names) < len(st.Exprs) {
			st.Names = append(st.Names, "(for unnamed)")
		}
		return
	}
	for len(st.Exprs) < 3 {
		none := &ast.NilExpr{}
		none.SetLine(last.Line())
		st.Exprs = append(st.Exprs, none)
	}
}

func returnsMany(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.FuncCallExpr:
		return !e.AdjustRet
	case *ast.Comma3Expr:
		return !e.AdjustRet
	}
	return false
}

// completeTable keeps gopher-lua from taking the value of a last field with a name, where it is a call, for the end of the list.
func completeTable(table *ast.TableExpr) {
	if len(table.Fields) == 0 {
		return
	}
	last := table.Fields[len(table.Fields)-1]
	if last.Key == nil {
		return
	}
	switch e := last.Value.(type) {
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
}

// atOnce is an assignment to several targets that sees none of them changed before all values are known. gopher-lua writes local
// variables one by one, so that a, b = b, a lost a value.
func atOnce(st *ast.AssignStmt) ast.Stmt {
	var names, places []int
	for i, target := range st.Lhs {
		if _, isName := target.(*ast.IdentExpr); isName {
			names = append(names, i)
		} else {
			places = append(places, i)
		}
	}
	if len(st.Lhs) < 2 || len(names) == 0 || len(places) == 0 && !anyComputed(st.Rhs) {
		return st
	}
	values := &ast.LocalAssignStmt{Exprs: st.Rhs}
	for i := range st.Lhs {
		values.Names = append(values.Names, fmt.Sprintf("(value %d)", i+1))
	}
	block := &ast.DoBlockStmt{Stmts: []ast.Stmt{values}}
	assign := func(targets ...int) {
		one := &ast.AssignStmt{}
		for _, i := range targets {
			value := &ast.IdentExpr{Value: values.Names[i]}
			value.SetLine(st.Lhs[i].Line())
			one.Lhs, one.Rhs = append(one.Lhs, st.Lhs[i]), append(one.Rhs, value)
		}
		block.Stmts = append(block.Stmts, one)
	}
	if len(places) > 0 { // first, since names may say where they are
		assign(places...)
	}
	for k := len(names) - 1; k >= 0; k-- { // from the right, as Lua 5.1 does
		assign(names[k])
	}
	for _, part := range append([]ast.Stmt{block}, block.Stmts...) {
		part.SetLine(st.Line())
		part.SetLastLine(st.LastLine())
	}
	return block
}

// anyComputed reports whether a value after the first may depend on a variable. gopher-lua keeps the results of a single call apart.
func anyComputed(exprs []ast.Expr) bool {
	for _, e := range exprs[min(1, len(exprs)):] {
		switch e.(type) {
		case *ast.NumberExpr, *ast.StringExpr, *ast.NilExpr, *ast.TrueExpr, *ast.FalseExpr:
		default:
			return true
		}
	}
	return false
}
