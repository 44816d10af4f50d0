package regexps

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// goja matches with two engines, which differ from ECMAScript, and from each other, on some texts. Beyond ASCII, \b takes letters such as
// é for parts of words, named groups are lost, and the flag i ignores more than case. With the flag m, \n alone ends lines. A variant of
// a pattern, which the methods of regular expressions use on such texts, has the right sense.

// prefix makes goja use the engine that knows look-behind.
const prefix = "(?=)"

const (
	word     = "[A-Za-z0-9_]"
	inLine   = `[^\n\r\u2028\u2029]`
	wordFold = `[A-Za-z0-9_\u017f\u212a]` // with the flags i and u
)

// Variant returns a pattern and flags that match as a pattern does, which goja reads without translation, on texts beyond ASCII. It is
// false when the pattern itself does. With folds set, the text has characters that the flag i must not fold.
func Variant(pattern, flags string, folds bool) (variant, variantFlags string, ok bool) {
	if strings.HasPrefix(pattern, prefix) {
		return "", "", false
	}
	unicodeMode, fold := strings.ContainsRune(flags, 'u'), strings.ContainsRune(flags, 'i')
	v := variation{text: pattern, word: word, fold: fold, lines: strings.ContainsRune(flags, 'm'), expand: folds && fold && !unicodeMode && !hasBackReference(pattern)}
	if unicodeMode && fold {
		v.word = wordFold
	}
	v.run()
	if !v.changed && !v.expand && !(unicodeMode && strings.Contains(pattern, "(?<")) {
		return "", "", false
	}
	if v.expand {
		flags = strings.Replace(flags, "i", "", 1)
	}
	return prefix + v.out.String(), flags, true
}

// HasLines reports whether a pattern with these flags looks for the ends of lines.
func HasLines(pattern, flags string) bool {
	return strings.ContainsRune(flags, 'm') && strings.ContainsAny(pattern, "^$")
}

// EndsLines reports whether a text has ends of lines that goja does not know.
func EndsLines(text string) bool {
	return strings.IndexByte(text, '\r') >= 0 || strings.ContainsAny(text, "\u2028\u2029")
}

// IsFolded reports whether the flag i of a pattern has to be written out for all texts, since the pattern has characters that goja would
// fold wrongly.
func IsFolded(pattern, flags string) bool {
	return strings.ContainsRune(flags, 'i') && !strings.ContainsAny(flags, "uv") && !isASCII(unescaped(pattern)) && HasFolds(unescaped(pattern))
}

// Unfolded writes the flag i of a pattern out.
func Unfolded(pattern, flags string) (unfolded, unfoldedFlags string) {
	v := variation{text: pattern, expand: true, keepWords: true}
	v.run()
	return v.out.String(), strings.Replace(flags, "i", "", 1)
}

// unescaped replaces the escapes \uXXXX of a pattern by their characters.
func unescaped(pattern string) string {
	if !strings.Contains(pattern, `\u`) {
		return pattern
	}
	var b strings.Builder
	for i := 0; i < len(pattern); {
		if c, size, ok := character(pattern[i:]); ok {
			b.WriteRune(c)
			i += size
			continue
		}
		b.WriteByte(pattern[i])
		i++
	}
	return b.String()
}

// hasBackReference reports whether a pattern may compare with a group, which the flag i is for, too.
func hasBackReference(pattern string) bool {
	for i := strings.IndexByte(pattern, '\\'); i >= 0 && i+1 < len(pattern); {
		if c := pattern[i+1]; '1' <= c && c <= '9' || c == 'k' {
			return true
		}
		next := strings.IndexByte(pattern[i+2:], '\\')
		if next < 0 {
			return false
		}
		i += 2 + next
	}
	return false
}

// SplitsWrongly reports whether goja may split a text by a pattern wrongly: when that matches nothing at all behind a match. Go's own
// engine, which takes what it can of texts in ASCII, does not.
func SplitsWrongly(pattern string, ascii bool) bool {
	if ascii && !strings.Contains(pattern, "(?=") && !strings.Contains(pattern, "(?!") && !strings.Contains(pattern, "(?<") && !hasBackReference(pattern) {
		return false
	}
	pattern = strings.TrimPrefix(pattern, prefix)
	return strings.ContainsAny(pattern, "*?|^$") || strings.Contains(pattern, "{0") || strings.Contains(pattern, "()") ||
		strings.Contains(pattern, `\b`) || strings.Contains(pattern, `\B`)
}

type variation struct {
	text string
	at   int
	out  strings.Builder
	word string
	// fold is the flag i, expand writes it out, and keepWords leaves \b and \W alone.
	fold, expand, keepWords bool
	lines                   bool // the flag m
	changed                 bool
}

func (v *variation) run() {
	for v.at < len(v.text) {
		rest := v.text[v.at:]
		switch {
		case strings.HasPrefix(rest, `\b`) && !v.keepWords:
			v.replace(2, "(?:(?<="+v.word+")(?!"+v.word+")|(?<!"+v.word+")(?="+v.word+"))")
		case strings.HasPrefix(rest, `\B`) && !v.keepWords:
			v.replace(2, "(?:(?<="+v.word+")(?="+v.word+")|(?<!"+v.word+")(?!"+v.word+"))")
		case strings.HasPrefix(rest, `\W`) && v.fold && !v.keepWords: // which i would make of letters as well
			v.replace(2, "[^"+v.word[1:])
		case rest[0] == '^' && v.lines:
			v.replace(1, "(?<!"+inLine+")")
		case rest[0] == '$' && v.lines:
			v.replace(1, "(?!"+inLine+")")
		case rest[0] == '[':
			v.class()
		case strings.HasPrefix(rest, "(?<") && !strings.HasPrefix(rest, "(?<=") && !strings.HasPrefix(rest, "(?<!"), strings.HasPrefix(rest, `\k<`):
			name := strings.IndexByte(rest, '>')
			v.copy(max(name, 2) + 1)
		default:
			v.single(rest)
		}
	}
}

func (v *variation) copy(n int) {
	n = min(n, len(v.text)-v.at)
	v.out.WriteString(v.text[v.at : v.at+n])
	v.at += n
}

func (v *variation) replace(n int, text string) {
	v.out.WriteString(text)
	v.at += n
	v.changed = true
}

// single writes one character or escape outside of classes.
func (v *variation) single(rest string) {
	c, size, ok := character(rest)
	if !ok {
		v.copy(size)
		return
	}
	if group := groupOf(c); v.expand && len(group) > 0 {
		var b strings.Builder
		b.WriteByte('[')
		for _, c := range group {
			b.WriteString(unit(c))
		}
		v.replace(size, b.String()+"]")
		return
	}
	v.copy(size)
}

// class writes a class, with the other cases of its characters where the flag i is written out.
func (v *variation) class() {
	start := v.at
	v.copy(1)
	if strings.HasPrefix(v.text[v.at:], "^") {
		v.copy(1)
	}
	var others []rune
	add := func(first, last rune) {
		for c := first; c <= last && c <= 0xffff; c++ {
			others = append(others, groupOf(c)...)
		}
	}
	for v.at < len(v.text) && v.text[v.at] != ']' {
		first, size, ok := character(v.text[v.at:])
		v.copy(size)
		if !ok || !v.expand {
			continue
		}
		last := first
		if rest := v.text[v.at:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			if c, size, ok := character(rest[1:]); ok && c >= first {
				last = c
				v.copy(1 + size)
			}
		}
		add(first, last)
	}
	if v.at >= len(v.text) { // which goja refuses
		return
	}
	if len(others) > 0 {
		slices.Sort(others)
		for _, c := range slices.Compact(others) {
			v.out.WriteString(unit(c))
		}
		v.changed = v.changed || v.at > start
	}
	v.copy(1)
}

// unit writes a character for a class.
func unit(c rune) string {
	text := strconv.FormatInt(int64(c), 16)
	return `\u` + "0000"[len(text):] + text
}

// character reads the character that a pattern without the flag u begins with. Of what is none, such as \w, it returns the size.
func character(text string) (c rune, size int, ok bool) {
	if text[0] != '\\' {
		c, size = utf8.DecodeRuneInString(text)
		return c, size, !strings.ContainsRune("^$.*+?()[]{}|", c)
	}
	if len(text) < 2 {
		return 0, 1, false
	}
	hex := func(digits int) (rune, int, bool) {
		if len(text) < 2+digits {
			return 0, 2, false
		}
		n, err := strconv.ParseUint(text[2:2+digits], 16, 32)
		return rune(n), 2 + digits, err == nil && n < 0xd800 || n > 0xdfff
	}
	switch text[1] {
	case 'u':
		if c, size, ok = hex(4); !ok && size == 6 {
			return 0, 2, false
		}
		return c, size, ok
	case 'x':
		if c, size, ok = hex(2); !ok {
			return 0, 2, false
		}
		return c, size, ok
	}
	_, size = utf8.DecodeRuneInString(text[1:])
	return 0, 1 + size, false
}

// multiple are the characters whose upper case has several, so that the flag i leaves them alone.
var multiple = &unicode.RangeTable{R16: []unicode.Range16{
	{0xdf, 0xdf, 1}, {0x149, 0x149, 1}, {0x1f0, 0x1f0, 1}, {0x390, 0x390, 1}, {0x3b0, 0x3b0, 1}, {0x587, 0x587, 1}, {0x1e96, 0x1e9a, 1},
	{0x1f50, 0x1f56, 2}, {0x1f80, 0x1faf, 1}, {0x1fb2, 0x1fb4, 1}, {0x1fb6, 0x1fb7, 1}, {0x1fbc, 0x1fbc, 1}, {0x1fc2, 0x1fc4, 1},
	{0x1fc6, 0x1fc7, 1}, {0x1fcc, 0x1fcc, 1}, {0x1fd2, 0x1fd3, 1}, {0x1fd6, 0x1fd7, 1}, {0x1fe2, 0x1fe4, 1}, {0x1fe6, 0x1fe7, 1},
	{0x1ff2, 0x1ff4, 1}, {0x1ff6, 0x1ff7, 1}, {0x1ffc, 0x1ffc, 1}, {0xfb00, 0xfb06, 1}, {0xfb13, 0xfb17, 1},
}}

// canonical is what the flag i compares in place of a character, without the flag u.
func canonical(c rune) rune {
	if unicode.Is(multiple, c) {
		return c
	}
	upper := unicode.ToUpper(c)
	if upper > 0xffff || c >= 0x80 && upper < 0x80 {
		return c
	}
	return upper
}

// caseGroups are the characters that the flag i does not tell from others, by each of them. folds are the characters that goja's engines
// would fold with others.
var caseGroups = sync.OnceValues(func() (groups map[rune][]rune, folds map[rune]bool) {
	by := make(map[rune][]rune)
	for c := rune(0); c <= 0xffff; c++ {
		if upper := canonical(c); upper != c || unicode.ToLower(c) != c || unicode.SimpleFold(c) != c {
			by[upper] = append(by[upper], c)
		}
	}
	groups, folds = make(map[rune][]rune), map[rune]bool{'İ': true, 'ı': true}
	for _, group := range by {
		for _, c := range group {
			if len(group) > 1 {
				groups[c] = group
			}
			orbit := 1
			for other := unicode.SimpleFold(c); other != c; other = unicode.SimpleFold(other) {
				orbit++
			}
			if c >= utf8.RuneSelf && orbit != len(group) {
				folds[c] = true
			}
		}
	}
	return groups, folds
})

func groupOf(c rune) []rune {
	groups, _ := caseGroups()
	return groups[c]
}

// HasFolds reports whether a text has characters that goja's flag i would fold with others than ECMAScript's does.
func HasFolds(text string) bool {
	_, folds := caseGroups()
	for _, c := range text {
		if c >= utf8.RuneSelf && folds[c] {
			return true
		}
	}
	return false
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c >= utf8.RuneSelf })
}
