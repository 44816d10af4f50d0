package entry

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/testrequire"
)

// TestSessionGeneratedEntries checks entries that are put together at random from what JavaScript allows. The fuzz tests change texts
// byte by byte and rarely find one that parses.
func TestSessionGeneratedEntries(t *testing.T) {
	s := translator()
	entries := 1000
	if testing.Short() || testrequire.RaceDetector {
		entries = 300
	}
	for i := range entries {
		g := &generator{Rand: rand.New(rand.NewPCG(uint64(i), 1)), size: 3 + i%12}
		checkEntry(t, s, g.statements(true))
		if t.Failed() {
			return
		}
	}
}

// generator writes random JavaScript.
type generator struct {
	*rand.Rand
	size   int // how much may still be written
	loops  int // around the place at hand
	labels int
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

// space is what may stand between tokens, and end what may stand after a statement.
func (g *generator) space() string {
	return g.pick("", "", "", "", " ", " ", "\n", "/*c*/", "/* ( */", " // )\n", "\t", "\r\n")
}

func (g *generator) end() string {
	return g.pick(";", "\n", ";\n", "\n", " \n // (\n", "\n;", ";;", "/*\n*/", "\u2028")
}

func (g *generator) statements(top bool) string {
	var b strings.Builder
	for range 1 + g.IntN(3) {
		b.WriteString(g.statement(top))
		if g.size <= 0 {
			break
		}
	}
	return b.String()
}

func (g *generator) block() string { return "{" + g.space() + g.statements(false) + g.space() + "}" }

// inner is a statement that stands in another one.
func (g *generator) inner() string {
	switch g.IntN(5) {
	case 0:
		return " " + g.block()
	case 1:
		return g.space() + ";"
	case 2:
		return " var " + g.name() + g.space() + g.pick("", "="+g.value()) + g.end()
	case 3:
		if g.loops > 0 {
			return g.pick(" break", " continue", " debugger") + g.pick(";", "\n")
		}
	}
	return " " + g.statement(false)
}

func (g *generator) loop(head string) string {
	g.loops++
	defer func() { g.loops-- }()
	return head + g.space() + g.inner()
}

func (g *generator) statement(top bool) string {
	g.size--
	if g.size > 0 {
		switch g.IntN(34) {
		case 0:
			return g.pick("const ", "let ", "var ") + g.name() + g.space() + "=" + g.space() + g.value() + g.end()
		case 1:
			return g.pick("let ", "var ") + g.name() + g.space() + g.pick("", ", "+g.name(), ","+g.name()+"="+g.value()) + g.end()
		case 2:
			return g.pick("const ", "let ", "var ") + g.pattern() + g.space() + "=" + g.space() + g.value() + g.end()
		case 3:
			return g.name() + g.space() + "=" + g.space() + g.value() + g.end()
		case 4:
			return "(" + g.space() + g.pick(g.name()+")", "("+g.name()+"))", g.name()) + g.space() + "=" + g.value() + g.pick("", ")") + g.end()
		case 5:
			return g.pick("function ", "async function ", "function* ") + g.name() + "(" + g.pick("", g.name(), "{a}", "...a") + ")" + g.space() + "{" + g.pick("", "return f()", "f().x", "'use strict'") + "}" + g.space()
		case 6:
			return "class " + g.name() + g.space() + g.pick("", " extends A") + g.class() + g.space()
		case 7, 8:
			return "if" + g.space() + "(" + g.expression() + ")" + g.space() + g.inner() + g.pick("", "", "\nelse"+g.inner())
		case 9:
			return g.loop("while(" + g.expression() + ")")
		case 10:
			return g.loop("do ") + "while(" + g.expression() + ")" + g.pick(";", "\n", " ")
		case 11, 12, 13:
			return g.loop("for" + g.space() + "(" + g.into() + g.space() + " of " + g.space() + g.value() + g.space() + ")")
		case 14:
			return g.loop("for" + g.space() + "(" + g.into() + " in " + g.expression() + ")")
		case 15:
			return g.loop("for (" + g.pick("", "var a", "let a", "var a="+g.value(), "let [a]="+g.value(), "var a="+g.value()+",b", g.expression()) + ";" + g.pick("", g.expression()) + ";" + g.pick("", g.expression()) + ")")
		case 16:
			return "try" + g.space() + g.block() + g.pick("catch"+g.block(), "catch(e)"+g.block(), "catch({a})"+g.block()+"finally"+g.block(), "finally "+g.block())
		case 17:
			return "switch(" + g.expression() + "){" + g.pick("", "case "+g.expression()+":"+g.statements(false), "default:"+g.statements(false)+"case a:") + "}"
		case 18:
			return g.block()
		case 19:
			g.labels++
			return "l" + strings.Repeat("l", g.labels) + g.space() + ":" + g.inner()
		case 20:
			return "throw " + g.expression() + g.end()
		case 21:
			if top {
				return g.pick("import a from 'crisp'", "import 'crisp'", "import {a} from 'crisp'", "export const z = "+g.value(), "export default "+g.expression(), "export function q() {}", "export class q {}") + g.pick(";", "\n")
			}
		case 22:
			return g.loop("for await(" + g.pick("const ", "let ", "var ") + g.pick(g.name(), g.pattern()) + " of " + g.value() + ")")
		}
	}
	return g.expression() + g.end()
}

func (g *generator) name() string {
	return g.pick("a", "b", "c", "x", "f", "async", "of", "get", "é", "$", "\\u0061a", "static_", "A", "from", "as")
}

func (g *generator) class() string {
	return "{" + g.pick("", "x = 1", "static x", "get a() { return 1 }", "static {}", "#p = 1; q() { return this.#p }", "['a']() {}", "async a() {}") + "}"
}

func (g *generator) into() string {
	return g.pick("const ", "let ", "var ", "") + g.pick(g.name(), g.name(), g.pattern(), "a.b", "(a)", "a[f()]", "(a.b)", "f().x")
}

func (g *generator) pattern() string {
	return g.pick("[a]", "{a}", "{a: b}", "[a,,...b]", "{a, ...b}", "{a = "+g.value()+"}", "[a = "+g.value()+"]", "{a: {b = "+g.value()+"} = "+g.value()+"}", "{[f()]: a}", "{'x': a}", "[]", "{}", "{a: b = ("+g.value()+")}")
}

// value is an expression without commas, expression one that may have them.
func (g *generator) expression() string {
	if g.IntN(8) == 0 {
		return g.value() + g.space() + "," + g.space() + g.value()
	}
	return g.value()
}

func (g *generator) value() string {
	g.size--
	if g.size > -6 {
		sp := g.space
		switch g.IntN(36) {
		case 0, 1, 2:
			return "(" + sp() + g.expression() + sp() + ")"
		case 3, 4, 5, 6:
			return g.callee() + sp() + "(" + sp() + g.pick("", g.value(), g.value()+","+g.value(), "..."+g.value()) + sp() + ")"
		case 7, 8, 9:
			return g.callee() + sp() + g.pick(".", "?.") + g.pick("x", "then", "map(a => crisp.people.get(a))", "map(f)", "of", "class")
		case 10:
			return g.callee() + sp() + g.pick("", "?.") + "[" + g.expression() + "]"
		case 11, 12:
			return g.operand() + sp() + " " + g.pick("+", "-", "*", "/", "&&", "||", "instanceof", "<", "===", ">>>", "%", "|") + " " + sp() + g.operand()
		case 13:
			return g.operand() + sp() + "?" + sp() + g.value() + ":" + g.value()
		case 14:
			return g.pick("!", "-", "+", "~", "typeof ", "void ", "delete ") + g.operand()
		case 15:
			return "(" + g.pick("a", "(a)", "a.b", "f().x", "a[0]") + g.pick(" ", "") + g.pick("=", "+=", "??=", "&&=", "**=") + g.value() + ")"
		case 16:
			return "(" + g.pick("", "async ") + g.pick("a", "(a)", "()", "({a})", "(a = f())") + " =>" + sp() + g.pick("a", "f()", "({})", "{}", "{ f() }", "(a, b)") + ")"
		case 17:
			return "[" + g.pick("", g.value(), g.value()+",,"+g.value(), "..."+g.value()) + "]"
		case 18:
			return "({" + g.pick("", "a", "a: "+g.value(), "["+g.value()+"]: 1", "..."+g.value(), "get a() { return f() }", "async *a() {}", "a() { f() }", "'a': "+g.value(), "async: 1") + "})"
		case 19:
			return "`a" + g.pick("", "${"+g.expression()+"}", "${`${"+g.value()+"}`}b") + "`"
		case 20:
			return g.callee() + sp() + "`x" + g.pick("", "${"+g.expression()+"}") + "`"
		case 21:
			return "new " + g.pick("A", "(f())", "A.b", "(f().x)", "new A") + g.pick("", "()", "("+g.value()+")")
		case 22:
			return "await " + g.operand()
		case 23:
			return g.pick("/x/g", "/[/)]/", "/\\//", "/=/", "/\\(/.test(a)")
		case 24:
			return "(" + g.pick("function() {}", "function a() { return f() }", "class "+g.class(), "async function() {}", "function*() {}") + ")"
		case 25:
			return g.pick("a", "b.c") + g.pick("++", "--")
		case 26:
			return g.pick("++", "--") + g.pick("a", "b.c", "(a)", "f().x")
		case 27:
			return "(" + g.pattern() + " = " + g.value() + ")"
		case 28:
			return g.pick("1..x", "1.5.x", "0x1.x", "1e3.x", "1 .x", "1n", ".5", "0b1", "1_0")
		case 29:
			return "import.meta" + g.pick("", ".url")
		case 30:
			return g.pick("crisp.people.list()", "crisp.people.get('a')", "crisp.people.each()", "Promise.all(f())", "ids.map(a => crisp.people.get(a))")
		}
	}
	return g.pick("a", "b", "f()", "1", "'s'", "null", "this", "x.y", "f().x", "async", "of", "é", "\"(\"", "undefined")
}

// operand is a value that operators take, callee one that can be called.
func (g *generator) operand() string {
	if g.IntN(2) == 0 {
		return g.callee()
	}
	return "(" + g.value() + ")"
}

func (g *generator) callee() string {
	return g.pick("a", "f", "f()", "f().x", "a.b", "a?.b", "a?.b()", "(f)", "(f())", "(a, f)", "g", "a.b()[0]", "(await f())", "f``", "(x => x)", "a.filter(f)", "("+g.value()+")")
}
