package rewrite

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
	keyword "github.com/dop251/goja/token"
)

// create declares a variable in the script where an entry's assignment makes it. That has to be all of a statement, and the name must not
// be in use before the assignment is done.
func (w *Awaiter) create(n *ast.AssignExpression, start int) {
	name, ok := n.Left.(*ast.Identifier)
	if !ok || n.Operator != keyword.ASSIGN || w.depth > 0 || w.offset(name.Idx) != start || w.isExported(start) || w.usedBefore(start, w.lastToken(n)) {
		return
	}
	if text := name.Name.String(); w.creates(text) {
		w.insert(w.offset(name.Idx), "let ", InScript)
		w.bind(name)
		w.Created = append(w.Created, text)
	}
}

// usedBefore reports whether the name at an offset stands anywhere before or else up to a token behind it.
func (w *Awaiter) usedBefore(offset, last int) bool {
	if w.first == nil {
		w.first = make(map[string]int)
		for i := len(w.tokens.Tokens) - 1; i >= 0; i-- {
			if !w.tokens.Is(i-1, ".") && !w.tokens.Is(i-1, "?.") {
				w.first[w.tokens.Text(i)] = i
			}
		}
	}
	at := w.tokens.at(offset)
	name := w.tokens.Text(at)
	if w.first[name] < at {
		return true
	}
	for i := at + 1; i <= last; i++ {
		if w.tokens.Is(i, name) && !w.tokens.Is(i-1, ".") && !w.tokens.Is(i-1, "?.") {
			return true
		}
	}
	return false
}

// creates reports whether an assignment to a name makes a variable.
func (w *Awaiter) creates(name string) bool {
	switch {
	case w.Bound[name]:
		return false
	case w.Learned != nil:
		return slices.Contains(w.Learned.Created, name)
	default:
		return !w.Exists(name)
	}
}

// CreateOthers declares the variables that are made by other assignments than statements of the top level.
func (w *Awaiter) CreateOthers() {
	var list []string
	for _, name := range w.assigned {
		if w.creates(name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	w.Created = append(w.Created, list...)
	if len(list) > 0 {
		w.Edits = append([]edit{{0, 0, "let " + strings.Join(list, ", ") + ";\n", InScript}}, w.Edits...)
	}
}

// bind notes the names that a pattern declares anywhere in the entry.
func (w *Awaiter) bind(n ast.Expression) {
	names(n, func(name string) { w.Bound[name] = true })
}

// BindAll notes the names that declarations make for all of the entry, wherever they stand.
func (w *Awaiter) BindAll() {
	bind := func(name string) { w.Bound[name] = true }
	for _, v := range w.variables {
		bindingNames(v.List, bind)
	}
	w.topNames(bind)
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

func (w *Awaiter) declare(n ast.Expression) {
	names(n, func(name string) { w.Declared = append(w.Declared, name) })
}

// Names yields the names in a pattern.
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
