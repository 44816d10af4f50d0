package repl

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
)

// place is what stands before the cursor.
type place struct {
	// word is the dotted name that ends at the cursor.
	word string
	// quote is the quote of the text that the cursor is in, or 0, and text what it holds so far.
	quote byte
	text  string
	// callee is the call whose arguments the cursor is in, argument the number of the argument.
	callee   string
	argument int
	// keys lead from the call's options table to the table at the cursor, and key is the name whose value is expected.
	keys []string
	key  string
	// isKey tells that a name of the table's is expected.
	isKey bool
}

// frame is an open bracket.
type frame struct {
	bracket byte
	callee  string
	// argument counts the commas, key is the name before the last = or :, and fresh tells that a name may follow.
	argument int
	key      string
	fresh    bool
	word     string
}

// scanner follows the brackets and names among the tokens of code.
type scanner struct {
	language engine.Language
	frames   []frame
	// word is the dotted name that ends here; last is the same before spaces.
	word, last string
	ended      bool
}

// scan finds the place at the end of a piece of code.
func scan(code string, language engine.Language) place {
	sc := &scanner{language: language, frames: []frame{{}}}
	end := 0
	for tok := range lexer.Tokens(code, language) {
		if tok.Start > end {
			sc.end()
		}
		end = tok.End
		text := code[tok.Start:tok.End]
		switch tok.Kind {
		case lexer.Word:
			sc.wordOf(text)
		case lexer.Punct:
			sc.step(code, tok.Start)
		case lexer.Comment:
			sc.end()
			if tok.Open || end == len(code) && isLineComment(text, language) {
				return place{}
			}
		case lexer.Template:
			sc.template(text)
			if tok.Open {
				return sc.place('`', text[1:])
			}
		default:
			if tok.Open && strings.IndexByte("\"'", text[0]) >= 0 {
				return sc.place(text[0], text[1:])
			}
			if tok.Open {
				return place{}
			}
			sc.end()
			sc.word, sc.last = "", ""
		}
	}
	if end < len(code) {
		sc.end()
	}
	return sc.place(0, "")
}

// isLineComment reports whether a comment goes on up to the end of its line.
func isLineComment(text string, language engine.Language) bool {
	if language == engine.Lua {
		return lexer.LongBracket(text[2:]) < 0
	}
	return strings.HasPrefix(text, "//")
}

// template takes a part of a template literal: its placeholders are brackets.
func (sc *scanner) template(text string) {
	if text[0] == '}' {
		sc.close('}')
	}
	if strings.HasSuffix(text, "${") {
		sc.frames = append(sc.frames, frame{bracket: '`'})
	}
	sc.word, sc.last, sc.ended = "", "", false
}

// wordOf takes a name or number.
func (sc *scanner) wordOf(text string) {
	if sc.ended {
		sc.word, sc.ended = "", false
	}
	sc.word += text
}

// step takes the character at an offset.
func (sc *scanner) step(code string, i int) {
	r := rune(code[i])
	top := &sc.frames[len(sc.frames)-1]
	switch {
	case r == '.' || r == ':' && sc.language == engine.Lua || r == '?' && strings.HasPrefix(code[i:], "?."):
		if r != '?' {
			sc.word += "."
		}
		sc.ended = false
		return
	case r == '(' || r == '[' || r == '{':
		sc.open(byte(r))
		return
	case r == ')' || r == ']' || r == '}':
		sc.close(code[i])
		return
	case r == ',' || r == ';':
		top.argument++
		top.key, top.fresh = "", true
	case r == '=' && sc.language == engine.Lua || r == ':' && sc.language != engine.Lua:
		if top.bracket == '{' {
			top.key = sc.last
			if !sc.ended {
				top.key = sc.word
			}
			top.fresh = false
		}
	default:
		top.fresh = false
	}
	sc.word, sc.last, sc.ended = "", "", false
}

// end ends a word at a space.
func (sc *scanner) end() {
	if sc.word != "" && !sc.ended {
		sc.last = sc.word
	}
	sc.ended = true
}

func (sc *scanner) open(bracket byte) {
	top := &sc.frames[len(sc.frames)-1]
	word := sc.word
	if sc.ended {
		word = sc.last
	}
	f := frame{bracket: bracket, fresh: true, word: word}
	switch {
	case bracket == '(':
		f.callee = word
	case bracket == '{' && sc.language == engine.Lua && word != "" && !isLuaKeyword(word):
		// f{...} is a call with a table.
		sc.frames = append(sc.frames, frame{bracket: '(', callee: word})
	case bracket == '{' && top.bracket == 0:
		f.fresh = false // a block
	}
	sc.frames = append(sc.frames, f)
	sc.word, sc.last, sc.ended = "", "", false
}

func isLuaKeyword(word string) bool {
	switch word {
	case "return", "and", "or", "not", "in", "then", "do", "else":
		return true
	}
	return false
}

// close ends the frame of a bracket. What stands before an index or a call is kept where a path goes on behind it.
func (sc *scanner) close(bracket byte) {
	f := sc.frames[len(sc.frames)-1]
	if len(sc.frames) > 1 {
		sc.frames = sc.frames[:len(sc.frames)-1]
	}
	if bracket == '}' && len(sc.frames) > 1 && sc.frames[len(sc.frames)-1].bracket == '(' && sc.language == engine.Lua && f.word != "" {
		sc.frames = sc.frames[:len(sc.frames)-1] // the one that f{...} opened
	}
	index := sc.word
	if sc.ended {
		index = sc.last
	}
	sc.word, sc.last, sc.ended = "", "", false
	if bracket == ']' && f.word != "" && index != "" && isDigits(index) {
		sc.word = f.word + "." + index
		return
	}
	if bracket != '}' {
		sc.word = unknownPath // the value of a call or an index has members that nobody knows
	}
}

// unknownPath is a name that nothing has.
const unknownPath = "()"

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// place sums up what is open.
func (sc *scanner) place(quote byte, text string) place {
	at := place{quote: quote, text: text}
	if quote == 0 && !sc.ended {
		at.word = sc.word
	}
	if strings.Contains(at.word, unknownPath) {
		at.word = ""
	}
	i := len(sc.frames) - 1
	top := sc.frames[i]
	if top.bracket == '{' {
		at.key = top.key
		at.isKey = top.fresh && top.key == "" && quote == 0
	}
	// Tables lead up to the call that they are an argument of. Lists between them have no name.
	for ; i > 0 && sc.frames[i].bracket != '('; i-- {
		if above := sc.frames[i-1]; above.bracket == '{' && above.key != "" {
			at.keys = append([]string{above.key}, at.keys...)
		}
	}
	at.callee, at.argument = sc.frames[i].callee, sc.frames[i].argument
	return at
}
