package rewrite

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// Names lists the names that an entry declares at its top level, each once, without those that its translation added.
func (e *Entry) Names(code string) []string {
	list := slices.Clone(e.Created)
	e.topNames(func(name string) { list = append(list, name) })
	if e.Origin != nil {
		words := WordsOf(code)
		list = slices.DeleteFunc(list, func(name string) bool { return !words[name] })
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Redeclare changes declarations of an entry for a script in which names are declared more than once, or were already. It tells
// whether there are such.
func (e *Entry) Redeclare(count map[string]int, seen map[string]bool) bool {
	before := len(e.Edits)
	for _, statement := range e.Body {
		switch n := statement.(type) {
		case *ast.LexicalDeclaration:
			e.redeclareVariables(e.offset(n.Idx), n.List, count, seen)
		case *ast.VariableStatement:
			e.redeclareVariables(e.offset(n.Var), n.List, count, seen)
		case *ast.FunctionDeclaration:
			if name := n.Function.Name.Name.String(); seen[name] {
				start, end := e.span(n.Function)
				e.insert(start, name+" = ")
				e.insertAfter(end, ";")
			}
		case *ast.ClassDeclaration:
			if name := n.Class.Name.Name.String(); seen[name] {
				start, end := e.span(n.Class)
				e.insert(start, name+" = ")
				e.insertAfter(end, ";")
			}
		}
	}
	for _, d := range e.Imports {
		again := len(d.Names) > 0
		for _, name := range d.Names {
			again = again && seen[name.Local]
		}
		if again {
			e.replace(d.start, d.end, "")
		}
	}
	return len(e.Edits) > before
}

// redeclareVariables changes a declaration of variables, which starts at an offset.
func (e *Entry) redeclareVariables(start int, list []*ast.Binding, count map[string]int, seen map[string]bool) {
	var fresh []string
	again, often := false, false
	bindingNames(list, func(name string) {
		if seen[name] {
			again = true
		} else {
			fresh = append(fresh, name)
		}
		often = often || count[name] > 1
	})
	keyword := e.tokens.at(start)
	switch {
	case !again && often && e.tokens.Is(keyword, "const"):
		e.replace(start, e.tokens.Tokens[keyword].end, "let")
	case again:
		text, after := "", ""
		switch list[0].Target.(type) {
		case *ast.ObjectPattern:
			text, after = ";(", ")"
		case *ast.ArrayPattern:
			text = ";"
		}
		if len(fresh) > 0 {
			text = "let " + strings.Join(fresh, ", ") + "; " + strings.TrimPrefix(text, ";")
		}
		target := e.tokens.Tokens[keyword+1].start
		e.replace(start, target, text)
		last := 0
		for _, b := range list {
			if b.Initializer == nil {
				_, last = e.span(b.Target)
				if !e.tokens.Is(keyword, "var") {
					e.insert(last, " = undefined")
				}
				continue
			}
			_, last = e.fullSpan(b.Initializer)
		}
		if after != "" {
			e.insert(last, after)
		}
	}
}
