package scripts

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// tokenKind tells what a token is.
type tokenKind uint8

const (
	tokenWord   tokenKind = iota // a name, a keyword or a number
	tokenString                  // a string without escapes or parts, text being what is inside
	tokenOther                   // any other string, a regular expression, or one character
)

// token is a part of a script, as far as finding calls needs it.
type token struct {
	kind tokenKind
	text string
	at   engine.Position
}

// tokenizer splits scripts into tokens. It does not judge them.
type tokenizer struct {
	rest         string
	lua          bool
	line, column int
	tokens       []token
	// braces are the open braces of JavaScript: true for one that ends an expression in a template.
	braces []bool
	// comment, if it is set, gets each comment with its marks.
	comment func(text string, at engine.Position)
}

// tokenize returns the tokens of a script without comments.
func tokenize(src []byte, lang engine.Language) []token {
	z := newTokenizer(src, lang)
	z.run()
	return z.tokens
}

func newTokenizer(src []byte, lang engine.Language) *tokenizer {
	return &tokenizer{rest: strings.TrimPrefix(string(src), "\ufeff"), lua: lang == engine.Lua, line: 1, column: 1}
}

func (z *tokenizer) run() {
	if strings.HasPrefix(z.rest, "#") {
		z.skip(lineLength(z.rest))
	}
	for z.rest != "" {
		z.next()
	}
}

func (z *tokenizer) addComment(text string, at engine.Position) {
	if z.comment != nil {
		z.comment(text, at)
	}
}

// skip passes over n bytes.
func (z *tokenizer) skip(n int) string {
	text := z.rest[:n]
	z.rest = z.rest[n:]
	if lines := strings.Count(text, "\n"); lines > 0 {
		z.line += lines
		z.column = 1 + utf8.RuneCountInString(text[strings.LastIndexByte(text, '\n')+1:])
	} else {
		z.column += utf8.RuneCountInString(text)
	}
	return text
}

func (z *tokenizer) add(kind tokenKind, text string, at engine.Position) {
	z.tokens = append(z.tokens, token{kind: kind, text: text, at: at})
}

func (z *tokenizer) next() {
	at := engine.Position{Line: z.line, Column: z.column}
	c, size := utf8.DecodeRuneInString(z.rest)
	switch {
	case unicode.IsSpace(c):
		z.skip(size)
	case isWordRune(c):
		n := strings.IndexFunc(z.rest, func(c rune) bool { return !isWordRune(c) })
		if n < 0 {
			n = len(z.rest)
		}
		z.add(tokenWord, z.skip(n), at)
	case c == '"' || c == '\'':
		z.quoted(byte(c), at)
	case z.lua && z.luaText(at), !z.lua && z.javaScriptText(at):
	default:
		z.brace(c)
		z.add(tokenOther, z.skip(size), at)
	}
}

func isWordRune(c rune) bool {
	return c == '_' || c == '$' || unicode.IsLetter(c) || unicode.IsDigit(c)
}

// quoted reads a string up to its quote or the line's end.
func (z *tokenizer) quoted(quote byte, at engine.Position) {
	for i := 1; i < len(z.rest); i++ {
		switch z.rest[i] {
		case '\\':
			i++
		case '\n', quote:
			text := z.skip(i + 1)
			kind := tokenString
			if strings.Contains(text, `\`) {
				kind = tokenOther
			}
			z.add(kind, strings.Trim(text, string(quote)+"\n"), at)
			return
		}
	}
	z.skip(len(z.rest))
}

// until passes over everything up to and including an end, or the rest.
func (z *tokenizer) until(end string) string {
	n := strings.Index(z.rest, end)
	if n < 0 {
		return z.skip(len(z.rest))
	}
	return z.skip(n + len(end))
}

// luaText reads comments and long strings.
func (z *tokenizer) luaText(at engine.Position) bool {
	rest, comment := strings.CutPrefix(z.rest, "--")
	level := luaLongBracket(rest)
	switch {
	case level >= 0:
		text := z.until("]" + strings.Repeat("=", level) + "]")
		if comment {
			z.addComment(text, at)
		} else {
			z.add(tokenOther, text, at)
		}
	case comment:
		z.addComment(z.skip(lineLength(z.rest)), at)
	default:
		return false
	}
	return true
}

// javaScriptText reads comments, templates and regular expressions.
func (z *tokenizer) javaScriptText(at engine.Position) bool {
	switch {
	case strings.HasPrefix(z.rest, "//"):
		z.addComment(z.skip(lineLength(z.rest)), at)
	case strings.HasPrefix(z.rest, "/*"):
		z.addComment(z.skip(2)+z.until("*/"), at)
	case z.rest[0] == '`', z.rest[0] == '}' && len(z.braces) > 0 && z.braces[len(z.braces)-1]:
		z.template(at)
	case z.rest[0] == '/' && z.beforeExpression():
		z.regexp(at)
	default:
		return false
	}
	return true
}

// template reads a template, or its next part, up to its end or to an expression in it.
func (z *tokenizer) template(at engine.Position) {
	if z.rest[0] == '}' {
		z.braces = z.braces[:len(z.braces)-1]
	}
	for i := 1; i < len(z.rest); i++ {
		switch {
		case z.rest[i] == '\\':
			i++
		case z.rest[i] == '`':
			z.add(tokenOther, z.skip(i+1), at)
			return
		case strings.HasPrefix(z.rest[i:], "${"):
			z.add(tokenOther, z.skip(i+2), at)
			z.braces = append(z.braces, true)
			return
		}
	}
	z.skip(len(z.rest))
}

// brace keeps count of the braces of JavaScript.
func (z *tokenizer) brace(c rune) {
	switch {
	case z.lua:
	case c == '{':
		z.braces = append(z.braces, false)
	case c == '}' && len(z.braces) > 0:
		z.braces = z.braces[:len(z.braces)-1]
	}
}

// beforeExpression tells whether a slash starts a regular expression, by what stands before it.
func (z *tokenizer) beforeExpression() bool {
	if len(z.tokens) == 0 {
		return true
	}
	switch last := z.tokens[len(z.tokens)-1]; last.kind {
	case tokenWord:
		switch last.text {
		case "return", "typeof", "case", "in", "of", "await", "yield", "void", "delete", "else", "do":
			return true
		}
		return false
	case tokenString:
		return false
	default:
		return len(last.text) == 1 && !strings.Contains(")]}", last.text) || strings.HasSuffix(last.text, "${")
	}
}

func (z *tokenizer) regexp(at engine.Position) {
	class := false
	for i := 1; i < len(z.rest); i++ {
		switch c := z.rest[i]; {
		case c == '\\':
			i++
		case c == '\n':
			z.skip(1)
			return
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			z.add(tokenOther, z.skip(i+1), at)
			return
		}
	}
	z.skip(len(z.rest))
}
