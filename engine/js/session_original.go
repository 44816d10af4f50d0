package js

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// insertOriginal inserts an entry's awaits into what was entered, by the places that the source map knows.
func (e *entry) insertOriginal(code string) (string, bool) {
	o := &entry{text: code, tokens: lex(code)}
	for _, place := range e.waits {
		first, ok := o.same(e, e.tokens.at(place.start))
		if !ok && !o.tokens.is(first, "import") { // which becomes a promise of require
			return "", false
		}
		last, ok := o.same(e, e.tokens.at(place.end)-1)
		if partner := o.tokens.tokens[min(first+1, len(o.tokens.tokens)-1)].partner; o.tokens.is(first, "import") && partner > first {
			last, ok = partner, true
		}
		if !ok {
			return "", false
		}
		// What TypeScript has in parentheses (x as any) has lost them.
		for i := last; i >= first; i-- {
			if partner := o.tokens.tokens[i].partner; partner >= 0 {
				first = min(first, partner)
			}
		}
		o.insert(o.tokens.tokens[first].start, place.before, inBoth)
		o.insert(o.tokens.tokens[last].end, place.after, inBoth)
	}
	for _, change := range e.edits {
		switch {
		case change.in == inScript && change.text == " await":
			loop, ok := o.same(e, e.tokens.at(change.start)-1)
			if !ok {
				return "", false
			}
			o.insert(o.tokens.tokens[loop].end, change.text, inBoth)
		case change.in == inScript && strings.HasPrefix(change.text, "let "):
			at := 0
			if change.text == "let " {
				name, ok := o.same(e, e.tokens.at(change.start))
				if !ok {
					return "", false
				}
				at = o.tokens.tokens[name].start
			}
			o.edits = slices.Insert(o.edits, 0, edit{at, at, change.text, inBoth})
		}
	}
	return o.render(inScript).String(), true
}

// same finds the token that another entry's token was made of.
func (e *entry) same(made *entry, i int) (int, bool) {
	if i < 0 || i >= len(made.tokens.tokens) {
		return 0, false
	}
	mine := e.tokens.at(made.origin(made.tokens.tokens[i].start))
	return mine, e.tokens.text(mine) == made.tokens.text(i)
}

// bytePosition is the place of an offset, the line counted from 1 and the column in UTF-16 units from 0, as source maps do.
func bytePosition(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	for _, r := range before[start:] {
		column += utf16Size(r)
	}
	return 1 + strings.Count(before, "\n"), column
}

// byteOffset is bytePosition's other way.
func byteOffset(text string, line, column int) int {
	at := offsetAt(text, line, 1)
	for column > 0 && at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		column -= utf16Size(r)
		at += size
	}
	return at
}

func utf16Size(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}

// offsetAt is the offset of a position as goja tells it: with columns in bytes, counted from 1.
func offsetAt(text string, line, column int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return min(at+column-1, len(text))
}
