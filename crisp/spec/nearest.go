package spec

import (
	"strings"
	"unicode"
)

// Nearest returns the candidate that somebody who wrote name most likely meant, or "" when none comes close. It sees
// through the other way of writing words (filterUnread, filter-unread), small misspellings, and a left-out beginning or
// end (unread for filter_unread), in this order; of equals the first candidate wins.
func Nearest(name string, candidates []string) string {
	folded := fold(name)
	if folded == "" {
		return ""
	}
	best, bestDistance := "", max(1, len(folded)/3)+1
	for _, candidate := range candidates {
		if d := distance(folded, fold(candidate), bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	if best == "" && len(folded) >= 3 {
		for _, candidate := range candidates {
			f := fold(candidate)
			if strings.HasPrefix(f, folded) || strings.HasSuffix(f, folded) {
				return candidate
			}
		}
	}
	return best
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
