//go:build !unix

// Package serve is the command that runs a host of scripts.
package serve

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
)

// Options are what `crisphost serve` takes.
type Options struct{}

// NewCmdServe returns a command that says why there is no host: scripts run in processes of their own, on Unix only.
func NewCmdServe(*cmdutil.Factory, func(context.Context, *Options) error) *cobra.Command {
	return &cobra.Command{
		Use:   "serve [DIR]",
		Short: "Run a directory of scripts on their schedules (not on this system)",
		RunE: func(*cobra.Command, []string) error {
			return &usage.Error{Problem: "serve needs Linux, macOS or another Unix", Hint: "on Windows it runs in WSL or a container"}
		},
	}
}
