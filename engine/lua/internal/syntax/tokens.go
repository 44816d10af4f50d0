package syntax

import (
	"bytes"
	"errors"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"

	"github.com/crisphost/crisphost/internal/sourceline"
)

// Tokens splits a text into its tokens, with columns in bytes, as far as it can be split. The last is the end of the text,
// or an error's.
func Tokens(text []byte) ([]ast.Token, error) {
	scanner := parse.NewScanner(bytes.NewReader(text), "")
	lexer := &parse.Lexer{}
	var list []ast.Token
	for {
		tok, err := scanner.Scan(lexer)
		if err != nil {
			return list, err
		}
		if tok.Type < 0 {
			tok.Type, tok.Str = parse.EOF, "<end of file>"
			tok.Pos = endOf(text)
			return append(list, tok), nil
		}
		if tok.Type == '.' {
			tok.Str = "." // the scanner leaves it out
		}
		list = append(list, tok)
		lexer.PrevTokenType = tok.Type
	}
}

// endOf is the place after the last character that is not a space.
func endOf(text []byte) ast.Position {
	text = bytes.TrimRight(text, " \t\r\n")
	return ast.Position{
		Line:   1 + bytes.Count(text, []byte("\n")),
		Column: len(text) - bytes.LastIndexByte(text, '\n'),
	}
}

// Mistake is what is wrong in a text that does not parse. The column is in bytes.
type Mistake struct {
	line, column  int
	Message, hint string
}

// explainSyntax tells in Lua's words why a text does not parse. The parser itself says "syntax error" for everything.
func explainSyntax(text []byte, err error) Mistake {
	list, lexical := Tokens(text)
	if lexical != nil {
		list = append(list, ast.Token{Type: parse.EOF, Str: "<end of file>", Pos: endOf(text)})
	}
	c := &Checker{Tokens: list}
	m, found := c.check()
	// A malformed number may have swallowed the character behind it.
	if bad, ok := malformedNumber(list); ok && (!found || bad.line < m.line || bad.line == m.line && bad.column <= m.column) {
		return bad
	}
	var bad *parse.Error
	if lexical != nil && errors.As(lexical, &bad) {
		// A mistake of grammar counts if it stands before the one of spelling.
		at := list[len(list)-1].Pos
		if !found || m.line == at.Line && m.column == at.Column {
			return explainToken(text, bad)
		}
	}
	if found {
		return m
	}
	at := Mistake{Message: err.Error()}
	if errors.As(err, &bad) {
		at.Message = bad.Message
		if at.line, at.column = bad.Pos.Line, bad.Pos.Column; at.line < 0 {
			end := endOf(text)
			at.line, at.column = end.Line, end.Column
		}
	}
	return at
}

// malformedNumber finds the first number that is none.
func malformedNumber(list []ast.Token) (m Mistake, found bool) {
	for _, tok := range list {
		if tok.Type == parse.TNumber && ParseNumber(tok.Str) == glua.LNil {
			near := strings.ToValidUTF8(strings.TrimSpace(tok.Str), "")
			return Mistake{line: tok.Pos.Line, column: tok.Pos.Column, Message: "malformed number near '" + near + "'"}, true
		}
	}
	return Mistake{}, false
}

// explainToken tells what is wrong with a token.
func explainToken(text []byte, bad *parse.Error) Mistake {
	m := Mistake{line: bad.Pos.Line, column: bad.Pos.Column}
	if m.line < 0 {
		end := endOf(text)
		m.line, m.column = end.Line, end.Column
	}
	switch {
	case strings.HasPrefix(bad.Message, "unterminated string"):
		m.Message = "unfinished string near '\"" + bad.Token + "'"
		m.hint = "Close the string with the quote that it began with."
		// The scanner stands behind the line's end; the string began on the line before.
		if bad.Pos.Column == 0 && bad.Pos.Line > 1 {
			m.line = bad.Pos.Line - 1
		}
		line := sourceline.At(text, m.line)
		if i := strings.LastIndexAny(line, `"'`); i >= 0 {
			m.column = i + 1
		}
	case strings.HasPrefix(bad.Message, "unterminated multiline"), bad.Message == "invalid multiline comment":
		m.Message = "unfinished long string or comment near '<end of file>'"
		m.hint = "Close it with ]] and as many = as it was opened with."
	case bad.Token == "!":
		m.Message, m.hint = "unexpected symbol near '!'", "Lua writes 'not x' and 'a ~= b'."
	case bad.Token == "&", bad.Token == "|":
		m.Message, m.hint = "unexpected symbol near '"+bad.Token+"'", "Lua writes 'and' and 'or'."
		if line := sourceline.At(text, m.line); !strings.Contains(line, bad.Token+bad.Token) {
			m.hint = hintBits
		}
	case bad.Token == "~":
		m.Message, m.hint = "unexpected symbol near '~'", "Lua writes 'not x' and 'a ~= b'. "+hintBits
	case bad.Token == "?":
		m.Message, m.hint = "unexpected symbol near '?'", "Lua has no a ? b : c: write if, or a and b or c."
	case bad.Token == "`":
		m.Message, m.hint = "unexpected symbol near '`'", "Strings stand in quotes, and long ones between [[ and ]]."
	default:
		m.Message = "unexpected symbol near '" + bad.Token + "'"
	}
	return m
}
