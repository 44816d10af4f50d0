package manage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// AdoptOptions are what `crisphost scripts adopt` takes.
type AdoptOptions struct {
	io       *streams.IO
	database hostdb.Options
	old, new string
	force    bool
}

// NewCmdAdopt returns the command scripts adopt. A run that is not nil takes the place of what the command does, for tests.
func NewCmdAdopt(f *cmdutil.Factory, run func(context.Context, *AdoptOptions) error) *cobra.Command {
	if run == nil {
		run = adopt
	}
	o := &AdoptOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "adopt OLD NEW",
		Short: "Carry what a removed script left over to another script",
		Long: fmt.Sprintf(`Gives the script NEW what the removed script OLD left: its store, its files, its runs and its pause. What a removed script stored is
kept for %d days; crisphost scripts removed lists those scripts.

A host does this by itself when a file is renamed or moved without being edited. It works whether a host runs or not. If NEW has
stored values of its own, --force exchanges the two stores: those of NEW are then kept under OLD.`, keptDays()),
		Example: "  crisphost scripts adopt auto-reply support/auto-reply",
		Args:    usage.Between(2, 2, "the name of the removed script, and the name of the one that continues it"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			switch len(args) {
			case 0:
				return completeRemoved(cmd, &o.database)
			case 1:
				return completeScript(cmd, &o.database)
			}
			return nil, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.old, o.new = args[0], args[1]
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	cmd.Flags().BoolVar(&o.force, "force", false, "exchange the stores if NEW has one of its own, and do not wait for a run of it to end")
	return cmd
}

func keptDays() int { return int(state.KeepDeparted.Hours() / 24) }

func adopt(ctx context.Context, o *AdoptOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	script, err := findScript(ctx, db, o.new)
	if err != nil {
		return err
	}
	a, err := db.AdoptScript(ctx, o.old, script.Name, o.force)
	if err != nil {
		return adoptError(ctx, db, o, err)
	}
	fmt.Fprintf(o.io.Out, "%s has what %s left: %s and %s\n", plain.Line(script.Name), plain.Line(o.old),
		words.Count(a.Keys, "stored value"), words.Count(a.Runs, "run"))
	if a.Replaced > 0 {
		are := "is"
		if a.Replaced > 1 {
			are = "are"
		}
		fmt.Fprintf(o.io.Out, "%s that it had stored itself %s kept under %s for %d days\n",
			words.Count(a.Replaced, "value"), are, plain.Line(o.old), keptDays())
	}
	if a.Paused {
		fmt.Fprintf(o.io.Out, "it is paused, as %s was\n", plain.Line(o.old))
	}
	return nil
}

// adoptError says what to do about what is in the way.
func adoptError(ctx context.Context, db *state.DB, o *AdoptOptions, err error) error {
	e := &usage.Error{Err: err}
	switch {
	case errors.Is(err, state.ErrPresent):
		e.Problem, e.Hint = fmt.Sprintf("%q has not been removed", o.old), "only what a removed script left can be carried over: delete or rename its file first"
	case errors.Is(err, state.ErrOwnStore):
		e.Problem = fmt.Sprintf("%q has stored values of its own", o.new)
		e.Hint = "--force exchanges the two stores; those of " + plain.Line(o.new) + " are then kept under " + plain.Line(o.old)
	case errors.Is(err, state.ErrBusy):
		e.Problem = fmt.Sprintf("%q is running, and its run would go on with the store that it has now", o.new)
		e.Hint = "try again when it has ended; crisphost pause keeps the next run from starting"
	case errors.Is(err, state.ErrAdopted):
		d, readErr := db.Departure(ctx, o.old)
		if readErr != nil {
			return err
		}
		e.Problem = fmt.Sprintf("what %q left has been carried over to %q already", o.old, d.Successor)
	case errors.Is(err, state.ErrNotFound):
		e.Problem, e.Hint = fmt.Sprintf("no script %q was removed lately, or it left nothing", o.old), "crisphost scripts removed lists what can be carried over"
		if names, err := removedNames(ctx, db); err == nil {
			if near := nearest.To(o.old, names); near != "" {
				e.Hint = fmt.Sprintf("did you mean %q? crisphost scripts removed lists all", near)
			}
		}
	default:
		return err
	}
	return e
}

// removed are the scripts whose store and runs nobody has taken over.
func removedScripts(ctx context.Context, db *state.DB) ([]state.Departure, error) {
	all, err := db.Departures(ctx)
	return slices.DeleteFunc(all, func(d state.Departure) bool { return d.Successor != "" }), err
}

func removedNames(ctx context.Context, db *state.DB) ([]string, error) {
	all, err := removedScripts(ctx, db)
	names := make([]string, len(all))
	for i, d := range all {
		names[i] = d.Name
	}
	return names, err
}

func completeRemoved(cmd *cobra.Command, database *hostdb.Options) ([]string, cobra.ShellCompDirective) {
	var names []string
	complete(cmd, database, func(ctx context.Context, db *state.DB) error {
		all, err := removedNames(ctx, db)
		names = slices.DeleteFunc(all, func(name string) bool { return plain.Line(name) != name })
		return err
	})
	return names, cobra.ShellCompDirectiveNoFileComp
}
