package manage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// ScriptsOptions are what `crisphost scripts` takes.
type ScriptsOptions struct {
	io       *streams.IO
	database hostdb.Options
	json     bool
}

// listedScript is a script in the output of `crisphost scripts --json`.
type listedScript struct {
	state.Script
	// State is broken, disabled, paused, failing or ok: the first of these that holds.
	State string `json:"state"`
	// Health is broken, failing, healthy or new, whether the script is paused or not.
	Health state.Health `json:"health"`
	// Pause is who paused or resumed it last.
	Pause *state.Pause `json:"pause,omitempty"`
}

// NewCmdScripts returns the command scripts. A run that is not nil takes the place of what the command does, for tests.
func NewCmdScripts(f *cmdutil.Factory, run func(context.Context, *ScriptsOptions) error) *cobra.Command {
	if run == nil {
		run = listScripts
	}
	o := &ScriptsOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "scripts",
		Short: "List the scripts of a host",
		Long: `Lists the scripts that a host serves, or served last: their state, their schedule, when they are due next, how their last run ended, and
how many of their last 100 results are successes. A broken script is one whose last save does not compile or has a wrong header; the
version before, if there was one, still runs. A failing script is one whose last result is a failure: a run that was skipped or
cancelled, or is still running, has no result.`,
		Example: `  crisphost scripts
  crisphost scripts --json | jq -r '.[] | select(.health == "failing").name'`,
		Args:              usage.NoArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), o) },
	}
	o.database.Register(cmd)
	cmd.Flags().BoolVar(&o.json, "json", false, "print JSON")
	cmd.AddCommand(NewCmdRemoved(f, nil), NewCmdAdopt(f, nil))
	return cmd
}

func listScripts(ctx context.Context, o *ScriptsOptions) error {
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	all, err := db.Scripts(ctx)
	if err != nil {
		return err
	}
	pauses, err := db.Pauses(ctx)
	if err != nil {
		return err
	}
	if o.json {
		list := make([]listedScript, len(all))
		for i, s := range all {
			list[i] = listedScript{Script: s, State: scriptStates(s)[0], Health: s.Health()}
			if p, ok := pauses[s.Name]; ok {
				list[i].Pause = &p
			}
		}
		return o.io.PrintJSON(list)
	}
	if len(all) == 0 {
		fmt.Fprintln(o.io.Err, "crisphost: there are no scripts: the host's directory is empty")
		return errors.Join(noteRemoved(ctx, o.io.Err, db), hostdb.WarnWithoutHost(ctx, o.io.Err, db))
	}
	now := db.Now()
	g := grid{columns: []gridColumn{
		{"NAME", 1, 11}, {"STATE", 2, 0}, {"STARTS", 5, 12}, {"NEXT", 4, 0}, {"LAST RUN", 3, 10}, {"SUCCESS", 6, 0},
	}}
	for _, s := range all {
		row, err := scriptRow(o.io, s, now)
		if err != nil {
			return err
		}
		if p := pauses[s.Name]; p.Paused {
			row.note = "  paused" + byWhom(p, now) + "\n" + row.note
		}
		g.rows = append(g.rows, row)
	}
	if err := printGrid(o.io, g); err != nil {
		return err
	}
	return errors.Join(noteRemoved(ctx, o.io.Err, db), hostdb.WarnWithoutHost(ctx, o.io.Err, db))
}

func scriptRow(io *streams.IO, s state.Script, now time.Time) (gridRow, error) {
	states := scriptStates(s)
	color := map[string]string{"ok": streams.Green, "broken": streams.Red, "failing": streams.Red, "paused": streams.Yellow, "disabled": streams.Dim}[states[0]]
	next := gridCell{io.When(s.NextRun, now), ""}
	if s.Paused || s.Disabled {
		next.text = "-"
	}
	last := gridCell{"-", ""}
	if run := s.LastRun; run != nil {
		at := run.CreatedAt
		if !run.StartedAt.IsZero() {
			at = run.StartedAt
		}
		last = gridCell{string(run.State) + " " + io.When(at, now), stateColor(run.State)}
	}
	success := "-"
	if s.Results > 0 {
		success = words.Percent(s.Rate)
	}
	for _, one := range []struct {
		n    int
		word string
	}{{s.Running, "running"}, {s.Waiting, "waiting"}} {
		if one.n > 0 {
			states = append(states, fmt.Sprintf("%d %s", one.n, one.word))
		}
	}
	row := gridRow{cells: []gridCell{{plain.Line(s.Name), ""}, {strings.Join(states, ", "), color}, {startsOf(s), ""}, next, last, {success, ""}}}
	var b strings.Builder
	if s.LastResult != nil && s.Health() == state.Failing {
		row.note = failingNote(io, s, now)
	}
	if s.Broken == nil {
		return row, nil
	}
	if err := formatRunError(&b, s.Broken, nil, io.ColorOut); err != nil {
		return row, err
	}
	runs := "no version of it has compiled, so it does not run"
	if s.Version != "" {
		runs = "the version before still runs"
	}
	row.note += words.Indent(b.String()+"  "+runs+"\n", "  ")
	return row, nil
}

// failingNote tells since when a script fails, and of what it failed last.
func failingNote(io *streams.IO, s state.Script, now time.Time) string {
	text := "  failing since " + io.When(s.FailingSince, now)
	if s.Streak > 1 {
		text += fmt.Sprintf(", %d in a row", s.Streak)
		if s.Streak == state.ResultsKept {
			text += " or more"
		}
	}
	if e := s.LastResult.Error; e != nil {
		text += ": " + plain.Line(e.Message)
	}
	width := io.Columns()
	if width <= 0 {
		width = maxNote
	}
	return plain.Cut(text, width) + "\n"
}

// maxNote bounds an error in the list where standard output is no terminal: a script may make it as long as it likes.
const maxNote = 200

// scriptStates are the words for what a script is, the one that matters most first.
func scriptStates(s state.Script) []string {
	var states []string
	for _, one := range []struct {
		is   bool
		name string
	}{{s.Broken != nil, "broken"}, {s.Disabled, "disabled"}, {s.Paused, "paused"}, {s.Broken == nil && s.Health() == state.Failing, "failing"}} {
		if one.is {
			states = append(states, one.name)
		}
	}
	if states == nil {
		states = []string{"ok"}
	}
	return states
}

// startsOf is when a script starts by itself.
func startsOf(s state.Script) string {
	text := strings.Join(s.Schedules, ", ")
	if text != "" && s.Timezone != "" {
		text += " (" + s.Timezone + ")"
	}
	if on := s.Triggers.Names(); len(on) > 0 {
		if text != "" {
			text += ", "
		}
		text += "on " + strings.Join(on, ", ")
	}
	return plain.Line(cmp.Or(text, "-"))
}
