package entry

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dop251/goja"
	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"
	keyword "github.com/dop251/goja/token"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestSessionEntryParts checks what is made of entries in which it is hard to tell where a part of them begins or ends.
func TestSessionEntryParts(t *testing.T) {
	s := translator()
	for _, code := range []string{
		// What follows on the next line continues an expression, but no declaration.
		"let a\n(b)\nc", "let a\n[0].b", "var a, b\n/c/g", "const a = 1\n`b`", "class A {} f()", "class A {}\n(b); c", "a\nfunction b() {}\n(c); d", "a\nimport 'crisp'\n(b); c",
		"a\nexport default (b)", "if (a) var b\nelse c", "do var a\nwhile (b)", "for (;;) var a", "export class A {}\n(b)", "export default /a/g", "class A {}import 'crisp'",
		// The ends of bodies of loops.
		"if (a) for (b of c) debugger; else d", "for (a of b) for (c of d);", "for (a of b) do c\nwhile (d)\n(e)", "for (a of b) return (c)", "for (a of b) throw (c);", "l: for (a of b) continue l\n;c",
		"for ((a.b) of (c, d)) e", "for await (var {a} of b) debugger", "for (const [a = (b)] of (c)) try {} finally {}",
		// Regular expressions and divisions, members of numbers.
		"a = function () {} / b / 2", "a = {}\n/b/g", "if (a) {}\n/b/g.c()", "for await (a of b) /c/g.d()", "a++ / b / c", "of / 2 / a", "x = class {} / 2 + '/'", "1..a, 1.5.b, 0x1.c, 1e3.d, 1n.e, .5.f", "(/a/)/b/c",
		"/a//**/\nb",
		// Names.
		"async\nof", "async\ndelete a", "let\nasync", "get = async => async", "\\u0061 = f()", "let \\u{61} = () => 1",
		"var a = () => 1, {b = (c), [f()]: d, ...e} = g()", "({get a() { return 1 }, async *b() {}, [c()]: d, 'e': f(), ...g()})", "class A { static x = f(); #p; static {} get q() { return this.#p } }",
		"x?.f()\n.y?.[z]()", "((a, f))((b))", "new (f().x)", "(async (a) => a)\n(f())",
	} {
		checkEntry(t, s, code)
	}
}

// translator makes a translator for a test.
func translator() *Translator {
	m := enginetest.Inbox()
	global := goja.New().GlobalObject()
	return &Translator{
		Language: engine.JavaScript, Modules: map[string]*engine.Module{m.Name: m},
		Exists: func(name string) bool { return name == m.Name || global.Get(name) != nil },
	}
}

// checkEntry checks what is made of an entry: that both what runs and what is saved parse, and mean what was entered apart from what the
// session adds. It passes over texts that are no entry.
func checkEntry(t testing.TB, s *Translator, code string) {
	t.Helper()
	var script string
	texts, refusal := s.Scripts([]string{code})
	if refusal == nil {
		script = texts[0]
	}
	e, err := s.take("entry", code, true)
	if err != nil {
		return
	}
	if len(bundle.Transform(code, s.loader(), false).Errors) > 0 {
		return // goja takes some texts that are wrong
	}
	if c, err := s.Compile("entry", code); err == nil {
		around := c.Tree.Body[0].(*ast.ExpressionStatement).Expression.(*ast.FunctionLiteral)
		_, _ = syntax.CompileTree(e.Tree) // which puts the engine's guards in, as Compile has
		want, _ := shapeOf(e.Body)
		if got, _ := shapeOf(around.Body.List[1:]); got != want {
			t.Errorf("%q runs as\n got %s\nwant %s", code, got, want)
		}
	} else if failure := (*engine.Error)(nil); !errors.As(err, &failure) || failure.Hint == "" && !strings.Contains(failure.Message, "strict mode") {
		t.Errorf("%q does not run: %v", code, err)
	}
	if s.Language != engine.JavaScript || !isModule(code) || refusal != nil {
		return
	}
	if !isModule(script) {
		t.Errorf("%q is saved as %q, which does not parse", code, script)
	}
	e, err = s.take("entry", code, false)
	if err != nil {
		t.Fatal(err)
	}
	want, awaits := shapeOf(e.Body)
	part := &rewrite.Part{Entry: e, Host: s.host(e, code)}
	if _, refused := rewrite.Save([]*rewrite.Part{part}); refused != nil {
		t.Fatal(refused.Message)
	}
	saved := e.Script()
	if first := e.Edits; len(first) > 0 && first[0].Start == 0 && strings.HasSuffix(first[0].Text, ";\n") {
		saved = strings.TrimPrefix(saved, first[0].Text)
	}
	if back, ok := rewrite.ParseEntry(saved); !ok {
		t.Errorf("%q is saved as %q, which is no entry", code, saved)
	} else if got, saves := shapeOf(back.Body); got != want {
		t.Errorf("%q is saved as %q\n got %s\nwant %s", code, saved, got, want)
	} else if saves != awaits+len(e.Waits) {
		t.Errorf("%q is saved as %q, where %d calls are awaited, want %d and %d more", code, saved, saves, awaits, len(e.Waits))
	}
}

// isModule reports whether a text is a module.
func isModule(text string) bool {
	return len(api.Transform(text+"\n;export {}", api.TransformOptions{Format: api.FormatESModule, LogLevel: api.LogLevelSilent}).Errors) == 0
}

// shapeOf writes a tree so that what a session adds to an entry makes no difference: awaits, declarations that became assignments, functions
// that moved to the start, and loops that take streams. It counts the calls that are awaited.
func shapeOf(list []ast.Statement) (shape string, awaits int) {
	var d shaper
	d.list(list, true)
	return d.String(), d.awaits
}

type shaper struct {
	strings.Builder
	awaits int
}

// put writes a node: its name and what it is made of.
func (d *shaper) put(name string, parts ...any) {
	d.WriteString("(" + name)
	for _, p := range parts {
		d.WriteByte(' ')
		d.node(p)
	}
	d.WriteByte(')')
}

func (d *shaper) list(list []ast.Statement, top bool) {
	for _, s := range list {
		if f, ok := s.(*ast.FunctionDeclaration); ok && top {
			d.put("do", definition{f.Function.Name.Name.String(), f.Function})
		}
	}
	for _, s := range list {
		switch n := s.(type) {
		case *ast.EmptyStatement:
			continue
		case *ast.VariableStatement:
			if !initialized(n.List) {
				continue
			}
		case *ast.FunctionDeclaration:
			if top {
				continue
			}
		case *ast.ClassDeclaration:
			if top {
				d.put("do", definition{n.Class.Name.Name.String(), n.Class})
				continue
			}
		case *ast.LexicalDeclaration:
			if top {
				d.put("do", bindings{n.List, "undefined"})
				continue
			}
		}
		d.node(s)
	}
}

// definition is a function or class with its name, bindings are declarations with the value of those without one.
type (
	definition struct {
		name  string
		value ast.Expression
	}
	bindings struct {
		list  []*ast.Binding
		empty string
	}
	block []ast.Statement
)

// node writes anything that a tree is made of.
func (d *shaper) node(x any) {
	if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && v.IsNil() {
		x = nil
	}
	switch n := x.(type) {
	case nil:
		d.WriteByte('-')
	case string:
		fmt.Fprintf(d, "%q", n)
	case definition:
		if f, ok := n.value.(*ast.FunctionLiteral); ok {
			f2 := *f
			f2.Name = nil
			n.value = &f2
		}
		d.put("=", n.name, n.value)
	case bindings:
		space := ""
		for _, b := range n.list {
			switch {
			case b.Initializer != nil:
				d.WriteString(space)
				d.put("=", b.Target, b.Initializer)
			case n.empty != "":
				d.WriteString(space)
				d.put("=", b.Target, n.empty)
			default:
				continue
			}
			space = " "
		}
	case block:
		d.list(n, false)
	case *ast.Identifier:
		d.node(n.Name.String())
	case *ast.StringLiteral:
		d.put("string", n.Value.String())
	case *ast.NumberLiteral:
		d.put("NumberLiteral", n.Literal)
	case *ast.RegExpLiteral:
		d.put("regexp", n.Pattern, n.Flags)
	case *ast.AwaitExpression:
		d.node(d.awaited(n))
	case *ast.ConditionalExpression:
		if call, ok := n.Test.(*ast.CallExpression); ok && isPending(call) {
			d.node(d.awaited(&ast.AwaitExpression{Argument: call.ArgumentList[0]}))
			return
		}
		d.fields(x)
	case *ast.OptionalChain:
		d.node(n.Expression)
	case *ast.Optional:
		d.node(n.Expression)
	case *ast.CallExpression:
		switch strings.Join(rewrite.DottedPath(n.Callee), ".") {
		case syntax.ParamResult, rewrite.EntrySettle, rewrite.EntryValue, rewrite.EntrySync, "Promise.all", "Array.fromAsync":
			if len(n.ArgumentList) > 0 {
				d.node(n.ArgumentList[0])
				return
			}
		}
		d.fields(x)
	case *ast.DotExpression:
		name := n.Identifier.Name.String()
		if path := rewrite.DottedPath(n.Left); len(path) == 1 && (path[0] == rewrite.EntryConst || path[0] == rewrite.EntryLet) {
			d.node(name)
			return
		}
		if object, ok := n.Left.(*ast.ObjectLiteral); ok && len(object.Value) == 1 {
			p, ok := object.Value[0].(*ast.PropertyKeyed)
			if ok && !p.Computed && rewrite.Nameless(p.Value) && p.Key.(*ast.StringLiteral).Value.String() == name {
				d.node(p.Value)
				return
			}
		}
		d.fields(x)
	case *ast.PropertyShort:
		if n.Initializer != nil {
			d.put("PropertyKeyed", &ast.StringLiteral{Value: n.Name.Name}, ast.PropertyKindValue, &ast.Binding{Target: &n.Name, Initializer: n.Initializer}, false)
		} else {
			d.put("PropertyKeyed", &ast.StringLiteral{Value: n.Name.Name}, ast.PropertyKindValue, &n.Name, false)
		}
	case *ast.Binding:
		if n.Initializer == nil {
			d.node(n.Target)
		} else {
			d.put("=", n.Target, n.Initializer)
		}
	case *ast.AssignExpression:
		d.put(n.Operator.String(), n.Left, n.Right)
	case *ast.ExpressionStatement:
		d.expressionStatement(n)
	case *ast.UnaryExpression:
		if _, null := n.Operand.(*ast.NullLiteral); null && n.Operator == keyword.VOID {
			d.node("undefined")
			return
		}
		d.fields(x)
	case *ast.VariableStatement:
		if !initialized(n.List) {
			d.node(&ast.EmptyStatement{})
			return
		}
		d.put("do", bindings{n.List, ""})
	case *ast.ForLoopInitializerVarDeclList:
		if !initialized(n.List) {
			d.node(nil)
			return
		}
		d.put("first", bindings{n.List, ""})
	case *ast.ForLoopInitializerExpression:
		if list, ok := n.Expression.(*ast.SequenceExpression); ok {
			d.put("first", list.Sequence)
		} else {
			d.put("first", n.Expression)
		}
	case *ast.ForIntoVar:
		d.node(n.Binding.Target)
	case *ast.ForIntoExpression:
		d.node(n.Expression)
	case *ast.ForOfStatement:
		d.put("of", n.Into, n.Source, n.Body)
	case *ast.BlockStatement:
		d.put("block", block(n.List))
	case *ast.CaseStatement:
		d.put("case", n.Test, block(n.Consequent))
	default:
		d.fields(x)
	}
}

// initialized reports whether a declaration of var does anything.
func initialized(list []*ast.Binding) bool {
	return slices.ContainsFunc(list, func(b *ast.Binding) bool { return b.Initializer != nil })
}

// isPending reports whether a call asks if another one gave a promise.
func isPending(n *ast.CallExpression) bool {
	path := rewrite.DottedPath(n.Callee)
	return len(path) == 1 && path[0] == rewrite.EntryPending
}

// awaited is what an expression awaits.
func (d *shaper) awaited(n *ast.AwaitExpression) ast.Expression {
	inside := n.Argument
	if chain, ok := inside.(*ast.OptionalChain); ok {
		inside = chain.Expression
	}
	if _, ok := inside.(*ast.CallExpression); ok {
		d.awaits++
	}
	return n.Argument
}

func (d *shaper) expressionStatement(n *ast.ExpressionStatement) {
	switch e := n.Expression.(type) {
	case *ast.AssignExpression:
		d.put("do", e)
		return
	case *ast.SequenceExpression:
		d.put("do", e.Sequence)
		return
	case *ast.AwaitExpression:
		d.expressionStatement(&ast.ExpressionStatement{Expression: d.awaited(e)})
		return
	case *ast.ConditionalExpression:
		if call, ok := e.Test.(*ast.CallExpression); ok && isPending(call) {
			d.expressionStatement(&ast.ExpressionStatement{Expression: &ast.AwaitExpression{Argument: call.ArgumentList[0]}})
			return
		}
	case *ast.CallExpression:
		if path := rewrite.DottedPath(e.Callee); len(path) == 1 && (path[0] == syntax.ParamResult || path[0] == rewrite.EntrySettle) {
			d.expressionStatement(&ast.ExpressionStatement{Expression: e.ArgumentList[0]})
			return
		}
	}
	d.put("do", n.Expression)
}

// fields writes a node of any other kind with all that is no position in the text.
func (d *shaper) fields(x any) {
	v := reflect.ValueOf(x)
	switch {
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			if i > 0 {
				d.WriteByte(' ')
			}
			d.node(v.Index(i).Interface())
		}
	case v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct:
		v = v.Elem()
		d.WriteString("(" + v.Type().Name())
		for i := range v.NumField() {
			switch f := v.Type().Field(i); {
			case f.Type == reflect.TypeFor[file.Idx](), f.Name == "Source" && f.Type.Kind() == reflect.String, f.Name == "DeclarationList", f.Name == "Async":
			case f.Type.Kind() == reflect.Struct:
				d.WriteByte(' ')
				d.node(v.Field(i).Addr().Interface())
			default:
				d.WriteByte(' ')
				d.node(v.Field(i).Interface())
			}
		}
		d.WriteByte(')')
	default:
		fmt.Fprintf(d, "%v", x)
	}
}
