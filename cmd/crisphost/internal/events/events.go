// Package events has the commands about events: those that come are shown, and those of a sandbox are made.
package events

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
)

// completeEvents completes the names of events, which a shell may have quoted up to a colon.
func completeEvents(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, event := range spec.Events() {
		names = append(names, event.Name+"\t"+event.Summary)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// matchEvents returns the names that arguments stand for: names of events, or beginnings of some with a star at the end. Without
// arguments there are none, which stands for all.
func matchEvents(args []string) ([]string, error) {
	var names []string
	for _, arg := range args {
		prefix, pattern := strings.CutSuffix(arg, "*")
		if !pattern {
			event, err := payload.FindEvent(arg)
			if err != nil {
				return nil, err
			}
			names = append(names, event.Name)
			continue
		}
		before := len(names)
		for _, name := range payload.Names() {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		if len(names) == before {
			return nil, &usage.Error{Problem: fmt.Sprintf("no event has a name like %q", arg), Hint: "names begin with " + namespaces()}
		}
	}
	return names, nil
}

// namespaces lists the first words of the names.
func namespaces() string {
	var list []string
	for _, event := range spec.Events() {
		word, _, _ := strings.Cut(event.Name, ":")
		if len(list) == 0 || list[len(list)-1] != word {
			list = append(list, word)
		}
	}
	return strings.Join(list, ", ")
}
