// Package sourceline finds lines in the text of a script.
package sourceline

import "strings"

// At returns the line with the given number, counted from 1, without its end and without a byte order mark. It is empty when
// there is no such line. Lines end with a line feed, a carriage return, or both.
func At(code []byte, number int) string {
	text := strings.TrimPrefix(string(code), "\ufeff")
	for ; number > 0; number-- {
		end := strings.IndexAny(text, "\r\n")
		if end < 0 {
			end = len(text)
		}
		if number == 1 {
			return text[:end]
		}
		rest := text[end:]
		if rest == "" {
			return ""
		}
		if strings.HasPrefix(rest, "\r\n") {
			rest = rest[1:]
		}
		text = rest[1:]
	}
	return ""
}
