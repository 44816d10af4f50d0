package rewrite

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// InsertOriginal makes an entry's edits in what was entered, by the places that the source map knows.
func (e *Entry) InsertOriginal(code string) (string, bool) {
	o := &Entry{Text: code, tokens: Lex(code)}
	for _, place := range e.Waits {
		first, ok := o.same(e, e.tokens.at(place.start))
		if !ok && !o.tokens.Is(first, "import") { // which becomes a promise of require
			return "", false
		}
		last, ok := o.same(e, e.tokens.at(place.end)-1)
		if partner := o.tokens.Tokens[min(first+1, len(o.tokens.Tokens)-1)].partner; o.tokens.Is(first, "import") && partner > first {
			last, ok = partner, true
		}
		if !ok {
			return "", false
		}
		// What TypeScript has in parentheses (x as any) has lost them.
		for i := last; i >= first; i-- {
			if partner := o.tokens.Tokens[i].partner; partner >= 0 {
				first = min(first, partner)
			}
		}
		o.insert(o.tokens.Tokens[first].start, place.before)
		o.insertAfter(o.tokens.Tokens[last].end, place.after)
	}
	for _, change := range e.Edits {
		at := 0
		switch {
		case change.Text == "async ":
			i, _ := o.same(e, e.tokens.at(change.Start)) // a parameter of TypeScript may have got parentheses
			i = min(i, len(o.tokens.Tokens)-1)
			at = o.tokens.Tokens[i].start
			o.promise(i)
		case change.Text == " await":
			loop, ok := o.same(e, e.tokens.at(change.Start)-1)
			if !ok {
				return "", false
			}
			at = o.tokens.Tokens[loop].end
		case change.Text == "let ":
			name, ok := o.same(e, e.tokens.at(change.Start))
			if !ok {
				return "", false
			}
			at = o.tokens.Tokens[name].start
		case strings.HasPrefix(change.Text, "let "):
		default:
			continue // of a wait
		}
		o.Edits = slices.Insert(o.Edits, 0, edit{Start: at, end: at, Text: change.Text})
	}
	return o.Script(), true
}

// promise makes a promise of the type that a function of TypeScript, which begins at a token, says it returns.
func (e *Entry) promise(first int) {
	t := e.tokens
	open := first
	for open < len(t.Tokens) && !t.Is(open, "(") {
		if t.Is(open, "=>") || t.Is(open, "{") {
			return
		}
		open++
	}
	if open >= len(t.Tokens) || t.Tokens[open].partner < 0 || !t.Is(t.Tokens[open].partner+1, ":") {
		return
	}
	begin := t.Tokens[open].partner + 2
	end := begin
	for ; end < len(t.Tokens) && !t.Is(end, "=>"); end++ {
		if t.Is(end, "{") && end > begin && !t.Is(end-1, "|") && !t.Is(end-1, "&") {
			break // the body
		}
		if partner := t.Tokens[end].partner; partner > end {
			end = partner
		}
	}
	if end < len(t.Tokens) && end > begin && !t.Is(begin, "Promise") && !t.Is(begin, "PromiseLike") {
		e.insert(t.Tokens[begin].start, "Promise<")
		e.insertAfter(t.Tokens[end-1].end, ">")
	}
}

// same finds the token that another entry's token was made of.
func (e *Entry) same(made *Entry, i int) (int, bool) {
	if i < 0 || i >= len(made.tokens.Tokens) {
		return 0, false
	}
	mine := e.tokens.at(made.Origin(made.tokens.Tokens[i].start))
	return mine, e.tokens.Text(mine) == made.tokens.Text(i)
}

// BytePosition is the place of an offset, the line counted from 1 and the column in UTF-16 units from 0, as source maps do.
func BytePosition(text string, offset int) (line, column int) {
	before := text[:min(offset, len(text))]
	start := strings.LastIndexByte(before, '\n') + 1
	for _, r := range before[start:] {
		column += utf16Size(r)
	}
	return 1 + strings.Count(before, "\n"), column
}

// ByteOffset is bytePosition's other way.
func ByteOffset(text string, line, column int) int {
	at := OffsetAt(text, line, 1)
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

// OffsetAt is the offset of a position as goja tells it: with columns in bytes, counted from 1.
func OffsetAt(text string, line, column int) int {
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
