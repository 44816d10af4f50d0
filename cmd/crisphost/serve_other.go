//go:build !unix

package main

import "github.com/spf13/cobra"

// serveCommands is a command that tells why there is no host: scripts run in processes of their own, on Unix only.
func serveCommands(*factory) []*cobra.Command {
	return []*cobra.Command{{
		Use:   "serve [DIR]",
		Short: "Run a directory of scripts on their schedules (not on this system)",
		RunE: func(*cobra.Command, []string) error {
			return &usageError{problem: "serve needs Linux, macOS or another Unix", hint: "on Windows it runs in WSL or a container"}
		},
	}}
}
