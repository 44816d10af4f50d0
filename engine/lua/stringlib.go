package lua

import (
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"
)

// maxStringBytes bounds the strings that one call can make.
const maxStringBytes = 256 << 20

func stringFuncs() []libraryFunc {
	return []libraryFunc{
		{"byte", stringByte},
		{"char", stringChar},
		{"find", stringFind},
		{"format", stringFormat},
		{"gsub", stringGsub},
		{"len", stringLen},
		{"lower", stringLower},
		{"match", stringMatch},
		{"rep", stringRep},
		{"reverse", stringReverse},
		{"sub", stringSub},
		{"upper", stringUpper},
		{"gmatch", stringGmatch},
	}
}

// position turns a string index into one that counts from 1; negative ones count from the end.
func position(i, length int) int {
	if i < 0 {
		i += length + 1
	}
	return max(i, 0)
}

func stringByte(L *glua.LState) int {
	s := L.CheckString(1)
	i := position(optInt(L, 2, 1), len(s))
	j := min(position(optInt(L, 3, i), len(s)), len(s))
	i = max(i, 1)
	checkResults(L, i, j)
	for k := i; k <= j; k++ {
		L.Push(glua.LNumber(s[k-1]))
	}
	return max(j-i+1, 0)
}

func stringChar(L *glua.LState) int {
	b := make([]byte, L.GetTop())
	for i := range b {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			L.ArgError(i+1, "invalid value; utf8.char makes characters beyond 255")
		}
		b[i] = byte(c)
	}
	L.Push(glua.LString(b))
	return 1
}

func stringLen(L *glua.LState) int {
	L.Push(glua.LNumber(len(L.CheckString(1))))
	return 1
}

// stringLower changes letters of all alphabets in UTF-8 text, and the ASCII ones in other bytes.
func stringLower(L *glua.LState) int { return mapCase(L, strings.ToLower, 'A', 'Z') }
func stringUpper(L *glua.LState) int { return mapCase(L, strings.ToUpper, 'a', 'z') }

func mapCase(L *glua.LState, text func(string) string, from, to byte) int {
	s := L.CheckString(1)
	if utf8.ValidString(s) {
		L.Push(glua.LString(text(s)))
		return 1
	}
	b := []byte(s)
	for i, c := range b {
		if c >= from && c <= to {
			b[i] = c ^ 0x20
		}
	}
	L.Push(glua.LString(b))
	return 1
}

func stringRep(L *glua.LState) int {
	s, n, sep := L.CheckString(1), checkInt(L, 2), L.OptString(3, "")
	if n <= 0 {
		L.Push(glua.LString(""))
		return 1
	}
	if size := len(s) + len(sep); size > 0 && n > maxStringBytes/size {
		L.RaiseError("resulting string too large: a string may have %d MB", maxStringBytes>>20)
	}
	if sep != "" {
		s = strings.Repeat(s+sep, n-1) + s
	} else {
		s = strings.Repeat(s, n)
	}
	L.Push(glua.LString(s))
	return 1
}

func stringReverse(L *glua.LState) int {
	s := L.CheckString(1)
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	L.Push(glua.LString(b))
	return 1
}

func stringSub(L *glua.LState) int {
	s := L.CheckString(1)
	i := max(position(checkInt(L, 2), len(s)), 1)
	j := min(position(optInt(L, 3, -1), len(s)), len(s))
	if i > j {
		L.Push(glua.LString(""))
	} else {
		L.Push(glua.LString(s[i-1 : j]))
	}
	return 1
}

func stringFind(L *glua.LState) int  { return find(L, true) }
func stringMatch(L *glua.LState) int { return find(L, false) }

// find is string.find, which answers where the match is, or string.match.
func find(L *glua.LState, where bool) int {
	s, pattern := L.CheckString(1), L.CheckString(2)
	from := min(max(position(optInt(L, 3, 1), len(s))-1, 0), len(s))
	if where && (glua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pattern, patternSpecials)) {
		i := strings.Index(s[from:], pattern)
		if i < 0 {
			L.Push(glua.LNil)
			return 1
		}
		L.Push(glua.LNumber(from + i + 1))
		L.Push(glua.LNumber(from + i + len(pattern)))
		return 2
	}
	m := matcher{L: L, src: s, pat: pattern}
	first := 0
	if strings.HasPrefix(pattern, "^") {
		first = 1
	}
	for ; from <= len(s); from++ {
		m.step()
		if e := m.start(from, first); e >= 0 {
			if !where {
				return m.pushCaptures(from, e)
			}
			L.Push(glua.LNumber(from + 1))
			L.Push(glua.LNumber(e))
			if m.level == 0 {
				return 2
			}
			return 2 + m.pushCaptures(from, e)
		}
		if first == 1 {
			break
		}
	}
	L.Push(glua.LNil)
	return 1
}

func stringGmatch(L *glua.LState) int {
	s, pattern := L.CheckString(1), L.CheckString(2)
	from := 0
	L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		m := matcher{L: L, src: s, pat: pattern}
		for at := from; at <= len(s); at++ {
			m.step()
			if e := m.start(at, 0); e >= 0 {
				from = e
				if e == at {
					from++
				}
				return m.pushCaptures(at, e)
			}
		}
		from = len(s) + 1
		L.Push(glua.LNil)
		return 1
	}})
	return 1
}

func stringGsub(L *glua.LState) int {
	s, pattern := L.CheckString(1), L.CheckString(2)
	repl := L.Get(3)
	switch repl.(type) {
	case glua.LNumber, glua.LString, *glua.LTable, *glua.LFunction:
	default:
		L.ArgError(3, "string, function or table expected, got "+typeName(repl))
	}
	limit := optInt(L, 4, len(s)+1)
	m := matcher{L: L, src: s, pat: pattern}
	first := 0
	if strings.HasPrefix(pattern, "^") {
		first = 1
	}
	var b strings.Builder
	at, n := 0, 0
	for n < limit {
		m.step()
		e := m.start(at, first)
		if e >= 0 {
			n++
			m.replace(&b, repl, at, e)
			if b.Len() > maxStringBytes {
				L.RaiseError("resulting string too large: a string may have %d MB", maxStringBytes>>20)
			}
		}
		if e > at {
			at = e
		} else if at < len(s) {
			b.WriteByte(s[at])
			at++
		} else {
			break
		}
		if first == 1 {
			break
		}
	}
	if n > 0 {
		if at < len(s) {
			b.WriteString(s[at:])
		}
		s = b.String()
	}
	L.Push(glua.LString(s))
	L.Push(glua.LNumber(n))
	return 2
}

// replace writes what stands for the match from s to e.
func (m *matcher) replace(b *strings.Builder, repl glua.LValue, s, e int) {
	L := m.L
	var value glua.LValue
	switch repl := repl.(type) {
	case *glua.LTable:
		value = L.GetTable(repl, m.capture(0, s, e))
	case *glua.LFunction:
		// A replacement function may use the same matcher's captures no more once it runs Lua, so they are pushed first.
		L.Push(repl)
		n := m.pushCaptures(s, e)
		L.Call(n, 1)
		value = L.Get(-1)
		L.Pop(1)
	default:
		m.expand(b, repl.String(), s, e)
		return
	}
	switch {
	case glua.LVIsFalse(value):
		b.WriteString(m.src[s:e])
	case glua.LVCanConvToString(value):
		b.WriteString(value.String())
	default:
		L.RaiseError("invalid replacement value (a %s)", value.Type().String())
	}
}

// expand writes a replacement text with its %0 to %9.
func (m *matcher) expand(b *strings.Builder, text string, s, e int) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '%' {
			b.WriteByte(c)
			continue
		}
		i++
		switch {
		case i == len(text):
			m.L.RaiseError("%s", "invalid use of '%' at the end of the replacement string; write %% for a percent sign")
		case text[i] == '0':
			b.WriteString(m.src[s:e])
		case isDigit(text[i]):
			b.WriteString(m.capture(int(text[i]-'1'), s, e).String())
		default:
			b.WriteByte(text[i])
		}
	}
}
