package repl

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
)

// endsInText reports whether a piece of code ends inside a text or a comment, to which the next line would belong.
func endsInText(code string, language engine.Language) bool {
	open := false
	for tok := range lexer.Tokens(code, language) {
		open = tok.Open
	}
	return open
}

// mentions reports whether a piece of code uses a variable.
func mentions(code, name string, language engine.Language) bool {
	found := false
	eachWord(code, language, func(path string) {
		first, _, _ := strings.Cut(path, ".")
		found = found || first == name
	})
	return found
}

// eachWord yields the dotted names of a piece of code that stand outside of texts and comments, with dots for the colons of
// Lua. Those behind an index or a call begin with a dot.
func eachWord(code string, language engine.Language, yield func(path string)) {
	start, end := 0, 0 // of the path so far
	flush := func() {
		path := code[start:end]
		if language == engine.Lua {
			path = strings.ReplaceAll(path, ":", ".")
		}
		if path = strings.TrimRight(path, "."); path != "" && (path[0] < '0' || path[0] > '9') {
			yield(path)
		}
	}
	for tok := range lexer.Tokens(code, language) {
		c := code[tok.Start]
		if tok.Kind != lexer.Word && (tok.Kind != lexer.Punct || c != '.' && (c != ':' || language != engine.Lua)) {
			continue
		}
		if tok.Start > end {
			flush()
			start = tok.Start
		}
		end = tok.End
	}
	flush()
}
