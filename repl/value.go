package repl

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/internal/plain"
)

// value is a JSON value that keeps the order of its members.
type value struct {
	// kind is that of jsontext: n, t, f, ", 0, { or [.
	kind jsontext.Kind
	// text is a string's content, or a number as it is written.
	text    string
	members []member
	items   []value
	// raw is the text of a container that was not read yet; see opened.
	raw []byte
}

type member struct {
	name  string
	value value
}

// parseValue reads JSON. Bytes that are not UTF-8 become U+FFFD.
func parseValue(text []byte) (value, error) {
	dec := newDecoder(text)
	v, err := readValue(dec)
	if err != nil {
		return value{}, fmt.Errorf("the value is not JSON: %w", err)
	}
	return v, nil
}

func newDecoder(text []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
}

func readValue(dec *jsontext.Decoder) (value, error) {
	token, err := dec.ReadToken()
	if err != nil {
		return value{}, err
	}
	v := value{kind: token.Kind()}
	switch v.kind {
	case '"', '0':
		v.text = token.String()
	case '[':
		for dec.PeekKind() != ']' {
			item, err := readValue(dec)
			if err != nil {
				return value{}, err
			}
			v.items = append(v.items, item)
		}
		_, err = dec.ReadToken()
	case '{':
		for dec.PeekKind() != '}' {
			name, err := dec.ReadToken()
			if err != nil {
				return value{}, err
			}
			// The token is void after the next read.
			m := member{name: name.String()}
			if m.value, err = readValue(dec); err != nil {
				return value{}, err
			}
			v.members = append(v.members, m)
		}
		_, err = dec.ReadToken()
	}
	return v, err
}

// at follows a dotted path of member names.
func (v value) at(path string) (value, bool) {
	for {
		name, rest, deeper := strings.Cut(path, ".")
		next, ok := v.member(name)
		if !ok || !deeper {
			return next, ok
		}
		v, path = next, rest
	}
}

func (v value) member(name string) (value, bool) {
	if v.raw != nil {
		return v.peek(name)
	}
	for i := range v.members {
		if v.members[i].name == name {
			return v.members[i].value, true
		}
	}
	return value{}, false
}

func (v value) has(names ...string) bool {
	for _, name := range names {
		if _, ok := v.at(name); !ok {
			return false
		}
	}
	return true
}

// isScalar tells whether the value has no parts.
func (v value) isScalar() bool { return v.kind != '{' && v.kind != '[' }

// isBlank tells whether there is nothing to see: null, an empty string, list or object.
func (v value) isBlank() bool {
	v = v.opened()
	switch v.kind {
	case 'n', 0:
		return true
	case '"':
		return v.text == ""
	case '[':
		return len(v.items) == 0
	case '{':
		return len(v.members) == 0
	}
	return false
}

// appendJSON writes the value on one line, or indented when indent is not empty.
func (v value) appendJSON(b *strings.Builder, indent, margin string) {
	open, end, inner := "", "", margin+indent
	if indent != "" {
		open, end = "\n"+inner, "\n"+margin
	}
	switch v.kind {
	case 'n', 0:
		b.WriteString("null")
	case 't':
		b.WriteString("true")
	case 'f':
		b.WriteString("false")
	case '0':
		b.WriteString(v.text)
	case '"':
		b.WriteString(quoteJSON(v.text))
	case '[':
		if len(v.items) == 0 {
			b.WriteString("[]")
			return
		}
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(open)
			item.appendJSON(b, indent, inner)
		}
		b.WriteString(end + "]")
	case '{':
		if len(v.members) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteByte('{')
		for i, m := range v.members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(open + quoteJSON(m.name) + ":")
			if indent != "" {
				b.WriteByte(' ')
			}
			m.value.appendJSON(b, indent, inner)
		}
		b.WriteString(end + "}")
	}
}

func (v value) json() string {
	var b strings.Builder
	v.appendJSON(&b, "", "")
	return b.String()
}

// quoteJSON writes a JSON string. What a terminal would take as a command or hide is escaped, so the text can be shown.
func quoteJSON(s string) string {
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil { // invalid UTF-8, replaced in what it returns
		quoted, _ = jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\ufffd"))
	}
	if isPlain(s) {
		return string(quoted)
	}
	var b strings.Builder
	for _, r := range string(quoted) {
		if plain.IsUnsafe(r) {
			plain.WriteEscape(&b, r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
