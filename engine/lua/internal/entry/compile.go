// Package entry reads what is typed into a shell: a text whose last expression is its value, and whose locals are global.
package entry

import (
	"errors"
	"sync"
	"unicode/utf8"

	"github.com/yuin/gopher-lua/ast"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// Compile translates an entry. Its last expression is its value, with or without return, and its locals are global.
// With marked set, its values come after a nil.
func Compile(name, code string) (c *syntax.Chunk, marked bool, err error) {
	defer panics.Recover(name, panics.Compiling, &err)
	bare := bareEntry(code)
	text, found := withReturn(bare)
	c, err = compileEntry(name, text, found != nil)
	if err != nil {
		if found != nil {
			withoutReturn(err, bare, found.start)
		} else {
			err = laterMistake(err, name, bare)
		}
		if e, ok := errors.AsType[*engine.Error](err); ok {
			e.SourceLine = sourceline.At([]byte(code), e.Line)
		}
		return nil, false, err
	}
	c.Code = []byte(code) // what errors show
	c.Tokens = sync.OnceValue(func() []ast.Token {
		list, _ := syntax.Tokens(prelude(code))
		return list
	})
	return c, found != nil, nil
}

// compileEntry compiles an entry's text. With marked set its last statement is a return that this package has made, whose values come
// after a nil: with one before it, a call is no tail call, which would be missing in traces.
func compileEntry(name, text string, marked bool) (*syntax.Chunk, error) {
	return syntax.CompileChanged(name, []byte(text), func(stmts []ast.Stmt) {
		for i, st := range stmts {
			stmts[i] = globalized(st)
		}
		if !marked {
			return
		}
		if last, ok := stmts[len(stmts)-1].(*ast.ReturnStmt); ok {
			mark := &ast.NilExpr{}
			mark.SetLine(last.Line())
			last.Exprs = append([]ast.Expr{mark}, last.Exprs...)
		}
	})
}

// laterMistake is what is wrong with an entry: of its mistakes as statements and as an expression the one that comes later, which
// tells what it was meant to be.
func laterMistake(err error, name, code string) error {
	var asStatements, asExpression *engine.Error
	_, other := compileEntry(name, returnWord+code, false)
	if !errors.As(err, &asStatements) || !errors.As(other, &asExpression) {
		return err
	}
	withoutReturn(other, code, 0)
	if asExpression.Line < asStatements.Line || asExpression.Line == asStatements.Line && asExpression.Column <= asStatements.Column {
		return err
	}
	return asExpression
}

const returnWord = "return "

// withoutReturn moves a mistake to its place in an entry before return was put at an offset.
func withoutReturn(err error, code string, start int) {
	var e *engine.Error
	if !errors.As(err, &e) {
		return
	}
	starts := syntax.LineStarts([]byte(code[:start]))
	column := 1 + utf8.RuneCountInString(code[starts[len(starts)-1]:start])
	if e.Line == len(starts) && e.Column > column {
		e.Column = max(column, e.Column-len(returnWord))
	}
}

// globalized is a statement of the top level with global variables in the place of locals.
func globalized(st ast.Stmt) ast.Stmt {
	local, ok := st.(*ast.LocalAssignStmt)
	if !ok {
		return st
	}
	assign := &ast.AssignStmt{Rhs: local.Exprs}
	assign.SetLine(local.Line())
	assign.SetLastLine(local.LastLine())
	for _, name := range local.Names {
		id := &ast.IdentExpr{Value: name}
		id.SetLine(local.Line())
		id.SetLastLine(local.Line())
		assign.Lhs = append(assign.Lhs, id)
	}
	if len(assign.Rhs) == 0 {
		assign.Rhs = []ast.Expr{&ast.NilExpr{}}
		assign.Rhs[0].SetLine(local.Line())
	}
	return assign
}
