package tape

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth is the number of containers around a value, as in encoding/json and jsontext.
const maxDepth = 10000

// scan makes the tape of a text in one pass. It tells only whether the text is JSON; explain knows what is wrong.
//
// jsontext would do, but its calls for each token cost three times the scan itself (see BenchmarkPage), and every list call
// of every script pays for it.
func (b *builder) scan(raw []byte) bool {
	pos := space(raw, 0)
value:
	for {
		if pos >= len(raw) {
			return false
		}
		start := pos
		var info uint32
		switch c := raw[pos]; c {
		case '{', '[':
			if len(b.open) == maxDepth {
				return false
			}
			b.begin(c, pos)
			pos = space(raw, pos+1)
			switch {
			case pos >= len(raw):
				return false
			case raw[pos] == c+2: // ] follows [ by two in ASCII, and } follows {
				pos++
				b.finish(raw, pos)
			case c == '{':
				if pos = b.key(raw, pos); pos < 0 {
					return false
				}
				continue value
			default:
				continue value
			}
		case '"':
			if pos, info = text(raw, pos); pos < 0 {
				return false
			}
			b.leaf(start, pos, info)
		case 't':
			if pos = literal(raw, pos, "true"); pos < 0 {
				return false
			}
			b.leaf(start, pos, uint32(True))
		case 'f':
			if pos = literal(raw, pos, "false"); pos < 0 {
				return false
			}
			b.leaf(start, pos, uint32(False))
		case 'n':
			if pos = literal(raw, pos, "null"); pos < 0 {
				return false
			}
			b.leaf(start, pos, uint32(Null))
		default:
			if pos = number(raw, pos); pos < 0 {
				return false
			}
			b.leaf(start, pos, uint32(Number))
		}
		// A value has ended. Close what ends with it.
		for {
			pos = space(raw, pos)
			if len(b.open) == 0 {
				return pos == len(raw)
			}
			if pos >= len(raw) {
				return false
			}
			top := &b.open[len(b.open)-1]
			switch c := raw[pos]; {
			case c == ',':
				top.count++
				pos = space(raw, pos+1)
				if top.opener == '{' {
					if pos = b.key(raw, pos); pos < 0 {
						return false
					}
				}
				continue value
			case c == top.opener+2:
				top.count++
				pos++
				b.finish(raw, pos)
			default:
				return false
			}
		}
	}
}

// key puts a member's key on the tape and returns the place of its value.
func (b *builder) key(raw []byte, pos int) int {
	if pos >= len(raw) || raw[pos] != '"' {
		return -1
	}
	end, info := text(raw, pos)
	if end < 0 {
		return -1
	}
	b.leaf(pos, end, info)
	if end < len(raw) && raw[end] != ':' {
		end = space(raw, end)
	}
	if end >= len(raw) || raw[end] != ':' {
		return -1
	}
	return space(raw, end+1)
}

// space returns the place of the next character that is not white space.
func space(raw []byte, pos int) int {
	for pos < len(raw) && raw[pos] <= ' ' && (raw[pos] == ' ' || raw[pos] == '\n' || raw[pos] == '\r' || raw[pos] == '\t') {
		pos++
	}
	return pos
}

func literal(raw []byte, pos int, word string) int {
	if end := pos + len(word); end <= len(raw) && string(raw[pos:end]) == word {
		return end
	}
	return -1
}

func number(raw []byte, pos int) int {
	if raw[pos] == '-' {
		pos++
	}
	switch {
	case pos >= len(raw):
		return -1
	case raw[pos] == '0':
		pos++
	default:
		if pos = digits(raw, pos); pos < 0 {
			return -1
		}
	}
	if pos < len(raw) && raw[pos] == '.' {
		if pos = digits(raw, pos+1); pos < 0 {
			return -1
		}
	}
	if pos < len(raw) && raw[pos]|0x20 == 'e' {
		pos++
		if pos < len(raw) && (raw[pos] == '+' || raw[pos] == '-') {
			pos++
		}
		return digits(raw, pos)
	}
	return pos
}

// digits wants at least one.
func digits(raw []byte, pos int) int {
	start := pos
	for pos < len(raw) && raw[pos]-'0' <= 9 {
		pos++
	}
	if pos == start {
		return -1
	}
	return pos
}

// text returns the place after the string that begins at pos, and the kind and flags of its node.
func text(raw []byte, pos int) (int, uint32) {
	start := pos
	pos++
	escaped, ascii := false, true
	for {
		pos = plain(raw, pos)
		if pos >= len(raw) {
			return -1, 0
		}
		switch c := raw[pos]; {
		case c == '"':
			pos++
			info := uint32(String)
			switch {
			case escaped:
			case ascii:
				info |= flagPlain | flagASCII
			case utf8.Valid(raw[start:pos]):
				info |= flagPlain
			}
			return pos, info
		case c == '\\':
			escaped = true
			if pos = escape(raw, pos); pos < 0 {
				return -1, 0
			}
		case c < ' ':
			return -1, 0
		default:
			ascii = false
			for pos < len(raw) && raw[pos] >= utf8.RuneSelf {
				pos++
			}
		}
	}
}

func escape(raw []byte, pos int) int {
	if pos+1 >= len(raw) {
		return -1
	}
	switch raw[pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return pos + 2
	case 'u':
		if pos+6 > len(raw) {
			return -1
		}
		for _, c := range raw[pos+2 : pos+6] {
			if c-'0' > 9 && c|0x20-'a' > 5 {
				return -1
			}
		}
		return pos + 6
	default:
		return -1
	}
}

// plain returns the place of the next byte that is a quote, a backslash, a control character or not ASCII, looking at
// eight bytes at a time.
func plain(raw []byte, pos int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for pos+8 <= len(raw) {
		w := binary.LittleEndian.Uint64(raw[pos:])
		quote, backslash := w^('"'*ones), w^('\\'*ones)
		// In each line a byte's high bit is set when the byte is one of these; a borrow can spoil only bytes above a hit.
		hit := w |
			(quote-ones)&^quote |
			(backslash-ones)&^backslash |
			(w-' '*ones)&^w
		if hit &= highs; hit != 0 {
			return pos + bits.TrailingZeros64(hit)/8
		}
		pos += 8
	}
	for pos < len(raw) && raw[pos] != '"' && raw[pos] != '\\' && raw[pos] >= ' ' && raw[pos] < utf8.RuneSelf {
		pos++
	}
	return pos
}
