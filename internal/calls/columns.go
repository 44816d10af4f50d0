package calls

import "unicode/utf8"

// CountCharacters turns the columns of calls, which are in order, into columns in characters. They count other units from 1,
// of which size returns how many a character takes. It reads each line once, however many calls are in it.
func CountCharacters(list []Call, lines []string, size func(r rune, bytes int) int) {
	var rest string
	line, units, characters := 0, 1, 1
	for i := range list {
		at := &list[i].Position
		if at.Line != line {
			line, units, characters, rest = at.Line, 1, 1, ""
			if line <= len(lines) {
				rest = lines[line-1]
			}
		}
		for rest != "" && units < at.Column {
			r, n := utf8.DecodeRuneInString(rest)
			rest = rest[n:]
			units += size(r, n)
			characters++
		}
		at.Column = characters + max(0, at.Column-units)
	}
}
