package rewrite

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of JavaScript or TypeScript is.
type tokenKind uint8

// The kinds of tokens.
const (
	TokenWord     tokenKind = iota // a name, keyword or #private name
	tokenNumber                    // also a bigint
	tokenString                    // in single or double quotes
	tokenTemplate                  // a piece of a template literal with its backticks or braces
	tokenRegExp                    // with its flags
	tokenPunct                     // an operator or bracket
)

// token is a piece of source text, by byte offsets.
type token struct {
	Kind       tokenKind
	start, end int
	// line tells that the token is the first of its line.
	line bool
	// partner is the index of the token that closes or opened what this one opens or closes, or -1.
	partner int
}

// tokenList is a text split into tokens.
type tokenList struct {
	code   string
	Tokens []token
	// open tells that the text ends inside a template literal, a comment, or a string that goes on in the next line.
	Open bool
	// unbalanced tells that a closing bracket has no opening one of its kind, unclosed that an opening one has no closing one.
	Unbalanced, unclosed bool
	// depth is the largest number of brackets inside each other.
	depth int
	// doubtful tells that whether a slash begins a regular expression was a guess.
	doubtful bool
	// nesting is the largest number of operators and statements that may be inside each other.
	nesting int
}

func (l *tokenList) Text(i int) string {
	if i < 0 || i >= len(l.Tokens) {
		return ""
	}
	return l.code[l.Tokens[i].start:l.Tokens[i].end]
}

// Is reports whether token i is an operator, bracket or word of that text.
func (l *tokenList) Is(i int, text string) bool {
	return i >= 0 && i < len(l.Tokens) && (l.Tokens[i].Kind == tokenPunct || l.Tokens[i].Kind == TokenWord) && l.Text(i) == text
}

// at is the index of the token that starts at an offset or else of the first one behind it.
func (l *tokenList) at(offset int) int {
	i, _ := slices.BinarySearchFunc(l.Tokens, offset, func(t token, offset int) int { return cmp.Compare(t.start, offset) })
	return i
}

// lexer splits a text. It never fails: what cannot be a token becomes an operator of one character.
type lexer struct {
	tokenList
	pos   int
	stack []int // indexes of the open brackets
	fresh bool  // a line has begun
	// run counts the operators and so on since the expression or statement at hand began, and runs those around each open
	// bracket. total is the sum of all.
	run, total int
	runs       []int
	// regexps are the offsets of all regular expressions, if they are known.
	regexps map[int]bool
}

// Lex splits a text into tokens.
func Lex(code string) *tokenList { return lexWith(code, nil) }

// lexWith splits a text whose regular expressions are known.
func lexWith(code string, regexps map[int]bool) *tokenList {
	x := &lexer{tokenList: tokenList{code: code}, fresh: true, regexps: regexps}
	for x.space() {
		x.next()
	}
	x.unclosed = len(x.stack) > 0
	return &x.tokenList
}

// space skips white space and comments. It is false at the end.
func (x *lexer) space() bool {
	for x.pos < len(x.code) {
		switch rest := x.code[x.pos:]; {
		case rest[0] == '\n' || rest[0] == '\r':
			x.fresh = true
			x.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\v' || rest[0] == '\f':
			x.pos++
		case strings.HasPrefix(rest, "//") || x.pos == 0 && strings.HasPrefix(rest, "#!"):
			x.pos += lineEnd(rest)
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest[2:], "*/")
			if end < 0 {
				x.Open = true
				x.pos = len(x.code)
				return false
			}
			x.fresh = x.fresh || strings.ContainsAny(rest[:end+2], lineTerminators)
			x.pos += end + 4
		case rest[0] >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) && r != '\u2028' && r != '\u2029' && r != '\ufeff' {
				return true
			}
			x.fresh = x.fresh || r == '\u2028' || r == '\u2029'
			x.pos += size
		default:
			return true
		}
	}
	return false
}

const lineTerminators = "\n\r\u2028\u2029"

func lineEnd(s string) int {
	if i := strings.IndexAny(s, lineTerminators); i >= 0 {
		return i
	}
	return len(s)
}

func (x *lexer) add(kind tokenKind, size int) {
	x.count(kind, x.code[x.pos:x.pos+size])
	x.Tokens = append(x.Tokens, token{Kind: kind, start: x.pos, end: x.pos + size, line: x.fresh, partner: -1})
	x.pos += size
	x.fresh = false
}

func (x *lexer) next() {
	rest := x.code[x.pos:]
	switch c := rest[0]; {
	case c == '"' || c == '\'':
		x.add(tokenString, x.quoted(rest))
	case c == '`':
		x.template()
	case '0' <= c && c <= '9' || c == '.' && len(rest) > 1 && '0' <= rest[1] && rest[1] <= '9':
		x.add(tokenNumber, numberSize(rest))
	case c == '/' && x.regExpAllowed():
		x.add(tokenRegExp, regExpSize(rest))
	case c == '}' && len(x.stack) > 0 && x.Tokens[x.stack[len(x.stack)-1]].Kind == tokenTemplate:
		x.template()
	default:
		if size := wordSize(rest); size > 0 {
			x.add(TokenWord, size)
			return
		}
		x.punct(rest)
	}
}

func (x *lexer) quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case s[0]:
			return i + 1
		case '\\':
			if i++; i >= len(s)-1 && (i == len(s) || s[i] == '\r' || s[i] == '\n') {
				x.Open = true
			}
			if i+1 < len(s) && s[i] == '\r' && s[i+1] == '\n' {
				i++
			}
		case '\n', '\r':
			return i
		}
	}
	return len(s)
}

// template reads a piece of a template literal: up to its end or to the next ${, which counts as an opening bracket.
func (x *lexer) template() {
	rest := x.code[x.pos:]
	closes := rest[0] == '}'
	size, opens := len(rest), false
	ended := false
	for i := 1; i < len(rest) && !ended; i++ {
		switch {
		case rest[i] == '\\':
			i++
		case rest[i] == '`':
			size, ended = i+1, true
		case rest[i] == '$' && i+1 < len(rest) && rest[i+1] == '{':
			size, opens, ended = i+2, true, true
		}
	}
	if !ended {
		x.Open = true
	}
	if closes {
		x.link(len(x.Tokens))
	}
	x.add(tokenTemplate, size)
	if closes {
		x.tie()
	}
	if opens {
		x.push()
	}
}

// push notes that the last token opens a bracket.
func (x *lexer) push() {
	x.stack = append(x.stack, len(x.Tokens)-1)
	x.runs = append(x.runs, x.run)
	x.run = 0
	x.depth = max(x.depth, len(x.stack))
}

// link notes that token i, about to be added, closes the innermost bracket.
func (x *lexer) link(i int) {
	x.Tokens[x.stack[len(x.stack)-1]].partner = i
}

// tie is link's other end.
func (x *lexer) tie() {
	last := len(x.stack) - 1
	x.Tokens[len(x.Tokens)-1].partner = x.stack[last]
	x.stack = x.stack[:last]
	x.total -= x.run
	x.run = x.runs[last]
	x.runs = x.runs[:last]
}

func (x *lexer) punct(rest string) {
	size := punctSize(rest)
	closing := strings.IndexByte(")]}", rest[0])
	if closing < 0 {
		x.add(tokenPunct, size)
		if rest[0] == '(' || rest[0] == '[' || rest[0] == '{' {
			x.push()
		}
		return
	}
	if len(x.stack) == 0 || x.code[x.Tokens[x.stack[len(x.stack)-1]].start] != "([{"[closing] {
		x.Unbalanced = true
		x.add(tokenPunct, size)
		return
	}
	x.link(len(x.Tokens))
	x.add(tokenPunct, size)
	x.tie()
}

// punctSize is the length of the operator that a text begins with.
func punctSize(s string) int {
	for _, op := range []string{
		">>>=", "...", "===", "!==", "**=", "<<=", ">>=", ">>>", "&&=", "||=", "??=", "=>", "==", "!=", "<=", ">=", "&&", "||", "??",
		"++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**",
	} {
		if strings.HasPrefix(s, op) {
			return len(op)
		}
	}
	if strings.HasPrefix(s, "?.") && (len(s) == 2 || s[2] < '0' || s[2] > '9') {
		return 2
	}
	_, size := utf8.DecodeRuneInString(s)
	return size
}

// wordSize is the length of the name that a text begins with, or 0.
func wordSize(s string) int {
	size := 0
	if s[0] == '#' {
		size = 1
	}
	for size < len(s) {
		r, n := utf8.DecodeRuneInString(s[size:])
		switch {
		case r == '$' || r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Other_ID_Start, r) || r == '\u200c' || r == '\u200d':
		case size > 0 && (unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Mc, r) || unicode.Is(unicode.Pc, r) || unicode.Is(unicode.Other_ID_Continue, r)):
		case unicode.Is(unicode.Nl, r):
		case r == '\\' && strings.HasPrefix(s[size:], `\u{`) && strings.IndexByte(s[size:], '}') > 0:
			n = strings.IndexByte(s[size:], '}') + 1
		case r == '\\' && strings.HasPrefix(s[size:], `\u`) && len(s) >= size+6:
			n = 6
		default:
			if s[:size] == "#" {
				return 0
			}
			return size
		}
		size += n
	}
	return size
}

// numberSize is the length of the number that a text begins with. A dot behind a whole number's first one, an exponent or a prefix is that of
// a member.
func numberSize(s string) int {
	whole := !(len(s) > 1 && s[0] == '0' && strings.IndexByte("xXoObB", s[1]) >= 0) // without a prefix
	dot := whole && s[0] != '.'                                                     // may follow
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.' && dot:
			dot = false
		case whole && (c == 'e' || c == 'E'):
			dot = false
		case whole && c == 'n':
			return i + 1
		case c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		case whole && (c == '+' || c == '-') && (s[i-1] == 'e' || s[i-1] == 'E'):
		default:
			return i
		}
	}
	return len(s)
}

func regExpSize(s string) int {
	class := false
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '[':
			class = true
		case ']':
			class = false
		case '\n', '\r':
			return i
		case '/':
			if !class {
				return i + 1 + wordSizeOrZero(s[i+1:])
			}
		}
	}
	return len(s)
}

func wordSizeOrZero(s string) int {
	if s == "" {
		return 0
	}
	return wordSize(s)
}

// regExpAllowed reports whether a slash begins a regular expression here, by what stands before it. Behind brackets and some words that takes
// a parser, and is a guess.
func (x *lexer) regExpAllowed() bool {
	if x.regexps != nil {
		return x.regexps[x.pos]
	}
	last := len(x.Tokens) - 1
	if last < 0 {
		return true
	}
	x.doubtful = x.doubtful || x.fresh // a declaration may end with the line before
	switch t := x.Tokens[last]; t.Kind {
	case tokenNumber, tokenString, tokenRegExp:
		return false
	case tokenTemplate:
		return strings.HasSuffix(x.Text(last), "${")
	case TokenWord:
		if x.Is(last-1, ".") || x.Is(last-1, "?.") {
			return false
		}
		switch x.Text(last) {
		case "return", "typeof", "case", "in", "of", "delete", "void", "throw", "new", "else", "do", "instanceof", "yield", "await", "default", "extends", "break",
			"continue", "debugger":
			x.doubtful = true // of, yield, await may be names
			return true
		}
		return false
	}
	switch x.Text(last) {
	case "]":
		return false
	case "++", "--":
		x.doubtful = true
		return false
	case ")":
		x.doubtful = true
		// What follows the head of a statement is a statement; else the parentheses are a value.
		switch open := x.Tokens[last].partner; x.Text(open - 1) {
		case "if", "while", "for", "with":
			return !x.Is(open-2, ".")
		}
		return false
	case "}":
		x.doubtful = true
		open := x.Tokens[last].partner
		if open <= 0 {
			return true
		}
		switch x.Text(open - 1) {
		case ")", ";", "{", "}", "else", "do", "try", "finally", "=>":
			return true
		}
		return false
	}
	return true
}
