package usage

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/crisphost/crisphost/internal/nearest"
)

// FlagError explains a wrong flag, and suggests the one that was meant.
func FlagError(cmd *cobra.Command, err error) error {
	hint := "see " + cmd.CommandPath() + " --help"
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearestFlag(cmd, unknown); near != "" {
			hint = fmt.Sprintf("did you mean --%s? %s", near, hint)
		}
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		problem, write := invalidValue(invalid)
		return &Error{Problem: problem, Hint: write + hint, Err: err}
	}
	return &Error{Problem: err.Error(), Hint: hint, Err: err}
}

// invalidValue explains a value that a flag does not take. The texts of strconv and time are for programmers.
func invalidValue(err *pflag.InvalidValueError) (problem, write string) {
	problem = fmt.Sprintf("--%s %q", err.GetFlag().Name, err.GetValue())
	kind := err.GetFlag().Value.Type()
	switch {
	case errors.Is(err, strconv.ErrRange):
		problem += " is out of range"
	case kind == "duration":
		return problem + " is not a duration", "write a number and a unit, such as 90s or 5m; "
	case kind == "int", kind == "int64":
		problem += " is not a whole number"
	case kind == "uint", kind == "uint64":
		problem += " is not a whole number from 0"
	case kind == "float64":
		problem += " is not a number"
	case kind == "bool":
		problem += " is neither true nor false"
	default:
		reason := err.Unwrap().Error()
		if after, found := strings.CutPrefix(reason, strconv.Quote(err.GetValue())); found {
			return problem + after, ""
		}
		problem += ": " + reason
	}
	return problem, ""
}

func nearestFlag(cmd *cobra.Command, unknown *pflag.NotExistError) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if shorthands := unknown.GetSpecifiedShortnames(); shorthands != "" {
		// A word behind one dash is taken for a row of short flags.
		if len(shorthands) < 3 {
			return ""
		}
		word, _, _ := strings.Cut(shorthands, "=")
		return nearest.To(word, names)
	}
	return nearest.To(unknown.GetSpecifiedName(), names)
}

// SplitWords splits a list at blanks and commas.
func SplitWords(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' })
}
