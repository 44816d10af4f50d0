package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// equal reports whether two values are the same. Lists and objects are equal to nothing.
func equal(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string, float64, bool:
		return a == b
	}
	return false
}

// includes reports whether a list has a value.
func includes(list, element any) bool {
	values, _ := list.([]any)
	return slices.ContainsFunc(values, func(v any) bool { return equal(v, element) })
}

// contains reports whether a text has another one in it, or a list a value.
func contains(whole, part any) bool {
	text, isText := whole.(string)
	inner, isInner := part.(string)
	return isText && isInner && strings.Contains(text, inner) || includes(whole, part)
}

// order returns the comparison of an operator of order.
func order(operator string) func(a, b any) bool {
	return func(a, b any) bool {
		var sign int
		switch a := a.(type) {
		case float64:
			other, same := b.(float64)
			if !same {
				return false
			}
			sign = cmp.Compare(a, other)
		case string:
			other, same := b.(string)
			if !same {
				return false
			}
			sign = cmp.Compare(a, other)
		default:
			return false
		}
		switch operator {
		case "<":
			return sign < 0
		case "<=":
			return sign <= 0
		case ">":
			return sign > 0
		default:
			return sign >= 0
		}
	}
}

// kindOf names the type of a value for people.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return "a text"
	case float64:
		return "a number"
	case bool:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	}
	return "an object"
}
