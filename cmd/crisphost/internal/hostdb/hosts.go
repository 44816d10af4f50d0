package hostdb

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/plain"
	"github.com/crisphost/crisphost/scripts/state"
)

// hostSilence is how long a host may be silent before it counts as gone. Hosts take each other for dead a little earlier.
const hostSilence = 10 * time.Second

// hostQuiet is how long a host that lives is hardly ever silent: its heart beats each second.
const hostQuiet = 3 * time.Second

// WarnOfQuiet is warnWithoutHost for what only one host can do. It may have died so lately that it does not count as gone.
func WarnOfQuiet(ctx context.Context, w io.Writer, db *state.DB, id string) error {
	hosts, err := db.Hosts(ctx)
	if err != nil {
		return err
	}
	now := db.Now()
	if h := quietHost(hosts, id, now); h != nil {
		fmt.Fprintf(w, "crisphost: its host %s was last heard of %s\n  hint: if it has died, the run ends when another host or the next start takes it over\n", plain.Line(h.Name), streams.Relative(h.Beat, now))
		return nil
	}
	return WarnWithoutHost(ctx, w, db)
}

// quietHost is a host if it has been silent for longer than one that lives, but not for so long that it counts as gone.
func quietHost(hosts []state.Host, id string, now time.Time) *state.Host {
	for i := range hosts {
		if silent := now.Sub(hosts[i].Beat); hosts[i].ID == id && silent > hostQuiet && silent <= hostSilence {
			return &hosts[i]
		}
	}
	return nil
}

// WarnWithoutHost tells on standard error that nothing will happen until somebody starts a host, if that is so.
func WarnWithoutHost(ctx context.Context, w io.Writer, db *state.DB) error {
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
		seen = fmt.Sprintf(" (%s was last heard of %s)", plain.Line(last.Name), streams.Relative(last.Beat, now))
	}
	fmt.Fprintf(w, "crisphost: no host is running on this database%s\n  hint: nothing starts until there is one: crisphost serve DIR\n", seen)
	return nil
}
