package entry

import (
	"bytes"
	"strings"

	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
)

// prelude is a text without a byte order mark and a line for the shell.
func prelude(code string) []byte {
	text := strings.TrimPrefix(code, "\xef\xbb\xbf")
	if strings.HasPrefix(text, "#!") {
		return syntax.BlankPrelude([]byte(text))
	}
	return []byte(text)
}

// expression is a list of expressions at the end of an entry, by byte offsets.
type expression struct {
	start int
	// parts are the offsets where the expressions start and end.
	parts [][2]int
	call  bool // it is a single call
}

// bareEntry is an entry without a byte order mark, and with a space for the = that older shells want before an expression.
func bareEntry(code string) string {
	code = strings.TrimPrefix(code, "\ufeff")
	blank := code[:len(code)-len(strings.TrimLeft(code, " \t\r\n"))]
	if rest, ok := strings.CutPrefix(code[len(blank):], "="); ok {
		return blank + " " + rest
	}
	return code
}

// withReturn puts return before the expressions that end a bare entry, if some do.
func withReturn(code string) (text string, found *expression) {
	if found, _ = lastExpression(code); found == nil {
		if strings.HasPrefix(code, "#") && !strings.HasPrefix(code, "#!") {
			code = " " + code // it is the operator, and no line for the shell
		}
		return code, nil
	}
	return code[:found.start] + returnWord + code[found.start:], found
}

// lastExpression finds the expressions that end an entry. Unfinished tells that the text ends in the middle of something.
func lastExpression(code string) (found *expression, unfinished bool) {
	text := prelude(code)
	skipped := len(code) - len(text)
	list, err := syntax.Tokens(text)
	if err != nil {
		return nil, unfinishedToken(err, text)
	}
	lines := syntax.LineStarts(text)
	offset := func(i int) int { return skipped + lines[list[i].Pos.Line-1] + list[i].Pos.Column - 1 }
	c := &syntax.Checker{Tokens: list}
	for c.Peek().Type != parse.EOF {
		start := c.At
		if e, atEnd := expressions(c); e != nil {
			found := &expression{start: offset(start), call: e.call && len(e.parts) == 1}
			for _, p := range e.parts {
				end := len(code)
				if p[1] < len(list)-1 {
					end = offset(p[1])
				}
				found.parts = append(found.parts, [2]int{offset(p[0]), end})
			}
			return found, false
		} else if atEnd {
			unfinished = true
		}
		c.At = start
		if m, failed := c.Try(func() {
			if c.Is("return") || c.Is("break") {
				c.Block()
				return
			}
			c.Statement()
		}); failed {
			return nil, unfinished || atEnd(m)
		}
		unfinished = false
	}
	return nil, false
}

func atEnd(m syntax.Mistake) bool { return strings.HasSuffix(m.Message, "near '<end of file>'") }

// tokenExpressions are expressions by the indexes of their tokens.
type tokenExpressions struct {
	parts [][2]int
	call  bool
}

// expressions reads expressions up to the end of the text, or tells that the text ends in the middle of them.
func expressions(c *syntax.Checker) (found *tokenExpressions, atEndOfText bool) {
	e := &tokenExpressions{}
	m, failed := c.Try(func() {
		for {
			start := c.At
			c.Expr()
			e.parts = append(e.parts, [2]int{start, c.At})
			if !c.Accept(",") {
				break
			}
		}
		for c.Accept(";") {
		}
	})
	if failed {
		return nil, atEnd(m)
	}
	if c.Peek().Type != parse.EOF {
		return nil, false
	}
	first := e.parts[0]
	c.At = first[0]
	c.Try(func() { e.call = c.Suffixed() && c.At == first[1] })
	return e, false
}

// unfinishedToken reports whether a text that cannot be split into tokens ends in a long string, a long comment, or a string that goes
// on in the next line.
func unfinishedToken(err error, text []byte) bool {
	message := err.Error()
	return strings.Contains(message, "unterminated multiline") || strings.Contains(message, "invalid multiline comment") ||
		strings.Contains(message, "unterminated string") && bytes.HasSuffix(bytes.TrimRight(text, "\n"), []byte(`\`))
}

// Check reports whether an entry can be evaluated or waits for more lines.
func Check(code string) engine.Completeness {
	defer panics.Ignore() // Eval reports it
	code = bareEntry(code)
	if text, _ := withReturn(code); text != "" {
		if _, err := parse.Parse(bytes.NewReader(prelude(text)), ""); err == nil {
			return engine.Complete
		}
	}
	if _, unfinished := lastExpression(code); unfinished {
		return engine.Incomplete
	}
	return engine.Complete
}
