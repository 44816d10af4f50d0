package cldr

import (
	"slices"
	"strconv"
	"strings"
	"sync"
)

// categories are the plural categories, in the order of the rules.
var categories = []string{"zero", "one", "two", "few", "many", "other"}

// Plurals are the plural rules of a language.
type Plurals struct{ rules []pluralRule }

// pluralRule is a category and its conditions: one of the alternatives has to hold whole.
type pluralRule struct {
	category     string
	alternatives [][]relation
}

// relation compares an operand, or what is left of it after division, with ranges.
type relation struct {
	operand byte
	modulus uint64
	negated bool
	ranges  [][2]uint64
}

var plurals sync.Map // of *Plurals, by kind and language

// PluralRules returns the rules of a locale, cardinal or ordinal.
func (l *Locale) PluralRules(ordinal bool) *Plurals {
	all, key := common().Cardinal, l.table
	if ordinal {
		all = common().Ordinal
	}
	if all[key] == nil {
		key = l.Language()
	}
	texts := all[key]
	if ordinal {
		key += " ordinal"
	}
	if p, ok := plurals.Load(key); ok {
		return p.(*Plurals)
	}
	p := new(Plurals)
	for _, category := range categories {
		if text := texts[category]; text != "" {
			p.rules = append(p.rules, pluralRule{category, parseRule(text)})
		}
	}
	plurals.Store(key, p)
	return p
}

// Categories lists the categories that a number can have.
func (p *Plurals) Categories() []string {
	var names []string
	for _, rule := range p.rules {
		names = append(names, rule.category)
	}
	return append(names, "other")
}

func parseRule(text string) (alternatives [][]relation) {
	for _, alternative := range strings.Split(text, " or ") {
		var relations []relation
		for _, condition := range strings.Split(alternative, " and ") {
			words := strings.Fields(condition)
			r := relation{operand: words[0][0]}
			if words[1] == "%" {
				r.modulus, _ = strconv.ParseUint(words[2], 10, 64)
				words = words[2:]
			}
			r.negated = words[1] == "!="
			for _, item := range strings.Split(words[2], ",") {
				from, to, isRange := strings.Cut(item, "..")
				if !isRange {
					to = from
				}
				low, _ := strconv.ParseUint(from, 10, 64)
				high, _ := strconv.ParseUint(to, 10, 64)
				r.ranges = append(r.ranges, [2]uint64{low, high})
			}
			relations = append(relations, r)
		}
		alternatives = append(alternatives, relations)
	}
	return alternatives
}

// select returns the category of a number as it is written.
func (p *Plurals) category(w written) string {
	if w.nan || w.infinite {
		return "other"
	}
	for _, rule := range p.rules {
		for _, relations := range rule.alternatives {
			if !slices.ContainsFunc(relations, func(r relation) bool { return !r.holds(w) }) {
				return rule.category
			}
		}
	}
	return "other"
}

// manyDigits is how many digits of a number the rules look at: all of them divide by less.
const manyDigits = 18

func (r relation) holds(w written) bool {
	whole, fraction := w.whole, w.fraction
	short := strings.TrimRight(fraction, "0")
	var value uint64
	switch r.operand {
	case 'n':
		if short != "" {
			return r.negated
		}
		value = number(whole)
	case 'i':
		value = number(whole)
	case 'v':
		value = uint64(len(fraction))
	case 'w':
		value = uint64(len(short))
	case 'f':
		value = number(fraction)
	case 't':
		value = number(short)
	default: // c and e
		value = uint64(w.exponent)
	}
	if r.modulus > 0 {
		value %= r.modulus
	}
	in := slices.ContainsFunc(r.ranges, func(bounds [2]uint64) bool { return bounds[0] <= value && value <= bounds[1] })
	return in != r.negated
}

// number reads digits. Of a long number only the end counts, and that it is long.
func number(digits string) uint64 {
	if len(digits) > manyDigits {
		tail, _ := strconv.ParseUint(digits[len(digits)-manyDigits:], 10, 64)
		return tail + 1e18
	}
	n, _ := strconv.ParseUint(digits, 10, 64)
	return n
}
