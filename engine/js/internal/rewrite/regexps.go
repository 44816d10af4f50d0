package rewrite

import (
	"reflect"
	"strings"

	"github.com/dop251/goja/ast"
)

// regexps are the offsets of the regular expressions among tokens.
func (l *tokenList) regexps() map[int]bool {
	found := make(map[int]bool)
	for _, t := range l.Tokens {
		if t.Kind == tokenRegExp {
			found[t.start] = true
		}
	}
	return found
}

// regexps are the offsets of the regular expressions that the parser found.
func (e *Entry) regexps() map[int]bool {
	found := make(map[int]bool)
	e.findRegExps(reflect.ValueOf(e.Body), found)
	return found
}

// findRegExps looks through everything that a tree is made of.
func (e *Entry) findRegExps(v reflect.Value, found map[int]bool) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(*ast.RegExpLiteral); ok {
			found[e.offset(n.Idx)] = true
			return
		}
		e.findRegExps(v.Elem(), found)
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint16 {
			return // text
		}
		for i := range v.Len() {
			e.findRegExps(v.Index(i), found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			// The variables of a function stand in its body as well.
			if f := v.Type().Field(i); f.IsExported() && f.Name != "DeclarationList" {
				e.findRegExps(v.Field(i), found)
			}
		}
	}
}

// commentedRegExp reports whether a slash follows a regular expression. goja takes a name behind a comment there for flags.
func commentedRegExp(l *tokenList) bool {
	for _, t := range l.Tokens {
		if t.Kind == tokenRegExp && strings.HasPrefix(l.code[t.end:], "/") {
			return true
		}
	}
	return false
}
