package syntax

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// maxTreeDepth bounds the nesting of a script. gopher-lua's compiler recurses over the tree, and running out of Go's stack
// cannot be recovered from. Long chains such as a .. b .. c nest too.
const maxTreeDepth = 4000

// Requirement is a require call whose name stands in the source.
type Requirement struct {
	Name string
	Line int
}

// treeScan walks a syntax tree once for what must be known before it is compiled.
type treeScan struct {
	depth    int
	tooDeep  int // the line where the tree is nested too deep, or 0
	requires []Requirement
	shadowed bool // the script has a require of its own
	// malformed tells that a number is none, which gopher-lua takes for NaN.
	malformed bool
}

func scanTree(stmts []ast.Stmt) *treeScan {
	s := &treeScan{}
	s.stmts(stmts)
	if s.shadowed {
		s.requires = nil
	}
	return s
}

// enter reports whether a node may be visited. Each call that answers true needs a leave.
func (s *treeScan) enter(node ast.PositionHolder) bool {
	if s.depth == maxTreeDepth {
		if s.tooDeep == 0 {
			s.tooDeep = max(node.Line(), 1)
		}
		return false
	}
	s.depth++
	return true
}

func (s *treeScan) leave() { s.depth-- }

func (s *treeScan) declare(names ...string) {
	for _, name := range names {
		s.shadowed = s.shadowed || name == "require"
	}
}

func (s *treeScan) stmts(list []ast.Stmt) {
	for i, st := range list {
		if s.enter(st) {
			s.stmt(st)
			s.leave()
		}
		if assign, ok := st.(*ast.AssignStmt); ok {
			list[i] = atOnce(assign)
		}
	}
}

func (s *treeScan) stmt(st ast.Stmt) {
	switch st := st.(type) {
	case *ast.AssignStmt:
		for _, e := range st.Lhs {
			if id, ok := e.(*ast.IdentExpr); ok {
				s.declare(id.Value)
			}
		}
		s.exprs(st.Lhs...)
		s.exprs(st.Rhs...)
	case *ast.LocalAssignStmt:
		s.declare(st.Names...)
		s.exprs(st.Exprs...)
	case *ast.FuncCallStmt:
		s.exprs(st.Expr)
	case *ast.DoBlockStmt:
		s.stmts(st.Stmts)
	case *ast.WhileStmt:
		s.exprs(st.Condition)
		s.stmts(st.Stmts)
	case *ast.RepeatStmt:
		s.stmts(st.Stmts)
		s.exprs(st.Condition)
	case *ast.IfStmt:
		s.exprs(st.Condition)
		s.stmts(st.Then)
		s.stmts(st.Else)
	case *ast.NumberForStmt:
		s.declare(st.Name)
		s.exprs(st.Init, st.Limit, st.Step)
		s.stmts(st.Stmts)
	case *ast.GenericForStmt:
		s.declare(st.Names...)
		s.exprs(st.Exprs...)
		s.stmts(st.Stmts)
		completeFor(st)
	case *ast.FuncDefStmt:
		if id, ok := st.Name.Func.(*ast.IdentExpr); ok {
			s.declare(id.Value)
		}
		s.exprs(st.Name.Func, st.Name.Receiver, st.Func)
	case *ast.ReturnStmt:
		s.exprs(st.Exprs...)
	}
}

func (s *treeScan) exprs(list ...ast.Expr) {
	for _, e := range list {
		if e != nil && s.enter(e) {
			s.expr(e)
			s.leave()
		}
	}
}

func (s *treeScan) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.NumberExpr:
		s.number(e)
	case *ast.AttrGetExpr:
		s.exprs(e.Object, e.Key)
	case *ast.TableExpr:
		completeTable(e)
		for _, f := range e.Fields {
			s.exprs(f.Key, f.Value)
		}
	case *ast.FuncCallExpr:
		if id, ok := e.Func.(*ast.IdentExpr); ok && id.Value == "require" && len(e.Args) == 1 {
			if name, ok := e.Args[0].(*ast.StringExpr); ok {
				s.requires = append(s.requires, Requirement{Name: name.Value, Line: e.Line()})
			}
		}
		s.exprs(e.Func, e.Receiver)
		s.exprs(e.Args...)
	case *ast.LogicalOpExpr:
		s.exprs(e.Lhs, e.Rhs)
	case *ast.RelationalOpExpr:
		s.exprs(e.Lhs, e.Rhs)
	case *ast.StringConcatOpExpr:
		s.exprs(e.Lhs, e.Rhs)
	case *ast.ArithmeticOpExpr:
		s.exprs(e.Lhs, e.Rhs)
	case *ast.UnaryMinusOpExpr:
		s.exprs(e.Expr)
	case *ast.UnaryNotOpExpr:
		s.exprs(e.Expr)
	case *ast.UnaryLenOpExpr:
		s.exprs(e.Expr)
	case *ast.FunctionExpr:
		s.declare(e.ParList.Names...)
		s.stmts(e.Stmts)
	}
}

// number writes a number as gopher-lua's compiler reads it, which takes Go's notation: 0010 would be 8, and 1e400 not a number.
func (s *treeScan) number(e *ast.NumberExpr) {
	value, ok := ParseNumber(e.Value).(glua.LNumber)
	if !ok {
		s.malformed = true
		return
	}
	e.Value = strconv.FormatFloat(float64(value), 'g', -1, 64)
}
