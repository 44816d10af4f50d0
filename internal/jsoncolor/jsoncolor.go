// Package jsoncolor colours JSON text for terminals, for the command line and the shell alike.
package jsoncolor

import "strings"

// The colours of the parts of JSON.
const (
	colorName    = "\x1b[34m"
	colorString  = "\x1b[32m"
	colorNumber  = "\x1b[36m"
	colorLiteral = "\x1b[35m"
	colorOff     = "\x1b[0m"
)

// Paint colours valid JSON text and leaves its layout as it is.
func Paint(text string) string {
	var b strings.Builder
	b.Grow(len(text) * 2)
	for i := 0; i < len(text); {
		end, color := i+1, ""
		switch c := text[i]; {
		case c == '"':
			end = stringEnd(text, i)
			color = colorString
			if strings.HasPrefix(strings.TrimLeft(text[end:], " \n\t\r"), ":") {
				color = colorName
			}
		case c == '-' || c >= '0' && c <= '9':
			color = colorNumber
		case c >= 'a' && c <= 'z':
			color = colorLiteral
		}
		if color != "" && color != colorString && color != colorName {
			for end < len(text) && !strings.ContainsRune(" \n\t\r,]}", rune(text[end])) {
				end++
			}
		}
		if color == "" {
			b.WriteString(text[i:end])
		} else {
			b.WriteString(color + text[i:end] + colorOff)
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
