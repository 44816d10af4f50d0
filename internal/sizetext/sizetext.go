// Package sizetext reads and writes sizes of memory as people write them.
package sizetext

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// Parse returns the number of bytes that a text such as "256MiB", "64M" or "1gb" means. It is false for anything else, for sizes
// without a unit or below one byte, and for those that no int64 holds.
func Parse(text string) (n int64, ok bool) {
	number := strings.TrimRightFunc(text, unicode.IsLetter)
	unit := unitOf(strings.ToLower(text[len(number):]))
	n, err := strconv.ParseInt(number, 10, 64)
	if unit == 0 || err != nil || n <= 0 || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

func unitOf(name string) int64 {
	switch name {
	case "b":
		return 1
	case "kb":
		return 1e3
	case "k", "kib":
		return 1 << 10
	case "mb":
		return 1e6
	case "m", "mib":
		return 1 << 20
	case "gb":
		return 1e9
	case "g", "gib":
		return 1 << 30
	}
	return 0
}

// Format writes a size in the largest unit that leaves a whole number, in the form that Parse reads.
func Format(n int64) string {
	for _, unit := range [...]string{"GiB", "GB", "MiB", "MB", "KiB", "KB"} {
		if size := unitOf(strings.ToLower(unit)); n >= size && n%size == 0 {
			return strconv.FormatInt(n/size, 10) + unit
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}
