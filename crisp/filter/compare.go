package filter

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/internal/tape"
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

// list is an array of a payload, and object an object.
type (
	list struct {
		doc *tape.Document
		at  tape.Index
	}
	object struct{}
)

// valueAt returns the value that a path leads to: nil, a string, a float64, a bool, a list or an object. It is nil for one that is
// missing.
func valueAt(doc *tape.Document, p path) any {
	at, found := p.find(doc)
	if !found {
		return nil
	}
	return valueOf(doc, at)
}

func valueOf(doc *tape.Document, at tape.Index) any {
	switch doc.Kind(at) {
	case tape.Null:
		return nil
	case tape.String:
		return doc.String(at)
	case tape.Number:
		return doc.Float(at)
	case tape.Array:
		return list{doc, at}
	case tape.Object:
		return object{}
	default:
		return doc.Bool(at)
	}
}

// includes reports whether a list has a value.
func includes(whole, element any) bool {
	switch l := whole.(type) {
	case list:
		for _, at := range l.doc.Items(l.at) {
			if equal(valueOf(l.doc, at), element) {
				return true
			}
		}
	case []any: // a literal
		return slices.ContainsFunc(l, func(v any) bool { return equal(v, element) })
	}
	return false
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
	case list, []any:
		return "a list"
	}
	return "an object"
}
