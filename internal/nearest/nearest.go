// Package nearest finds the name that somebody meant who wrote another one.
package nearest

import (
	"strings"
	"unicode"
)

// To returns the candidate that somebody who wrote name most likely meant, or "" when none comes close. It sees through
// the other way of writing words (filterUnread, filter-unread), small misspellings (one character, or a third of them), and a
// left-out end (page for page_number) or beginning (unread for filter_unread), in this order; of equals the first candidate
// wins.
func To(name string, candidates []string) string {
	folded := fold(name)
	if folded == "" {
		return ""
	}
	best, bestDistance := "", max(1, len(folded)/3)+1
	for _, candidate := range candidates {
		other := fold(candidate)
		if other == "" {
			continue // a name like _, which is one character away from every letter
		}
		if d := distance(folded, other, bestDistance); d < bestDistance && d < max(len(folded), len(other)) {
			best, bestDistance = candidate, d
		}
	}
	if best != "" || len(folded) < 3 {
		return best
	}
	for _, has := range []func(s, part string) bool{strings.HasPrefix, strings.HasSuffix} {
		for _, candidate := range candidates {
			if has(fold(candidate), folded) {
				return candidate
			}
		}
	}
	return ""
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
