package pattern

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

func (m *Matcher) open(s, p, length int) int {
	if m.level == maxCaptures {
		m.L.RaiseError("too many captures")
	}
	m.captures[m.level].start, m.captures[m.level].length = s, length
	m.level++
	e := m.match(s, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *Matcher) shut(s, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].length != captureOpen {
		i--
	}
	if i < 0 {
		m.L.RaiseError("invalid pattern capture")
	}
	m.captures[i].length = s - m.captures[i].start
	e := m.match(s, p)
	if e < 0 {
		m.captures[i].length = captureOpen
	}
	return e
}

func (m *Matcher) backReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == captureOpen {
		m.L.RaiseError("invalid capture index")
	}
	c := m.captures[i]
	if c.length == capturePosition {
		return s
	}
	if strings.HasPrefix(m.src[s:], m.src[c.start:c.start+c.length]) {
		return s + c.length
	}
	return -1
}

// capture is the i-th capture of a match from s to e, or the whole match where there are none.
func (m *Matcher) capture(i, s, e int) glua.LValue {
	if i >= m.level {
		if i != 0 {
			m.L.RaiseError("invalid capture index")
		}
		return glua.LString(m.src[s:e])
	}
	c := m.captures[i]
	switch c.length {
	case capturePosition:
		return glua.LNumber(c.start + 1)
	case captureOpen:
		m.L.RaiseError("unfinished capture")
	}
	return glua.LString(m.src[c.start : c.start+c.length])
}

// Captures returns the number of captures of the last match.
func (m *Matcher) Captures() int { return m.level }

// PushCaptures pushes all captures, or the whole match where there are none, and returns their number.
func (m *Matcher) PushCaptures(s, e int) int {
	n := max(m.level, 1)
	for i := range n {
		m.L.Push(m.capture(i, s, e))
	}
	return n
}
