package stdlib

import (
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine/lua/internal/pattern"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	glua "github.com/yuin/gopher-lua"
)

// maxStringBytes bounds the strings that one call can make.
const maxStringBytes = 256 << 20

func stringFuncs() []Func {
	return []Func{
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
	s := CheckString(L, 1)
	i := position(OptInt(L, 2, 1), len(s))
	j := min(position(OptInt(L, 3, i), len(s)), len(s))
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
	L.Push(glua.LNumber(len(CheckString(L, 1))))
	return 1
}

// stringLower changes letters of all alphabets in UTF-8 text, and the ASCII ones in other bytes.
func stringLower(L *glua.LState) int { return mapCase(L, strings.ToLower, 'A', 'Z') }
func stringUpper(L *glua.LState) int { return mapCase(L, strings.ToUpper, 'a', 'z') }

func mapCase(L *glua.LState, text func(string) string, from, to byte) int {
	s := CheckString(L, 1)
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
	s, n, sep := CheckString(L, 1), checkInt(L, 2), OptString(L, 3, "")
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
	s := CheckString(L, 1)
	b := make([]byte, len(s))
	for i := range b {
		b[i] = s[len(s)-1-i]
	}
	L.Push(glua.LString(b))
	return 1
}

func stringSub(L *glua.LState) int {
	s := CheckString(L, 1)
	i := max(position(checkInt(L, 2), len(s)), 1)
	j := min(position(OptInt(L, 3, -1), len(s)), len(s))
	if i > j {
		L.Push(glua.LString(""))
	} else {
		L.Push(glua.LString(s[i-1 : j]))
	}
	return 1
}

func stringFind(L *glua.LState) int  { return find(L, true) }
func stringMatch(L *glua.LState) int { return find(L, false) }

func newMatcher(L *glua.LState, s, pat string) pattern.Matcher {
	return pattern.New(L, s, pat, func(L *glua.LState) { threadOf(L).CheckStopped(L) })
}

// find is string.find, which answers where the match is, or string.match.
func find(L *glua.LState, where bool) int {
	s, pat := CheckString(L, 1), CheckString(L, 2)
	from := min(max(position(OptInt(L, 3, 1), len(s))-1, 0), len(s))
	if where && (glua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, pattern.Specials)) {
		i := strings.Index(s[from:], pat)
		if i < 0 {
			L.Push(glua.LNil)
			return 1
		}
		L.Push(glua.LNumber(from + i + 1))
		L.Push(glua.LNumber(from + i + len(pat)))
		return 2
	}
	m := newMatcher(L, s, pat)
	first := 0
	if strings.HasPrefix(pat, "^") {
		first = 1
	}
	for ; from <= len(s); from++ {
		if e := m.Match(from, first); e >= 0 {
			if !where {
				return m.PushCaptures(from, e)
			}
			L.Push(glua.LNumber(from + 1))
			L.Push(glua.LNumber(e))
			if m.Captures() == 0 {
				return 2
			}
			return 2 + m.PushCaptures(from, e)
		}
		if first == 1 {
			break
		}
	}
	L.Push(glua.LNil)
	return 1
}

func stringGmatch(L *glua.LState) int {
	s, pat := CheckString(L, 1), CheckString(L, 2)
	from := 0
	L.Push(&glua.LFunction{IsG: true, GFunction: func(L *glua.LState) int {
		m := newMatcher(L, s, pat)
		for at := from; at <= len(s); at++ {
			if e := m.Match(at, 0); e >= 0 {
				from = e
				if e == at {
					from++
				}
				return m.PushCaptures(at, e)
			}
		}
		from = len(s) + 1
		L.Push(glua.LNil)
		return 1
	}})
	return 1
}

func stringGsub(L *glua.LState) int {
	s, pat := CheckString(L, 1), CheckString(L, 2)
	repl := L.Get(3)
	switch repl.(type) {
	case glua.LNumber, glua.LString, *glua.LTable, *glua.LFunction:
	default:
		L.ArgError(3, "string, function or table expected, got "+stack.TypeName(repl))
	}
	limit := OptInt(L, 4, len(s)+1)
	m := newMatcher(L, s, pat)
	first := 0
	if strings.HasPrefix(pat, "^") {
		first = 1
	}
	var b strings.Builder
	at, n := 0, 0
	for n < limit {
		e := m.Match(at, first)
		if e >= 0 {
			n++
			m.Replace(&b, repl, at, e)
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
