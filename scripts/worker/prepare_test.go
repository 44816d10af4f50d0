//go:build unix

package worker_test

import (
	"context"
	"errors"
	"testing"

	"github.com/crisphost/crisphost/scripts/worker"
)

func TestPrepareCompilesAndRunsNothing(t *testing.T) {
	p := newPool(t, worker.Options{SharedStore: newGate()})
	// If it ran, it would wait for ever.
	j := job(t, "gate.lua", `store.shared.get("gate")`)
	prepare := func(j worker.Job) {
		t.Helper()
		if err := p.Prepare(t.Context(), &j); err != nil {
			t.Error(err)
		}
	}
	prepare(j)
	prepare(j)
	if s := p.Stats(); s.Idle != 1 || s.Reused != 0 {
		t.Errorf("%+v, want one worker that is taken once", s)
	}
	prepare(job(t, "bad.lua", `x = = 1`))
	expect(t, p, job(t, "good.lua", `print("ran")`), "ran\n")
	if s := p.Stats(); s.Idle != 1 || s.Reused != 2 || s.Killed != 0 {
		t.Errorf("%+v, want the same worker for all", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	late := job(t, "late.lua", "")
	if err := p.Prepare(ctx, &late); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that has ended: %v", err)
	}
}

func TestPrepareTellsWhatIsWrongWithWorkers(t *testing.T) {
	p := newPool(t, worker.Options{Command: []string{"/nonexistent/crisphost", "worker"}})
	j := job(t, "any.lua", "")
	if err := p.Prepare(t.Context(), &j); err == nil {
		t.Error("no error")
	}
}
