package syntax

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strconv"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	gojatoken "github.com/dop251/goja/token"
	"github.com/dop251/goja/unistring"

	"github.com/crisphost/crisphost/engine/js/internal/regexps"
)

// A few characters of BigInt arithmetic ask for gigabytes: 1n << 2n ** 40n. goja computes that in one step that nothing interrupts,
// for constants even while it compiles. So where a program has BigInts, the operators that make them larger become calls of
// functions that look at the sizes before. The texts that eval compiles are looked at, too, and
// regular expressions that goja does not understand are made by a function that translates them. So are calls of exec: when a script
// replaces RegExp.prototype.exec, goja's methods take a much slower way. The property stack of errors, which goja makes for each, is read by
// a function that leaves out what is not the script's.

// GuardPrefix begins the names of the global functions that guard a program: one of BigIntOperators, "assign", "value", "regexp",
// "append", "exec", "stack", "symbols", "text" or "eval" follows.
const GuardPrefix = "__crisphost_guard_"

// BigIntOperators are the names of the guarded operators.
var BigIntOperators = map[gojatoken.Token]string{
	gojatoken.MULTIPLY: "multiply", gojatoken.EXPONENT: "power", gojatoken.SHIFT_LEFT: "left", gojatoken.SHIFT_RIGHT: "right",
}

// smallConstantBits are the BigInts that goja may compute with while it compiles.
const smallConstantBits = 1 << 12

// guard replaces what has to be guarded in a tree by calls, and reports whether there was something.
func guard(tree *ast.Program, bigInts, symbols bool) (guarded bool) {
	Replace(tree, func(n ast.Node) ast.Expression {
		var call ast.Expression
		switch n := n.(type) {
		case *ast.BinaryExpression:
			if name := BigIntOperators[n.Operator]; bigInts && name != "" && mayBeBigInt(n.Left) && mayBeBigInt(n.Right) {
				call = guardCall(n.Idx0(), name, n.Left, n.Right)
				break
			}
			n.Left, n.Right = unfolded(n.Left), unfolded(n.Right)
		case *ast.UnaryExpression:
			if n.Operator != gojatoken.TYPEOF {
				n.Operand = unguardedStack(n.Operand)
			}
			if symbols && n.Operator == gojatoken.DELETE {
				guardSymbol(n.Operand)
			}
			n.Operand = unfolded(n.Operand)
		case *ast.AssignExpression:
			n.Left = unguardedStack(n.Left)
			if name := BigIntOperators[n.Operator]; bigInts && name != "" && mayBeBigInt(n.Right) {
				call = guardAssignment(n, name)
			} else if n.Operator == gojatoken.PLUS {
				call = guardAppend(n)
			}
			if call == nil && symbols {
				guardSymbol(n.Left)
			}
		case *ast.Identifier:
			if n.Name == "eval" {
				call = guardName(n.Idx, "eval")
			}
		case *ast.RegExpLiteral:
			if isForeign(n) {
				call = guardCall(n.Idx, "regexp", stringLiteral(n.Idx, n.Pattern), stringLiteral(n.Idx, n.Flags))
			}
		case *ast.DotExpression:
			if n.Identifier.Name == "stack" && !isSuper(n.Left) && !isOptional(n.Left) {
				call = guardCall(n.Identifier.Idx, "stack", n.Left)
			}
		case *ast.ForIntoExpression:
			n.Expression = unguardedStack(n.Expression)
		case *ast.ArrayPattern, *ast.ObjectPattern:
			replaceIn(reflect.ValueOf(n), func(n ast.Node) ast.Expression {
				if e, ok := n.(*ast.CallExpression); ok && unguardedStack(e) != e {
					return unguardedStack(e)
				}
				return nil
			})
		case *ast.CallExpression:
			n.Callee = unguardedStack(n.Callee)
			guardEval(n)
			if target, ok := n.Callee.(*ast.DotExpression); ok && target.Identifier.Name == "exec" && !isSuper(target.Left) {
				call = guardCall(target.Identifier.Idx, "exec", append([]ast.Expression{target.Left}, n.ArgumentList...)...)
			}
		}
		guarded = guarded || call != nil
		return call
	})
	return guarded
}

// guardSymbol lets a property that a symbol may name be set on what a function returns for the object: results of calls, which are
// goja's dynamic objects, take none.
func guardSymbol(n ast.Expression) {
	target, ok := n.(*ast.BracketExpression)
	if !ok || isSuper(target.Left) {
		return
	}
	at := target.Idx0()
	switch key := target.Member.(type) {
	case *ast.DotExpression:
		if name, ok := key.Left.(*ast.Identifier); ok && name.Name == "Symbol" {
			target.Left = guardCall(at, "symbols", target.Left)
		}
	case *ast.Identifier:
		if isSimple(target.Left) {
			test := &ast.UnaryExpression{Operator: gojatoken.TYPEOF, Idx: at, Operand: key}
			target.Left = &ast.ConditionalExpression{
				Test:       &ast.BinaryExpression{Operator: gojatoken.STRICT_EQUAL, Left: test, Right: stringLiteral(at, "symbol")},
				Consequent: guardCall(at, "symbols", target.Left), Alternate: target.Left,
			}
		}
	}
}

// guardAppend makes s = append(s, x) of s += x where s is a text, since goja copies all of it.
func guardAppend(n *ast.AssignExpression) ast.Expression {
	target, ok := n.Left.(*ast.Identifier)
	if !ok || !mayBeText(n.Right) {
		return nil
	}
	var sum ast.Expression = guardCall(n.Left.Idx0(), "append", target, n.Right)
	if !isText(n.Right) {
		if hasCode(n.Right) {
			return nil // which must not stand in two places
		}
		test := &ast.UnaryExpression{Operator: gojatoken.TYPEOF, Idx: target.Idx, Operand: target}
		sum = &ast.ConditionalExpression{
			Test:       &ast.BinaryExpression{Operator: gojatoken.STRICT_EQUAL, Left: test, Right: stringLiteral(target.Idx, "string")},
			Consequent: sum, Alternate: &ast.BinaryExpression{Operator: gojatoken.PLUS, Left: target, Right: n.Right},
		}
	}
	return &ast.AssignExpression{Operator: gojatoken.ASSIGN, Left: target, Right: sum}
}

// hasCode reports whether an expression has functions or assignments in it.
func hasCode(n ast.Expression) (found bool) {
	replaceIn(reflect.ValueOf(&n).Elem(), func(n ast.Node) ast.Expression {
		switch n.(type) {
		case *ast.FunctionLiteral, *ast.ArrowFunctionLiteral, *ast.ClassLiteral, *ast.AssignExpression:
			found = true
		}
		return nil
	})
	return found
}

func mayBeText(n ast.Expression) bool {
	_, isNumber := n.(*ast.NumberLiteral)
	return !isNumber
}

// isText reports whether an expression is a text whatever the values in it are.
func isText(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.StringLiteral:
		return true
	case *ast.TemplateLiteral:
		return n.Tag == nil
	case *ast.BinaryExpression:
		return n.Operator == gojatoken.PLUS && (isText(n.Left) || isText(n.Right))
	}
	return false
}

// unguardedStack returns the property itself of a guarded one, for where it is not only read.
func unguardedStack(n ast.Expression) ast.Expression {
	call, ok := n.(*ast.CallExpression)
	if !ok {
		return n
	}
	if name, ok := call.Callee.(*ast.Identifier); !ok || name.Name != GuardPrefix+"stack" {
		return n
	}
	return &ast.DotExpression{Left: call.ArgumentList[0], Identifier: ast.Identifier{Name: "stack", Idx: call.LeftParenthesis}}
}

// isOptional reports whether an expression may end at a ?. in it.
func isOptional(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.Optional:
		return true
	case *ast.DotExpression:
		return isOptional(n.Left)
	case *ast.BracketExpression:
		return isOptional(n.Left)
	case *ast.PrivateDotExpression:
		return isOptional(n.Left)
	case *ast.CallExpression:
		return isOptional(n.Callee)
	}
	return false
}

// isForeign reports whether goja reads a regular expression in another sense than it has.
func isForeign(n *ast.RegExpLiteral) bool {
	return regexps.IsTranslated(n.Pattern, n.Flags) || regexps.IsFolded(n.Pattern, n.Flags) || regexps.HasLines(n.Pattern, n.Flags)
}

func stringLiteral(at file.Idx, text string) *ast.StringLiteral {
	return &ast.StringLiteral{Idx: at, Literal: strconv.Quote(text), Value: unistring.NewFromString(text)}
}

// guardEval looks at the text that a direct call of eval compiles. The function has to be the engine's own, which knows the scope.
func guardEval(n *ast.CallExpression) {
	name, ok := n.Callee.(*ast.Identifier)
	if !ok || name.Name != GuardPrefix+"eval" || len(n.ArgumentList) == 0 {
		return
	}
	if _, spread := n.ArgumentList[0].(*ast.SpreadElement); !spread {
		name.Name = "eval"
		n.ArgumentList[0] = guardCall(n.LeftParenthesis, "text", n.ArgumentList[0])
	}
}

// mayBeBigInt is false for numbers, which never multiply with a BigInt.
func mayBeBigInt(n ast.Expression) bool {
	literal, ok := n.(*ast.NumberLiteral)
	if !ok {
		return true
	}
	_, ok = literal.Value.(*big.Int)
	return ok
}

// unfolded keeps goja from computing with a large literal while it compiles.
func unfolded(n ast.Expression) ast.Expression {
	if literal, ok := n.(*ast.NumberLiteral); ok {
		if value, ok := literal.Value.(*big.Int); ok && value.BitLen() > smallConstantBits {
			return guardCall(n.Idx0(), "value", n)
		}
	}
	return n
}

func guardCall(at file.Idx, name string, arguments ...ast.Expression) *ast.CallExpression {
	return &ast.CallExpression{Callee: guardName(at, name), LeftParenthesis: at, ArgumentList: arguments, RightParenthesis: at}
}

func guardName(at file.Idx, name string) *ast.Identifier {
	return &ast.Identifier{Name: unistring.String(GuardPrefix + name), Idx: at}
}

// guardAssignment makes a = f(a, b) of a *= b. Where the target would be evaluated twice that way, a function assigns.
func guardAssignment(n *ast.AssignExpression, name string) ast.Expression {
	if isSimpleTarget(n.Left) {
		return &ast.AssignExpression{Operator: gojatoken.ASSIGN, Left: n.Left, Right: guardCall(n.Left.Idx0(), name, n.Left, n.Right)}
	}
	operator := stringLiteral(n.Idx0(), name)
	switch target := n.Left.(type) {
	case *ast.DotExpression:
		key := stringLiteral(target.Identifier.Idx, target.Identifier.Name.String())
		return guardCall(n.Idx0(), "assign", operator, target.Left, key, n.Right)
	case *ast.BracketExpression:
		return guardCall(n.Idx0(), "assign", operator, target.Left, target.Member, n.Right)
	}
	return nil // a private member of what a call returns
}

// isSimpleTarget reports whether the target of an assignment can be evaluated twice.
func isSimpleTarget(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.Identifier:
		return true
	case *ast.DotExpression:
		return isSimple(n.Left)
	case *ast.PrivateDotExpression:
		return isSimple(n.Left)
	case *ast.BracketExpression: // a key may be an object whose toString counts
		_, isText := n.Member.(*ast.StringLiteral)
		return isSuper(n.Left) || isText && isSimple(n.Left)
	}
	return false
}

func isSimple(n ast.Expression) bool {
	switch n.(type) {
	case *ast.Identifier, *ast.ThisExpression, *ast.SuperExpression:
		return true
	}
	return false
}

func isSuper(n ast.Expression) bool {
	_, ok := n.(*ast.SuperExpression)
	return ok
}

// Replace puts other expressions in the place of some in a tree: what replace returns, unless nil.
func Replace(tree *ast.Program, replace func(ast.Node) ast.Expression) {
	replaceIn(reflect.ValueOf(tree).Elem(), replace)
}

// NewCall returns the call of a function with a text.
func NewCall(at file.Idx, function, argument string) *ast.CallExpression {
	return &ast.CallExpression{
		Callee: &ast.Identifier{Name: unistring.String(function), Idx: at}, LeftParenthesis: at, RightParenthesis: at,
		ArgumentList: []ast.Expression{stringLiteral(at, argument)},
	}
}

// MainOf returns the main function of a bundle.
func MainOf(tree *ast.Program) *ast.FunctionLiteral {
	if len(tree.Body) != 1 {
		return nil
	}
	statement, ok := tree.Body[0].(*ast.ExpressionStatement)
	if !ok {
		return nil
	}
	main, _ := statement.Expression.(*ast.FunctionLiteral)
	return main
}

// replaceIn calls replace for the nodes below v that a field has, after those inside them, and puts what it returns in their place.
func replaceIn(v reflect.Value, replace func(ast.Node) ast.Expression) {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return
		}
		replaceIn(v.Elem(), replace)
		if n, ok := v.Interface().(ast.Node); ok {
			if other := replace(n); other != nil {
				v.Set(reflect.ValueOf(other))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			replaceIn(v.Elem(), replace)
		}
	case reflect.Slice:
		for i := range v.Len() {
			replaceIn(v.Index(i), replace)
		}
	case reflect.Struct:
		for _, i := range fieldsOf(v.Type()) {
			replaceIn(v.Field(i), replace)
		}
	}
}

// CheckText looks at a text that a script compiles while it runs, as goja's eval and Function do. What is wrong with its syntax is left
// to goja.
func CheckText(text string) error {
	switch {
	case TooDeep([]byte(text)):
		return fmt.Errorf("the text is nested deeper than %d levels", MaxNesting)
	case HugeBigInt([]byte(text)):
		return fmt.Errorf("the text has a BigInt of more than %d digits", MaxDigits)
	}
	tree, err := ParseProgram("", text)
	if err != nil {
		return nil //nolint:nilerr // goja finds the same error, and tells it better
	}
	c := newTreeCheck("")
	c.children(reflect.ValueOf(tree).Elem())
	switch {
	case c.problem != nil:
		return errors.New(c.problem.Message)
	case (c.bigInts || c.evals) && guard(tree, c.bigInts, false):
		return errors.New("code that is made at run time cannot use *, **, << and >> beside BigInts, or eval")
	}
	return nil
}
