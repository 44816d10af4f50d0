package entry

import (
	"bytes"
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/yuin/gopher-lua/parse"
)

// Script returns an entry as it is, where a bare expression is printed, which a script cannot do without. What holds
// at the beginning of an entry alone goes: other entries may stand before this one.
func Script(code string) (text string) {
	defer panics.Ignore()
	text = code
	code = string(prelude(bareEntry(code)))
	text = printing(code)
	if list, _ := syntax.Tokens([]byte(text)); len(list) > 0 && list[0].Str == "(" && list[0].Type != parse.TString {
		return ";" + text // or it would call what stands before it
	}
	return text
}

// Scripts is Script for entries that stand in one script, in their order. A return can stand in the last alone.
func Scripts(codes []string) []string {
	scripts := make([]string, len(codes))
	for i, code := range codes {
		if i < len(codes)-1 {
			code = withoutLastReturn(bareEntry(code))
		}
		scripts[i] = Script(code)
	}
	return scripts
}

// withoutLastReturn is an entry with the values in the place of the return statement that ends it: other entries may follow.
func withoutLastReturn(code string) (rest string) {
	defer panics.Ignore()
	rest = code
	text := prelude(code)
	list, err := syntax.Tokens(text)
	if err != nil {
		return code
	}
	c := &syntax.Checker{Tokens: list}
	for c.Peek().Type != parse.EOF {
		if c.Is("return") {
			at := syntax.LineStarts(text)[c.Peek().Pos.Line-1] + c.Peek().Pos.Column - 1
			before, values := string(text[:at]), strings.TrimLeft(string(text[at+len("return"):]), " \t")
			if trimmed := strings.TrimSpace(before); trimmed != "" && !strings.HasSuffix(trimmed, ";") {
				before += "; "
			}
			return before + values
		}
		if _, failed := c.Try(c.Statement); failed {
			return code
		}
	}
	return code
}

// printing is an entry that prints the expressions that it ends with, but for a call.
func printing(code string) string {
	found, _ := lastExpression(code)
	if found == nil || found.call {
		return code
	}
	var b strings.Builder
	b.WriteString(code[:found.start] + "print(")
	for i, p := range found.parts {
		if i > 0 {
			b.WriteString(", ")
		}
		text := strings.TrimRight(code[p[0]:p[1]], " \t\r\n;")
		if strings.Contains(text, "--") {
			text += "\n" // there may be a comment to its line's end
		}
		b.WriteString("inspect(" + text + ")")
	}
	b.WriteString(")")
	if _, err := parse.Parse(bytes.NewReader(prelude(b.String())), ""); err != nil {
		return code
	}
	return b.String()
}
