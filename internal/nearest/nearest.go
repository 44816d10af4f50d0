// Package nearest finds the name that somebody meant who wrote another one.
package nearest

import (
	"slices"
	"strings"
	"unicode"
)

// To returns the candidate that somebody who wrote name most likely meant, or "" when none comes close. It sees through
// the other way of writing words (filterUnread, filter-unread), small misspellings (one character, or a third of them), and a
// left-out end (page for page_number) or beginning (unread for filter_unread), in this order; of equals the first candidate
// wins. A negation is kept: unresolved means not_resolved and never resolved.
func To(name string, candidates []string) string {
	folded := fold(name)
	if folded == "" {
		return ""
	}
	positive, negated := affirmed(name)
	best, bestDistance := "", max(1, len(folded)/3)+1
	for _, candidate := range candidates {
		other := fold(candidate)
		if other == "" {
			continue // a name like _, which is one character away from every letter
		}
		otherPositive, otherNegated := affirmed(candidate)
		d := distance(folded, other, bestDistance)
		switch {
		case negated && otherNegated:
			// However each of them says no.
			if rest := distance(positive, otherPositive, 2); rest < 2 {
				d = min(d, rest)
			}
		case negated != otherNegated && positive == otherPositive, negated && !otherNegated && d > 1:
			continue // the opposite
		}
		if d < bestDistance && d < max(len(folded), len(other)) {
			best, bestDistance = candidate, d
		}
	}
	if best != "" || len(folded) < 3 {
		return best
	}
	for _, candidate := range candidates {
		if strings.HasPrefix(fold(candidate), folded) {
			return candidate
		}
	}
	for _, candidate := range candidates {
		otherPositive, otherNegated := affirmed(candidate)
		if negated && otherNegated && strings.HasSuffix(otherPositive, positive) {
			return candidate
		}
		beginning, found := strings.CutSuffix(fold(candidate), folded)
		if found && !slices.ContainsFunc(negations[:], func(not string) bool { return strings.HasSuffix(beginning, not) }) {
			return candidate
		}
	}
	return ""
}

var negations = [...]string{"not", "non", "un"}

// affirmed returns the folded name without a negation at the beginning of one of its words, and whether there is one. What
// follows it has four letters at least, as in unread: unit has none.
func affirmed(name string) (positive string, negated bool) {
	begins := true
	for i, r := range name {
		if begins || unicode.IsUpper(r) {
			rest := strings.ToLower(name[i:])
			for _, not := range negations {
				if after, found := strings.CutPrefix(rest, not); found && len(fold(after)) >= 4 {
					return fold(name[:i] + after), true
				}
			}
		}
		begins = r == '_' || r == '-' || r == ' '
	}
	return fold(name), false
}

// fold drops what only separates words.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// distance is the number of inserted, removed, replaced and swapped characters between a and b, or at least limit when
// there are that many.
func distance(a, b string, limit int) int {
	x, y := []rune(a), []rune(b)
	if diff := len(x) - len(y); diff >= limit || -diff >= limit {
		return limit
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
