//go:build unix

package worker

import (
	"context"
	"errors"
	"slices"

	"github.com/crisphost/crisphost/engine"
)

// Prepare has a waiting worker compile the program of a job, so that its next run begins at once. Nothing of it runs. It takes one
// of the places that runs have, for which it waits until ctx ends, and returns when the program is compiled, or at once when a
// worker that waits has it. A program that does not compile is an error of its runs alone.
//
// It is of use for what is due soon: a worker keeps the last 64 programs that it ran, for a minute and a half behind its last run.
func (p *Pool) Prepare(ctx context.Context, given *Job) error {
	j, problem := p.newJob(given)
	if problem != nil {
		return problem
	}
	if p.isPrepared(j.Program.Hash, j.authority) {
		return nil
	}
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	j.prepare, j.connection, j.observer = true, &connection{}, noObserver{}
	var err error
	if j.invoker, err = refusing(); err != nil {
		return err
	}
	if _, problem, _ = p.attempt(ctx, j); problem != nil && problem.Kind != KindCompile {
		return errors.New("prepare " + j.Script + ": " + problem.Message)
	}
	return nil
}

// refuseAll is the gate of a program that is compiled and not run.
func refuseAll(engine.Handler) engine.Handler {
	return func(context.Context, *engine.HostCall) (any, error) {
		return nil, errors.New("a script that is compiled calls nothing")
	}
}

func (p *Pool) isPrepared(version string, a authority) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.reusable(version, a)
	return w != nil && slices.Contains(w.compiled, version)
}
