package lua

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// compile translates an entry. Its last expression is its value, with or without return, and its locals are global.
// With marked set, its values come after a nil.
func (s *session) compile(name, code string) (c *chunk, marked bool, err error) {
	defer recovered(name, compiling, &err)
	bare := bareEntry(code)
	text, found := withReturn(bare)
	c, err = compileEntry(name, text, found != nil)
	if err != nil {
		if found != nil {
			withoutReturn(err, bare, found.start)
		} else {
			err = laterMistake(err, name, bare)
		}
		if e, ok := errors.AsType[*engine.Error](err); ok {
			e.SourceLine = sourceline.At([]byte(code), e.Line)
		}
		return nil, false, err
	}
	c.code = []byte(code) // what errors show
	c.tokens = sync.OnceValue(func() []ast.Token {
		list, _ := tokens(prelude(code))
		return list
	})
	return c, found != nil, nil
}

// compileEntry compiles an entry's text. With marked set its last statement is a return that this package has made, whose values come
// after a nil: with one before it, a call is no tail call, which would be missing in traces.
func compileEntry(name, text string, marked bool) (*chunk, error) {
	return compileText(name, []byte(text), func(stmts []ast.Stmt) {
		for i, st := range stmts {
			stmts[i] = globalized(st)
		}
		if !marked {
			return
		}
		if last, ok := stmts[len(stmts)-1].(*ast.ReturnStmt); ok {
			mark := &ast.NilExpr{}
			mark.SetLine(last.Line())
			last.Exprs = append([]ast.Expr{mark}, last.Exprs...)
		}
	})
}

// laterMistake is what is wrong with an entry: of its mistakes as statements and as an expression the one that comes later, which
// tells what it was meant to be.
func laterMistake(err error, name, code string) error {
	var asStatements, asExpression *engine.Error
	_, other := compileEntry(name, returnWord+code, false)
	if !errors.As(err, &asStatements) || !errors.As(other, &asExpression) {
		return err
	}
	withoutReturn(other, code, 0)
	if asExpression.Line < asStatements.Line || asExpression.Line == asStatements.Line && asExpression.Column <= asStatements.Column {
		return err
	}
	return asExpression
}

const returnWord = "return "

// withoutReturn moves a mistake to its place in an entry before return was put at an offset.
func withoutReturn(err error, code string, start int) {
	var e *engine.Error
	if !errors.As(err, &e) {
		return
	}
	starts := lineStarts([]byte(code[:start]))
	column := 1 + utf8.RuneCountInString(code[starts[len(starts)-1]:start])
	if e.Line == len(starts) && e.Column > column {
		e.Column = max(column, e.Column-len(returnWord))
	}
}

// globalized is a statement of the top level with global variables in the place of locals.
func globalized(st ast.Stmt) ast.Stmt {
	local, ok := st.(*ast.LocalAssignStmt)
	if !ok {
		return st
	}
	assign := &ast.AssignStmt{Rhs: local.Exprs}
	assign.SetLine(local.Line())
	assign.SetLastLine(local.LastLine())
	for _, name := range local.Names {
		id := &ast.IdentExpr{Value: name}
		id.SetLine(local.Line())
		id.SetLastLine(local.Line())
		assign.Lhs = append(assign.Lhs, id)
	}
	if len(assign.Rhs) == 0 {
		assign.Rhs = []ast.Expr{&ast.NilExpr{}}
		assign.Rhs[0].SetLine(local.Line())
	}
	return assign
}

// prelude is a text without a byte order mark and a line for the shell.
func prelude(code string) []byte {
	text := strings.TrimPrefix(code, "\xef\xbb\xbf")
	if strings.HasPrefix(text, "#!") {
		return blankPrelude([]byte(text))
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
	list, err := tokens(text)
	if err != nil {
		return nil, unfinishedToken(err, text)
	}
	lines := lineStarts(text)
	offset := func(i int) int { return skipped + lines[list[i].Pos.Line-1] + list[i].Pos.Column - 1 }
	c := &checker{tokens: list}
	for c.peek().Type != parse.EOF {
		start := c.at
		if e, atEnd := c.expressions(); e != nil {
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
		c.at = start
		if m, failed := c.try(func() {
			if c.is("return") || c.is("break") {
				c.block()
				return
			}
			c.statement()
		}); failed {
			return nil, unfinished || atEnd(m)
		}
		unfinished = false
	}
	return nil, false
}

func atEnd(m mistake) bool { return strings.HasSuffix(m.message, "near '<end of file>'") }

// tokenExpressions are expressions by the indexes of their tokens.
type tokenExpressions struct {
	parts [][2]int
	call  bool
}

// expressions reads expressions up to the end of the text, or tells that the text ends in the middle of them.
func (c *checker) expressions() (found *tokenExpressions, atEndOfText bool) {
	e := &tokenExpressions{}
	m, failed := c.try(func() {
		for {
			start := c.at
			c.expr()
			e.parts = append(e.parts, [2]int{start, c.at})
			if !c.accept(",") {
				break
			}
		}
		for c.accept(";") {
		}
	})
	if failed {
		return nil, atEnd(m)
	}
	if c.peek().Type != parse.EOF {
		return nil, false
	}
	first := e.parts[0]
	c.at = first[0]
	c.try(func() { e.call = c.suffixed() && c.at == first[1] })
	return e, false
}

// try runs a part of the walk and tells what is wrong there.
func (c *checker) try(walk func()) (m mistake, failed bool) {
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
	return mistake{}, false
}

// lineStarts are the offsets of a text's lines, as Lua counts them: a line ends with \n, \r, or both in any order.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i := 0; i < len(text); i++ {
		if text[i] != '\n' && text[i] != '\r' {
			continue
		}
		if i+1 < len(text) && text[i+1] != text[i] && (text[i+1] == '\n' || text[i+1] == '\r') {
			i++
		}
		starts = append(starts, i+1)
	}
	return starts
}

// unfinishedToken tells whether a text that cannot be split into tokens ends in a long string, a long comment, or a string that goes
// on in the next line.
func unfinishedToken(err error, text []byte) bool {
	message := err.Error()
	return strings.Contains(message, "unterminated multiline") || strings.Contains(message, "invalid multiline comment") ||
		strings.Contains(message, "unterminated string") && bytes.HasSuffix(bytes.TrimRight(text, "\n"), []byte(`\`))
}

// Check implements engine.Session.
func (s *session) Check(code string) engine.Completeness {
	defer ignored() // Eval reports it
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

// Script implements engine.Session: an entry as it is, where a bare expression is printed, which a script cannot do without. What holds
// at the beginning of an entry alone goes: other entries may stand before this one.
func (s *session) Script(code string) (script string) {
	defer ignored()
	script = code
	code = string(prelude(bareEntry(code)))
	script = printing(code)
	if list, _ := tokens([]byte(script)); len(list) > 0 && list[0].Str == "(" && list[0].Type != parse.TString {
		return ";" + script // or it would call what stands before it
	}
	return script
}

// withoutLastReturn is an entry with the values in the place of the return statement that ends it: other entries may follow.
func withoutLastReturn(code string) (rest string) {
	defer ignored()
	rest = code
	text := prelude(code)
	list, err := tokens(text)
	if err != nil {
		return code
	}
	c := &checker{tokens: list}
	for c.peek().Type != parse.EOF {
		if c.is("return") {
			at := lineStarts(text)[c.peek().Pos.Line-1] + c.peek().Pos.Column - 1
			before, values := string(text[:at]), strings.TrimLeft(string(text[at+len("return"):]), " \t")
			if trimmed := strings.TrimSpace(before); trimmed != "" && !strings.HasSuffix(trimmed, ";") {
				before += "; "
			}
			return before + values
		}
		if _, failed := c.try(c.statement); failed {
			return code
		}
	}
	return code
}

// Scripts is Script for entries that stand in one script, in their order. A return can stand in the last alone.
func (s *session) Scripts(codes []string) []string {
	scripts := make([]string, len(codes))
	for i, code := range codes {
		if i < len(codes)-1 {
			code = withoutLastReturn(bareEntry(code))
		}
		scripts[i] = s.Script(code)
	}
	return scripts
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
