package regexps

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Single is a pattern that is one class of characters, perhaps repeated: [^\p{L}\p{N}]+. Such patterns make slugs and find words, and need
// no engine.
type Single struct {
	ascii            [utf8.RuneSelf]bool
	beyond           []unicode.Range32 // in their order, without overlaps
	negated, repeats bool
}

// ParseSingle reads a pattern with the flags g and u. It is false for any other pattern, and for classes that it does not understand.
func ParseSingle(pattern, flags string) (*Single, bool) {
	if strings.Trim(flags, "gu") != "" || !strings.Contains(flags, "g") || !strings.Contains(flags, "u") {
		return nil, false
	}
	if IsTranslated(pattern, flags) {
		var err error
		if pattern, _, err = Translate(pattern, flags); err != nil {
			return nil, false
		}
	}
	s := &Single{}
	pattern, s.repeats = strings.CutSuffix(pattern, "+")
	inside, ok := strings.CutPrefix(pattern, "[")
	if !ok {
		return nil, false
	}
	if inside, ok = strings.CutSuffix(inside, "]"); !ok {
		return nil, false
	}
	inside, s.negated = strings.CutPrefix(inside, "^")
	for inside != "" {
		low, size, ok := classCharacter(inside)
		if !ok {
			return nil, false
		}
		inside = inside[size:]
		high := low
		if rest, isRange := strings.CutPrefix(inside, "-"); isRange && rest != "" {
			if high, size, ok = classCharacter(rest); !ok || high < low {
				return nil, false
			}
			inside = rest[size:]
		}
		s.add(low, high)
	}
	s.sort()
	return s, true
}

// classCharacter is the character of a class that a text begins with.
func classCharacter(text string) (c rune, size int, ok bool) {
	switch {
	case strings.HasPrefix(text, `\u{`):
		digits, _, closed := strings.Cut(text[len(`\u{`):], "}")
		n, err := strconv.ParseUint(digits, 16, 21)
		return rune(n), len(`\u{}`) + len(digits), closed && err == nil && n <= unicode.MaxRune
	case text[0] == '\\':
		return rune(text[min(1, len(text)-1)]), 2, len(text) > 1 && strings.IndexByte(`^$\.*+?()[]{}|/-`, text[1]) >= 0
	}
	c, size = utf8.DecodeRuneInString(text)
	return c, size, c != '[' && c != ']' && c != utf8.RuneError
}

func (s *Single) add(low, high rune) {
	for c := low; c <= high && c < utf8.RuneSelf; c++ {
		s.ascii[c] = true
	}
	if high >= utf8.RuneSelf {
		s.beyond = append(s.beyond, unicode.Range32{Lo: uint32(max(low, utf8.RuneSelf)), Hi: uint32(high)})
	}
}

// sort orders the ranges beyond ASCII, and joins those that overlap.
func (s *Single) sort() {
	slices.SortFunc(s.beyond, func(a, b unicode.Range32) int { return cmp.Compare(a.Lo, b.Lo) })
	joined := s.beyond[:0]
	for _, r := range s.beyond {
		if last := len(joined) - 1; last >= 0 && r.Lo <= joined[last].Hi+1 {
			joined[last].Hi = max(joined[last].Hi, r.Hi)
			continue
		}
		joined = append(joined, r)
	}
	s.beyond = joined
}

// has reports whether a character is one of the class.
func (s *Single) has(c rune) bool {
	if c < utf8.RuneSelf {
		return s.ascii[c] != s.negated
	}
	return s.inRanges(uint32(c)) != s.negated
}

func (s *Single) inRanges(c uint32) bool {
	at, found := slices.BinarySearchFunc(s.beyond, c, func(r unicode.Range32, c uint32) int { return cmp.Compare(r.Lo, c) })
	return found || at > 0 && c <= s.beyond[at-1].Hi
}

// Replace puts a text in the place of each match.
func (s *Single) Replace(text, with string) string {
	var b strings.Builder
	b.Grow(len(text))
	kept, matched := 0, false
	for at, c := range text {
		in := s.has(c)
		if in && !(s.repeats && matched) {
			b.WriteString(text[kept:at])
			b.WriteString(with)
		}
		if in {
			kept = at + utf8.RuneLen(c)
		}
		matched = in
	}
	b.WriteString(text[kept:])
	return b.String()
}
