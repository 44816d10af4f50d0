package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// registerDatabase adds --db.
func registerDatabase(cmd *cobra.Command, address *string) {
	cmd.Flags().StringVar(address, "db", "", "`address` of the host's database: sqlite:PATH or postgres://... (default $"+envDatabase+", then a file in the state directory)")
	_ = cmd.RegisterFlagCompletionFunc("db", cobra.FixedCompletions([]string{"sqlite:", "postgres://"}, cobra.ShellCompDirectiveNoSpace|cobra.ShellCompDirectiveNoFileComp))
}

// hostSilence is how long a host may be silent before it counts as gone. Hosts take each other for dead a little earlier.
const hostSilence = 10 * time.Second

// warnWithoutHost tells on standard error that nothing will happen until somebody starts a host, if that is so.
func (a *app) warnWithoutHost(ctx context.Context, db *state.DB) error {
	hosts, err := db.Hosts(ctx)
	if err != nil {
		return err
	}
	// A host that ends takes itself off the list. One that was killed stays until another takes over.
	var last state.Host
	for _, h := range hosts {
		if h.Beat.After(last.Beat) {
			last = h
		}
	}
	now := db.Now()
	if now.Sub(last.Beat) <= hostSilence {
		return nil
	}
	seen := ""
	if !last.Beat.IsZero() {
		seen = fmt.Sprintf(" (%s was last heard of %s)", plain.Line(last.Name), relative(last.Beat, now))
	}
	fmt.Fprintf(a.err, "crisphost: no host is running on this database%s\n  hint: nothing starts until there is one: crisphost serve DIR\n", seen)
	return nil
}
