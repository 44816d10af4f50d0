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
		w.receiver = value
		name := n.Identifier.Name.String()
		w.member(n.Left, value, start, name)
		if isName(name) {
			return value.Member(name), start
		}
		return nil, start
	case *ast.BracketExpression:
		value, start = w.expression(n.Left)
		w.index(n, value, start)
		w.used(asOperand, n.Member)
		return member(value, n.Member), start
	case *ast.PrivateDotExpression:
		_, start = w.expression(n.Left)
		return nil, start
	case *ast.OptionalChain:
		return w.chain(n)
	case *ast.Optional:
		value, start = w.expression(n.Expression)
		w.bases = append(w.bases, value)
		return value, start
	case *ast.AwaitExpression:
		w.waited = unchained(n.Argument)
		value, start = w.expression(n.Argument)
		return value.Awaited(), start
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
		_, start = w.test(n.Test)
		return calls.Either(w.value(n.Consequent), w.value(n.Alternate)), start
	case *ast.UnaryExpression:
		w.unary(n)
		if n.Operator == token.VOID { // as esbuild writes undefined
			return calls.Nothing(), n.Idx
		}
		return nil, start
	case *ast.FunctionLiteral:
		w.within(func() {
			if n.Name != nil {
				w.lexical(n.Name.Name.String()).Assign(nil)
			}
			value = w.functionBody(n.ParameterList, n.Body, n.Async, n.Generator)
		})
		return value, n.Function
	case *ast.ArrowFunctionLiteral:
		return w.functionBody(n.ParameterList, n.Body, n.Async, false), n.Start
	case *ast.NullLiteral:
		return calls.Nothing(), n.Idx
	default:
		w.other(n)
		return nil, start
	}
}

// chain is the value of an optional chain, which is nothing where one of its bases may be nothing.
func (w *walker) chain(n *ast.OptionalChain) (value *calls.Value, start file.Idx) {
	outer := w.bases
	w.bases = nil
	value, start = w.expression(n.Expression)
	for _, base := range w.bases {
		value = value.Through(base)
	}
	w.bases = outer
	return value, start
}

// identifier is the value of a name.
func (w *walker) identifier(n *ast.Identifier) *calls.Value {
	if n.Name == "undefined" {
		return calls.Nothing()
	}
	name := n.Name.String()
	value := w.block.Named(name)
	w.tree.Mention(name, value, int(n.Idx))
	return value
}

// other visits expressions whose value is unknown.
func (w *walker) other(n ast.Expression) {
	switch n := n.(type) {
	case *ast.ArrayLiteral:
		w.values(n.Value)
	case *ast.ObjectLiteral:
		for _, p := range n.Value {
			if spread, ok := p.(*ast.SpreadElement); ok {
				w.used(asMembers, spread.Expression)
				continue
			}
			w.value(p)
		}
	case *ast.PropertyShort:
		w.methods[n.Name.Name.String()] = true
		w.value(n.Initializer)
	case *ast.PropertyKeyed:
		if name, ok := text(n.Key); ok {
			w.methods[name] = true
		}
		w.value(n.Key)
		w.value(n.Value)
	case *ast.SpreadElement:
		w.used(asItems, n.Expression)
	case *ast.NewExpression:
		w.arguments(n.Callee, w.value(n.Callee), n.ArgumentList)
	case *ast.TemplateLiteral:
		if n.Tag != nil {
			w.value(n.Tag)
			w.values(n.Expressions)
			return
		}
		for _, part := range n.Expressions {
			w.used(asOperand, part)
		}
	case *ast.YieldExpression:
		if n.Delegate {
			w.used(asItems, n.Argument)
			return
		}
		w.value(n.Argument)
	case *ast.ClassLiteral:
		w.class(n)
	}
}

func (w *walker) unary(n *ast.UnaryExpression) {
	if n.Operator == token.INCREMENT || n.Operator == token.DECREMENT {
		w.bind(n.Operand, nil, nil)
		return
	}
	switch n.Operator {
	case token.NOT:
		w.test(n.Operand)
	case token.PLUS, token.MINUS, token.BITWISE_NOT:
		w.used(asOperand, n.Operand)
	case token.DELETE:
		w.bind(n.Operand, nil, nil)
	default:
		w.value(n.Operand)
	}
}

func (w *walker) assignment(n *ast.AssignExpression) (*calls.Value, file.Idx) {
	value, start := w.expression(n.Right)
	switch n.Operator {
	case token.ASSIGN:
		w.destructured(n.Left, n.Right, value, start)
	case token.LOGICAL_OR, token.LOGICAL_AND, token.COALESCE:
	default:
		w.use(asOperand, n.Right, value, start)
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
		_, start := w.test(n.Left)
		return w.value(n.Right).Optional(), start
	case token.LOGICAL_OR, token.COALESCE:
		left, start := w.left(n)
		return calls.Either(left, w.value(n.Right)), start
	}
	for {
		w.operand(n, n.Right, n.Left)
		left, ok := n.Left.(*ast.BinaryExpression)
		if !ok || left.Operator == token.LOGICAL_AND || left.Operator == token.LOGICAL_OR || left.Operator == token.COALESCE {
			break
		}
		n = left
	}
	return nil, w.operand(n, n.Left, n.Right)
}

// operand visits a side of an operator with two.
func (w *walker) operand(n *ast.BinaryExpression, side, other ast.Expression) (start file.Idx) {
	value, start := w.expression(side)
	if as, ok := operandUse(n, side, other); ok {
		w.use(as, side, value, start)
	}
	return start
}

// The functions of esbuild that a bundle with host modules calls.
const (
	bundlerModule    = "__commonJS" // makes a function that runs a module once and gives its exports
	bundlerNamespace = "__toESM"    // makes the namespace of a module's exports
)

func (w *walker) call(n *ast.CallExpression) (*calls.Value, file.Idx) {
	waited := w.waited == n
	w.receiver = nil
	callee, start := w.expression(n.Callee)
	receiver := w.receiver
	if name, ok := n.Callee.(*ast.Identifier); ok && name.Name == "__forAwait" && len(n.ArgumentList) == 1 {
		w.waited = unchained(n.ArgumentList[0])
	}
	first := w.arguments(n.Callee, callee, n.ArgumentList)
	w.callback(n, first, receiver, waited)
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
	value := callee.Result(argument, int(start))
	if member, ok := unchained(n.Callee).(*ast.DotExpression); ok && member.Identifier.Name == "map" && first != nil {
		w.maps = true
		value = value.Mapped(first)
	}
	return value, start
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
	return w.block.Named(loader.Name.String()).Result(name, 0)
}
