package syntax

import (
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

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
	case strings.Contains("+-*/%", tok.Str) && after.Str == "=" || tok.Str == "=" && strings.Contains("+-*/%", before.Str) && before.Str != "":
		return "Lua has no such operator; write x = x + 1."
	case tok.Str == "+" && after.Str == "+":
		return "Lua has no ++; write x = x + 1."
	case tok.Str == "/" && before.Str == "/" || tok.Str == "/" && after.Str == "/":
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
