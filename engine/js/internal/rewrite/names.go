package rewrite

import (
	"github.com/dop251/goja/ast"
)

// usedBefore reports whether the name at an offset stands anywhere before or else up to a token behind it.
func (e *Entry) usedBefore(offset, last int) bool {
	if e.first == nil {
		e.first = make(map[string]int)
		for i := len(e.tokens.Tokens) - 1; i >= 0; i-- {
			if !e.tokens.Is(i-1, ".") && !e.tokens.Is(i-1, "?.") {
				e.first[e.tokens.Text(i)] = i
			}
		}
	}
	at := e.tokens.at(offset)
	name := e.tokens.Text(at)
	if e.first[name] < at {
		return true
	}
	for i := at + 1; i <= last; i++ {
		if e.tokens.Is(i, name) && !e.tokens.Is(i-1, ".") && !e.tokens.Is(i-1, "?.") {
			return true
		}
	}
	return false
}

// topNames yields the names that the imports and the declarations of an entry's top level make.
func (e *Entry) topNames(yield func(name string)) {
	for _, d := range e.Imports {
		for _, name := range d.Names {
			yield(name.Local)
		}
	}
	for _, s := range e.Body {
		switch n := s.(type) {
		case *ast.LexicalDeclaration:
			bindingNames(n.List, yield)
		case *ast.VariableStatement:
			bindingNames(n.List, yield)
		case *ast.FunctionDeclaration:
			names(n.Function.Name, yield)
		case *ast.ClassDeclaration:
			names(n.Class.Name, yield)
		}
	}
}

func bindingNames(list []*ast.Binding, yield func(name string)) {
	for _, b := range list {
		names(b.Target, yield)
	}
}

// names yields the names in a pattern.
func names(n ast.Expression, yield func(string)) {
	switch n := n.(type) {
	case *ast.Identifier:
		yield(n.Name.String())
	case *ast.AssignExpression:
		names(n.Left, yield)
	case *ast.Binding:
		names(n.Target, yield)
	case *ast.SpreadElement:
		names(n.Expression, yield)
	case *ast.ArrayPattern:
		for _, e := range n.Elements {
			names(e, yield)
		}
		names(n.Rest, yield)
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			switch p := p.(type) {
			case *ast.PropertyShort:
				yield(p.Name.Name.String())
			case *ast.PropertyKeyed:
				names(p.Value, yield)
			}
		}
		names(n.Rest, yield)
	}
}

// WordsOf are the tokens of a text. A name that is none of them was made up in translating it.
func WordsOf(code string) map[string]bool {
	words := make(map[string]bool)
	for list, i := Lex(code), 0; i < len(list.Tokens); i++ {
		words[list.Text(i)] = true
	}
	return words
}
