package filter

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/crisphost/crisphost/crisp/spec"
)

// checkEqual refuses a comparison for equality that can never be true.
func checkEqual(n *ast.BinaryNode, left, right *operand) *Error {
	switch {
	case left.path == nil:
		return checkValue(right, left.node, left.literal)
	case right.path == nil:
		return checkValue(left, right.node, right.literal)
	}
	if !alike(left.shapes, right.shapes) {
		return errorAt(n, fmt.Sprintf("%s is %s and %s is %s: they are never the same",
			left.path, left.describe(), right.path, right.describe()), unquoted(left, right.node))
	}
	return nil
}

// unquoted is a hint for a name without quotes that is one of the words of a field.
func unquoted(field *operand, n ast.Node) string {
	name, isName := n.(*ast.IdentifierNode)
	if !isName || field.path == nil {
		return ""
	}
	for _, s := range field.shapes {
		if slices.Contains(s.Enum, name.Value) {
			return fmt.Sprintf("texts stand in quotes: %q", name.Value)
		}
	}
	return ""
}

// checkValue refuses a literal that a field never has.
func checkValue(field *operand, n ast.Node, literal any) *Error {
	if literal == nil {
		return nil // any field can be missing
	}
	if _, isList := literal.([]any); isList {
		return errorAt(n, "a list cannot be compared", "write in to look for a value in a list")
	}
	var invalid *spec.InvalidError
	if err := field.shape().ValidateAnswer(literal); !errors.As(err, &invalid) {
		return nil
	}
	problem := fmt.Sprintf("%s is never %s", field.path, literalText(n))
	if invalid.Hint != "" {
		return errorAt(n, problem, fmt.Sprintf("did you mean %q?", invalid.Hint))
	}
	return errorAt(n, problem, fmt.Sprintf("%s is %s", field.path, field.describe()))
}

// checkIn refuses a search in what is not a list, or for what it never has.
func checkIn(_ *ast.BinaryNode, list, element *operand) *Error {
	if list.path == nil {
		values, isList := list.node.(*ast.ArrayNode)
		if !isList {
			return errorAt(list.node, "in takes a list", `such as type in ["text", "file"]; contains looks into a text`)
		}
		for i, n := range values.Nodes {
			if err := checkValue(element, n, list.literal.([]any)[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !list.may(spec.KindArray) {
		return errorAt(list.node, fmt.Sprintf("%s is %s, which is not a list", list.path, list.describe()), "contains looks into a text")
	}
	return checkElement(list, element)
}

// checkElement refuses an element that the items of a list never are.
func checkElement(list, element *operand) *Error {
	items := &operand{path: append(list.path[:len(list.path):len(list.path)], 0)}
	_, items.shapes = listsOf(list)
	if element.path == nil {
		return checkValue(items, element.node, element.literal)
	}
	if !alike(items.shapes, element.shapes) {
		return errorAt(element.node, fmt.Sprintf("%s has no %s", list.path, element.describe()), "")
	}
	return nil
}

// listsOf returns the shapes of a field that are lists, and those of their items.
func listsOf(list *operand) (lists, items []*spec.Schema) {
	for _, s := range list.shapes {
		switch {
		case s.Kind == spec.KindAny, s.Kind == spec.KindArray && s.Items == nil:
			lists, items = append(lists, s), append(items, anything)
		case s.Kind == spec.KindArray:
			lists, items = append(lists, s), append(items, s.Items)
		}
	}
	return lists, expand(nil, items)
}

// checkContains refuses a search in what is neither a text nor a list.
func checkContains(n *ast.BinaryNode, whole, part *operand) *Error {
	_, isList := part.literal.([]any)
	switch {
	case isList || part.path == nil && part.literal == nil:
		return errorAt(part.node, "contains takes one text or value", "join comparisons with or")
	case whole.path == nil:
		if _, isText := whole.literal.(string); isText && part.may(spec.KindString) {
			return nil
		}
		return errorAt(whole.node, "contains looks into a field that is a text or a list", "write in to look for a field in a list of values")
	case !whole.may(spec.KindString, spec.KindArray):
		return errorAt(whole.node, fmt.Sprintf("%s is %s, which contains nothing", whole.path, whole.describe()), "")
	}
	isText := part.may(spec.KindString)
	if part.path == nil {
		_, isText = part.literal.(string)
	}
	if isText && whole.may(spec.KindString) {
		return nil
	}
	if !whole.may(spec.KindArray) {
		return errorAt(part.node, fmt.Sprintf("%s is text, and %s is not", whole.path, part), "")
	}
	return checkElement(whole, part)
}

// checkOrder refuses to put in order what is neither two numbers nor two texts.
func checkOrder(n *ast.BinaryNode, left, right *operand) *Error {
	numbers := left.isOrdered(spec.KindNumber, spec.KindInteger) && right.isOrdered(spec.KindNumber, spec.KindInteger)
	texts := left.isOrdered(spec.KindString) && right.isOrdered(spec.KindString)
	if numbers || texts {
		return nil
	}
	return errorAt(n, fmt.Sprintf("%q compares two numbers or two texts, not %s with %s", n.Operator, left.describe(), right.describe()), "")
}

// isOrdered reports whether an operand can be of one of the kinds.
func (o *operand) isOrdered(kinds ...spec.Kind) bool {
	if o.path != nil {
		return o.may(kinds...)
	}
	switch o.literal.(type) {
	case string:
		return kinds[0] == spec.KindString
	case float64:
		return kinds[0] == spec.KindNumber
	}
	return false
}

// alike reports whether two fields can have the same value.
func alike(a, b []*spec.Schema) bool {
	for _, one := range a {
		for _, other := range b {
			if kind := general(one); kind == general(other) && kind != spec.KindObject && kind != spec.KindArray ||
				kind == spec.KindAny || other.Kind == spec.KindAny {
				return true
			}
		}
	}
	return false
}

// general is a shape's kind, one for all numbers.
func general(s *spec.Schema) spec.Kind {
	if s.Kind == spec.KindInteger {
		return spec.KindNumber
	}
	return s.Kind
}
