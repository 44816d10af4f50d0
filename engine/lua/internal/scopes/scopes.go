// Package scopes finds the calls of globals in a Lua source.
package scopes

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/calls"
)

// maxDepth bounds how far the walk descends. The runtime refuses scripts that are nested deeper.
const maxDepth = 4000

// find finds the calls in a text that parses, whose tokens are the parser's own. Positions have a column in bytes.
func find(text []byte, tokens []ast.Token, modules []string) ([]calls.Call, error) {
	names := numberNames(text, tokens)
	stmts, err := parse.Parse(bytes.NewReader(names.text), "")
	if err != nil {
		return nil, err
	}
	w := &walker{tree: calls.NewTree(modules, "require", "_G"), names: names}
	w.scope = w.tree.Scope()
	w.stmts(stmts)
	return w.tree.Calls(func(place int) (engine.Position, bool) {
		if place < 0 {
			return engine.Position{}, false
		}
		at := tokens[place].Pos
		return engine.Position{Line: at.Line, Column: at.Column}, true
	}), nil
}

// names are a text's names by number. The parser's tree tells lines only, so each name is replaced by one that has the number
// of its token.
type names struct {
	text   []byte
	mark   string
	tokens []ast.Token
}

func numberNames(text []byte, tokens []ast.Token) names {
	n := names{tokens: tokens}
	for i := range 8 { // a string that reads like a mark would be taken for a name
		if n.mark = "name" + strconv.Itoa(i) + "_"; !bytes.Contains(text, []byte(n.mark)) {
			break
		}
	}
	var b bytes.Buffer
	b.Grow(len(text) + 8*len(tokens))
	starts, done := syntax.LineStarts(text), 0
	for i, tok := range tokens {
		if tok.Type != parse.TIdent {
			continue
		}
		at := starts[min(tok.Pos.Line, len(starts))-1] + tok.Pos.Column - 1
		if at < done || !bytes.HasPrefix(text[min(at, len(text)):], []byte(tok.Str)) {
			continue // nothing that the scanner says is known of
		}
		b.Write(text[done:at])
		b.WriteString(n.mark)
		b.WriteString(strconv.Itoa(i))
		done = at + len(tok.Str)
	}
	b.Write(text[done:])
	n.text = b.Bytes()
	return n
}

// lines splits a text as the parser counts lines.
func lines(text []byte) []string {
	var lines []string
	starts := append(syntax.LineStarts(text), len(text))
	for i, start := range starts[:len(starts)-1] {
		lines = append(lines, string(text[start:starts[i+1]]))
	}
	return lines
}

// of returns a name as the source has it and its token, or -1.
func (n names) of(name string) (string, int) {
	if number, ok := strings.CutPrefix(name, n.mark); ok {
		if i, err := strconv.Atoi(number); err == nil && i < len(n.tokens) {
			return n.tokens[i].Str, i
		}
	}
	return name, -1
}
