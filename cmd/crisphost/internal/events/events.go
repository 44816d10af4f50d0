// Package events has the commands about events: those that come are shown, and those of a sandbox are made.
package events

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
)

// completeEvents completes the names of events, which a shell may have quoted up to a colon.
func completeEvents(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, event := range spec.Events() {
		names = append(names, event.Name+"\t"+event.Summary)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// matchEvents returns the names that arguments stand for, or none, which stands for all.
func matchEvents(args []string) ([]string, error) {
	names, err := eventtext.Match(args)
	if unknown := (*eventtext.NameError)(nil); errors.As(err, &unknown) {
		return nil, &usage.Error{Problem: unknown.Problem, Hint: cmp.Or(unknown.Hint, "crisphost help events lists them"), Err: err}
	}
	return names, err
}

// compile reads a condition for events.
func compile(where string, names []string) (*filter.Filter, error) {
	f, err := eventtext.Condition(where, names)
	if unknown := (*eventtext.NameError)(nil); errors.As(err, &unknown) {
		hint := unknown.Hint
		if len(names) > 0 {
			hint = "crisphost help " + names[0] + " lists those of one"
		}
		return nil, &usage.Error{Problem: "--where: " + unknown.Problem, Hint: hint, Err: err}
	}
	if wrong := (*filter.Error)(nil); errors.As(err, &wrong) {
		return nil, &usage.Error{Problem: fmt.Sprintf("--where: column %d: %s", wrong.Column, wrong.Problem), Hint: wrong.Hint, Err: err}
	}
	return f, err
}
