// Package pattern matches Lua patterns as in Lua 5.1 (manual, section 5.4.1), with zero bytes allowed anywhere and %g of Lua 5.2.
// gopher-lua's own matcher cannot be stopped, and a backtracking pattern keeps it busy for minutes.
package pattern

import glua "github.com/yuin/gopher-lua"

const (
	maxCaptures     = 32
	maxPatternDepth = 10_000
	// stepsPerCheck is how many steps a match does between two looks at whether the script has to stop.
	stepsPerCheck = 1 << 12
)

// The length of a capture that is no length.
const (
	captureOpen     = -1
	capturePosition = -2
)

// Specials are the characters that make a pattern more than a text.
const Specials = "^$*+?.([%-"

// Matcher matches a pattern with a string. It raises the errors of the pattern in the thread L.
type Matcher struct {
	L        *glua.LState
	src, pat string
	check    func(L *glua.LState)
	level    int
	depth    int
	steps    int
	captures [maxCaptures]struct{ start, length int }
}

// New returns a matcher of pat with src. It calls check now and then, which raises an error if the script has to stop.
func New(L *glua.LState, src, pat string, check func(L *glua.LState)) Matcher {
	return Matcher{L: L, src: src, pat: pat, check: check}
}

// step counts the work and stops a script that has to stop.
func (m *Matcher) step() {
	m.steps++
	if m.steps%stepsPerCheck == 0 {
		m.check(m.L)
	}
}

// Match matches the pattern from p at s, with no captures yet. It returns the end of the match, or -1.
func (m *Matcher) Match(s, p int) int {
	m.step()
	m.level, m.depth = 0, 0
	return m.match(s, p)
}

func (m *Matcher) match(s, p int) int {
	m.depth++
	if m.depth > maxPatternDepth {
		m.L.RaiseError("pattern too complex")
	}
	e := m.items(s, p)
	m.depth--
	return e
}

func (m *Matcher) items(s, p int) int {
	for p < len(m.pat) {
		m.step()
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.open(s, p+2, capturePosition)
			}
			return m.open(s, p+1, captureOpen)
		case ')':
			return m.shut(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 < len(m.pat) {
				switch next := m.pat[p+1]; {
				case next == 'b':
					if s = m.balance(s, p+2); s < 0 {
						return -1
					}
					p += 4
					continue
				case next == 'f':
					p += 2
					if p >= len(m.pat) || m.pat[p] != '[' {
						m.L.RaiseError("%s", "missing '[' after '%f' in pattern")
					}
					end := m.classEnd(p)
					var before, here byte
					if s > 0 {
						before = m.src[s-1]
					}
					if s < len(m.src) {
						here = m.src[s]
					}
					if m.inSet(before, p, end-1) || !m.inSet(here, p, end-1) {
						return -1
					}
					p = end
					continue
				case next >= '0' && next <= '9':
					if s = m.backReference(s, next); s < 0 {
						return -1
					}
					p += 2
					continue
				}
			}
		}
		end := m.classEnd(p)
		var suffix byte
		if end < len(m.pat) {
			suffix = m.pat[end]
		}
		switch suffix {
		case '?':
			if m.single(s, p, end) {
				if e := m.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.most(s, p, end)
		case '+':
			if !m.single(s, p, end) {
				return -1
			}
			return m.most(s+1, p, end)
		case '-':
			return m.least(s, p, end)
		default:
			if !m.single(s, p, end) {
				return -1
			}
			s, p = s+1, end
		}
	}
	return s
}

// most matches as many of the single item at p as it can, then the rest.
func (m *Matcher) most(s, p, end int) int {
	n := 0
	for m.single(s+n, p, end) {
		m.step()
		n++
	}
	for ; n >= 0; n-- {
		if e := m.match(s+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// least matches as few of the single item at p as it can, then the rest.
func (m *Matcher) least(s, p, end int) int {
	for {
		if e := m.match(s, end+1); e >= 0 {
			return e
		}
		if !m.single(s, p, end) {
			return -1
		}
		s++
	}
}

// balance matches %bxy, whose x and y stand at p.
func (m *Matcher) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.L.RaiseError("%s", "unbalanced pattern: %b needs two characters")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return -1
	}
	left, right, depth := m.pat[p], m.pat[p+1], 1
	for s++; s < len(m.src); s++ {
		m.step()
		switch m.src[s] {
		case right:
			if depth--; depth == 0 {
				return s + 1
			}
		case left:
			depth++
		}
	}
	return -1
}
