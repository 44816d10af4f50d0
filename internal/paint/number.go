package paint

import (
	"strconv"

	"github.com/crisphost/crisphost/internal/words"
)

// Thousands writes a number with commas.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Plural writes a number of things, named by a noun in the singular.
func Plural(n int, noun string) string { return Thousands(n) + " " + words.Plural(n, noun) }
