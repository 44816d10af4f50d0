package scripts

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/lexer"
)

// misplacedNames are the tags that mean nothing to other tools. One that stands below the first statement was meant for the host, which would
// never read it.
var misplacedNames = [...]string{
	"schedule", "timezone", "retries", "overlap", "missed", "permissions", "on", "key", "debounce", "throttle", "batch",
}

// misplacedTags finds tags of a host in comments below the first statement.
func misplacedTags(src []byte, lang engine.Language, header []Tag) *HeaderError {
	if !mayBeMisplaced(src, header) {
		return nil
	}
	var wrong *HeaderError
	code := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(bytes.TrimPrefix(src, []byte("\ufeff"))))
	line, start := 1, 0 // the line that was reached, and where it begins
	if strings.HasPrefix(code, "#") {
		start = lineLength(code)
	}
	reached, below := start, false
	for tok := range lexer.Tokens(code[start:], lang) {
		if tok.Kind != lexer.Comment {
			below = true
			continue
		}
		if !below {
			continue // the header
		}
		at := start + tok.Start
		for text := range strings.Lines(code[at : start+tok.End]) {
			line += strings.Count(code[reached:at], "\n")
			reached = at
			tag := strings.TrimLeft(text, "-/*[= \t")
			if name, ok := tagName(tag); ok && slices.Contains(misplacedNames[:], name) {
				before := code[strings.LastIndexByte(code[:at], '\n')+1 : at+len(text)-len(tag)]
				place := engine.Position{Line: line, Column: 1 + utf8.RuneCountInString(before)}
				wrong = wrong.and(errorAt(place, "move it into the comment at the top of the file, above imports as well",
					"@%s stands below the first statement, where it does nothing", name))
			}
			at += len(text)
		}
	}
	return wrong
}

// mayBeMisplaced reports whether a script has more of these words than its header. Most have not, which saves reading them.
func mayBeMisplaced(src []byte, header []Tag) bool {
	for _, name := range misplacedNames {
		n := bytes.Count(src, []byte("@"+name))
		for _, t := range header {
			if t.Name == name {
				n--
			}
		}
		if n > 0 {
			return true
		}
	}
	return false
}
