package usage

import (
	"fmt"

	"github.com/spf13/cobra"
)

// NoArguments refuses arguments.
func NoArguments(cmd *cobra.Command, args []string) error { return Between(0, 0, "")(cmd, args) }

// Between checks the number of arguments of a command; what says which are needed.
func Between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "see " + cmd.CommandPath() + " --help"
		switch {
		case len(args) < least:
			return &Error{Problem: fmt.Sprintf("%s needs %s", cmd.CommandPath(), what), Hint: hint}
		case len(args) > most:
			return &Error{Problem: fmt.Sprintf("%s does not take %q", cmd.CommandPath(), args[most]), Hint: hint}
		}
		return nil
	}
}
