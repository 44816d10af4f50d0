package manage

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// PauseOptions are what `crisphost pause` and `crisphost resume` take.
type PauseOptions struct {
	io       *streams.IO
	env      settings.Env
	database hostdb.Options
	script   string
	paused   bool
	by       string
}

// NewCmdPause returns the command pause. A run that is not nil takes the place of what the command does, for tests.
func NewCmdPause(f *cmdutil.Factory, run func(context.Context, *PauseOptions) error) *cobra.Command {
	return newSetPausedCommand(f, &PauseOptions{paused: true}, run, &cobra.Command{
		Use:   "pause NAME",
		Short: "Stop starting a script on its schedule",
		Long: `Stops starting a script on its schedule until crisphost resume. A run in progress is not stopped: crisphost cancel does that. crisphost
trigger still starts the script. A running host applies the pause at once; otherwise it applies when a host starts.`,
		Example: "  crisphost pause daily-digest",
	})
}

// NewCmdResume returns the command resume. A run that is not nil takes the place of what the command does, for tests.
func NewCmdResume(f *cmdutil.Factory, run func(context.Context, *PauseOptions) error) *cobra.Command {
	return newSetPausedCommand(f, &PauseOptions{}, run, &cobra.Command{
		Use:     "resume NAME",
		Short:   "Start a paused script on its schedule again",
		Long:    "Ends a pause. What was due in the meantime is not made up for; the script starts when it is next due.",
		Example: "  crisphost resume daily-digest",
	})
}

func newSetPausedCommand(f *cmdutil.Factory, o *PauseOptions, run func(context.Context, *PauseOptions) error, cmd *cobra.Command) *cobra.Command {
	if run == nil {
		run = setPaused
	}
	o.io, o.env, o.database.Env = f.IO, f.Env, f.Env
	cmd.Args = usage.Between(1, 1, "the name of a script")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeScript(cmd, &o.database)
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o.script = args[0]
		return run(cmd.Context(), o)
	}
	o.database.Register(cmd)
	registerBy(cmd, &o.by)
	return cmd
}

func setPaused(ctx context.Context, o *PauseOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	script, err := findScript(ctx, db, o.script)
	if err != nil {
		return err
	}
	pauses, err := db.Pauses(ctx, script.Name)
	if err != nil {
		return err
	}
	if err := db.SetPaused(ctx, script.Name, o.paused, asker(o.env, o.by)); err != nil {
		return err
	}
	name, was := plain.Line(script.Name), ""
	if script.Paused == o.paused {
		was = " already" + byWhom(pauses[script.Name], db.Now())
	}
	switch {
	case o.paused:
		fmt.Fprintf(o.io.Out, "%s is paused%s\n", name, was)
	case was != "":
		fmt.Fprintf(o.io.Out, "%s was not paused\n", name)
	case script.Disabled:
		fmt.Fprintf(o.io.Out, "%s is no longer paused, but @disabled in its header\n", name)
	case len(script.Schedules) == 0 && script.Triggers == nil:
		fmt.Fprintf(o.io.Out, "%s is no longer paused; it has no schedule\n", name)
	default:
		fmt.Fprintf(o.io.Out, "%s is resumed\n", name)
	}
	return hostdb.WarnWithoutHost(ctx, o.io.Err, db)
}

// byWhom tells who paused a script or resumed it, and when, behind the word for it.
func byWhom(p state.Pause, now time.Time) string {
	text := ""
	if p.By != "" {
		text += " by " + plain.Line(p.By)
	}
	if !p.At.IsZero() {
		text += ", " + streams.Relative(p.At, now)
	}
	return text
}
