package repl

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Tables show a few members of large objects, and reading all of an object costs more than fetching it. A row is therefore read
// one level at a time: nested objects and lists stay text until somebody looks into them. What sessions answer is valid JSON, so
// finding where a value ends takes no checking.

// parseRow reads a value's first level.
func parseRow(text []byte) (value, error) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 {
		return parseValue(text) // tells what is wrong
	}
	v, ok := scanValue(text)
	if !ok {
		return parseValue(text)
	}
	return v.opened(), nil
}

// scanValue takes a text as a value. Containers are not opened.
func scanValue(text []byte) (v value, ok bool) {
	switch c := text[0]; c {
	case '"':
		v.kind = '"'
		inner := text[1:max(1, len(text)-1)]
		if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
			v.text = string(inner)
			return v, len(text) > 1
		}
		unquoted, err := jsontext.AppendUnquote(nil, text)
		v.text = strings.ToValidUTF8(string(unquoted), "\ufffd")
		return v, err == nil || len(unquoted) > 0
	case '{', '[':
		return value{kind: jsontext.Kind(c), raw: text}, true
	case 't', 'f', 'n':
		return value{kind: jsontext.Kind(c)}, true
	}
	return value{kind: '0', text: string(text)}, text[0] == '-' || text[0] >= '0' && text[0] <= '9'
}

// opened reads one level of a container that is still text.
func (v value) opened() value {
	if v.raw == nil {
		return v
	}
	level := value{kind: v.kind}
	if v.kind == '{' {
		// Members of Crisp's objects take some 60 bytes; growing copies them.
		level.members = make([]member, 0, min(4+len(v.raw)/64, 32))
	}
	v.parts(func(name, part []byte) bool {
		one, _ := scanValue(part)
		if v.kind == '{' {
			key, _ := scanValue(name)
			level.members = append(level.members, member{key.text, one})
		} else {
			level.items = append(level.items, one)
		}
		return true
	})
	return level
}

// peek finds a member of an object that is still text, and leaves the others alone.
func (v value) peek(name string) (found value, ok bool) {
	if v.kind != '{' {
		return value{}, false
	}
	v.parts(func(written, part []byte) bool {
		if bytes.IndexByte(written, '\\') >= 0 {
			key, _ := scanValue(written)
			ok = key.text == name
		} else {
			ok = len(written) == len(name)+2 && string(written[1:len(written)-1]) == name
		}
		if ok {
			found, _ = scanValue(part)
		}
		return !ok
	})
	return found, ok
}

// parts visits the members or items of a container that is still text, until visit returns false. Names are as they are written.
func (v value) parts(visit func(name, part []byte) bool) {
	text := v.raw
	for i := 1; ; {
		if i = skipSpace(text, i); i >= len(text) || text[i] == '}' || text[i] == ']' {
			return
		}
		if text[i] == ',' {
			i++
			continue
		}
		var name []byte
		if v.kind == '{' {
			end := skipValue(text, i)
			if end == i {
				return // not JSON after all
			}
			name = text[i:end]
			if i = skipSpace(text, end); i < len(text) && text[i] == ':' {
				i = skipSpace(text, i+1)
			}
			if i >= len(text) {
				return
			}
		}
		end := skipValue(text, i)
		if end == i || !visit(name, text[i:end]) {
			return
		}
		i = end
	}
}

// deep reads what is still text below a value.
func (v value) deep() value {
	v = v.opened()
	for i := range v.members {
		v.members[i].value = v.members[i].value.deep()
	}
	for i := range v.items {
		v.items[i] = v.items[i].deep()
	}
	return v
}

func skipSpace(text []byte, i int) int {
	for i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t' || text[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for i < len(text) {
		switch text[i] {
		case '"':
			i = skipString(text, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return i
}

// skipString returns the end of the string that begins at i.
func skipString(text []byte, i int) int {
	for i++; i < len(text); i++ {
		n := bytes.IndexByte(text[i:], '"')
		if n < 0 {
			return len(text)
		}
		i += n
		slashes := 0
		for text[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
	return len(text)
}

// splitList cuts the items out of a JSON array. ok is false for anything else.
func splitList(text []byte) (items []jsontext.Value, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']' {
		return nil, false
	}
	items = []jsontext.Value{}
	for i := 1; ; {
		switch i = skipSpace(text, i); {
		case i == len(text)-1:
			return items, true
		case i >= len(text):
			return nil, false
		case text[i] == ',':
			i++
			continue
		}
		end := skipValue(text, i)
		if end <= i || end >= len(text) {
			return nil, false
		}
		items = append(items, text[i:end])
		i = end
	}
}
