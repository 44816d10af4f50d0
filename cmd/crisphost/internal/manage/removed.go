package manage

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// RemovedOptions are what `crisphost scripts removed` takes.
type RemovedOptions struct {
	io       *streams.IO
	database hostdb.Options
	json     bool
}

// removedScript is a script in the output of `crisphost scripts removed --json`.
type removedScript struct {
	state.Departure

	DropAt string `json:"drop_at"`
}

// NewCmdRemoved returns the command scripts removed. A run that is not nil takes the place of what the command does, for tests.
func NewCmdRemoved(f *cmdutil.Factory, run func(context.Context, *RemovedOptions) error) *cobra.Command {
	if run == nil {
		run = listRemoved
	}
	o := &RemovedOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "removed",
		Short: "List the scripts that were removed, and what they stored",
		Long: fmt.Sprintf(`Lists the scripts whose files were removed in the last %d days, how many values each has stored, and until when they are kept. A script
that comes back under its name finds them; crisphost scripts adopt gives them to a script of another name.`, keptDays()),
		Example:           "  crisphost scripts removed",
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.database.Register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	return cmd
}

func listRemoved(ctx context.Context, o *RemovedOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := removedScripts(ctx, db)
	if err != nil {
		return err
	}
	if o.json {
		list := make([]removedScript, len(all))
		for i, d := range all {
			list[i] = removedScript{d, d.DropAt().UTC().Format("2006-01-02T15:04:05Z")}
		}
		return o.io.PrintJSON(list)
	}
	if len(all) == 0 {
		fmt.Fprintln(o.io.Err, "crisphost: no script was removed lately")
		return nil
	}
	now := db.Now()
	g := grid{columns: []gridColumn{{"NAME", 1, 12}, {"REMOVED", 3, 0}, {"STORED", 2, 0}, {"KEPT UNTIL", 4, 0}}}
	for _, d := range all {
		g.rows = append(g.rows, gridRow{cells: []gridCell{
			{plain.Line(d.Name), ""}, {o.io.When(d.RemovedAt, now), ""}, {strconv.Itoa(d.Keys), ""}, {o.io.When(d.DropAt(), now), ""},
		}})
	}
	return printGrid(o.io, g)
}

// noteRemoved tells on standard error that removed scripts have left something.
func noteRemoved(ctx context.Context, w io.Writer, db *state.DB) error {
	all, err := removedScripts(ctx, db)
	n := 0
	for _, d := range all {
		if d.Keys > 0 {
			n++
		}
	}
	if n > 0 {
		fmt.Fprintf(w, "crisphost: what %s stored is kept for a while\n  hint: crisphost scripts removed lists them\n", words.Count(n, "removed script"))
	}
	return err
}
