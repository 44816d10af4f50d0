package manage

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/scripts/state"
)

// LogsOptions are what `crisphost logs` takes.
type LogsOptions struct {
	io       *streams.IO
	database hostdb.Options
	run      string
	script   string
	follow   bool
	lines    int
	json     bool
}

// NewCmdLogs returns the command logs. A run that is not nil takes the place of what the command does, for tests.
func NewCmdLogs(f *cmdutil.Factory, run func(context.Context, *LogsOptions) error) *cobra.Command {
	if run == nil {
		run = printLogs
	}
	o := &LogsOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "logs [RUN]",
		Short: "Print what runs print and log",
		Long: `Prints the log of a run: what the script printed, and the lines of its log module with their level and fields. Without RUN it is
the latest run, with --script that of one script.

-f prints the log as it grows. It ends with the run; without RUN it continues with the runs that follow, of one script or all, until
Ctrl-C. Only log lines go to standard output; how runs end is reported on standard error.`,
		Example: `  crisphost logs 1f2e3d4c
  crisphost logs -f --script daily-digest
  crisphost logs -f --json | jq -r 'select(.level == "error") | .script + ": " + .message'`,
		Args: usage.Between(0, 1, ""),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeRun(cmd, &o.database, typed)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.run = args[0]
			}
			switch {
			case o.run != "" && o.script != "":
				return &usage.Error{Problem: "a run and --script exclude each other", Hint: "the run tells the script"}
			case cmd.Flags().Changed("lines") && o.lines < 0:
				return &usage.Error{Problem: fmt.Sprintf("--lines %d is below zero", o.lines), Hint: "leave it out for all lines"}
			}
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.script, "script", "", "the latest run of the script of this `name`; with -f also those that follow")
	flags.BoolVarP(&o.follow, "follow", "f", false, "print lines as they come")
	flags.IntVarP(&o.lines, "lines", "n", -1, "print only this many of the last lines that are there (default all)")
	flags.BoolVar(&o.json, "json", false, "print each line as a JSON object on a line of its own")
	flags.Lookup("lines").DefValue = "0" // not shown: the usage tells what leaving it out does
	_ = cmd.RegisterFlagCompletionFunc("script", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return completeScript(cmd, &o.database)
	})
	return cmd
}

func printLogs(ctx context.Context, o *LogsOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	f := &follower{io: o.io, db: db, json: o.json, tail: o.lines}
	if o.run != "" {
		run, err := findRun(ctx, db, o.run)
		if err != nil {
			return err
		}
		return f.printRun(ctx, run, o.follow)
	}
	if o.script != "" {
		if err := knownScript(ctx, db, o.script); err != nil {
			return err
		}
	}
	if o.follow {
		if err := hostdb.WarnWithoutHost(ctx, o.io.Err, db); err != nil {
			return err
		}
		f.script, f.id = o.script == "", true
		return f.followScript(ctx, o.script)
	}
	runs, err := db.Runs(ctx, state.RunFilter{Script: o.script, Limit: 1})
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		fmt.Fprintln(o.io.Err, "crisphost: there are no runs yet")
		return nil
	}
	return f.printRun(ctx, runs[0], false)
}

// printRun prints the log of one run.
func (f *follower) printRun(ctx context.Context, run state.Run, follow bool) error {
	if follow {
		if !run.State.Ended() {
			if err := hostdb.WarnWithoutHost(ctx, f.io.Err, f.db); err != nil {
				return err
			}
		}
		run, err := f.followRun(ctx, run)
		if err == nil {
			f.tell(run, outcome(run))
		}
		return err
	}
	one, err := f.begin(ctx, run)
	if err != nil {
		return err
	}
	if err := f.print(ctx, one); err != nil {
		return err
	}
	if one.seq == 0 {
		f.tell(one.run, "has no log lines; it "+outcome(one.run))
	}
	return nil
}
