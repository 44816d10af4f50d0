package syntax

import "strings"

// Parsers and compilers descend into what stands inside each other, on a stack whose overflow ends the process. So a text is
// measured before they see it. What is measured here is never less than what they descend into, and strings and comments count
// too: a script in whose strings thousands of brackets stay open is refused as well.

const (
	// MaxNesting bounds the brackets inside each other and the prefix operators in a row.
	MaxNesting = 5_000
	// maxChain bounds what nests without brackets, such as a => b => c or if (a) if (b), and needs more stack at each level.
	maxChain = 10_000
	// maxElse bounds the branches of a script. Those of one else-if chain stand inside each other.
	maxElse = 100_000
	// maxSuffixes bounds what follows a value in a row, such as a.b().c[0], and the operators || and &&: each nests in what is before.
	maxSuffixes = 50_000
	// MaxDigits bounds the digits of a BigInt. To read them takes quadratic time.
	MaxDigits = 100_000
)

// TooDeep reports whether a text nests deeper than the parsers can bear.
func TooDeep(data []byte) bool {
	var m nesting
	for i := 0; i < len(data); i++ {
		c := data[i]
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			continue
		}
		size := 1
		for 'a' <= c && c <= 'z' && i+size < len(data) && 'a' <= data[i+size] && data[i+size] <= 'z' {
			size++
		}
		m.token(c, data[i:i+size])
		i += size - 1
		if len(m.outer) > MaxNesting || m.row > MaxNesting || m.total > maxChain || m.branches > maxElse || m.reach > maxSuffixes {
			return true
		}
	}
	return false
}

// nesting is what of a text stands around a place in it.
type nesting struct {
	// chain counts what nests without brackets since the last bracket opened or statement or item ended, outer has the chains
	// around the open brackets, and total is the sum of them all.
	chain, total int
	outer        []int
	// suffixes, within and reach are the same for suffixes.
	suffixes, reach int
	within          []int
	row             int  // prefix operators
	branches        int  // of the whole text
	closed          bool // the last token was }, which ends a statement unless an operator follows
}

func (m *nesting) token(c byte, text []byte) {
	if m.closed && c != '=' && c != '?' && c != ':' && c != '*' {
		m.end()
		if strings.IndexByte(".`|&([", c) < 0 {
			m.endSuffixes()
		}
	}
	m.closed = false
	switch c {
	case '!', '~', '-', '+':
		m.row++
		return
	case '=', '?', ':', '*':
		m.link()
	case '.', '`', '|', '&':
		m.suffix()
	case '(', '[', '{':
		m.suffix()
		m.outer, m.within = append(m.outer, m.chain), append(m.within, m.suffixes)
		m.chain, m.suffixes = 0, 0
	case ')', ']', '}':
		m.end()
		m.endSuffixes()
		if n := len(m.outer) - 1; n >= 0 {
			m.chain, m.outer = m.outer[n], m.outer[:n]
			m.suffixes, m.within = m.within[n], m.within[:n]
		}
		m.closed = c == '}'
	case ';', ',':
		m.end()
		m.endSuffixes()
	}
	m.row = 0
	switch string(text) {
	case "if", "for", "while", "do", "with", "typeof", "void", "delete", "new", "await", "yield":
		m.link()
	case "else":
		m.branches++
	}
}

func (m *nesting) link() {
	m.chain++
	m.total++
}

func (m *nesting) end() {
	m.total -= m.chain
	m.chain = 0
}

func (m *nesting) suffix() {
	m.suffixes++
	m.reach++
}

func (m *nesting) endSuffixes() {
	m.reach -= m.suffixes
	m.suffixes = 0
}

// HugeBigInt reports whether a text has a BigInt, or something like it in a string, with more than maxDigits digits.
func HugeBigInt(data []byte) bool {
	digits := 0
	for _, c := range data {
		switch {
		case '0' <= c && c <= '9' || c == '_':
			digits++
			continue
		case c == 'n' && digits > MaxDigits:
			return true
		}
		digits = 0
	}
	return false
}

// TooDeepJSON reports whether a JSON text nests deeper than maxNesting. What is in strings does not count.
func TooDeepJSON(text string) bool {
	depth, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			if depth++; depth > MaxNesting {
				return true
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return false
}
