//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// job is a run to be done.
type job struct {
	run     state.Run
	version *state.Version
	header  scripts.Header
	access  *policy.Permissions
	sink    schedule.Sink
	// connection is that of the moment when the run began.
	connection *connection
	authority  authority
	// prepare has the script compiled and not run.
	prepare bool
}

// The kinds of a state.RunError.
const (
	kindCompile   = "compile"
	kindTimeout   = "timeout"
	kindInterrupt = "interrupt"
	kindWorker    = "worker"
	kindMemory    = "memory"
)

// Run implements schedule.Runner: it runs a script to its end. When ctx ends the script is stopped, and killed if it does not
// end within the grace. The header's @timeout is for the scheduler to apply.
//
// The kind of the error is runtime or compile when the script is to blame, timeout or interrupt when ctx ended, memory when the
// script used too much of it, and worker for everything else.
func (p *Pool) Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) schedule.Outcome {
	return schedule.Outcome{Err: p.run(ctx, run, version, header, sink)}
}

func (p *Pool) run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink schedule.Sink) *state.RunError {
	// A version that was saved under other limits, or by another host, is refused here.
	if err := p.options.Limits.Check(header); err != nil {
		return headerError(err, version)
	}
	access, err := p.options.Limits.Access(header)
	if err != nil {
		return headerError(err, version)
	}
	if err := p.enter(ctx); err != nil {
		return stoppedBefore(ctx, err)
	}
	defer p.leave()
	j := &job{run: run, version: version, header: header, access: access, sink: sink, connection: p.connection.Load(), authority: p.authorityOf(&header)}
	// A worker that ends before the script starts has done nothing of it, so that another may try.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		problem, final := p.attempt(ctx, j)
		if problem == nil || problem.Kind != kindWorker || final || attempt == attempts || p.ctx.Err() != nil {
			return problem
		}
		p.options.Logger.Warn("a worker failed before the script started", "script", run.Script, "run", run.ID, "error", problem.Message)
	}
}

// headerError is the failure of a run whose header asks for what it cannot have.
func headerError(err error, version *state.Version) *state.RunError {
	e := &state.RunError{Kind: kindCompile, Message: err.Error(), File: version.Entry}
	var header *scripts.HeaderError
	if errors.As(err, &header) {
		e.Message, e.Hint, e.Line, e.Column = header.Problem, header.Hint, header.Line, header.Column
	}
	return e
}

// attempt runs a script on one process. Final tells that there is no use in another attempt, or that some of the script has run.
func (p *Pool) attempt(ctx context.Context, j *job) (problem *state.RunError, final bool) {
	if err := p.bundles.acquire(j.version); err != nil {
		return failed(kindWorker, err.Error()), true
	}
	defer p.bundles.release(j.version.Hash)
	message, err := p.message(j)
	if err != nil {
		return failed(kindWorker, err.Error()), true
	}
	w, err := p.take(j.version.Hash, j.authority)
	if err != nil {
		return failed(kindWorker, err.Error()), false
	}
	if err := p.bind(w, j); err != nil {
		p.give(w, false)
		return failed(kindWorker, err.Error()), false
	}
	r := &run{pool: p, worker: w, job: j, message: message, id: uint64(w.runs) << runShift, heard: make(chan struct{}, 1)}
	problem = r.execute(ctx)
	p.give(w, r.clean)
	return problem, r.started
}

// message is what a worker needs to know for a run.
func (p *Pool) message(j *job) (*runMessage, error) {
	m := &runMessage{
		Root: p.bundles.path(j.version.Hash), Entry: j.version.Entry, Language: engine.Language(j.version.Language),
		Prepare: j.prepare, Args: j.run.Trigger.Args, Env: p.variables(j),
		Hosts: j.access.Hosts(), WebsiteID: j.connection.websiteID, Memory: j.authority.memory,
		Store: p.options.Store != nil, SharedStore: p.options.SharedStore != nil,
	}
	if c := j.connection.client; c != nil {
		m.BaseURL, m.Tier = c.BaseURL(), c.Tier()
	}
	if p.options.Files != "" && !j.prepare {
		m.Files = filepath.Join(p.options.Files, directoryName(j.run.Script))
		if err := os.MkdirAll(m.Files, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the script's files: %w", err)
		}
	}
	return m, nil
}

// bind notes what a process serves from now on.
func (p *Pool) bind(w *process, j *job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.all[w]; !known {
		return errors.New("the worker has ended" + w.lastWords())
	}
	w.serves, w.script = j.authority, j.run.Script
	w.runs++
	w.note(j.version.Hash)
	return nil
}

// run is a run on a process.
type run struct {
	pool    *Pool
	worker  *process
	job     *job
	message *runMessage
	// id is the number of its frames.
	id uint64

	// started tells that the script has begun, halted that it was told to stop, stale that a run before has left something in the
	// process, and clean that the process can be used again.
	started, halted, stale, clean bool
	// heard receives when the worker has said something.
	heard chan struct{}
	calls calls
}

// aliveEvery is how often a worker says that it works, and longestSilence how long it may say nothing.
const (
	aliveEvery     = time.Second
	longestSilence = 30 * time.Second
)

// execute sends the script to the process and waits for its end.
func (r *run) execute(ctx context.Context) *state.RunError {
	calls, cancelCalls := context.WithCancel(ctx)
	defer cancelCalls()
	r.calls.start(calls, r)
	if err := r.worker.link.send(frameRun, r.id, r.message, nil); err != nil {
		r.worker.kill()
		<-r.worker.exited
		return failed(kindWorker, "the worker took no script: "+err.Error()+r.worker.lastWords())
	}
	ended := make(chan *ending, 1)
	go func() { ended <- r.receive() }() // killing the process ends it
	problem := r.supervise(ctx, ended)
	cancelCalls()
	r.calls.wait()
	return problem
}

// supervise waits for the end of the script, and brings it about when the context ends or the worker falls silent. When it
// returns, the goroutine behind ended is done.
func (r *run) supervise(ctx context.Context, ended <-chan *ending) *state.RunError {
	quiet := time.NewTimer(r.pool.silence)
	defer quiet.Stop()
	memory := time.NewTicker(hostMemoryEvery)
	defer memory.Stop()
	var grace <-chan time.Time
	stop := ctx.Done()
	for {
		select {
		case e := <-ended:
			return r.judge(ctx, e)
		case <-r.heard:
			quiet.Reset(r.pool.silence)
		case <-quiet.C:
			r.kill()
			<-ended
			return failed(kindWorker, fmt.Sprintf("the worker said nothing for %s and was killed", r.pool.silence))
		case <-memory.C:
			if takesTooMuch(r.worker.cmd.Process.Pid, r.message.Memory) {
				r.kill()
				<-ended
				return failed(kindMemory, fmt.Sprintf("the script used more than twice its %s of memory at once, and the worker was killed", size(r.message.Memory)))
			}
		case <-stop:
			stop, r.halted = nil, true
			timer := time.NewTimer(r.pool.options.Grace)
			defer timer.Stop() //nolint:gocritic // the loop comes here once
			grace = timer.C
			// A worker that reads nothing must not hold this up; the connection ends with it.
			go func() { _ = r.worker.link.send(frameStop, r.id, stopOf(ctx), nil) }()
		case <-grace:
			r.kill()
			<-ended
			problem := stopped(ctx)
			problem.Message += fmt.Sprintf("; it did not end within %s and was killed", r.pool.options.Grace)
			return problem
		case <-r.pool.ctx.Done():
			r.kill()
			<-ended
			return failed(kindWorker, ErrClosed.Error())
		}
	}
}

func (r *run) kill() {
	r.worker.kill()
	r.pool.mu.Lock()
	r.pool.stats.Killed++
	r.pool.mu.Unlock()
}

// stopOf tells a worker why it shall stop.
func stopOf(ctx context.Context) *stopMessage {
	m := &stopMessage{Reason: stopCancel, Message: context.Cause(ctx).Error()}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.Reason = stopTimeout
	}
	return m
}

// failed is the error of a run that failed outside of the script.
func failed(kind, message string) *state.RunError {
	return &state.RunError{Kind: kind, Message: message}
}

// stopped is the error of a run that its context ended.
func stopped(ctx context.Context) *state.RunError {
	e := failed(kindInterrupt, "the script was stopped")
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind, e.Message = kindTimeout, "the script ran out of time"
	}
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		e.Message += ": " + cause.Error()
	}
	return e
}

// stoppedBefore is the error of a run that never had a worker.
func stoppedBefore(ctx context.Context, err error) *state.RunError {
	if errors.Is(err, ErrClosed) {
		return failed(kindWorker, err.Error())
	}
	e := stopped(ctx)
	e.Message += "; it waited for a worker until then"
	return e
}
