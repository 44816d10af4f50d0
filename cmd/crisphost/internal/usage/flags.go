package usage

import (
	"errors"
	"fmt"
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
	return &Error{Problem: err.Error(), Hint: hint, Err: err}
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
