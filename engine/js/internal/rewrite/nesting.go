package rewrite

import "strings"

// count follows how deep a parser has to descend.
func (x *lexer) count(kind tokenKind, text string) {
	switch {
	case kind == tokenPunct && (text == "," || text == ";"), x.fresh && kind != tokenPunct && x.ended():
		x.total -= x.run
		x.run = 0
	}
	if kind == tokenPunct && !strings.Contains(",;)]}", text) || kind == TokenWord && isKeyword(text) || kind == tokenTemplate {
		x.run++
		x.total++
		x.nesting = max(x.nesting, x.total)
	}
}

// ended reports whether a statement can have ended with the last token.
func (x *lexer) ended() bool {
	last := len(x.Tokens) - 1
	if last < 0 {
		return true
	}
	switch x.Tokens[last].Kind {
	case TokenWord:
		return !isKeyword(x.Text(last))
	case tokenPunct:
		switch x.Text(last) {
		case ")":
			switch x.Text(x.Tokens[last].partner - 1) {
			case "if", "for", "while", "with":
				return false
			}
			return true
		case "]", "}", "++", "--":
			return true
		}
		return false
	}
	return true
}

// isKeyword tells the words that an expression or a statement follows.
func isKeyword(word string) bool {
	switch word {
	case "async", "await", "case", "delete", "do", "else", "extends", "for", "function", "class", "if", "in", "instanceof", "new", "of", "return",
		"throw", "try", "typeof", "void", "while", "with", "yield":
		return true
	}
	return false
}
