package rewrite

import "github.com/dop251/goja/ast"

func (u *usage) statements(list []ast.Statement) {
	for _, s := range list {
		u.starts[u.entry.startOf(s)] = true
		u.statement(s)
	}
}

// block walks statements in a block.
func (u *usage) block(list []ast.Statement) {
	u.depth++
	u.scoped(func() { u.statements(list) })
	u.depth--
}

// inner walks a statement that stands in another one.
func (u *usage) inner(s ast.Statement) {
	if s != nil {
		u.depth++
		u.statement(s)
		u.depth--
	}
}

func (u *usage) statement(s ast.Statement) {
	switch n := s.(type) {
	case *ast.ExpressionStatement:
		u.expressionStatement(n)
	case *ast.VariableStatement:
		u.bindings(n.List)
	case *ast.LexicalDeclaration:
		u.bindings(n.List)
	case *ast.FunctionDeclaration:
		names(n.Function.Name, u.bind)
		u.function(n.Function, &function{}, anyhow)
	case *ast.ClassDeclaration:
		names(n.Class.Name, u.bind)
		u.class(n.Class)
	case *ast.BlockStatement:
		u.block(n.List)
	case *ast.IfStatement:
		u.expression(&n.Test, now)
		u.inner(n.Consequent)
		u.inner(n.Alternate)
	case *ast.TryStatement:
		u.block(n.Body.List)
		if n.Catch != nil {
			u.scoped(func() {
				if n.Catch.Parameter != nil {
					parameter := ast.Expression(n.Catch.Parameter)
					u.pattern(&parameter, true)
				}
				u.block(n.Catch.Body.List)
			})
		}
		if n.Finally != nil {
			u.block(n.Finally.List)
		}
	case *ast.ForStatement:
		u.scoped(func() { u.forStatement(n) })
	case *ast.ForInStatement:
		u.scoped(func() {
			u.into(n.Into)
			u.expression(&n.Source, now)
			u.inner(n.Body)
		})
	case *ast.ForOfStatement:
		u.loops = append(u.loops, &loop{n, u.in})
		u.scoped(func() {
			u.into(n.Into)
			u.expression(&n.Source, now)
			u.inner(n.Body)
		})
	case *ast.LabelledStatement:
		u.inner(n.Statement)
	case *ast.WhileStatement:
		u.expression(&n.Test, now)
		u.inner(n.Body)
	case *ast.DoWhileStatement:
		u.inner(n.Body)
		u.expression(&n.Test, now)
	case *ast.SwitchStatement:
		u.expression(&n.Discriminant, now)
		for _, c := range n.Body {
			u.expression(&c.Test, now)
			u.block(c.Consequent)
		}
	case *ast.ThrowStatement:
		u.expression(&n.Argument, anyhow)
	case *ast.ReturnStatement:
		if u.in == nil {
			u.returns = append(u.returns, n.Return)
		}
		u.expression(&n.Argument, u.ret)
	}
}

func (u *usage) forStatement(n *ast.ForStatement) {
	switch head := n.Initializer.(type) {
	case *ast.ForLoopInitializerExpression:
		u.expression(&head.Expression, anyhow)
	case *ast.ForLoopInitializerVarDeclList:
		u.bindings(head.List)
	case *ast.ForLoopInitializerLexicalDecl:
		u.bindings(head.LexicalDeclaration.List)
	}
	u.expression(&n.Test, now)
	u.expression(&n.Update, anyhow)
	u.inner(n.Body)
}

func (u *usage) expressionStatement(n *ast.ExpressionStatement) {
	count := len(u.assigned)
	u.expression(&n.Expression, anyhow)
	assignment, ok := n.Expression.(*ast.AssignExpression)
	if !ok || u.in != nil || u.depth > 0 || len(u.assigned) == count {
		return
	}
	if name, ok := assignment.Left.(*ast.Identifier); ok && u.assigned[count].name == name.Name.String() {
		u.assigned[count].whole, u.assigned[count].start = assignment, u.entry.startOf(n)
	}
}

func (u *usage) bindings(list []*ast.Binding) {
	for _, b := range list {
		u.binding(b)
	}
}

// into walks the variable of a for-in or for-of loop.
func (u *usage) into(n ast.ForInto) {
	switch n := n.(type) {
	case *ast.ForIntoVar:
		u.binding(n.Binding)
	case *ast.ForDeclaration:
		target := ast.Expression(n.Target)
		u.pattern(&target, true)
	case *ast.ForIntoExpression:
		u.pattern(&n.Expression, false)
	}
}
