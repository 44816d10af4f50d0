package scripts

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
)

// misplacedNames are the tags that mean nothing to other tools. One that stands below the first statement was meant for the host, which would
// never read it.
var misplacedNames = [...]string{"schedule", "timezone", "retries", "overlap", "missed", "permissions"}

// misplacedTags finds tags of a host in comments below the first statement.
func misplacedTags(src []byte, lang engine.Language, header []Tag) *HeaderError {
	if !mayBeMisplaced(src, header) {
		return nil
	}
	var wrong *HeaderError
	z := newTokenizer(src, lang)
	z.comment = func(text string, at engine.Position) {
		if len(z.tokens) == 0 {
			return // the header
		}
		for line := range strings.Lines(text) {
			tag := strings.TrimLeft(line, "-/*[= \t")
			if name, ok := tagName(tag); ok && slices.Contains(misplacedNames[:], name) {
				at := engine.Position{Line: at.Line, Column: at.Column + utf8.RuneCountInString(line[:len(line)-len(tag)])}
				wrong = wrong.and(errorAt(at, "move it into the comment at the top of the file, above imports as well",
					"@%s stands below the first statement, where it does nothing", name))
			}
			at = engine.Position{Line: at.Line + 1, Column: 1}
		}
	}
	z.run()
	return wrong
}

// mayBeMisplaced tells whether a script has more of these words than its header. Most have not, which saves reading them.
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
