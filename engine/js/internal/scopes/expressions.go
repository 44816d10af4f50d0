package scopes

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/crisphost/crisphost/internal/calls"
)

// value visits an expression and returns what it may be.
func (w *walker) value(n ast.Expression) *calls.Value {
	value, _ := w.expression(n)
	return value
}

func (w *walker) values(list []ast.Expression) {
	for _, n := range list {
		w.value(n)
	}
}

// expression is value with the place where the expression begins: for a chain of members the name that it starts from.
func (w *walker) expression(n ast.Expression) (value *calls.Value, start file.Idx) {
	if n == nil || !w.enter() {
		return nil, 0
	}
	defer w.leave()
	switch n := n.(type) {
	case *ast.Identifier:
		return w.identifier(n), n.Idx
	case *ast.DotExpression:
		value, start = w.expression(n.Left)
		if name := n.Identifier.Name.String(); isName(name) {
			return value.Member(name), start
		}
		return nil, start
	case *ast.BracketExpression:
		value, start = w.expression(n.Left)
		w.value(n.Member)
		return member(value, n.Member), start
	case *ast.PrivateDotExpression:
		_, start = w.expression(n.Left)
		return nil, start
	case *ast.OptionalChain:
		return w.expression(n.Expression)
	case *ast.Optional:
		return w.expression(n.Expression)
	case *ast.AwaitExpression:
		return w.expression(n.Argument)
	case *ast.CallExpression:
		return w.call(n)
	case *ast.SequenceExpression:
		for _, part := range n.Sequence {
			value, start = w.expression(part)
		}
		return value, start
	case *ast.AssignExpression:
		return w.assignment(n)
	case *ast.BinaryExpression:
		return w.binary(n)
	case *ast.ConditionalExpression:
		_, start = w.expression(n.Test)
		return calls.Either(w.value(n.Consequent), w.value(n.Alternate)), start
	case *ast.UnaryExpression:
		w.unary(n)
		if n.Operator == token.VOID { // as esbuild writes undefined
			return calls.Nothing(), n.Idx
		}
		return nil, start
	case *ast.NullLiteral:
		return calls.Nothing(), n.Idx
	default:
		w.other(n)
		return nil, start
	}
}

// identifier is the value of a name.
func (w *walker) identifier(n *ast.Identifier) *calls.Value {
	if n.Name == "undefined" {
		return calls.Nothing()
	}
	return w.block.Named(n.Name.String())
}

// other visits expressions whose value is unknown.
func (w *walker) other(n ast.Expression) {
	switch n := n.(type) {
	case *ast.ArrayLiteral:
		w.values(n.Value)
	case *ast.ObjectLiteral:
		for _, p := range n.Value {
			w.value(p)
		}
	case *ast.PropertyShort:
		w.value(n.Initializer)
	case *ast.PropertyKeyed:
		w.value(n.Key)
		w.value(n.Value)
	case *ast.SpreadElement:
		w.value(n.Expression)
	case *ast.NewExpression:
		w.value(n.Callee)
		w.values(n.ArgumentList)
	case *ast.TemplateLiteral:
		w.value(n.Tag)
		w.values(n.Expressions)
	case *ast.YieldExpression:
		w.value(n.Argument)
	case *ast.FunctionLiteral:
		w.within(func() {
			if n.Name != nil {
				w.lexical(n.Name.Name.String()).Assign(nil)
			}
			w.functionBody(n.ParameterList, n.Body)
		})
	case *ast.ArrowFunctionLiteral:
		w.functionBody(n.ParameterList, n.Body)
	case *ast.ClassLiteral:
		w.class(n)
	}
}

func (w *walker) unary(n *ast.UnaryExpression) {
	if n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
		w.bind(n.Operand, nil, nil)
		return
	}
	w.value(n.Operand)
}

func (w *walker) assignment(n *ast.AssignExpression) (*calls.Value, file.Idx) {
	value := w.value(n.Right)
	switch n.Operator {
	case token.ASSIGN, token.LOGICAL_OR, token.LOGICAL_AND, token.COALESCE:
	default:
		value = nil // a number or text
	}
	w.bind(n.Left, value, nil)
	if n.Operator != token.ASSIGN {
		value = nil
	}
	return value, 0
}

// binary visits operators with two sides. Those of a long chain stand inside each other on the left.
func (w *walker) binary(n *ast.BinaryExpression) (*calls.Value, file.Idx) {
	switch n.Operator {
	case token.LOGICAL_AND: // a left side that is false has no members to call
		_, start := w.expression(n.Left)
		return w.value(n.Right), start
	case token.LOGICAL_OR, token.COALESCE:
		left, start := w.expression(n.Left)
		return calls.Either(left, w.value(n.Right)), start
	}
	for {
		w.value(n.Right)
		left, ok := n.Left.(*ast.BinaryExpression)
		if !ok || left.Operator == token.LOGICAL_AND || left.Operator == token.LOGICAL_OR || left.Operator == token.COALESCE {
			break
		}
		n = left
	}
	_, start := w.expression(n.Left)
	return nil, start
}

// The functions of esbuild that a bundle with host modules calls.
const (
	bundlerModule    = "__commonJS" // makes a function that runs a module once and gives its exports
	bundlerNamespace = "__toESM"    // makes the namespace of a module's exports
)

func (w *walker) call(n *ast.CallExpression) (*calls.Value, file.Idx) {
	callee, start := w.expression(n.Callee)
	var first *calls.Value
	for i, argument := range n.ArgumentList {
		if value := w.value(argument); i == 0 {
			first = value
		}
	}
	if name, ok := n.Callee.(*ast.Identifier); ok {
		switch name.Name {
		case bundlerModule:
			return w.exported(n).Giving(), start
		case bundlerNamespace:
			return first.Namespace(), start
		}
	}
	argument, ok := "", false
	if len(n.ArgumentList) > 0 {
		argument, ok = text(n.ArgumentList[0])
	}
	w.tree.Call(callee, int(start), argument, ok)
	return callee.Result(argument), start
}

// exported is what a module gives that does nothing else than to set its exports, as the stubs of host modules do.
func (w *walker) exported(n *ast.CallExpression) *calls.Value {
	if len(n.ArgumentList) != 1 {
		return nil
	}
	wrapper, ok := n.ArgumentList[0].(*ast.ObjectLiteral)
	if !ok || len(wrapper.Value) != 1 {
		return nil
	}
	property, ok := wrapper.Value[0].(*ast.PropertyKeyed)
	if !ok {
		return nil
	}
	function, ok := property.Value.(*ast.FunctionLiteral)
	if !ok || len(function.Body.List) != 1 {
		return nil
	}
	statement, ok := function.Body.List[0].(*ast.ExpressionStatement)
	if !ok {
		return nil
	}
	exports, ok := statement.Expression.(*ast.AssignExpression)
	if !ok {
		return nil
	}
	if left, ok := exports.Left.(*ast.DotExpression); !ok || left.Identifier.Name != "exports" {
		return nil
	}
	stub, ok := exports.Right.(*ast.CallExpression)
	if !ok || len(stub.ArgumentList) != 1 {
		return nil
	}
	loader, ok := stub.Callee.(*ast.Identifier)
	if !ok {
		return nil
	}
	name, _ := text(stub.ArgumentList[0])
	return w.block.Named(loader.Name.String()).Result(name)
}
