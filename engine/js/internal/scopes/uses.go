package scopes

import (
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	"github.com/dop251/goja/token"

	"github.com/crisphost/crisphost/internal/calls"
)

// use is a place where a source uses a value as something that no promise is.
type use struct {
	as useKind
	// of is the expression that has the value, which begins at start.
	of    ast.Expression
	value *calls.Value
	start file.Idx
	// name is that of the member, or of the function that takes the value.
	name string
	// callee is that function. It is another one if the script has named something of its own so.
	callee *calls.Value
	// certain is set for the callback of a method that is that of a list, and mayBeList if it may be.
	certain, mayBeList bool
}

type useKind uint8

const (
	asTruth    useKind = iota // a condition
	asNothing                 // compared with null by ??
	asOperand                 // of arithmetic, a comparison, a template
	asEqual                   // compared with something else
	asMember                  // has a member read
	asItems                   // is iterated
	asMembers                 // has all its members read
	asArgument                // given to a built-in function
	asCallback                // given to a method that does not wait for what it gives
)

func (w *walker) use(as useKind, of ast.Expression, value *calls.Value, start file.Idx) {
	if value != nil {
		w.uses = append(w.uses, use{as: as, of: of, value: value, start: start})
	}
}

// used visits an expression and notes its use.
func (w *walker) used(as useKind, n ast.Expression) (*calls.Value, file.Idx) {
	value, start := w.expression(n)
	w.use(as, n, value, start)
	return value, start
}

// test visits a condition. What decides are the parts of and, or and a choice.
func (w *walker) test(n ast.Expression) (value *calls.Value, start file.Idx) {
	if n == nil || !w.enter() {
		return nil, 0
	}
	defer w.leave()
	switch n := n.(type) {
	case *ast.BinaryExpression:
		switch n.Operator {
		case token.LOGICAL_AND:
			_, start = w.test(n.Left)
			value, _ = w.test(n.Right)
			return value.Optional(), start
		case token.LOGICAL_OR, token.COALESCE:
			left, start := w.left(n)
			right, _ := w.test(n.Right)
			return calls.Either(left, right), start
		}
	case *ast.ConditionalExpression:
		_, start = w.test(n.Test)
		left, _ := w.test(n.Consequent)
		right, _ := w.test(n.Alternate)
		return calls.Either(left, right), start
	case *ast.SequenceExpression:
		last := len(n.Sequence) - 1
		w.values(n.Sequence[:last])
		return w.test(n.Sequence[last])
	}
	return w.used(asTruth, n)
}

// left visits the left side of an operator that decides by it.
func (w *walker) left(n *ast.BinaryExpression) (*calls.Value, file.Idx) {
	if n.Operator == token.COALESCE {
		return w.used(asNothing, n.Left)
	}
	return w.test(n.Left)
}

// operandUse is what an operator with two sides makes of its sides.
func operandUse(n *ast.BinaryExpression, side, other ast.Expression) (useKind, bool) {
	switch n.Operator {
	case token.STRICT_EQUAL, token.STRICT_NOT_EQUAL, token.EQUAL, token.NOT_EQUAL:
		// A promise that was kept may be compared with another one, and with null.
		switch unchained(side).(type) {
		case *ast.CallExpression:
			return asEqual, true
		case *ast.Identifier:
			switch other.(type) {
			case *ast.StringLiteral, *ast.NumberLiteral, *ast.BooleanLiteral, *ast.TemplateLiteral:
				return asEqual, true
			}
		}
		return 0, false
	case token.INSTANCEOF, token.COMMA:
		return 0, false
	case token.IN:
		if _, isCall := unchained(side).(*ast.CallExpression); side == n.Right {
			return asMembers, isCall
		}
	}
	return asOperand, true
}

// unchained is an expression without the mark of an optional chain.
func unchained(n ast.Expression) ast.Expression {
	for {
		switch wrapped := n.(type) {
		case *ast.OptionalChain:
			n = wrapped.Expression
		case *ast.Optional:
			n = wrapped.Expression
		default:
			return n
		}
	}
}

// destructured notes what a pattern takes of a value.
func (w *walker) destructured(pattern, from ast.Expression, value *calls.Value, start file.Idx) {
	switch n := pattern.(type) {
	case *ast.ArrayPattern:
		w.use(asItems, from, value, start)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				w.member(from, value, start, p.Name.Name.String())
			case *ast.PropertyKeyed:
				if name, ok := text(p.Key); ok && !p.Computed {
					w.member(from, value, start, name)
				}
			}
		}
		if n.Rest != nil {
			w.use(asMembers, from, value, start)
		}
	}
}

// member notes that a member is read.
func (w *walker) member(of ast.Expression, value *calls.Value, start file.Idx, name string) {
	switch name {
	case "then", "catch", "finally", "constructor", "toJSON", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf",
		"propertyIsEnumerable", "__proto__":
		return
	}
	w.use(asMember, of, value, start)
	if value != nil {
		w.uses[len(w.uses)-1].name = name
	}
}

// index notes that a member is read by a computed name.
func (w *walker) index(n *ast.BracketExpression, value *calls.Value, start file.Idx) {
	if name, ok := text(n.Member); ok {
		w.member(n.Left, value, start, name)
		return
	}
	if key, ok := n.Member.(*ast.DotExpression); ok {
		if of, ok := key.Left.(*ast.Identifier); ok && of.Name == "Symbol" {
			return
		}
	}
	name := ""
	if number, ok := n.Member.(*ast.NumberLiteral); ok {
		name = "[" + number.Literal + "]"
	}
	w.use(asMember, n.Left, value, start)
	if value != nil {
		w.uses[len(w.uses)-1].name = name
	}
}

// builtins are functions that take values, by the first of their arguments that must be no promise.
var builtins = map[string]int{
	"JSON.stringify": 0, "String": 0, "Number": 0, "Boolean": 0, "BigInt": 0, "parseInt": 0, "parseFloat": 0, "isNaN": 0, "isFinite": 0,
	"encodeURIComponent": 0, "Object.keys": 0, "Object.values": 0, "Object.entries": 0, "Object.fromEntries": 0, "Object.assign": 1,
	"Array.from": 0, "Array.isArray": 0, "Math.max": 0, "Math.min": 0, "Math.round": 0, "Math.floor": 0, "Math.ceil": 0, "Math.abs": 0,
	"Number.isInteger": 0, "Date": 0, "Map": 0, "Set": 0, "map": 0, "Promise.all": 0, "Promise.allSettled": 0, "Promise.any": 0,
	"Promise.race": 0, "Array.fromAsync": 0,
}

// arguments visits the arguments of a call or of new, and notes those that a built-in function or one of the host may take.
func (w *walker) arguments(callee ast.Expression, value *calls.Value, list []ast.Expression) (first *calls.Value) {
	name := dotted(callee)
	from, known := builtins[name]
	_, isNew := callee.(*ast.NewExpression)
	for i, argument := range list {
		v, start := w.expression(argument)
		if i == 0 {
			first = v
		}
		switch {
		case v == nil:
		case i == 0 && (name == "Object.assign" || name == "Object.defineProperty" || name == "Object.defineProperties"):
			w.change(v)
		case i == 0 && !isNew && (name == "__forAwait" || name == "__yieldStar"): // esbuild's
			w.use(asItems, argument, v, start)
		case known && i >= from:
			w.uses = append(w.uses, use{as: asArgument, of: argument, value: v, start: start, name: name, callee: value})
		case !known && value != nil && mayBePromise(argument):
			w.uses = append(w.uses, use{as: asArgument, of: argument, value: v, start: start, callee: value})
		}
	}
	return first
}

// mayBePromise reports whether an expression looks like the promise of a call.
func mayBePromise(n ast.Expression) bool {
	switch unchained(n).(type) {
	case *ast.CallExpression, *ast.Identifier:
		return true
	}
	return false
}

// maxDotted bounds the names in what dotted returns.
const maxDotted = 10

// dotted is the text of a name with members, or "" for all else.
func dotted(n ast.Expression) string {
	text := ""
	for range maxDotted {
		switch at := n.(type) {
		case *ast.Identifier:
			return at.Name.String() + text
		case *ast.DotExpression:
			text = "." + at.Identifier.Name.String() + text
			n = at.Left
		default:
			return ""
		}
	}
	return ""
}

// deciding are the methods of lists that decide by what their function gives.
var deciding = map[string]bool{
	"filter": true, "some": true, "every": true, "find": true, "findIndex": true, "findLast": true, "findLastIndex": true, "sort": true,
	"toSorted": true,
}

// callback notes the function that is given to a method that decides by what it gives.
func (w *walker) callback(n *ast.CallExpression, function, receiver *calls.Value, waited bool) {
	callee, ok := unchained(n.Callee).(*ast.DotExpression)
	if !ok || function == nil || !deciding[callee.Identifier.Name.String()] {
		return
	}
	given := n.ArgumentList[0]
	w.uses = append(w.uses, use{
		as: asCallback, of: given, value: function, start: given.Idx0(), name: callee.Identifier.Name.String(), callee: receiver,
		certain: isList(callee.Left), mayBeList: !waited,
	})
}

// isList reports whether an expression is a list for certain.
func isList(n ast.Expression) bool {
	switch n := unchained(n).(type) {
	case *ast.ArrayLiteral:
		return true
	case *ast.CallExpression:
		switch name := dotted(n.Callee); name {
		case "Object.keys", "Object.values", "Object.entries", "Array.from", "Array.of":
			return true
		}
	}
	return false
}
