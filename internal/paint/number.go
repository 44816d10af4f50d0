package paint

import "github.com/crisphost/crisphost/internal/words"

// Thousands writes a number with commas.
func Thousands(n int) string { return words.Grouped(n, ",") }

// Plural writes a number of things, named by a noun in the singular.
func Plural(n int, noun string) string { return Thousands(n) + " " + words.Plural(n, noun) }
