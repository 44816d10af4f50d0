// Package manage is the commands that see and steer a host through its database: scripts, runs, logs, writes, trigger, cancel, pause, resume,
// open and health.
package manage

import (
	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
)

// Commands returns the commands that see and steer a host, in the order of the help.
func Commands(f *cmdutil.Factory) []*cobra.Command {
	return []*cobra.Command{
		NewCmdScripts(f, nil),
		NewCmdRuns(f, nil),
		NewCmdLogs(f, nil),
		NewCmdWrites(f, nil),
		NewCmdTrigger(f, nil),
		NewCmdCancel(f, nil),
		NewCmdPause(f, nil),
		NewCmdResume(f, nil),
		NewCmdOpen(f, nil),
		NewCmdHealth(f, nil),
		NewCmdDB(f),
	}
}
