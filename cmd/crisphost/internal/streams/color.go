package streams

import "strings"

// The colours of JSON on a terminal.
const (
	ColorName    = "\x1b[34m"
	ColorString  = "\x1b[32m"
	ColorNumber  = "\x1b[36m"
	ColorLiteral = "\x1b[35m"
	ColorOff     = "\x1b[0m"
)

// ColorJSON colours valid JSON text and leaves its layout as it is.
func ColorJSON(text string) string {
	var b strings.Builder
	b.Grow(len(text) * 2)
	for i := 0; i < len(text); {
		end, color := i+1, ""
		switch c := text[i]; {
		case c == '"':
			end = stringEnd(text, i)
			color = ColorString
			if strings.HasPrefix(strings.TrimLeft(text[end:], " \n\t\r"), ":") {
				color = ColorName
			}
		case c == '-' || c >= '0' && c <= '9':
			color = ColorNumber
		case c >= 'a' && c <= 'z':
			color = ColorLiteral
		}
		if color != "" && color != ColorString && color != ColorName {
			for end < len(text) && !strings.ContainsRune(" \n\t\r,]}", rune(text[end])) {
				end++
			}
		}
		if color == "" {
			b.WriteString(text[i:end])
		} else {
			b.WriteString(color + text[i:end] + ColorOff)
		}
		i = end
	}
	return b.String()
}

// stringEnd is the offset behind the string that starts at i.
func stringEnd(text string, i int) int {
	for i++; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
