//go:build !unix

package main

import "github.com/spf13/cobra"

// workerCommands are none: scripts run in processes of their own on Unix only.
func workerCommands() []*cobra.Command { return nil }
