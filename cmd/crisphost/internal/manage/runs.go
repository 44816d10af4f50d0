package manage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/nearest"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/internal/timetext"
	"github.com/crisphost/crisphost/internal/words"
	"github.com/crisphost/crisphost/scripts/state"
)

// RunsOptions are what `crisphost runs` takes.
type RunsOptions struct {
	io       *streams.IO
	database hostdb.Options
	script   string
	states   []string
	since    string
	limit    int
	json     bool
}

var runStates = [...]state.RunState{state.Scheduled, state.Running, state.Succeeded, state.Failed, state.Cancelled, state.Skipped, state.TimedOut}

// NewCmdRuns returns the command runs. A run that is not nil takes the place of what the command does, for tests.
func NewCmdRuns(f *cmdutil.Factory, run func(context.Context, *RunsOptions) error) *cobra.Command {
	if run == nil {
		run = listRuns
	}
	o := &RunsOptions{io: f.IO, database: hostdb.Options{Env: f.Env}}
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "List the runs of a host's scripts",
		Long: `Lists runs, the newest first. On a terminal IDs are shortened to their last characters; all commands accept any
unambiguous prefix or suffix of an ID. In a pipe, IDs and times are printed in full.

--since takes how long ago (90m, 2h, 3d), a day (2026-11-20, today, yesterday) or a time (RFC 3339). It compares the
time at which a run was requested, by a person or by its schedule.`,
		Example: `  crisphost runs --script daily-digest
  crisphost runs --state failed,timed_out --since yesterday
  crisphost runs --json --since 7d | jq 'map(.calls) | add'
  crisphost runs show 1f2e3d4c`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			hint := fmt.Sprintf("crisphost runs show %s shows one run, crisphost runs --script %s those of a script", plain.Line(args[0]), plain.Line(args[0]))
			if nearest.To(args[0], []string{"show"}) != "" {
				hint = "did you mean crisphost runs show?"
			}
			return &usage.Error{Problem: fmt.Sprintf("crisphost runs does not take %q", args[0]), Hint: hint}
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.limit < 0 {
				return &usage.Error{Problem: fmt.Sprintf("--limit %d is below zero", o.limit), Hint: "write a number, or 0 for all runs"}
			}
			if o.json && !cmd.Flags().Changed("limit") {
				o.limit = 0 // a program would not see that there are more
			}
			return run(cmd.Context(), o)
		},
	}
	o.database.Register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&o.script, "script", "", "only runs of the script of this `name`")
	flags.StringSliceVar(&o.states, "state", nil, "only runs in this `state`: "+joinStates(", ")+"; repeatable, or several with commas")
	flags.StringVar(&o.since, "since", "", "only runs since this `time`")
	flags.IntVarP(&o.limit, "limit", "n", 30, "at most this many runs; 0 for all, as with --json")
	flags.BoolVar(&o.json, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("script", func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		return completeScript(cmd, &o.database)
	})
	_ = cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(strings.Fields(joinStates(" ")), cobra.ShellCompDirectiveNoFileComp))
	cmd.AddCommand(NewCmdShowRun(f, nil))
	return cmd
}

func joinStates(separator string) string {
	var names []string
	for _, s := range runStates {
		names = append(names, string(s))
	}
	return strings.Join(names, separator)
}

func parseStates(names []string) ([]state.RunState, error) {
	var states []state.RunState
	for _, name := range names {
		s := state.RunState(strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "-", "_"))
		if !slices.Contains(runStates[:], s) {
			hint := "it is " + joinStates(", ")
			if near := nearest.To(name, strings.Fields(joinStates(" "))); near != "" {
				hint = "did you mean " + near + "?"
			}
			return nil, &usage.Error{Problem: fmt.Sprintf("no run is in a state %q", name), Hint: hint}
		}
		states = append(states, s)
	}
	return states, nil
}

func listRuns(ctx context.Context, o *RunsOptions) error {
	filter := state.RunFilter{Script: o.script}
	var err error
	if filter.States, err = parseStates(o.states); err != nil {
		return err
	}
	if o.since != "" {
		if filter.Since, err = parseSince(o.since, time.Now()); err != nil {
			return err
		}
	}
	db, err := o.database.Open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if o.limit > 0 {
		filter.Limit = o.limit + 1 // one more reports whether there are more
	}
	if o.json && o.limit == 0 {
		return streamRuns(ctx, o, db, filter)
	}
	runs, err := db.Runs(ctx, filter)
	if err != nil {
		return err
	}
	if len(runs) == 0 && o.script != "" {
		if err := knownScript(ctx, db, o.script); err != nil {
			return err
		}
	}
	more := o.limit > 0 && len(runs) > o.limit
	if more {
		runs = runs[:o.limit]
	}
	if err := printRuns(o.io, runs, db.Now(), o.json); err != nil {
		return err
	}
	switch {
	case more:
		fmt.Fprintf(o.io.Err, "crisphost: there are more than %s: --limit 0 lists all\n", words.Count(o.limit, "run"))
	case len(runs) == 0 && !o.json:
		fmt.Fprintln(o.io.Err, "crisphost: no runs")
	}
	return nil
}

// knownScript fails for a name that neither a script has nor a run of one that is gone.
func knownScript(ctx context.Context, db *state.DB, name string) error {
	_, unknown := findScript(ctx, db, name)
	if unknown == nil {
		return nil
	}
	runs, err := db.Runs(ctx, state.RunFilter{Script: name, Limit: 1})
	if err != nil || len(runs) > 0 {
		return err
	}
	return unknown
}

func printRuns(io *streams.IO, runs []state.Run, now time.Time, asJSON bool) error {
	if asJSON {
		if runs == nil {
			runs = []state.Run{}
		}
		return io.PrintJSON(runs)
	}
	if len(runs) == 0 {
		return nil
	}
	g := grid{names: 1, columns: []gridColumn{
		{"ID", 1, 0}, {"SCRIPT", 2, 10}, {"STATE", 3, 0}, {"STARTED", 4, 0}, {"TOOK", 5, 0}, {"CALLS", 8, 0}, {"TRIGGER", 7, 6}, {"ERROR", 6, 12},
	}}
	for _, run := range runs {
		calls, problem := "-", ""
		if run.Calls > 0 {
			calls = fmt.Sprint(run.Calls)
		}
		if run.Writes > 0 {
			calls += fmt.Sprintf(" (%s)", words.Count(run.Writes, "write"))
		}
		if run.Error != nil {
			problem = errorLine(run.Error)
		}
		g.rows = append(g.rows, gridRow{cells: []gridCell{
			{idOf(io, run), ""}, {plain.Line(run.Script), ""}, {string(run.State), stateColor(run.State)}, {io.When(run.StartedAt, now), ""},
			{took(run, now), ""}, {calls, ""}, {triggerOf(run), ""}, {problem, ""},
		}})
	}
	return printGrid(io, g)
}

// took is how long a run went, or has gone so far.
func took(run state.Run, now time.Time) string {
	switch {
	case run.StartedAt.IsZero():
		return "-"
	case run.State == state.Running:
		return timetext.Elapsed(max(0, now.Sub(run.StartedAt)))
	case run.EndedAt.Before(run.StartedAt): // unknown, or the clock went back
		return "-"
	}
	return timetext.Elapsed(run.EndedAt.Sub(run.StartedAt))
}

// triggerOf tells shortly why a run started.
func triggerOf(run state.Run) string {
	text := string(run.Trigger.Kind)
	if run.Trigger.Event != "" {
		text = plain.Line(run.Trigger.Event)
	}
	if run.Trigger.By != "" {
		text = plain.Line(run.Trigger.By)
	}
	if run.Missed {
		text += ", caught up"
	}
	return text
}
