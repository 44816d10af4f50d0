package repl

import (
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// skipText returns the end of a text or comment that begins at i, or i where none does. Open tells that it has no end: that
// what is typed next belongs to it.
func skipText(code string, i int, language engine.Language) (end int, open bool) {
	rest := code[i:]
	until := func(from int, mark string) (int, bool) {
		if n := strings.Index(code[from:], mark); n >= 0 {
			return from + n + len(mark), false
		}
		return len(code), true
	}
	if language == engine.Lua {
		if closing := longBracket(rest); closing != "" {
			return until(i+len(closing), closing)
		}
		if comment, ok := strings.CutPrefix(rest, "--"); ok {
			if closing := longBracket(comment); closing != "" {
				return until(i+2+len(closing), closing)
			}
			end, _ := until(i, "\n")
			return end, false
		}
	} else {
		switch {
		case strings.HasPrefix(rest, "//"):
			end, _ := until(i, "\n")
			return end, false
		case strings.HasPrefix(rest, "/*"):
			return until(i+2, "*/")
		}
	}
	if c := code[i]; c == '"' || c == '\'' || c == '`' && language != engine.Lua {
		end, closed := textEnd(code, i)
		return end, !closed
	}
	return i, false
}

// longBracket is what ends the long text of Lua that a piece of code begins with, or empty.
func longBracket(code string) (end string) {
	rest, ok := strings.CutPrefix(code, "[")
	if !ok {
		return ""
	}
	level := len(rest) - len(strings.TrimLeft(rest, "="))
	if !strings.HasPrefix(rest[level:], "[") {
		return ""
	}
	return "]" + rest[:level] + "]"
}

// endsInText tells whether a piece of code ends inside a text or a comment.
func endsInText(code string, language engine.Language) bool {
	open := false
	eachWord(code, language, func(string) {}, &open)
	return open
}

// mentions tells whether a piece of code uses a variable.
func mentions(code, name string, language engine.Language) bool {
	found := false
	eachWord(code, language, func(path string) {
		first, _, _ := strings.Cut(path, ".")
		found = found || first == name
	}, nil)
	return found
}

// eachWord yields the dotted names of a piece of code that stand outside of texts and comments, with dots for the colons of
// Lua. Those behind an index or a call begin with a dot. Open, if set, tells whether the code ends inside a text.
func eachWord(code string, language engine.Language, yield func(path string), open *bool) {
	start := -1
	word := func(end int) {
		if start >= 0 {
			path := code[start:end]
			if language == engine.Lua {
				path = strings.ReplaceAll(path, ":", ".")
			}
			if path = strings.TrimRight(path, ".:"); path != "" && (path[0] < '0' || path[0] > '9') {
				yield(path)
			}
			start = -1
		}
	}
	for i := 0; i < len(code); {
		if end, unfinished := skipText(code, i, language); end > i {
			word(i)
			if code[i] == '`' {
				placeholders(code[i:end], language, yield)
			}
			if open != nil && unfinished {
				*open = true
			}
			i = end
			continue
		}
		r, size := utf8.DecodeRuneInString(code[i:])
		switch inWord := isWord(r) || r == '.' || r == ':' && language == engine.Lua; {
		case inWord && start < 0:
			start = i
		case !inWord:
			word(i)
		}
		i += size
	}
	word(len(code))
}

// placeholders yields the names in the placeholders of a template.
func placeholders(template string, language engine.Language, yield func(path string)) {
	for {
		_, rest, ok := strings.Cut(template, "${")
		if !ok {
			return
		}
		inside, after, _ := strings.Cut(rest, "}")
		eachWord(inside, language, yield, nil)
		template = after
	}
}
