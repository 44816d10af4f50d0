package lua

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/sourceline"
	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// maxSourceBytes bounds a script. The syntax tree takes a few hundred times a script's size.
const maxSourceBytes = 8 << 20

// chunk is a compiled file.
type chunk struct {
	name     string
	code     []byte // as it was handed in, for showing lines
	sum      [sha256.Size]byte
	proto    *glua.FunctionProto
	requires []requirement
	// tokens are made when an error asks for the first time.
	tokens func() []ast.Token
}

// lineTokens are the tokens of a line.
func (c *chunk) lineTokens(line int) []ast.Token {
	all := c.tokens()
	from, _ := slices.BinarySearchFunc(all, line, func(tok ast.Token, line int) int { return cmp.Compare(tok.Pos.Line, line) })
	to := from
	for to < len(all) && all[to].Pos.Line == line && all[to].Type != parse.EOF {
		to++
	}
	return all[from:to]
}

// compileChunk translates a file's text. Mistakes are an *engine.Error of kind KindCompile.
func compileChunk(name string, code []byte) (*chunk, error) {
	return compileText(name, code, func(stmts []ast.Stmt) {})
}

// compileText translates a text whose tree is changed before.
func compileText(name string, code []byte, change func(stmts []ast.Stmt)) (c *chunk, err error) {
	defer recovered(name, compiling, &err)
	text, stmts, scan, err := parseText(name, code)
	if err != nil {
		return nil, err
	}
	change(stmts)
	proto, err := compileTree(stmts, name)
	if err != nil {
		line, message := explainCompile(err)
		return nil, &engine.Error{
			Kind:       engine.KindCompile,
			Position:   engine.Position{File: name, Line: line, Column: firstColumn(sourceline.At(code, line))},
			Message:    message,
			SourceLine: sourceline.At(code, line),
		}
	}
	return &chunk{name: name, code: code, proto: proto, requires: scan.requires, tokens: sync.OnceValue(func() []ast.Token {
		list, _ := tokens(text)
		return list
	})}, nil
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
	if len(code) > maxSourceBytes {
		return nil, nil, nil, fail(0, 0, fmt.Sprintf("the script is %d MB large; a script may have %d MB", len(code)>>20, maxSourceBytes>>20), "")
	}
	if problem := binaryText(code); problem != "" {
		return nil, nil, nil, fail(0, 0, problem, "Scripts are Lua source text.")
	}
	text = blankPrelude(code)
	stmts, err = parse.Parse(bytes.NewReader(text), name)
	if err != nil {
		m := explainSyntax(text, err)
		return nil, nil, nil, fail(m.line, charColumn(sourceline.At(code, m.line), m.column), m.message, m.hint)
	}
	scan = scanTree(stmts)
	if scan.malformed {
		list, _ := tokens(text)
		m, _ := malformedNumber(list)
		return nil, nil, nil, fail(m.line, charColumn(sourceline.At(code, m.line), m.column), m.message, m.hint)
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

// blankPrelude replaces a byte order mark and a first line that starts with # by nothing that counts, keeping the lines.
func blankPrelude(code []byte) []byte {
	text := bytes.TrimPrefix(code, []byte("\xef\xbb\xbf"))
	if len(text) > 0 && text[0] == '#' {
		if i := bytes.IndexByte(text, '\n'); i >= 0 {
			return text[i:]
		}
		return nil
	}
	return text
}

// firstColumn is the column of a line's first character that is not a space, or 0 for an empty line.
func firstColumn(line string) int {
	trimmed := strings.TrimLeft(line, " \t")
	if trimmed == "" {
		return 0
	}
	return 1 + len(line) - len(trimmed)
}

// charColumn turns a column in bytes into one in characters. Both count from 1.
func charColumn(line string, byteColumn int) int {
	if byteColumn < 1 {
		return byteColumn
	}
	return 1 + utf8.RuneCountInString(line[:min(byteColumn-1, len(line))])
}
