package syntax

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

const hintBits = "Lua 5.1 has no bit operators: a << n is a * 2^n, a >> n is math.floor(a / 2^n), and bit n of a is " +
	"math.floor(a / 2^n) % 2."

// hintFor knows what people bring along from other languages.
func hintFor(c *Checker) string {
	tok := c.Peek()
	var before, after ast.Token
	if c.At > 0 {
		before = c.Tokens[c.At-1]
	}
	if c.At+1 < len(c.Tokens) {
		after = c.Tokens[c.At+1]
	}
	switch {
	case before.Str == "continue" && before.Type == parse.TIdent:
		return "Lua has no continue: write goto continue, and ::continue:: before the end of the loop."
	case before.Type == parse.TIdent && (before.Str == "elif" || before.Str == "elsif" || before.Str == "elseIf"):
		return "It is written elseif."
	case tok.Str == "/" && before.Str == "/":
		return "Lua 5.1 has no //: write math.floor(a / b). Comments begin with --."
	case tok.Str == "<" && before.Str == "<", tok.Str == ">" && before.Str == ">":
		return hintBits
	case tok.Str == "<" && (after.Str == "const" || after.Str == "close"):
		return "Lua 5.1 has no <" + after.Str + ">: leave it out."
	case tok.Str == "[":
		return "A list is written { 1, 2 }."
	case strings.Contains("+-*/%", tok.Str) && after.Str == "=" || tok.Str == "=" && strings.Contains("+-*/%", before.Str) && before.Str != "":
		return "Lua has no such operator; write x = x + 1."
	case tok.Str == "+" && after.Str == "+":
		return "Lua has no ++; write x = x + 1."
	case tok.Str == "/" && after.Str == "/":
		return "Comments begin with --."
	case tok.Str == "=" && after.Str != "=":
		return "Comparing is written ==."
	case before.Str == "else" && tok.Str == "if":
		return "Write elseif as one word."
	case tok.Str == "{" && before.Str == ")":
		return "Blocks are written with then or do, and end."
	}
	return ""
}
