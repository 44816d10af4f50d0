package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// TriggerOptions are what `crisphost trigger` takes.
type TriggerOptions struct {
	io       *streams.IO
	env      settings.Env
	database hostdb.Options
	script   string
	args     []string
	by       string
	// event is the run whose events the script runs for, or empty.
	event string
	wait  bool
	json  bool
}

// NewCmdTrigger returns the command trigger. A run that is not nil takes the place of what the command does, for tests.
func NewCmdTrigger(f *cmdutil.Factory, run func(context.Context, *TriggerOptions) error) *cobra.Command {
	if run == nil {
		run = trigger
	}
	o := &TriggerOptions{io: f.IO, env: f.Env, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "trigger [flags] NAME [-- ARGS]",
		Short: "Have a host run a script now",
		Long: `Asks the host to run a script and prints the run's ID. Arguments after -- are passed to the script as args. This works for paused and
disabled scripts, too. A name that begins with - stands behind -- itself: crisphost trigger -- -name -- ARGS.

--event runs the script once more for the event, or with @batch the events, that started an earlier run, of it or of another script. It
takes the ID of that run, of which a beginning or an end is enough where it names one run.

--wait prints the run's log and exits when the run ends. The exit code is 0 if it succeeded, 1 if it failed or was skipped, 124 if it
timed out, 130 if it was cancelled. Ctrl-C stops waiting; the run continues.`,
		Example: `  crisphost trigger daily-digest
  crisphost trigger --wait export-conversations -- export.jsonl 2026-11-01
  crisphost trigger answer --event 1f2e3d4c
  crisphost logs -f $(crisphost trigger daily-digest)`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch dash := cmd.ArgsLenAtDash(); {
			case len(args) == 0:
				return usage.Between(1, 1, "the name of a script")(cmd, nil)
			case dash == 0 && len(args) > 1 && args[1] != "--":
				return &usage.Error{Problem: "the name of the script stands before --", Hint: "crisphost trigger NAME -- " + plain.Line(args[0]) + "; a name that begins with - stands behind it: crisphost trigger -- NAME -- ARGS"}
			case dash < 0 && len(args) > 1, dash > 1:
				return &usage.Error{Problem: fmt.Sprintf("crisphost trigger does not take %q", args[1]), Hint: "arguments of the script stand behind --: crisphost trigger " + plain.Line(args[0]+" -- "+args[1])}
			}
			return nil
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveDefault
			}
			return completeScript(cmd, &o.database)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.script, o.args = args[0], args[1:]
			if cmd.ArgsLenAtDash() == 0 && len(o.args) > 0 { // the name begins with -
				o.args = o.args[1:]
			}
			if o.wait && o.json {
				return &usage.Error{Problem: "--wait and --json exclude each other", Hint: "crisphost runs show --json tells how a run ended"}
			}
			if o.event != "" && len(o.args) > 0 {
				return &usage.Error{Problem: "--event and arguments exclude each other", Hint: "a run for an event has no args"}
			}
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	registerBy(cmd, &o.by)
	cmd.Flags().StringVar(&o.event, "event", "", "run for the event that started this `run`, once more")
	_ = cmd.RegisterFlagCompletionFunc("event", func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return completeRun(cmd, &o.database, typed)
	})
	cmd.Flags().BoolVarP(&o.wait, "wait", "w", false, "print the log and exit when the run has ended, with its exit code")
	cmd.Flags().BoolVar(&o.json, "json", false, "print the run as JSON")
	return cmd
}

func registerBy(cmd *cobra.Command, by *string) {
	cmd.Flags().StringVar(by, "by", "", "`name` of who asks, for the history (default your user name and machine)")
	_ = cmd.RegisterFlagCompletionFunc("by", cobra.NoFileCompletions)
}

// asker is who asks: the user of the system, unless a flag tells.
func asker(env settings.Env, flag string) string {
	if flag != "" {
		return flag
	}
	name := cmp.Or(env.Get("USER"), env.Get("USERNAME"))
	if account, err := user.Current(); err == nil && account.Username != "" {
		name = account.Username
	}
	host, err := os.Hostname()
	switch {
	case name == "" && err != nil:
		return "somebody"
	case name == "":
		return host
	case err != nil:
		return name
	}
	return name + "@" + host
}

func trigger(ctx context.Context, o *TriggerOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	script, err := findScript(ctx, db, o.script)
	if err != nil {
		return err
	}
	run, err := o.request(ctx, db, script.Name)
	if err != nil {
		return err
	}
	if o.json {
		err = o.io.PrintJSON(run)
	} else {
		_, err = fmt.Fprintln(o.io.Out, run.ID)
	}
	if err != nil {
		return err
	}
	if script.Broken != nil && script.Version == "" {
		fmt.Fprintf(o.io.Err, "crisphost: %s is broken, and no version of it has compiled, so this run will fail\n  hint: crisphost scripts shows the error\n", plain.Line(script.Name))
	}
	err = hostdb.WarnWithoutHost(ctx, o.io.Err, db)
	if !o.wait {
		return err
	}
	if err == nil {
		err = awaitRun(ctx, o.io, db, run)
	}
	if ctx.Err() != nil && err != nil && !errors.As(err, new(*OutcomeError)) {
		fmt.Fprintf(o.io.Err, "crisphost: stopped watching; the run continues (crisphost cancel %s cancels it)\n", shortID(run.ID))
	}
	return err
}

// request asks for a run of a script.
func (o *TriggerOptions) request(ctx context.Context, db *state.DB, script string) (state.Run, error) {
	by := asker(o.env, o.by)
	if o.event == "" {
		return db.Trigger(ctx, script, state.Trigger{Kind: state.ByHand, By: by, Args: o.args})
	}
	earlier, err := findRun(ctx, db, o.event)
	if err != nil {
		return state.Run{}, err
	}
	run, err := db.Replay(ctx, script, earlier.ID, by)
	switch {
	case !errors.Is(err, state.ErrNotFound):
		return run, err
	case earlier.Trigger.Kind != state.ByEvent:
		return run, &usage.Error{
			Problem: fmt.Sprintf("no event started run %s of %s", shortID(earlier.ID), plain.Line(earlier.Script)),
			Hint:    "crisphost runs shows what started each run", Err: err,
		}
	default:
		return run, &usage.Error{
			Problem: fmt.Sprintf("the event of run %s is no longer kept", shortID(earlier.ID)),
			Hint:    "crisphost run --event runs a script file for an example, or for an event in a file", Err: err,
		}
	}
}

// awaitRun prints a run's log until it has ended. The error tells how, unless it succeeded.
func awaitRun(ctx context.Context, io *streams.IO, db *state.DB, run state.Run) error {
	f := &follower{io: io, db: db, tail: -1}
	run, err := f.followRun(ctx, run)
	if err != nil || run.State == state.Succeeded {
		return err
	}
	failed := &OutcomeError{Run: run}
	// Its source line is nice to have.
	if version, err := db.Version(ctx, run.Version); err == nil {
		failed.version = version
	}
	return failed
}
