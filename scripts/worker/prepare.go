//go:build unix

package worker

import (
	"context"
	"errors"
	"slices"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Prepare has a waiting worker compile a version, so that its next run begins at once. Nothing of the script runs. It takes one of
// the places that runs have, for which it waits until ctx ends, and returns when the version is compiled, or at once when a worker that
// waits has it. A script that does not compile is an error of its runs alone.
//
// It is of use for what is due soon: a worker keeps the last 64 versions that it ran, for a minute and a half behind its last run.
func (p *Pool) Prepare(ctx context.Context, version *state.Version, header scripts.Header) error {
	a := p.authorityOf(&header)
	if p.isPrepared(version.Hash, a) {
		return nil
	}
	if err := p.enter(ctx); err != nil {
		return err
	}
	defer p.leave()
	problem, _ := p.attempt(ctx, &job{
		run: state.Run{Script: version.Script}, version: version, sink: noSink{}, connection: &connection{}, authority: a, prepare: true,
	})
	if problem != nil && problem.Kind != kindCompile {
		return errors.New("prepare " + version.Script + ": " + problem.Message)
	}
	return nil
}

func (p *Pool) isPrepared(version string, a authority) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.reusable(version, a)
	return w != nil && slices.Contains(w.compiled, version)
}

// noSink is for what is not a run.
type noSink struct{}

var _ schedule.Sink = noSink{}

func (noSink) Log(state.LogLine)  {}
func (noSink) Call(state.APICall) {}
func (noSink) Confirm(context.Context) error {
	return errors.New("a script that is compiled calls nothing")
}
