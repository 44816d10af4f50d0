package filter

import (
	"fmt"
	"math"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
)

// operand is a side of a comparison: a path, or a literal.
type operand struct {
	node ast.Node
	path path
	// shapes are what the path may lead to.
	shapes []*spec.Schema
	// literal is nil, a string, a float64, a bool or a []any of them.
	literal any
}

func (o *operand) value(payload *tape.Document) any {
	if o.path == nil {
		return o.literal
	}
	return valueAt(payload, o.path)
}

// may reports whether a path can lead to a value of a kind.
func (o *operand) may(kinds ...spec.Kind) bool {
	return slices.ContainsFunc(o.shapes, func(s *spec.Schema) bool { return s.Kind == spec.KindAny || slices.Contains(kinds, s.Kind) })
}

// shape is all that a path may lead to.
func (o *operand) shape() *spec.Schema {
	if len(o.shapes) == 1 {
		return o.shapes[0]
	}
	return &spec.Schema{OneOf: o.shapes}
}

// String is the operand as it may be written.
func (o *operand) String() string {
	if o.path == nil {
		return literalText(o.node)
	}
	return o.path.String()
}

// describe says what a path leads to, or what a literal is.
func (o *operand) describe() string {
	if o.path == nil {
		return kindOf(o.literal)
	}
	return spec.Describe(o.shape())
}

// operand reads a side of a comparison.
func (c *compiler) operand(n ast.Node) (*operand, *Error) {
	o := &operand{node: n}
	switch n := n.(type) {
	case *ast.IdentifierNode:
		if n.Value != "null" {
			return o, c.follow(o)
		}
	case *ast.MemberNode:
		return o, c.follow(o)
	case *ast.NilNode:
	case *ast.StringNode:
		o.literal = n.Value
	case *ast.BoolNode:
		o.literal = n.Value
	case *ast.FloatNode:
		o.literal = n.Value
	case *ast.IntegerNode:
		if math.Abs(float64(n.Value)) >= 1<<53 {
			return nil, errorAt(n, "the number is too large to be exact", "")
		}
		o.literal = float64(n.Value)
	case *ast.UnaryNode:
		return c.negative(n, o)
	case *ast.ArrayNode:
		list := make([]any, len(n.Nodes))
		for i, element := range n.Nodes {
			e, err := c.operand(element)
			if err != nil {
				return nil, err
			}
			if _, nested := e.literal.([]any); nested || e.path != nil {
				return nil, errorAt(element, "lists take fixed values only", "join comparisons with or")
			}
			list[i] = e.literal
		}
		o.literal = list
	default:
		if isCondition(n) {
			return nil, errorAt(n, "a condition cannot be compared", "join conditions with and, or, not")
		}
		return nil, unsupported(n)
	}
	return o, nil
}

// negative reads a sign before a number.
func (c *compiler) negative(n *ast.UnaryNode, o *operand) (*operand, *Error) {
	if isCondition(n) {
		return nil, errorAt(n, fmt.Sprintf("%q belongs to what stands next to it and not to the comparison", n.Operator),
			"put the comparison into parentheses: not (from == \"user\")")
	}
	if n.Operator != "-" && n.Operator != "+" {
		return nil, unsupported(n)
	}
	inner, err := c.operand(n.Node)
	if err != nil {
		return nil, err
	}
	number, isNumber := inner.literal.(float64)
	if !isNumber {
		return nil, errorAt(n, fmt.Sprintf("%q stands before something that is not a number", n.Operator), "")
	}
	if n.Operator == "-" {
		number = -number
	}
	o.literal = number
	return o, nil
}
