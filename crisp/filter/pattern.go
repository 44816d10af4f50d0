package filter

import (
	"errors"
	"regexp/syntax"
)

// maxWeight bounds regular expressions: each character of a text takes so many steps at most.
const maxWeight = 500

// patternWeight is about the number of instructions that a regular expression takes. Counted repetitions multiply it, so that
// a short text can make a large program.
func patternWeight(pattern string) (int, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	return weigh(re), nil
}

func weigh(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		n += weigh(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(re.Min, re.Max, 1)
	}
	return n
}

// patternProblem is the problem of a regular expression without its text.
func patternProblem(err error) string {
	var invalid *syntax.Error
	if errors.As(err, &invalid) {
		return invalid.Code.String() + ": " + invalid.Expr
	}
	return err.Error()
}
