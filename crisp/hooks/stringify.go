package hooks

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Stringify returns the JSON text as JavaScript's JSON.stringify(JSON.parse(text)) writes it: without blanks, numbers as
// doubles, members whose names are array indexes first and in their order, the last of repeated members at the place of the
// first, and only those characters escaped that must be. Bytes that are not UTF-8 become U+FFFD, as Node reads them. It fails
// if text is not one JSON value, or is nested more than 10,000 levels deep.
func Stringify(text []byte) ([]byte, error) {
	text = replaceIllFormed(text)
	decoder := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true)) // for surrogates that stand alone as \ud800; bytes are replaced already
	result, err := appendValue(make([]byte, 0, len(text)), decoder)
	if err != nil {
		return nil, fmt.Errorf("text is not JSON: %w", err)
	}
	if _, err := decoder.ReadToken(); err != io.EOF {
		return nil, fmt.Errorf("text is not JSON: something follows the value at offset %d", decoder.InputOffset())
	}
	return result, nil
}

func appendValue(to []byte, decoder *jsontext.Decoder) ([]byte, error) {
	switch decoder.PeekKind() {
	case '{':
		return appendObject(to, decoder)
	case '[':
		return appendArray(to, decoder)
	}
	value, err := decoder.ReadValue()
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch value.Kind() {
	case '"':
		return appendString(to, value), nil
	case '0':
		return appendNumber(to, value)
	}
	return append(to, value...), nil
}

func appendArray(to []byte, decoder *jsontext.Decoder) ([]byte, error) {
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	to = append(to, '[')
	for first := true; decoder.PeekKind() != ']'; first = false {
		if !first {
			to = append(to, ',')
		}
		var err error
		if to, err = appendValue(to, decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.ReadToken()
	return append(to, ']'), err
}

// member is a member of an object, whose name and value are written already.
type member struct{ name, value []byte }

func appendObject(to []byte, decoder *jsontext.Decoder) ([]byte, error) {
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	var members []member
	places := map[string]int{}
	indexes := 0
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		m := member{name: appendString(nil, name)}
		if m.value, err = appendValue(nil, decoder); err != nil {
			return nil, err
		}
		if place, repeated := places[string(m.name)]; repeated {
			members[place].value = m.value
			continue
		}
		places[string(m.name)] = len(members)
		members = append(members, m)
		if _, ok := arrayIndex(m.name); ok {
			indexes++
		}
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	if indexes > 0 {
		slices.SortStableFunc(members, compareIndexes)
	}
	to = append(to, '{')
	for i, m := range members {
		if i > 0 {
			to = append(to, ',')
		}
		to = append(append(append(to, m.name...), ':'), m.value...)
	}
	return append(to, '}'), nil
}

// compareIndexes orders array indexes by number and before all other names.
func compareIndexes(a, b member) int {
	i, iOK := arrayIndex(a.name)
	j, jOK := arrayIndex(b.name)
	switch {
	case iOK && jOK:
		return int(i - j)
	case iOK:
		return -1
	case jOK:
		return 1
	}
	return 0
}

// arrayIndex returns the number that a quoted name stands for, if JavaScript treats it as an index of an array.
func arrayIndex(quoted []byte) (index int64, ok bool) {
	digits := quoted[1 : len(quoted)-1]
	if len(digits) == 0 || len(digits) > 10 || digits[0] == '0' && len(digits) > 1 {
		return 0, false
	}
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return 0, false
		}
		index = index*10 + int64(digit-'0')
	}
	return index, index < math.MaxUint32
}

func appendNumber(to, number []byte) ([]byte, error) {
	value, _ := strconv.ParseFloat(string(number), 64) // the only error left is a number out of range, which is an infinity
	switch {
	case math.IsInf(value, 0):
		return append(to, "null"...), nil
	case value == 0:
		return append(to, '0'), nil // JSON.stringify drops the sign
	}
	text, err := json.Marshal(value) // encoding/json writes other numbers as JavaScript does
	return append(to, text...), err
}

// appendString writes a string, given as a valid JSON string, with the escapes that JSON.stringify uses.
func appendString(to, quoted []byte) []byte {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return append(to, quoted...)
	}
	to = append(to, '"')
	for i := 1; i < len(quoted)-1; i++ {
		if quoted[i] != '\\' {
			to = append(to, quoted[i])
			continue
		}
		i++
		if quoted[i] != 'u' {
			to = appendEscape(to, quoted[i])
			continue
		}
		r := hex4(quoted[i+1:])
		i += 4
		if utf16.IsSurrogate(r) && quoted[i+1] == '\\' && quoted[i+2] == 'u' {
			if pair := utf16.DecodeRune(r, hex4(quoted[i+3:])); pair != utf8.RuneError {
				r = pair
				i += 6
			}
		}
		to = appendRune(to, r)
	}
	return append(to, '"')
}

// appendEscape writes the character of a two-character escape.
func appendEscape(to []byte, letter byte) []byte {
	if letter == '/' {
		return append(to, '/')
	}
	return append(to, '\\', letter)
}

// appendRune writes a character that was written as \u and four digits.
func appendRune(to []byte, r rune) []byte {
	switch {
	case r == '"' || r == '\\':
		return append(to, '\\', byte(r))
	case r < ' ':
		if letter := [' ']byte{'\b': 'b', '\t': 't', '\n': 'n', '\f': 'f', '\r': 'r'}[r]; letter != 0 {
			return append(to, '\\', letter)
		}
		return fmt.Appendf(to, `\u%04x`, r)
	case utf16.IsSurrogate(r):
		return fmt.Appendf(to, `\u%04x`, r)
	}
	return utf8.AppendRune(to, r)
}

func hex4(digits []byte) rune {
	value, _ := strconv.ParseUint(string(digits[:4]), 16, 32) // the decoder has checked them
	return rune(value)
}

// replaceIllFormed returns text with each maximal part of a sequence that UTF-8 does not allow replaced by U+FFFD, which is
// how the WHATWG's decoder reads it. Go's own conversions replace each byte instead.
func replaceIllFormed(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	result := make([]byte, 0, len(text)+utf8.UTFMax)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			size = illFormedLen(text)
		}
		result = utf8.AppendRune(result, r)
		text = text[size:]
	}
	return result
}

// illFormedLen returns the length of the maximal part at the beginning of text that could begin a character.
func illFormedLen(text []byte) int {
	low, high, need := byte(0x80), byte(0xbf), 0
	switch lead := text[0]; {
	case lead >= 0xc2 && lead <= 0xdf:
		need = 1
	case lead >= 0xe0 && lead <= 0xef:
		need = 2
		switch lead {
		case 0xe0:
			low = 0xa0
		case 0xed:
			high = 0x9f
		}
	case lead >= 0xf0 && lead <= 0xf4:
		need = 3
		switch lead {
		case 0xf0:
			low = 0x90
		case 0xf4:
			high = 0x8f
		}
	}
	size := 1
	for size <= need && size < len(text) && text[size] >= low && text[size] <= high {
		low, high = 0x80, 0xbf
		size++
	}
	return size
}
