package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

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
