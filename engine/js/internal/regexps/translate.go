// Package regexps turns regular expressions of ECMAScript into ones that goja reads in the same sense.
package regexps

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine/js/internal/unicodesets"
)

// IsTranslated reports whether a pattern with these flags is read differently by goja.
func IsTranslated(pattern, flags string) bool {
	return strings.ContainsRune(flags, 'v') ||
		strings.ContainsRune(flags, 'u') && (strings.Contains(pattern, `\p`) || strings.Contains(pattern, `\P`))
}

// Translate writes the classes \p{...} of a pattern out, and makes one with the flag v one with u. The flags returned are goja's.
func Translate(pattern, flags string) (translated, gojaFlags string, err error) {
	t := translation{text: pattern, given: flags, fold: strings.ContainsRune(flags, 'i'), sets: strings.ContainsRune(flags, 'v')}
	if t.sets {
		if strings.ContainsRune(flags, 'u') {
			return "", "", fmt.Errorf("invalid regular expression flags %q: u and v exclude each other", flags)
		}
		flags = strings.Replace(flags, "v", "u", 1)
	}
	if err := t.run(); err != nil {
		return "", "", fmt.Errorf("invalid regular expression: /%s/%s: %w", pattern, t.given, err)
	}
	return t.out.String(), flags, nil
}

type translation struct {
	text  string
	given string // the flags
	at    int
	out   strings.Builder
	// fold and sets are the flags i and v.
	fold, sets bool
}

func (t *translation) run() error {
	for t.at < len(t.text) {
		switch t.text[t.at] {
		case '\\':
			if err := t.escape(false); err != nil {
				return err
			}
		case '[':
			if err := t.class(); err != nil {
				return err
			}
		default:
			t.copy(1)
		}
	}
	return nil
}

// copy writes the next bytes as they are.
func (t *translation) copy(n int) {
	n = min(n, len(t.text)-t.at)
	t.out.WriteString(t.text[t.at : t.at+n])
	t.at += n
}

// escape translates what begins with a backslash.
func (t *translation) escape(inClass bool) error {
	rest := t.text[t.at+1:]
	switch {
	case rest == "":
		t.copy(1)
	case rest[0] == 'p' || rest[0] == 'P':
		return t.property(rest[0] == 'P', inClass)
	case inClass && t.sets && rest[0] == 'q':
		return errors.New(`strings in classes, \q{...}, are not supported`)
	case inClass && t.sets && strings.IndexByte("&-!#%,:;<=>@`~", rest[0]) >= 0:
		fmt.Fprintf(&t.out, `\x%02x`, rest[0])
		t.at += 2
	default:
		_, size := utf8.DecodeRuneInString(rest)
		t.copy(1 + size)
	}
	return nil
}

// class translates a class in brackets.
func (t *translation) class() error {
	t.copy(1)
	for t.at < len(t.text) {
		switch c := t.text[t.at]; {
		case c == ']':
			t.copy(1)
			return nil
		case c == '\\':
			if err := t.escape(true); err != nil {
				return err
			}
		case t.sets && c == '[', t.sets && (strings.HasPrefix(t.text[t.at:], "--") || strings.HasPrefix(t.text[t.at:], "&&")):
			return errors.New("the operations on classes that the flag v adds, [...] inside [...], -- and &&, are not supported")
		case t.sets && strings.IndexByte("(){}/|", c) >= 0:
			return errors.New("invalid character in character class")
		case c == '[': // goja's engines take [: for the beginning of a named class
			t.out.WriteString(`\[`)
			t.at++
		default:
			t.copy(1)
		}
	}
	return errors.New("unterminated character class")
}

var errProperty = errors.New("invalid property name")

// property writes a class \p{...} or \P{...} out.
func (t *translation) property(negated, inClass bool) error {
	expression, _, closed := strings.Cut(strings.TrimPrefix(t.text[t.at+2:], "{"), "}")
	if !strings.HasPrefix(t.text[t.at+2:], "{") || !closed {
		return errProperty
	}
	set, ok := unicodesets.Find(expression)
	if !ok {
		if t.sets && (strings.HasPrefix(expression, "RGI_") || strings.HasPrefix(expression, "Emoji_Keycap") || expression == "Basic_Emoji") {
			return fmt.Errorf(`\p{%s} matches strings of several characters, which is not supported`, expression)
		}
		return fmt.Errorf("%w %q", errProperty, expression)
	}
	t.at += len(`\p{}`) + len(expression)
	if rest := t.text[t.at:]; inClass && len(rest) > 1 && rest[0] == '-' && rest[1] != ']' && !(t.sets && rest[1] == '-') {
		return errors.New("invalid character class")
	}
	if negated {
		if t.sets && t.fold {
			set = folded(set)
		}
		set = set.Complement()
	}
	if !inClass {
		t.out.WriteByte('[')
	}
	for i := 0; i < len(set); i += 2 {
		t.code(set[i])
		if last := set[i+1] - 1; last > set[i] {
			t.out.WriteByte('-')
			t.code(last)
		}
	}
	if !inClass {
		t.out.WriteByte(']')
	}
	return nil
}

func (t *translation) code(c rune) {
	t.out.WriteString(`\u{`)
	t.out.WriteString(strconv.FormatInt(int64(c), 16))
	t.out.WriteByte('}')
}

// folded adds the characters that differ from those of a set by case alone.
func folded(set unicodesets.Set) unicodesets.Set {
	member := make(map[rune]bool)
	for i := 0; i < len(set); i += 2 {
		for c := set[i]; c < set[i+1]; c++ {
			member[c] = true
			for other := unicode.SimpleFold(c); other != c; other = unicode.SimpleFold(other) {
				member[other] = true
			}
		}
	}
	var all unicodesets.Set
	inside := false
	for c := rune(0); c <= unicode.MaxRune+1; c++ {
		if member[c] != inside {
			inside = !inside
			all = append(all, c)
		}
	}
	return all
}
