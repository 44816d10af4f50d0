// Package syntax reads Lua source: it compiles a text, or says in Lua's words why it cannot.
package syntax

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// MaxSourceBytes bounds a script. The syntax tree takes a few hundred times a script's size.
const MaxSourceBytes = 8 << 20

// Chunk is a compiled file.
type Chunk struct {
	Name     string
	Code     []byte // as it was handed in, for showing lines
	Sum      [sha256.Size]byte
	Proto    *glua.FunctionProto
	Requires []Requirement
	// Tokens are made when an error asks for the first time.
	Tokens func() []ast.Token
}

// LineTokens are the tokens of a line.
func (c *Chunk) LineTokens(line int) []ast.Token {
	all := c.Tokens()
	from, _ := slices.BinarySearchFunc(all, line, func(tok ast.Token, line int) int { return cmp.Compare(tok.Pos.Line, line) })
	to := from
	for to < len(all) && all[to].Pos.Line == line && all[to].Type != parse.EOF {
		to++
	}
	return all[from:to]
}

// ParserText returns a file's text as the parser sees it. It fails if the text does not parse.
func ParserText(name string, code []byte) ([]byte, error) {
	text, _, _, err := parseText(name, code)
	return text, err
}

// parseText parses a file's text, which it also returns as the parser sees it.
func parseText(name string, code []byte) (text []byte, stmts []ast.Stmt, scan *treeScan, err error) {
	fail := func(line, column int, message, hint string) error {
		return &engine.Error{
			Kind:       engine.KindCompile,
			Position:   engine.Position{File: name, Line: line, Column: column},
			Message:    message,
			Hint:       hint,
			SourceLine: sourceline.At(code, line),
		}
	}
	if len(code) > MaxSourceBytes {
		return nil, nil, nil, fail(0, 0, fmt.Sprintf("the script is %d MB large; a script may have %d MB", len(code)>>20, MaxSourceBytes>>20), "")
	}
	if problem := binaryText(code); problem != "" {
		return nil, nil, nil, fail(0, 0, problem, "Scripts are Lua source text.")
	}
	text = BlankPrelude(code)
	stmts, err = parse.Parse(bytes.NewReader(text), name)
	if err != nil {
		m := explainSyntax(text, err)
		return nil, nil, nil, fail(m.line, CharColumn(sourceline.At(code, m.line), m.column), m.Message, m.hint)
	}
	scan = scanTree(stmts)
	if scan.malformed {
		list, _ := Tokens(text)
		m, _ := malformedNumber(list)
		return nil, nil, nil, fail(m.line, CharColumn(sourceline.At(code, m.line), m.column), m.Message, m.hint)
	}
	if scan.tooDeep > 0 {
		return nil, nil, nil, fail(scan.tooDeep, 0, fmt.Sprintf("expressions or blocks are nested more than %d levels deep", maxTreeDepth), "")
	}
	return text, stmts, scan, nil
}

// binaryText tells why a text cannot be a script, or is empty.
func binaryText(code []byte) string {
	if bytes.HasPrefix(code, []byte("\x1bLua")) || bytes.HasPrefix(code, []byte("\x1bLJ")) {
		return "this is compiled Lua; only source text can be run"
	}
	if i := bytes.IndexByte(code, 0); i >= 0 {
		return fmt.Sprintf("this is not a Lua script: it has a zero byte in line %d", 1+bytes.Count(code[:i], []byte("\n")))
	}
	return ""
}

// BlankPrelude replaces a byte order mark and a first line that starts with # by nothing that counts, keeping the lines.
func BlankPrelude(code []byte) []byte {
	text := bytes.TrimPrefix(code, []byte("\xef\xbb\xbf"))
	if len(text) > 0 && text[0] == '#' {
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			return text[i:]
		}
		return nil
	}
	return text
}

// LineStarts returns the offsets of a text's lines, as Lua counts them: a line ends with \n, \r, or both in any order.
func LineStarts(text []byte) []int {
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

// FirstColumn is the column of a line's first character that is not a space, or 0 for an empty line.
func FirstColumn(line string) int {
	trimmed := strings.TrimLeft(line, " \t")
	if trimmed == "" {
		return 0
	}
	return 1 + len(line) - len(trimmed)
}

// CharColumn turns a column in bytes into one in characters. Both count from 1.
func CharColumn(line string, byteColumn int) int {
	if byteColumn < 1 {
		return byteColumn
	}
	return 1 + utf8.RuneCountInString(line[:min(byteColumn-1, len(line))])
}
