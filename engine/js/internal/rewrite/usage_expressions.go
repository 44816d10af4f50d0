package rewrite

import (
	"github.com/dop251/goja/ast"
	keyword "github.com/dop251/goja/token"
)

func (u *usage) expressions(list []ast.Expression, use use) {
	for i := range list {
		u.expression(&list[i], use)
	}
}

func (u *usage) expression(slot *ast.Expression, use use) {
	switch n := (*slot).(type) {
	case nil:
	case *ast.Identifier:
		if use == promise {
			u.kept[u.variable(n.Name.String())] = true
		}
	case *ast.CallExpression:
		u.call(n, slot, use)
	case *ast.AwaitExpression:
		u.expression(&n.Argument, promise)
	case *ast.YieldExpression:
		u.expression(&n.Argument, anyhow)
	case *ast.DotExpression:
		u.expression(&n.Left, memberUse(n.Identifier.Name.String()))
	case *ast.PrivateDotExpression:
		u.expression(&n.Left, object)
	case *ast.BracketExpression:
		u.expression(&n.Left, object)
		u.outside(&n.Member, now)
	case *ast.OptionalChain:
		u.chain++
		u.expression(&n.Expression, use)
		u.chain--
	case *ast.Optional:
		u.expression(&n.Expression, object)
	case *ast.NewExpression:
		u.construction(n)
	case *ast.TemplateLiteral:
		parts := now
		if n.Tag != nil {
			u.expression(&n.Tag, object)
			parts = anyhow
		}
		for i := range n.Expressions {
			u.outside(&n.Expressions[i], parts)
		}
	case *ast.ArrayLiteral:
		u.expressions(n.Value, orAnyhow(use))
	case *ast.ObjectLiteral:
		for _, p := range n.Value {
			u.property(p)
		}
	case *ast.SpreadElement:
		u.spread(n, use)
	case *ast.AssignExpression:
		u.assignment(n)
	case *ast.BinaryExpression:
		u.binary(n, use)
	case *ast.UnaryExpression:
		switch n.Operator {
		case keyword.VOID, keyword.DELETE:
			u.expression(&n.Operand, anyhow)
		default:
			u.expression(&n.Operand, now)
		}
	case *ast.ConditionalExpression:
		u.expression(&n.Test, now)
		u.expression(&n.Consequent, passed(use))
		u.expression(&n.Alternate, passed(use))
	case *ast.SequenceExpression:
		last := len(n.Sequence) - 1
		u.expressions(n.Sequence[:last], anyhow)
		u.expression(&n.Sequence[last], passed(use))
	case *ast.FunctionLiteral:
		u.function(n, &function{}, anyhow)
	case *ast.ArrowFunctionLiteral:
		u.arrow(n, &function{}, anyhow)
	case *ast.ClassLiteral:
		u.class(n)
	}
}

// outside walks an expression in an optional chain that is no link of it.
func (u *usage) outside(slot *ast.Expression, use use) {
	chain := u.chain
	u.chain = 0
	u.expression(slot, use)
	u.chain = chain
}

// orAnyhow is the use of the parts of something that is used so.
func orAnyhow(use use) use {
	if use == promise {
		return promise
	}
	return anyhow
}

// passed is the use of what a whole expression may be.
func passed(use use) use {
	if use == object {
		return now // parentheses are around it
	}
	return use
}

// memberUse is the use of an object whose member is asked for.
func memberUse(member string) use {
	switch member {
	case "then", "catch", "finally":
		return promise
	}
	return object
}

func (u *usage) construction(n *ast.NewExpression) {
	u.expression(&n.Callee, object)
	use := anyhow
	if name, ok := n.Callee.(*ast.Identifier); ok && name.Name == "__await" && u.made("__await") {
		use = promise // what esbuild makes of await in an async generator
	}
	for i := range n.ArgumentList {
		u.outside(&n.ArgumentList[i], use)
	}
}

func (u *usage) spread(n *ast.SpreadElement, use use) {
	if inner, ok := n.Expression.(*ast.CallExpression); ok && use == promise && makesElements(inner) {
		u.expression(&n.Expression, promise)
		return
	}
	if name, ok := n.Expression.(*ast.Identifier); ok && use == promise {
		u.kept[u.variable(name.Name.String())] = true
	}
	u.expression(&n.Expression, now)
	u.walked = append(u.walked, walkedBy{&n.Expression, u.in})
}

func (u *usage) property(p ast.Property) {
	switch p := p.(type) {
	case *ast.PropertyKeyed:
		if p.Computed {
			u.outside(&p.Key, now)
		}
		if f, ok := p.Value.(*ast.FunctionLiteral); ok && p.Kind != ast.PropertyKindValue {
			u.method(p.Key, p.Kind, f, p.Key.Idx0())
			return
		}
		u.name = keyText(p.Key)
		u.outside(&p.Value, anyhow)
		u.name = ""
	case *ast.PropertyShort:
		u.expression(&p.Initializer, anyhow)
	case *ast.SpreadElement:
		u.outside(&p.Expression, now)
	}
}

func (u *usage) assignment(n *ast.AssignExpression) {
	name, ok := n.Left.(*ast.Identifier)
	u.pattern(&n.Left, false)
	use, compound := anyhow, false
	switch {
	case ok && u.kept[u.variable(name.Name.String())]:
		use = promise
	case n.Operator != keyword.ASSIGN && n.Operator != keyword.LOGICAL_AND && n.Operator != keyword.LOGICAL_OR && n.Operator != keyword.COALESCE:
		use, compound = now, true
	}
	if _, array := n.Left.(*ast.ArrayPattern); array {
		u.walked = append(u.walked, walkedBy{&n.Right, u.in})
	}
	if ok {
		u.name = name.Name.String()
	}
	from := len(u.calls)
	u.expression(&n.Right, use)
	u.updated(n, compound, from)
	u.name = ""
}

func (u *usage) binary(n *ast.BinaryExpression, use use) {
	switch n.Operator {
	case keyword.LOGICAL_AND, keyword.LOGICAL_OR, keyword.COALESCE:
		u.expression(&n.Left, now)
		u.expression(&n.Right, passed(use))
	case keyword.EXPONENT:
		u.expression(&n.Left, object) // which needs parentheses when it is awaited
		u.expression(&n.Right, now)
	default:
		u.expression(&n.Left, now)
		from := len(u.calls)
		u.expression(&n.Right, now)
		u.after(n.Left, from, "")
	}
}

func (u *usage) call(n *ast.CallExpression, slot *ast.Expression, use use) {
	c := &call{CallExpression: n, slot: slot, use: use, in: u.in, optional: u.chain > 0}
	u.calls = append(u.calls, c)
	arguments, returned := anyhow, anyhow
	path := DottedPath(n.Callee)
	switch {
	case len(path) == 2 && path[0] == "Promise":
		arguments = promise
	case isThen(n):
		returned = promise
	case makesElements(n):
		returned = orAnyhow(use)
	case decides(n):
		returned = now
	}
	u.expression(&n.Callee, object)
	name, chain := u.name, u.chain
	u.chain = 0
	for i := range n.ArgumentList {
		slot := &n.ArgumentList[i]
		u.given, u.name = c, ""
		switch f := (*slot).(type) {
		case *ast.FunctionLiteral:
			u.function(f, &function{made: overlaps(path) && !f.Generator}, returned)
		case *ast.ArrowFunctionLiteral:
			u.arrow(f, &function{made: overlaps(path)}, returned)
		default:
			if path := DottedPath(*slot); path != nil {
				u.passed = append(u.passed, passing{path, c})
				c.functions = append(c.functions, slot)
			}
			u.given = nil
			u.expression(slot, arguments)
		}
	}
	u.given, u.name, u.chain = nil, name, chain
}

// overlaps reports whether a path is that of a global function which calls functions side by side.
func overlaps(path []string) bool {
	return len(path) == 1 && (path[0] == "map" || path[0] == "parallel")
}

// awaitsFunctions reports whether a path is that of a global function which waits for what the functions that it calls give.
func awaitsFunctions(path []string) bool {
	return overlaps(path) || len(path) == 1 && path[0] == "retry"
}

// methodName is the name of the method that a call calls, or empty.
func methodName(n *ast.CallExpression) string {
	callee := n.Callee
	if optional, ok := callee.(*ast.Optional); ok {
		callee = optional.Expression
	}
	if n, ok := callee.(*ast.DotExpression); ok {
		return n.Identifier.Name.String()
	}
	return ""
}

func isThen(n *ast.CallExpression) bool {
	return memberUse(methodName(n)) == promise
}

// onStream reports whether a call is that of a method of a stream, which waits for the functions that it is given.
func onStream(n *ast.CallExpression) bool { return isStreamMethod(n.Callee) }

func isStreamMethod(callee ast.Expression) bool {
	dot, ok := callee.(*ast.DotExpression)
	if !ok {
		return false
	}
	source, ok := dot.Left.(*ast.CallExpression)
	return ok && (methodName(source) == "each" || onStream(source))
}

// makesElements reports whether the results of a call's function become the elements of an array.
func makesElements(n *ast.CallExpression) bool {
	if onStream(n) {
		return false
	}
	switch methodName(n) {
	case "map", "from":
		return true
	}
	return false
}

// decides reports whether a method goes by what its function returns, at once.
func decides(n *ast.CallExpression) bool {
	if onStream(n) {
		return false
	}
	switch methodName(n) {
	case "filter", "some", "every", "find", "findIndex", "findLast", "findLastIndex", "sort", "toSorted", "flatMap":
		return true
	}
	return false
}
