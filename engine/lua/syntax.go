package lua

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// checker walks tokens by Lua's grammar until the first one that does not fit. It runs only on texts that do not parse.
type checker struct {
	tokens []ast.Token
	at     int
	depth  int
}

// stopChecking ends the walk.
type stopChecking struct{ m mistake }

// maxCheckDepth bounds the recursion; deeper mistakes get the parser's own message.
const maxCheckDepth = 2000

func (c *checker) check() (m mistake, found bool) {
	defer func() {
		if r := recover(); r != nil {
			stop, ok := r.(stopChecking)
			if !ok {
				panic(r)
			}
			m, found = stop.m, stop.m.message != ""
		}
	}()
	c.block()
	if c.peek().Type != parse.EOF {
		c.unexpected()
	}
	return mistake{}, false
}

func (c *checker) peek() ast.Token { return c.tokens[c.at] }

func (c *checker) next() ast.Token {
	tok := c.tokens[c.at]
	if tok.Type != parse.EOF {
		c.at++
	}
	return tok
}

func (c *checker) is(text string) bool {
	tok := c.peek()
	return tok.Str == text && tok.Type != parse.TString && tok.Type != parse.EOF
}

func (c *checker) accept(text string) bool {
	if c.is(text) {
		c.next()
		return true
	}
	return false
}

func (c *checker) fail(hint, format string, args ...any) {
	tok := c.peek()
	near := tok.Str
	if tok.Type == parse.TString {
		near = quoted(near)
	}
	panic(stopChecking{mistake{
		line:    tok.Pos.Line,
		column:  tok.Pos.Column,
		message: fmt.Sprintf(format, args...) + " near '" + near + "'",
		hint:    hint,
	}})
}

func (c *checker) enter() {
	if c.depth++; c.depth > maxCheckDepth {
		panic(stopChecking{})
	}
}

func (c *checker) leave() { c.depth-- }

func (c *checker) expect(text string) {
	if !c.accept(text) {
		c.fail(hintFor(c), "'%s' expected", text)
	}
}

// expectClosing expects the end of something that another token opened.
func (c *checker) expectClosing(text string, opened ast.Token) {
	if c.accept(text) {
		return
	}
	if opened.Pos.Line == c.peek().Pos.Line {
		c.fail(hintFor(c), "'%s' expected", text)
	}
	c.fail(hintFor(c), "'%s' expected (to close '%s' at line %d)", text, opened.Str, opened.Pos.Line)
}

func (c *checker) name() {
	if c.peek().Type != parse.TIdent {
		hint := ""
		if isReserved(c.peek().Str) {
			hint = fmt.Sprintf("'%s' is a word of the language; choose another name, or write t[%q].", c.peek().Str, c.peek().Str)
		}
		c.fail(hint, "a name expected")
	}
	c.next()
}

func (c *checker) unexpected() { c.fail(hintFor(c), "unexpected symbol") }

func (c *checker) blockEnds() bool {
	return c.peek().Type == parse.EOF || c.is("end") || c.is("else") || c.is("elseif") || c.is("until")
}

func (c *checker) block() {
	c.enter()
	defer c.leave()
	for !c.blockEnds() {
		if c.is("return") || c.is("break") {
			word := c.next().Str
			if word == "return" && !c.blockEnds() && !c.is(";") {
				c.exprs()
			}
			c.accept(";")
			if !c.blockEnds() {
				c.fail("Write 'do "+word+" end' to leave in the middle of a block.", "'%s' must be the last statement of its block: 'end' expected", word)
			}
			return
		}
		c.statement()
	}
}

func (c *checker) statement() {
	opened := c.peek()
	switch {
	case c.accept(";"):
	case c.accept("do"):
		c.block()
		c.expectClosing("end", opened)
	case c.accept("while"):
		c.expr()
		c.expect("do")
		c.block()
		c.expectClosing("end", opened)
	case c.accept("repeat"):
		c.block()
		c.expectClosing("until", opened)
		c.expr()
	case c.accept("if"):
		c.ifStatement(opened)
	case c.accept("for"):
		c.forStatement(opened)
	case c.accept("function"):
		c.name()
		for c.accept(".") {
			c.name()
		}
		if c.accept(":") {
			c.name()
		}
		c.body(opened)
	case c.accept("local"):
		if fn := c.peek(); c.accept("function") {
			c.name()
			c.body(fn)
			return
		}
		c.names()
		if c.accept("=") {
			c.exprs()
		}
	case c.accept("::"):
		c.name()
		c.expect("::")
	case c.accept("goto"):
		c.name()
	default:
		c.exprStatement()
	}
}

func (c *checker) ifStatement(opened ast.Token) {
	c.expr()
	c.expect("then")
	c.block()
	for c.accept("elseif") {
		c.expr()
		c.expect("then")
		c.block()
	}
	if c.accept("else") {
		c.block()
	}
	c.expectClosing("end", opened)
}

func (c *checker) forStatement(opened ast.Token) {
	c.name()
	if c.accept("=") {
		c.expr()
		c.expect(",")
		c.expr()
		if c.accept(",") {
			c.expr()
		}
	} else {
		for c.accept(",") {
			c.name()
		}
		if !c.accept("in") {
			c.fail("", "'=' or 'in' expected")
		}
		c.exprs()
	}
	c.expect("do")
	c.block()
	c.expectClosing("end", opened)
}

// exprStatement is a call or an assignment.
func (c *checker) exprStatement() {
	isCall := c.suffixed()
	if isCall && !c.is("=") && !c.is(",") {
		return
	}
	for c.accept(",") {
		c.suffixed()
	}
	if !c.accept("=") {
		c.fail(hintFor(c), "'=' or a call expected")
	}
	c.exprs()
}

func (c *checker) names() {
	c.name()
	for c.accept(",") {
		c.name()
	}
}

func (c *checker) exprs() {
	c.expr()
	for c.accept(",") {
		c.expr()
	}
}

func (c *checker) expr() {
	c.enter()
	defer c.leave()
	for c.accept("not") || c.accept("-") || c.accept("#") {
	}
	c.simple()
	for c.binary() {
		c.next()
		for c.accept("not") || c.accept("-") || c.accept("#") {
		}
		c.simple()
	}
}

func (c *checker) binary() bool {
	switch c.peek().Str {
	case "or", "and", "<", ">", "<=", ">=", "~=", "==", "..", "+", "-", "*", "/", "%", "^":
		return c.peek().Type != parse.TString
	}
	return false
}

func (c *checker) simple() {
	switch tok := c.peek(); {
	case tok.Type == parse.TNumber, tok.Type == parse.TString, c.is("nil"), c.is("true"), c.is("false"), c.is("..."):
		c.next()
	case c.is("{"):
		c.table()
	case c.accept("function"):
		c.body(tok)
	default:
		c.suffixed()
	}
}

// suffixed is a name or a parenthesis with everything that follows it. It tells whether the last part is a call.
func (c *checker) suffixed() (call bool) {
	switch opened := c.peek(); {
	case c.accept("("):
		c.expr()
		c.expectClosing(")", opened)
	case opened.Type == parse.TIdent:
		c.next()
	default:
		c.unexpected()
	}
	for {
		switch opened := c.peek(); {
		case c.accept("."):
			c.name()
			call = false
		case c.accept("["):
			c.expr()
			c.expectClosing("]", opened)
			call = false
		case c.accept(":"):
			c.name()
			if !c.args() {
				c.fail("A method is called: obj:name(...). A field is read with a dot.", "function arguments expected")
			}
			call = true
		default:
			if !c.args() {
				return call
			}
			call = true
		}
	}
}

// args are a call's arguments, if there are any.
func (c *checker) args() bool {
	opened := c.peek()
	switch {
	case opened.Type == parse.TString:
		c.next()
	case c.is("{"):
		c.table()
	case c.accept("("):
		if !c.accept(")") {
			c.exprs()
			c.expectClosing(")", opened)
		}
	default:
		return false
	}
	return true
}

func (c *checker) table() {
	opened := c.next()
	for !c.is("}") {
		if c.fieldWithColon() {
			c.next()
			c.fail("Fields of a table are written name = value, separated by commas.", "'}' expected")
		}
		switch bracket := c.peek(); {
		case c.accept("["):
			c.expr()
			c.expectClosing("]", bracket)
			c.expect("=")
			c.expr()
		case bracket.Type == parse.TIdent && c.at+1 < len(c.tokens) && c.tokens[c.at+1].Str == "=":
			c.next()
			c.next()
			c.expr()
		default:
			c.expr()
		}
		if !c.accept(",") && !c.accept(";") {
			break
		}
	}
	c.expectClosing("}", opened)
}

// fieldWithColon tells whether the next tokens are name: value, and no call of a method.
func (c *checker) fieldWithColon() bool {
	ahead := func(n int) ast.Token { return c.tokens[min(c.at+n, len(c.tokens)-1)] }
	kind := c.peek().Type
	if kind != parse.TIdent && kind != parse.TString || ahead(1).Str != ":" || ahead(1).Type == parse.TString {
		return false
	}
	after := ahead(3)
	return ahead(2).Type != parse.TIdent || after.Str != "(" && after.Str != "{" && after.Type != parse.TString
}

func (c *checker) body(opened ast.Token) {
	paren := c.peek()
	c.expect("(")
	if !c.is(")") {
		for {
			if c.accept("...") {
				break
			}
			c.name()
			if !c.accept(",") {
				break
			}
		}
	}
	c.expectClosing(")", paren)
	c.block()
	c.expectClosing("end", opened)
}
