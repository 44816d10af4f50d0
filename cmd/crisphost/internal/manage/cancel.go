package manage

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// CancelOptions are what `crisphost cancel` takes.
type CancelOptions struct {
	io       *streams.IO
	env      settings.Env
	database hostdb.Options
	run      string
	by       string
}

// NewCmdCancel returns the command cancel. A run that is not nil takes the place of what the command does, for tests.
func NewCmdCancel(f *cmdutil.Factory, run func(context.Context, *CancelOptions) error) *cobra.Command {
	if run == nil {
		run = cancelRun
	}
	o := &CancelOptions{io: f.IO, env: f.Env, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Cancel a queued or running run",
		Long:  `Cancels a queued run, or has the host stop a running one, which takes a moment. Any unambiguous prefix or suffix of the run's ID works.`,
		Example: `  crisphost runs --state running
  crisphost cancel 1f2e3d4c`,
		Args: usage.Between(1, 1, "the ID of a run"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeRun(cmd, &o.database, typed, state.Running, state.Scheduled)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.run = args[0]
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	registerBy(cmd, &o.by)
	return cmd
}

func cancelRun(ctx context.Context, o *CancelOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	run, err := findRun(ctx, db, o.run)
	if err != nil {
		return err
	}
	cancelled, err := db.CancelRun(ctx, run.ID, asker(o.env, o.by))
	if errors.Is(err, state.ErrEnded) {
		if now, err := db.Run(ctx, run.ID); err == nil {
			run = now
		}
		return fmt.Errorf("run %s of %s has ended already: it %s", shortID(run.ID), plain.Line(run.Script), outcome(run))
	}
	if err != nil {
		return err
	}
	if cancelled.State.Ended() {
		fmt.Fprintf(o.io.Out, "run %s of %s is cancelled\n", shortID(run.ID), plain.Line(run.Script))
		return nil
	}
	fmt.Fprintf(o.io.Out, "run %s of %s is asked to end\n", shortID(run.ID), plain.Line(run.Script))
	return hostdb.WarnOfQuiet(ctx, o.io.Err, db, cancelled.Host)
}
