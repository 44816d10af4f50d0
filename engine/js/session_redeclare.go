package js

import (
	"slices"
	"strings"

	"github.com/dop251/goja/ast"
)

// names lists the names that an entry declares at its top level, each once, without those that its translation added.
func (e *entry) names(code string) []string {
	list := slices.Clone(e.created)
	e.topNames(func(name string) { list = append(list, name) })
	if e.origin != nil {
		words := wordsOf(code)
		list = slices.DeleteFunc(list, func(name string) bool { return !words[name] })
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// redeclare changes declarations of an entry for a script in which names are declared more than once, or were already. It tells
// whether there are such.
func (e *entry) redeclare(count map[string]int, seen map[string]bool) bool {
	before := len(e.edits)
	for _, statement := range e.body {
		switch n := statement.(type) {
		case *ast.LexicalDeclaration:
			e.redeclareVariables(e.offset(n.Idx), n.List, count, seen)
		case *ast.VariableStatement:
			e.redeclareVariables(e.offset(n.Var), n.List, count, seen)
		case *ast.FunctionDeclaration:
			if name := n.Function.Name.Name.String(); seen[name] {
				for _, f := range e.hoisted {
					if e.text[f.nameStart:f.nameEnd] == name {
						e.insert(f.start, name+" = ", inScript)
						e.insert(f.end, ";", inScript)
					}
				}
			}
		case *ast.ClassDeclaration:
			if name := n.Class.Name.Name.String(); seen[name] {
				start, end := e.span(n.Class)
				e.insert(start, name+" = ", inScript)
				e.insert(end, ";", inScript)
			}
		}
	}
	for _, d := range e.imports {
		again := len(d.names) > 0
		for _, name := range d.names {
			again = again && seen[name.local]
		}
		if again {
			e.replace(d.start, d.end, "", inScript)
		}
	}
	return len(e.edits) > before
}

// redeclareVariables changes a declaration of variables, which starts at an offset.
func (e *entry) redeclareVariables(start int, list []*ast.Binding, count map[string]int, seen map[string]bool) {
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
	case !again && often && e.tokens.is(keyword, "const"):
		e.replace(start, e.tokens.tokens[keyword].end, "let", inScript)
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
		target := e.tokens.tokens[keyword+1].start
		e.replace(start, target, text, inScript)
		last := 0
		for _, b := range list {
			if b.Initializer == nil {
				_, last = e.span(b.Target)
				if !e.tokens.is(keyword, "var") {
					e.insert(last, " = undefined", inScript)
				}
				continue
			}
			_, last = e.fullSpan(b.Initializer)
		}
		if after != "" {
			e.insert(last, after, inScript)
		}
	}
}
