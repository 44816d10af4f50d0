package syntax

import (
	"fmt"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Checker walks tokens by Lua's grammar until the first one that does not fit. It runs only on texts that do not parse.
type Checker struct {
	Tokens []ast.Token
	At     int
	depth  int
}

// stopChecking ends the walk.
type stopChecking struct{ m Mistake }

// maxCheckDepth bounds the recursion; deeper mistakes get the parser's own message.
const maxCheckDepth = 2000

func (c *Checker) check() (m Mistake, found bool) {
	defer func() {
		if r := recover(); r != nil {
			stop, ok := r.(stopChecking)
			if !ok {
				panic(r)
			}
			m, found = stop.m, stop.m.Message != ""
		}
	}()
	c.Block()
	if c.Peek().Type != parse.EOF {
		c.unexpected()
	}
	return Mistake{}, false
}

// Try runs a part of the walk and tells what is wrong there.
func (c *Checker) Try(walk func()) (m Mistake, failed bool) {
	defer func() {
		if r := recover(); r != nil {
			stop, ok := r.(stopChecking)
			if !ok {
				panic(r)
			}
			m, failed = stop.m, true
		}
	}()
	walk()
	return Mistake{}, false
}

// Peek returns the next token.
func (c *Checker) Peek() ast.Token { return c.Tokens[c.At] }

func (c *Checker) next() ast.Token {
	tok := c.Tokens[c.At]
	if tok.Type != parse.EOF {
		c.At++
	}
	return tok
}

// Is reports whether the next token is a symbol or a word of the language.
func (c *Checker) Is(text string) bool {
	tok := c.Peek()
	return tok.Str == text && tok.Type != parse.TString && tok.Type != parse.EOF
}

// Accept takes the next token if it is that one, and reports whether it was.
func (c *Checker) Accept(text string) bool {
	if c.Is(text) {
		c.next()
		return true
	}
	return false
}

func (c *Checker) fail(hint, format string, args ...any) {
	tok := c.Peek()
	near := tok.Str
	if tok.Type == parse.TString {
		near = Quote(near)
	}
	panic(stopChecking{Mistake{
		line:    tok.Pos.Line,
		column:  tok.Pos.Column,
		Message: fmt.Sprintf(format, args...) + " near '" + near + "'",
		hint:    hint,
	}})
}

func (c *Checker) enter() {
	if c.depth++; c.depth > maxCheckDepth {
		panic(stopChecking{})
	}
}

func (c *Checker) leave() { c.depth-- }

func (c *Checker) expect(text string) {
	if !c.Accept(text) {
		c.fail(hintFor(c), "'%s' expected", text)
	}
}

// expectClosing expects the end of something that another token opened.
func (c *Checker) expectClosing(text string, opened ast.Token) {
	if c.Accept(text) {
		return
	}
	if opened.Pos.Line == c.Peek().Pos.Line {
		c.fail(hintFor(c), "'%s' expected", text)
	}
	c.fail(hintFor(c), "'%s' expected (to close '%s' at line %d)", text, opened.Str, opened.Pos.Line)
}

func (c *Checker) name() {
	if c.Peek().Type != parse.TIdent {
		hint := ""
		if isReserved(c.Peek().Str) {
			hint = fmt.Sprintf("'%s' is a word of the language; choose another name, or write t[%q].", c.Peek().Str, c.Peek().Str)
		}
		c.fail(hint, "a name expected")
	}
	c.next()
}

func (c *Checker) unexpected() { c.fail(hintFor(c), "unexpected symbol") }

func (c *Checker) blockEnds() bool {
	return c.Peek().Type == parse.EOF || c.Is("end") || c.Is("else") || c.Is("elseif") || c.Is("until")
}

// Block walks statements up to the token that ends their block.
func (c *Checker) Block() {
	c.enter()
	defer c.leave()
	for !c.blockEnds() {
		if c.Is("return") || c.Is("break") {
			word := c.next().Str
			if word == "return" && !c.blockEnds() && !c.Is(";") {
				c.exprs()
			}
			c.Accept(";")
			if !c.blockEnds() {
				c.fail("Write 'do "+word+" end' to leave in the middle of a block.", "'%s' must be the last statement of its block: 'end' expected", word)
			}
			return
		}
		c.Statement()
	}
}

// Statement walks one statement other than return and break.
func (c *Checker) Statement() {
	opened := c.Peek()
	switch {
	case c.Accept(";"):
	case c.Accept("do"):
		c.Block()
		c.expectClosing("end", opened)
	case c.Accept("while"):
		c.Expr()
		c.expect("do")
		c.Block()
		c.expectClosing("end", opened)
	case c.Accept("repeat"):
		c.Block()
		c.expectClosing("until", opened)
		c.Expr()
	case c.Accept("if"):
		c.ifStatement(opened)
	case c.Accept("for"):
		c.forStatement(opened)
	case c.Accept("function"):
		c.name()
		for c.Accept(".") {
			c.name()
		}
		if c.Accept(":") {
			c.name()
		}
		c.body(opened)
	case c.Accept("local"):
		if fn := c.Peek(); c.Accept("function") {
			c.name()
			c.body(fn)
			return
		}
		c.names()
		if c.Accept("=") {
			c.exprs()
		}
	case c.Accept("::"):
		c.name()
		c.expect("::")
	case c.Accept("goto"):
		c.name()
	default:
		c.exprStatement()
	}
}

func (c *Checker) ifStatement(opened ast.Token) {
	c.Expr()
	c.expect("then")
	c.Block()
	for c.Accept("elseif") {
		c.Expr()
		c.expect("then")
		c.Block()
	}
	if c.Accept("else") {
		c.Block()
	}
	c.expectClosing("end", opened)
}

func (c *Checker) forStatement(opened ast.Token) {
	c.name()
	if c.Accept("=") {
		c.Expr()
		c.expect(",")
		c.Expr()
		if c.Accept(",") {
			c.Expr()
		}
	} else {
		for c.Accept(",") {
			c.name()
		}
		if !c.Accept("in") {
			c.fail("", "'=' or 'in' expected")
		}
		c.exprs()
	}
	c.expect("do")
	c.Block()
	c.expectClosing("end", opened)
}

// exprStatement is a call or an assignment.
func (c *Checker) exprStatement() {
	isCall := c.Suffixed()
	if isCall && !c.Is("=") && !c.Is(",") {
		return
	}
	for c.Accept(",") {
		c.Suffixed()
	}
	if !c.Accept("=") {
		c.fail(hintFor(c), "'=' or a call expected")
	}
	c.exprs()
}

func (c *Checker) names() {
	c.name()
	for c.Accept(",") {
		c.name()
	}
}

func (c *Checker) exprs() {
	c.Expr()
	for c.Accept(",") {
		c.Expr()
	}
}

// Expr walks an expression.
func (c *Checker) Expr() {
	c.enter()
	defer c.leave()
	for c.Accept("not") || c.Accept("-") || c.Accept("#") {
	}
	c.simple()
	for c.binary() {
		c.next()
		for c.Accept("not") || c.Accept("-") || c.Accept("#") {
		}
		c.simple()
	}
}

func (c *Checker) binary() bool {
	switch c.Peek().Str {
	case "or", "and", "<", ">", "<=", ">=", "~=", "==", "..", "+", "-", "*", "/", "%", "^":
		return c.Peek().Type != parse.TString
	}
	return false
}

func (c *Checker) simple() {
	switch tok := c.Peek(); {
	case tok.Type == parse.TNumber, tok.Type == parse.TString, c.Is("nil"), c.Is("true"), c.Is("false"), c.Is("..."):
		c.next()
	case c.Is("{"):
		c.table()
	case c.Accept("function"):
		c.body(tok)
	default:
		c.Suffixed()
	}
}

// Suffixed is a name or a parenthesis with everything that follows it. It reports whether the last part is a call.
func (c *Checker) Suffixed() (call bool) {
	switch opened := c.Peek(); {
	case c.Accept("("):
		c.Expr()
		c.expectClosing(")", opened)
	case opened.Type == parse.TIdent:
		c.next()
	default:
		c.unexpected()
	}
	for {
		switch opened := c.Peek(); {
		case c.Accept("."):
			c.name()
			call = false
		case c.Accept("["):
			c.Expr()
			c.expectClosing("]", opened)
			call = false
		case c.Accept(":"):
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
func (c *Checker) args() bool {
	opened := c.Peek()
	switch {
	case opened.Type == parse.TString:
		c.next()
	case c.Is("{"):
		c.table()
	case c.Accept("("):
		if !c.Accept(")") {
			c.exprs()
			c.expectClosing(")", opened)
		}
	default:
		return false
	}
	return true
}

func (c *Checker) table() {
	opened := c.next()
	for !c.Is("}") {
		if c.fieldWithColon() {
			c.next()
			c.fail("Fields of a table are written name = value, separated by commas.", "'}' expected")
		}
		switch bracket := c.Peek(); {
		case c.Accept("["):
			c.Expr()
			c.expectClosing("]", bracket)
			c.expect("=")
			c.Expr()
		case bracket.Type == parse.TIdent && c.At+1 < len(c.Tokens) && c.Tokens[c.At+1].Str == "=":
			c.next()
			c.next()
			c.Expr()
		default:
			c.Expr()
		}
		if !c.Accept(",") && !c.Accept(";") {
			break
		}
	}
	c.expectClosing("}", opened)
}

// fieldWithColon reports whether the next tokens are name: value, and no call of a method.
func (c *Checker) fieldWithColon() bool {
	ahead := func(n int) ast.Token { return c.Tokens[min(c.At+n, len(c.Tokens)-1)] }
	kind := c.Peek().Type
	if kind != parse.TIdent && kind != parse.TString || ahead(1).Str != ":" || ahead(1).Type == parse.TString {
		return false
	}
	after := ahead(3)
	return ahead(2).Type != parse.TIdent || after.Str != "(" && after.Str != "{" && after.Type != parse.TString
}

func (c *Checker) body(opened ast.Token) {
	paren := c.Peek()
	c.expect("(")
	if !c.Is(")") {
		for {
			if c.Accept("...") {
				break
			}
			c.name()
			if !c.Accept(",") {
				break
			}
		}
	}
	c.expectClosing(")", paren)
	c.Block()
	c.expectClosing("end", opened)
}
