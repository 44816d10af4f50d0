package manage

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// findRun is the run of an ID, or of the beginning or end of one. IDs begin with their time, so that their ends tell runs apart.
func findRun(ctx context.Context, db *state.DB, id string) (state.Run, error) {
	run, err := db.Run(ctx, id)
	if !errors.Is(err, state.ErrNotFound) {
		return run, err
	}
	const shown = 5
	found, err := db.FindRuns(ctx, id, shown+1)
	switch {
	case err != nil:
		return state.Run{}, err
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return state.Run{}, ambiguousRun(id, found, shown)
	}
	e := &usage.Error{Problem: fmt.Sprintf("no run has the ID %q", id), Hint: "crisphost runs lists them; four characters from the beginning or the end of an ID are enough where they name one run", Err: err}
	if s, err := db.Script(ctx, id); err == nil {
		id = plain.Line(s.Name)
		e.Hint = fmt.Sprintf("%s is a script: crisphost runs --script %s lists its runs, crisphost logs --script %s prints the log of the latest", id, id, id)
	}
	return state.Run{}, e
}

func ambiguousRun(id string, found []state.Run, shown int) error {
	count := fmt.Sprint(len(found))
	if len(found) > shown {
		found, count = found[:shown], "many"
	}
	var hint strings.Builder
	hint.WriteString("write more of it:")
	for _, run := range found {
		fmt.Fprintf(&hint, "\n%s  %s  %s", plain.Line(run.ID), plain.Line(run.Script), run.State)
	}
	return &usage.Error{Problem: fmt.Sprintf("%q stands for %s runs", id, count), Hint: hint.String()}
}

// completedRuns is how many runs completion offers.
const completedRuns = 50

// completeRun completes the ID of a run: its end, or all of it when the beginning is there. States limit it to some runs.
func completeRun(cmd *cobra.Command, database *hostdb.Options, typed string, states ...state.RunState) ([]string, cobra.ShellCompDirective) {
	var ids []string
	complete(cmd, database, func(ctx context.Context, db *state.DB) error {
		runs, err := db.Runs(ctx, state.RunFilter{States: states, Limit: completedRuns})
		now := db.Now()
		for _, run := range runs {
			id := shortID(run.ID)
			if typed != "" && strings.HasPrefix(run.ID, typed) {
				id = run.ID
			}
			ids = append(ids, fmt.Sprintf("%s\t%s %s %s", id, plain.Line(run.Script), run.State, streams.Relative(run.CreatedAt, now)))
		}
		return err
	})
	return ids, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
