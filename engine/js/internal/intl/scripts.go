package intl

import (
	"bytes"
	"math"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Languages put their own script before others. Package collate knows their letters, but not this order: it comes of the keys that the
// package makes of texts, in which each letter has a primary weight and the letters of a script have those of one range.

// leading are the scripts that come first, by language.
func leading(language string) []string {
	switch language {
	case "ar":
		return []string{"Arab"}
	case "hr":
		return []string{"Latn", "Cyrl"}
	case "bg", "ru", "uk":
		return []string{"Cyrl"}
	case "el":
		return []string{"Grek"}
	case "he":
		return []string{"Hebr"}
	case "hi":
		return []string{"Deva"}
	case "ja":
		return []string{"Latn", "Kana", "Hani"}
	case "ko":
		return []string{"Hang", "Hani"}
	case "zh":
		return []string{"Hani"}
	}
	return nil
}

// firstLetters are the first letter of a script, and that of the script after it in the usual order.
func firstLetters(script string) (first, next string) {
	letters := map[string]string{
		"Latn": "a α", "Grek": "α ⲁ", "Cyrl": "а ⰰ", "Hebr": "א 𐤀", "Arab": "ء ܐ", "Deva": "ॐ ꣻ", "Hang": "ᄀ ぁ", "Kana": "ぁ ㄅ", "Hani": "一",
	}
	first, next, _ = strings.Cut(letters[script], " ")
	return first, next
}

// scriptOrder moves ranges of primary weights to the front of all letters.
type scriptOrder struct {
	letters int // the first letter's weight: signs and digits, which stay in front, have smaller ones
	ranges  [][2]int
}

// tailored is where the weights begin that package collate gives to what a language adds to the usual order.
const tailored = 0x160000

var scriptOrders sync.Map // of *scriptOrder, by language

// scriptOrderOf returns the order of scripts in a language, or nil for the usual one.
func scriptOrderOf(name string) *scriptOrder {
	scripts := leading(name)
	if scripts == nil {
		return nil
	}
	if s, ok := scriptOrders.Load(name); ok {
		return s.(*scriptOrder)
	}
	root := collate.New(language.Und)
	weight := func(letter string) int {
		weight, _ := primary(root.KeyFromString(new(collate.Buffer), letter))
		return weight
	}
	s := &scriptOrder{letters: weight("a")}
	for _, script := range scripts {
		first, next := firstLetters(script)
		if script == "Hani" {
			// Ideographs that a language orders itself come before those in the order of their codes.
			s.ranges = append(s.ranges, [2]int{tailored, math.MaxInt}, [2]int{weight(first), tailored})
			continue
		}
		s.ranges = append(s.ranges, [2]int{weight(first), weight(next)})
	}
	scriptOrders.Store(name, s)
	return s
}

// primary reads a weight off a key. It is 0 at the end of the primary weights.
func primary(key []byte) (weight int, rest []byte) {
	switch {
	case len(key) < 2:
		return 0, key
	case key[0]&0x80 != 0 && len(key) > 2:
		return int(key[0]&0x7f)<<16 | int(key[1])<<8 | int(key[2]), key[3:]
	default:
		return int(key[0])<<8 | int(key[1]), key[2:]
	}
}

// place is where a weight stands in this order.
func (s *scriptOrder) place(weight int) int {
	if weight < s.letters {
		return weight
	}
	for i, r := range s.ranges {
		if r[0] <= weight && weight < r[1] {
			return s.letters + i<<24 + weight
		}
	}
	return s.letters + len(s.ranges)<<24 + weight
}

func (s *scriptOrder) compare(c *collate.Collator, a, b string) int {
	var buffer collate.Buffer
	x, y := c.KeyFromString(&buffer, a), c.KeyFromString(&buffer, b)
	for {
		p, q := 0, 0
		p, x = primary(x)
		q, y = primary(y)
		switch {
		case p != q:
			if s.place(p) < s.place(q) {
				return -1
			}
			return 1
		case p == 0:
			return bytes.Compare(x, y)
		}
	}
}

// hasOtherLetters reports whether a text may have letters that are not Latin.
func hasOtherLetters(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 'Ͱ' }) >= 0
}
