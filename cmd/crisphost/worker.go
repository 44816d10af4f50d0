//go:build unix

package main

import (
	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/worker"
)

// workerCommands are the command that `crisphost serve` starts to run scripts in processes of their own.
func workerCommands() []*cobra.Command {
	return []*cobra.Command{{
		Use:    "worker",
		Short:  "Run scripts for a host (started by `crisphost serve`)",
		Hidden: true,
		Args:   usage.NoArguments,
		RunE: func(*cobra.Command, []string) error {
			err := worker.Main()
			return &usage.Error{Problem: err.Error(), Hint: "`crisphost run FILE` runs a script", Err: err}
		},
	}}
}
