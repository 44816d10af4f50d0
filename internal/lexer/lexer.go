// Package lexer splits scripts into tokens, as far as comments, strings and names go. It does not judge them: everything is a
// token of some kind, so that unfinished code can be read as well. The runtimes have parsers for what compiles.
package lexer

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// Kind is the kind of a token.
type Kind uint8

// The kinds. White space is no token.
const (
	Word     Kind = iota // a name, a keyword or a number
	String               // with its quotes or long brackets
	Template             // a part of a template literal: up to its end or to the next ${, and on from the } behind that
	RegExp
	Comment
	Punct // one character
)

// Token is a part of a script, by byte offsets.
type Token struct {
	Kind       Kind
	Start, End int
	// Open reports that the code ends before the token does: what follows would belong to it.
	Open bool
}

// Tokens yields the tokens of a script.
func Tokens(code string, language engine.Language) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		x := &lexer{code: code, lua: language == engine.Lua}
		for x.space(); x.pos < len(code); x.space() {
			tok := x.next()
			if tok.Kind != Comment {
				x.last = tok
			}
			if !yield(tok) {
				return
			}
		}
	}
}

type lexer struct {
	code string
	pos  int
	lua  bool
	last Token // that is no comment
	// heads holds for each open parenthesis whether it is that of if, while, for or with.
	heads []bool
	// head reports that last closes such a parenthesis.
	head bool
	// braces are the open braces of JavaScript: true for one in a template.
	braces []bool
}

func (x *lexer) space() {
	for x.pos < len(x.code) {
		r, size := utf8.DecodeRuneInString(x.code[x.pos:])
		if !unicode.IsSpace(r) && r != '\ufeff' {
			return
		}
		x.pos += size
	}
}

// take makes a token of the next n bytes.
func (x *lexer) take(kind Kind, n int, open bool) Token {
	start := x.pos
	x.pos += n
	return Token{Kind: kind, Start: start, End: x.pos, Open: open}
}

func (x *lexer) next() Token {
	rest := x.code[x.pos:]
	r, size := utf8.DecodeRuneInString(rest)
	if isWord(r) {
		for size < len(rest) {
			r, n := utf8.DecodeRuneInString(rest[size:])
			if !isWord(r) {
				break
			}
			size += n
		}
		return x.take(Word, size, false)
	}
	if r == '"' || r == '\'' {
		return x.quoted(rest)
	}
	if x.lua {
		return x.luaToken(rest, size)
	}
	return x.scriptToken(rest, size)
}

func isWord(r rune) bool {
	return r == '_' || r == '$' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// quoted reads a string up to its quote or the line's end.
func (x *lexer) quoted(rest string) Token {
	for i := 1; i < len(rest); i++ {
		switch rest[i] {
		case '\\':
			i++
		case '\n':
			return x.take(String, i, false)
		case rest[0]:
			return x.take(String, i+1, false)
		}
	}
	return x.take(String, len(rest), true)
}

// until reads up to and including an end that stands behind some bytes.
func (x *lexer) until(kind Kind, rest string, from int, end string) Token {
	if i := strings.Index(rest[from:], end); i >= 0 {
		return x.take(kind, from+i+len(end), false)
	}
	return x.take(kind, len(rest), true)
}

// line reads up to the end of the line.
func (x *lexer) line(rest string) Token {
	if i := strings.IndexAny(rest, "\r\n"); i >= 0 {
		return x.take(Comment, i, false)
	}
	return x.take(Comment, len(rest), false)
}

func (x *lexer) luaToken(rest string, size int) Token {
	text, comment := strings.CutPrefix(rest, "--")
	level := LongBracket(text)
	switch {
	case level >= 0 && comment:
		return x.until(Comment, rest, 4+level, "]"+strings.Repeat("=", level)+"]")
	case level >= 0:
		return x.until(String, rest, 2+level, "]"+strings.Repeat("=", level)+"]")
	case comment:
		return x.line(rest)
	}
	return x.take(Punct, size, false)
}

// LongBracket returns the level of the long bracket of Lua that a text begins with: 0 for "[[", 2 for "[==[". It is -1 if
// there is none.
func LongBracket(text string) int {
	inner, ok := strings.CutPrefix(text, "[")
	if !ok {
		return -1
	}
	level := len(inner) - len(strings.TrimLeft(inner, "="))
	if !strings.HasPrefix(inner[level:], "[") {
		return -1
	}
	return level
}

func (x *lexer) scriptToken(rest string, size int) Token {
	switch {
	case strings.HasPrefix(rest, "//"):
		return x.line(rest)
	case strings.HasPrefix(rest, "/*"):
		return x.until(Comment, rest, 2, "*/")
	case rest[0] == '/' && x.beforeExpression():
		return x.regExp(rest)
	case rest[0] == '`', rest[0] == '}' && len(x.braces) > 0 && x.braces[len(x.braces)-1]:
		return x.template(rest)
	}
	x.bracket(rest[0])
	return x.take(Punct, size, false)
}

// bracket follows the brackets that later tokens depend on.
func (x *lexer) bracket(c byte) {
	x.head = false
	switch c {
	case '{':
		x.braces = append(x.braces, false)
	case '}':
		if n := len(x.braces); n > 0 {
			x.braces = x.braces[:n-1]
		}
	case '(':
		head := false
		switch x.lastText() {
		case "if", "while", "for", "with":
			head = x.last.Kind == Word
		}
		x.heads = append(x.heads, head)
	case ')':
		if n := len(x.heads); n > 0 {
			x.head, x.heads = x.heads[n-1], x.heads[:n-1]
		}
	}
}

func (x *lexer) lastText() string { return x.code[x.last.Start:x.last.End] }

// template reads a part of a template literal.
func (x *lexer) template(rest string) Token {
	if rest[0] == '}' {
		x.braces = x.braces[:len(x.braces)-1]
	}
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\':
			i++
		case rest[i] == '`':
			return x.take(Template, i+1, false)
		case strings.HasPrefix(rest[i:], "${"):
			x.braces = append(x.braces, true)
			return x.take(Template, i+2, false)
		}
	}
	return x.take(Template, len(rest), true)
}

// beforeExpression reports whether a slash begins a regular expression, by what stands before it.
func (x *lexer) beforeExpression() bool {
	text := x.lastText()
	switch x.last.Kind {
	case Word:
		switch text {
		case "", "return", "typeof", "case", "in", "of", "await", "yield", "void", "delete", "else", "do", "throw", "new", "instanceof":
			return true
		}
		return false
	case String, RegExp:
		return false
	case Template:
		return strings.HasSuffix(text, "${")
	}
	switch text {
	case ")":
		return x.head
	case "]", "}":
		return false
	}
	return true
}

// regExp reads a regular expression up to its slash or the line's end.
func (x *lexer) regExp(rest string) Token {
	class := false
	for i := 1; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '\\':
			i++
		case c == '\n':
			return x.take(RegExp, i, false)
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return x.take(RegExp, i+1, false)
		}
	}
	return x.take(RegExp, len(rest), true)
}
