package rewrite

import (
	"fmt"

	"github.com/dop251/goja/ast"
	keyword "github.com/dop251/goja/token"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// Statements walks a list of statements. The value of the last one is the entry's value if shown is set.
func (w *Awaiter) Statements(list []ast.Statement, shown bool) {
	last := len(list) - 1
	for last >= 0 {
		if _, empty := list[last].(*ast.EmptyStatement); !empty {
			break
		}
		last--
	}
	for i, s := range list {
		w.start = w.startOf(s)
		w.statement(s, shown && i == last)
	}
}

// inner walks a statement that stands in another one without being in a list.
func (w *Awaiter) inner(s ast.Statement, shown bool) {
	if s == nil {
		return
	}
	w.depth++
	w.start = -1
	w.statement(s, shown)
	w.depth--
}

func (w *Awaiter) block(b *ast.BlockStatement, shown bool) {
	w.depth++
	w.Statements(b.List, shown)
	w.depth--
}

func (w *Awaiter) statement(s ast.Statement, shown bool) {
	switch n := s.(type) {
	case *ast.ExpressionStatement:
		w.expressionStatement(n, shown)
	case *ast.VariableStatement:
		w.declaration(w.offset(n.Var), "var", n.List)
	case *ast.LexicalDeclaration:
		w.lexicalDeclaration(n)
	case *ast.FunctionDeclaration:
		w.functionDeclaration(n)
	case *ast.ClassDeclaration:
		w.classDeclaration(n)
	case *ast.BlockStatement:
		w.block(n, shown)
	case *ast.IfStatement:
		w.expression(n.Test, asValue)
		w.inner(n.Consequent, shown)
		w.inner(n.Alternate, shown)
	case *ast.TryStatement:
		w.block(n.Body, shown)
		if n.Catch != nil {
			if n.Catch.Parameter != nil {
				w.bind(n.Catch.Parameter)
			}
			w.block(n.Catch.Body, shown)
		}
		if n.Finally != nil {
			w.block(n.Finally, false)
		}
	case *ast.ForStatement:
		w.forHead(n.Initializer)
		w.expression(n.Test, asValue)
		w.expression(n.Update, asValue)
		w.inner(n.Body, false)
	case *ast.ForInStatement:
		w.into(n.Into)
		w.expression(n.Source, asValue)
		w.inner(n.Body, false)
	case *ast.ForOfStatement:
		w.forOf(n, w.offset(n.For))
	case *ast.LabelledStatement:
		w.labelled(n)
	case *ast.WhileStatement:
		w.expression(n.Test, asValue)
		w.inner(n.Body, false)
	case *ast.DoWhileStatement:
		w.inner(n.Body, false)
		w.expression(n.Test, asValue)
	case *ast.SwitchStatement:
		w.expression(n.Discriminant, asValue)
		w.depth++
		for _, c := range n.Body {
			w.expression(c.Test, asValue)
			w.Statements(c.Consequent, false)
		}
		w.depth--
	case *ast.ThrowStatement:
		w.expression(n.Argument, asValue)
	case *ast.ReturnStatement:
		w.Returns = append(w.Returns, w.offset(n.Return))
	}
}

// labelled walks a statement with its labels, which stay at a loop that is rewritten.
func (w *Awaiter) labelled(n *ast.LabelledStatement) {
	start := w.offset(n.Idx0())
	body := n.Statement
	for {
		inside, ok := body.(*ast.LabelledStatement)
		if !ok {
			break
		}
		body = inside.Statement
	}
	if loop, ok := body.(*ast.ForOfStatement); ok {
		w.forOf(loop, start)
		return
	}
	w.inner(body, false)
}

func (w *Awaiter) expressionStatement(n *ast.ExpressionStatement, shown bool) {
	if assignment, ok := n.Expression.(*ast.AssignExpression); ok {
		w.create(assignment, w.startOf(n))
		w.expression(n.Expression, asValue)
		return
	}
	if !shown {
		w.expression(n.Expression, asValue)
		return
	}
	start, end := w.fullSpan(n.Expression)
	before, after := syntax.ParamResult, "))"
	if maySettle(n.Expression) {
		before, after = before+"(await "+EntrySettle+"((", ")))"
	} else {
		before += "(("
	}
	if start == w.start && w.continues(start) {
		before = ";" + before // goja takes async and a name on the next line for an arrow function
	}
	w.insert(start, before, InRun)
	w.shown = true
	w.expression(n.Expression, asValue)
	w.shown = false
	w.insert(end, after, InRun)
}

func (w *Awaiter) lexicalDeclaration(n *ast.LexicalDeclaration) {
	kind := "let"
	if n.Token == keyword.CONST {
		kind = "const"
	}
	if w.depth > 0 {
		w.bindings(n.List)
		return
	}
	w.declaration(w.offset(n.Idx), kind, n.List)
}

// madeUp reports whether a declaration is esbuild's own.
func (w *Awaiter) madeUp(list []*ast.Binding) bool {
	name, ok := list[0].Target.(*ast.Identifier)
	return ok && w.Helper(name.Name.String())
}

// bindings walks declarations that stay as they are.
func (w *Awaiter) bindings(list []*ast.Binding) {
	for _, b := range list {
		w.bind(b.Target)
		w.pattern(b.Target, "")
		if b.Initializer != nil {
			w.settled(b.Initializer)
		}
	}
}

// declaration makes assignments to properties of the global object of a declaration: const a = 1, {b} = c becomes
// void (entryConst.a = 1, {b: entryConst.b} = c).
func (w *Awaiter) declaration(start int, kind string, list []*ast.Binding) {
	if w.madeUp(list) {
		w.bindings(list)
		return
	}
	word := w.tokens.at(start)
	w.replace(start, w.tokens.Tokens[word].end, "void (", InRun)
	w.bindingsAs(kind, list)
	w.closeStatement(w.bindingEnd(list[len(list)-1]))
}

// closeStatement ends what a declaration became. A declaration that ends with its line needs no semicolon; an expression may go on.
func (w *Awaiter) closeStatement(end int) {
	if w.tokens.Is(w.tokens.at(end), ";") {
		w.insert(end, ")", InRun)
	} else {
		w.insert(end, ");", InRun)
	}
}

func (w *Awaiter) bindingsAs(kind string, list []*ast.Binding) {
	object := EntryLet
	if kind == "const" {
		object = EntryConst
	}
	for _, b := range list {
		w.bind(b.Target)
		if kind == "var" {
			w.declare(b.Target)
		}
		if b.Initializer == nil {
			start, end := w.span(b.Target)
			if kind == "var" {
				w.replace(start, end, "0", InRun) // var x leaves x as it is
			} else {
				w.insert(start, object+".", InRun)
				w.insert(end, " = undefined", InRun)
			}
			continue
		}
		w.pattern(b.Target, object+".")
		if name, ok := b.Target.(*ast.Identifier); ok && Nameless(b.Initializer) {
			// A property gives a function its name as a declaration does.
			start, end := w.fullSpan(b.Initializer)
			w.insert(start, "{"+w.tokens.Text(w.tokens.at(w.offset(name.Idx)))+": ", InRun)
			w.expression(b.Initializer, asValue)
			w.insert(end, "}."+w.tokens.Text(w.tokens.at(w.offset(name.Idx))), InRun)
			continue
		}
		w.settled(b.Initializer)
	}
}

// Nameless reports whether an expression takes its name from the variable that it is assigned to.
func Nameless(n ast.Expression) bool {
	switch n := n.(type) {
	case *ast.FunctionLiteral:
		return n.Name == nil
	case *ast.ClassLiteral:
		return n.Name == nil
	case *ast.ArrowFunctionLiteral:
		return true
	}
	return false
}

// pattern walks what is assigned to, and puts a prefix before each name in it.
func (w *Awaiter) pattern(n ast.Expression, prefix string) {
	switch n := n.(type) {
	case *ast.Identifier:
		if prefix != "" {
			w.insert(w.offset(n.Idx), prefix, InRun)
		} else {
			w.assigned = append(w.assigned, n.Name.String())
		}
	case *ast.AssignExpression:
		w.pattern(n.Left, prefix)
		w.expression(n.Right, asValue)
	case *ast.Binding:
		w.pattern(n.Target, prefix)
		w.expression(n.Initializer, asValue)
	case *ast.ArrayPattern:
		for _, e := range n.Elements {
			if e != nil {
				w.pattern(e, prefix)
			}
		}
		if n.Rest != nil {
			w.pattern(n.Rest, prefix)
		}
	case *ast.ObjectPattern:
		for _, p := range n.Properties {
			w.patternProperty(p, prefix)
		}
		if n.Rest != nil {
			w.pattern(n.Rest, prefix)
		}
	case *ast.SpreadElement:
		w.pattern(n.Expression, prefix)
	default:
		w.expression(n, asValue)
	}
}

func (w *Awaiter) patternProperty(p ast.Property, prefix string) {
	switch p := p.(type) {
	case *ast.PropertyShort:
		if prefix != "" {
			at := w.offset(p.Name.Idx)
			w.insert(at, w.tokens.Text(w.tokens.at(at))+": "+prefix, InRun)
		} else {
			w.assigned = append(w.assigned, p.Name.Name.String())
		}
		w.expression(p.Initializer, asValue)
	case *ast.PropertyKeyed:
		if p.Computed {
			w.expression(p.Key, asValue)
		}
		w.pattern(p.Value, prefix)
	}
}

func (w *Awaiter) functionDeclaration(n *ast.FunctionDeclaration) {
	w.bind(n.Function.Name)
	if w.depth > 0 || w.Helper(n.Function.Name.Name.String()) {
		return // it belongs to its block
	}
	start, end := w.span(n.Function)
	name := w.tokens.Tokens[w.tokens.at(w.offset(n.Function.Name.Idx))]
	w.hoisted = append(w.hoisted, hoistedFunction{start, name.start, name.end, end})
}

func (w *Awaiter) classDeclaration(n *ast.ClassDeclaration) {
	w.bind(n.Class.Name)
	if w.depth > 0 {
		return
	}
	start, end := w.span(n.Class)
	w.insert(start, fmt.Sprintf("void (%s.%s = ", EntryLet, w.tokens.Text(w.tokens.at(w.offset(n.Class.Name.Idx)))), InRun)
	w.closeStatement(end)
}

// forHead walks the first part of a loop's head. Variables of var persist, those of let belong to the loop.
func (w *Awaiter) forHead(n ast.ForLoopInitializer) {
	switch n := n.(type) {
	case *ast.ForLoopInitializerExpression:
		w.expression(n.Expression, asValue)
	case *ast.ForLoopInitializerVarDeclList:
		if w.madeUp(n.List) {
			w.bindings(n.List)
			return
		}
		w.dropKeyword(n.List[0].Target)
		w.bindingsAs("var", n.List)
	case *ast.ForLoopInitializerLexicalDecl:
		w.bindings(n.LexicalDeclaration.List)
	}
}
