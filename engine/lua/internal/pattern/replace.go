package pattern

import (
	"strings"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// Replace writes what stands for the match from s to e.
func (m *Matcher) Replace(b *strings.Builder, repl glua.LValue, s, e int) {
	L := m.L
	var value glua.LValue
	switch repl := repl.(type) {
	case *glua.LTable:
		value = L.GetTable(repl, m.capture(0, s, e))
	case *glua.LFunction:
		// A replacement function may use the same matcher's captures no more once it runs Lua, so they are pushed first.
		L.Push(repl)
		n := m.PushCaptures(s, e)
		L.Call(n, 1)
		value = L.Get(-1)
		L.Pop(1)
	default:
		m.expand(b, syntax.Text(repl), s, e)
		return
	}
	switch {
	case glua.LVIsFalse(value):
		b.WriteString(m.src[s:e])
	case glua.LVCanConvToString(value):
		b.WriteString(syntax.Text(value))
	default:
		L.RaiseError("invalid replacement value (a %s)", value.Type().String())
	}
}

// expand writes a replacement text with its %0 to %9.
func (m *Matcher) expand(b *strings.Builder, text string, s, e int) {
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
