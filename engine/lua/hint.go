package lua

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/naming"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/yuin/gopher-lua/ast"
)

// memberHint explains an error that came of the name of a host module or of its member written wrongly: Lua itself only says
// that it cannot use nil.
func (v *vm) memberHint(e *engine.Error) string {
	var what string
	for _, use := range []string{"call", "index"} {
		if rest, ok := strings.CutPrefix(e.Message, "attempt to "+use+" a nil value"); ok {
			what = rest
		}
	}
	if what == "" {
		return ""
	}
	var names []string
	for _, m := range v.cfg.Modules {
		names = append(names, m.Name)
	}
	if name, ok := strings.CutPrefix(what, " (global '"); ok {
		if near := nearest.To(strings.TrimSuffix(name, "')"), append(names, "map", "parallel")); near != "" {
			return "did you mean " + near + "?"
		}
		return ""
	}
	return naming.Hint(e.SourceLine, func(name string) *engine.Module {
		for _, m := range v.cfg.Modules {
			if m.Name == name {
				return m
			}
		}
		return nil
	}, nil)
}

// hintFor knows what people bring along from other languages.
func hintFor(c *checker) string {
	tok := c.peek()
	var before, after ast.Token
	if c.at > 0 {
		before = c.tokens[c.at-1]
	}
	if c.at+1 < len(c.tokens) {
		after = c.tokens[c.at+1]
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
