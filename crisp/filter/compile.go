package filter

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/expr-lang/expr/ast"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
)

// condition is a part of a filter that is true or false of a payload.
type condition func(payload *tape.Document) (bool, error)

// compiler makes conditions of what the parser read.
type compiler struct {
	// event is the name of the event, and payload what shapes its payload has, or both are empty.
	event   string
	payload []*spec.Schema
}

func (c *compiler) condition(n ast.Node) (condition, *Error) {
	switch n := n.(type) {
	case *ast.BoolNode:
		return func(*tape.Document) (bool, error) { return n.Value, nil }, nil
	case *ast.IdentifierNode, *ast.MemberNode:
		return c.flag(n)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			inner, err := c.condition(n.Node)
			if err != nil {
				return nil, err
			}
			return func(payload *tape.Document) (bool, error) {
				is, err := inner(payload)
				return !is && err == nil, err
			}, nil
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&":
			return c.joined(n, false)
		case "or", "||":
			return c.joined(n, true)
		case "==", "!=", "<", "<=", ">", ">=", "contains", "in":
			return c.comparison(n)
		case "matches":
			return c.match(n)
		}
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.NilNode:
		return nil, errorAt(n, literalText(n)+" is not a condition", "compare it with a field, such as from == \"user\"")
	}
	return nil, unsupported(n)
}

// joined joins two conditions; the second one counts unless the first is what decides.
func (c *compiler) joined(n *ast.BinaryNode, decides bool) (condition, *Error) {
	left, err := c.condition(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.condition(n.Right)
	if err != nil {
		return nil, err
	}
	return func(payload *tape.Document) (bool, error) {
		if is, err := left(payload); err != nil || is == decides {
			return is, err
		}
		return right(payload)
	}, nil
}

// flag is a field that stands for a condition.
func (c *compiler) flag(n ast.Node) (condition, *Error) {
	o, err := c.operand(n)
	if err != nil {
		return nil, err
	}
	if o.path == nil {
		return nil, errorAt(n, "null is not a condition", "compare it with a field, such as inbox_id == null")
	}
	if !o.may(spec.KindBoolean) {
		return nil, errorAt(n, fmt.Sprintf("%s is not true or false: it is %s", o.path, o.describe()), "compare it with a value")
	}
	return func(payload *tape.Document) (bool, error) {
		switch v := o.value(payload).(type) {
		case nil:
			return false, nil
		case bool:
			return v, nil
		default:
			return false, fmt.Errorf("%s is %s, which is not true or false", o.path, kindOf(v))
		}
	}, nil
}

// comparison compares two operands.
func (c *compiler) comparison(n *ast.BinaryNode) (condition, *Error) {
	left, err := c.operand(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := c.operand(n.Right)
	if err != nil {
		err.Hint = cmp.Or(unquoted(left, n.Right), err.Hint)
		return nil, err
	}
	if left.path == nil && right.path == nil {
		return nil, errorAt(n, "two fixed values are compared", "names of fields stand without quotes")
	}
	var check func(n *ast.BinaryNode, left, right *operand) *Error
	var compare func(left, right any) bool
	switch n.Operator {
	case "==":
		check, compare = checkEqual, equal
	case "!=":
		check, compare = checkEqual, func(a, b any) bool { return !equal(a, b) }
	case "in":
		check = func(n *ast.BinaryNode, element, list *operand) *Error { return checkIn(n, list, element) }
		compare = func(element, list any) bool { return includes(list, element) }
	case "contains":
		check, compare = checkContains, contains
	default:
		check, compare = checkOrder, order(n.Operator)
	}
	if err := check(n, left, right); err != nil {
		return nil, err
	}
	return func(payload *tape.Document) (bool, error) {
		return compare(left.value(payload), right.value(payload)), nil
	}, nil
}

// maxMatched bounds the texts that are matched. They come from strangers.
const maxMatched = 64 << 10

// match looks for a regular expression in a field.
func (c *compiler) match(n *ast.BinaryNode) (condition, *Error) {
	left, err := c.operand(n.Left)
	if err != nil {
		return nil, err
	}
	pattern, isText := n.Right.(*ast.StringNode)
	switch {
	case !isText:
		return nil, errorAt(n.Right, "matches takes a text", "write a regular expression in quotes, or use contains to look for a field's text")
	case left.path == nil:
		return nil, errorAt(n.Left, "two fixed values are compared", "names of fields stand without quotes")
	case !left.may(spec.KindString):
		return nil, errorAt(n.Left, fmt.Sprintf("%s is %s, and matches reads text", left.path, left.describe()), "")
	}
	re, problem := compilePattern(pattern.Value)
	if problem != "" {
		return nil, errorAt(pattern, problem, "the syntax is RE2's, without backreferences and lookaround")
	}
	return func(payload *tape.Document) (bool, error) {
		text, isText := left.value(payload).(string)
		if len(text) > maxMatched {
			return false, fmt.Errorf("%s is %d KiB, and matches reads at most %d KiB", left.path, len(text)>>10, maxMatched>>10)
		}
		return isText && re.MatchString(text), nil
	}, nil
}

func compilePattern(pattern string) (*regexp.Regexp, string) {
	if weight, err := patternWeight(pattern); err == nil && weight > maxWeight {
		return nil, "the regular expression is too large"
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, "the regular expression is not valid: " + patternProblem(err)
	}
	return re, ""
}

// unsupported is the error of what the parser can read and a condition cannot have.
func unsupported(n ast.Node) *Error {
	switch n := n.(type) {
	case *ast.CallNode, *ast.BuiltinNode, *ast.PredicateNode, *ast.PointerNode:
		return errorAt(n, "conditions have no functions", operators)
	case *ast.BinaryNode:
		if n.Operator == "startsWith" || n.Operator == "endsWith" {
			return errorAt(n, fmt.Sprintf("%q is not an operator of conditions", n.Operator), `write matches "^beginning" or matches "end$"`)
		}
		return errorAt(n, fmt.Sprintf("%q is not an operator of conditions", n.Operator), operators)
	case *ast.UnaryNode:
		return errorAt(n, fmt.Sprintf("%q stands before something that it does not fit", n.Operator), "")
	case *ast.ArrayNode:
		return errorAt(n, "a list stands where none can be", `lists stand behind in: type in ["text", "file"]`)
	case *ast.ChainNode:
		return errorAt(n, `"?." is not needed`, `write ".": a field that is missing is null`)
	}
	return errorAt(n, "this is not a part of conditions", operators)
}

// literalText is a literal as it may be written.
func literalText(n ast.Node) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return strconv.Quote(n.Value)
	case *ast.NilNode:
		return "null"
	}
	return n.String()
}

// isCondition reports whether a node is true or false by its form.
func isCondition(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.UnaryNode:
		return n.Operator == "not" || n.Operator == "!"
	case *ast.BinaryNode:
		return slices.Contains([]string{"and", "&&", "or", "||", "==", "!=", "<", "<=", ">", ">=", "contains", "in", "matches"}, n.Operator)
	}
	return false
}
