//go:build unix

package manage

import (
	"testing"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestFollowThroughOutage restarts the database under a command that follows a run.
func TestFollowThroughOutage(t *testing.T) {
	server := statetest.New(t)
	h := openHistory(t, server.Database(t))
	h.alive()
	h.script(state.Script{Name: "digest"}, "print(1)")
	run := h.start("digest")
	h.log(run, 1, "before")
	one, all := h.watch("logs", "-f", run.ID), h.watch("logs", "-f")
	for _, w := range []*watched{one, all} {
		w.sees(&w.out, "before\n$")
	}
	h.must(server.Stop())
	for _, w := range []*watched{one, all} {
		w.sees(&w.errs, "^crisphost: waiting for the database: .*\n$")
	}
	h.must(server.Start())
	// The test's own connections have to come back, too.
	testwait.Until(t, "the database is back", func() bool { return h.Ping(t.Context()) == nil })
	h.log(run, 2, "after")
	h.end(run, state.Succeeded, nil)
	if code := one.exit(); code != exitDone {
		t.Errorf("exit code %d: %s", code, one.errs.String())
	}
	one.sees(&one.errs, "succeeded after")
	all.sees(&all.errs, "succeeded after")
	all.interrupt()
	for _, w := range []*watched{one, all} {
		w.sees(&w.out, "before\n.*after\n$")
	}
}
