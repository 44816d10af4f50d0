package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// noArguments refuses arguments.
func noArguments(cmd *cobra.Command, args []string) error { return between(0, 0, "")(cmd, args) }

// between checks the number of arguments of a command; what says which are needed.
func between(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "see " + cmd.CommandPath() + " --help"
		switch {
		case len(args) < least:
			return &usageError{problem: fmt.Sprintf("%s needs %s", cmd.CommandPath(), what), hint: hint}
		case len(args) > most:
			return &usageError{problem: fmt.Sprintf("%s does not take %q", cmd.CommandPath(), args[most]), hint: hint}
		}
		return nil
	}
}
