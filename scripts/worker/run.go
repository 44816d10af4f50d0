//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// Job is a run to be done.
type Job struct {
	Run     state.Run
	Version state.Version
	Header  scripts.Header
}

// Sink takes what a run does, as it happens. Its methods are called from several goroutines; while Log works, the script waits.
type Sink interface {
	// Log takes a line that the script printed or logged. Numbering lines is the sink's own work.
	Log(state.LogLine)
	// Call takes a call of Crisp's API that has ended, with all its attempts, or that was refused.
	Call(state.APICall)
}

// Outcome is how a run ended.
type Outcome struct {
	// State is Succeeded, Failed, TimedOut or Cancelled.
	State state.RunState
	// Error is nil when the script succeeded.
	Error *state.RunError
}

// The kinds of a state.RunError.
const (
	kindRuntime   = "runtime"
	kindCompile   = "compile"
	kindTimeout   = "timeout"
	kindInterrupt = "interrupt"
	kindWorker    = "worker"
	kindMemory    = "memory"
)

// Run runs a script to its end and returns how it ended. When ctx ends the script is stopped, and killed if it does not end
// within the grace: by its deadline the run is TimedOut, otherwise it is Cancelled, with the cause in its message. The
// header's @timeout is for the caller to apply.
func (p *Pool) Run(ctx context.Context, job Job, sink Sink) Outcome {
	if err := p.enter(ctx); err != nil {
		return stoppedBefore(ctx, err)
	}
	defer p.leave()
	// A worker that ends before the script starts has done nothing of it, so that another may try.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		outcome, started := p.attempt(ctx, job, sink)
		if started || attempt == attempts || outcome.Error == nil || outcome.Error.Kind != kindWorker || p.ctx.Err() != nil {
			return outcome
		}
		p.options.Logger.Warn("a worker failed before the script started", "script", job.Run.Script, "run", job.Run.ID, "error", outcome.Error.Message)
	}
}

// attempt runs a script on one process. Started tells whether any of it ran.
func (p *Pool) attempt(ctx context.Context, job Job, sink Sink) (outcome Outcome, started bool) {
	memory := job.Header.Memory
	if memory <= 0 {
		memory = p.options.Memory
	}
	version := servedVersion{script: job.Run.Script, version: job.Version.Hash, memory: memory}
	w, err := p.take(version)
	if err != nil {
		return failed(kindWorker, err.Error()), false
	}
	message, err := p.prepare(w, version, job)
	if err != nil {
		p.give(w, false)
		return failed(kindWorker, err.Error()), false
	}
	r := newRun(p, w, job, sink, message)
	outcome = r.execute(ctx)
	p.give(w, r.clean)
	return outcome, r.started
}

// prepare makes a process serve a version, and says what it needs to know for a run of it.
func (p *Pool) prepare(w *process, version servedVersion, job Job) (*runMessage, error) {
	root := p.bundles.path(version.version)
	if w.serves != version {
		if err := p.bundles.acquire(job.Version); err != nil {
			return nil, err
		}
		if err := p.bind(w, version); err != nil {
			return nil, err
		}
	}
	m := &runMessage{
		Root: root, Entry: job.Version.Entry, Language: engine.Language(job.Version.Language),
		Args: job.Run.Trigger.Args, Env: p.variables(job),
		WebsiteID: p.options.WebsiteID, Memory: version.memory,
		Store: p.options.Store != nil, SharedStore: p.options.SharedStore != nil,
	}
	if c := p.options.Client; c != nil {
		m.BaseURL, m.Tier = c.BaseURL(), c.Tier()
	}
	for _, permission := range job.Header.Permissions {
		if permission.Subject == "fetch" && permission.Scope != "" && permission.Scope != "*" {
			m.Hosts = append(m.Hosts, permission.Scope)
		}
	}
	if p.options.Files != "" {
		m.Files = filepath.Join(p.options.Files, directoryName(job.Run.Script))
		if err := os.MkdirAll(m.Files, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the script's files: %w", err)
		}
	}
	return m, nil
}

// bind notes what a process serves from now on. Its end releases the sources, which may have come before.
func (p *Pool) bind(w *process, version servedVersion) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.all[w]; !known {
		p.bundles.release(version.version)
		return errors.New("the worker has ended" + w.lastWords())
	}
	w.serves = version
	return nil
}

// run is a run on a process.
type run struct {
	pool    *Pool
	worker  *process
	job     Job
	message *runMessage

	// started tells that the script has begun, halted that it was told to stop, and clean that the process can be used again.
	started, halted, clean bool
	// heard receives when the worker has said something.
	heard chan struct{}
	calls calls
	sink  Sink
}

func newRun(p *Pool, w *process, job Job, sink Sink, message *runMessage) *run {
	return &run{pool: p, worker: w, job: job, message: message, sink: sink, heard: make(chan struct{}, 1)}
}

// aliveEvery is how often a worker says that it works, and longestSilence how long it may say nothing.
const (
	aliveEvery     = time.Second
	longestSilence = 30 * time.Second
)

// execute sends the script to the process and waits for its end.
func (r *run) execute(ctx context.Context) Outcome {
	calls, cancelCalls := context.WithCancel(ctx)
	defer cancelCalls()
	r.calls.start(calls, r)
	if err := r.worker.link.send(frameRun, uint64(r.worker.runs), r.message, nil); err != nil {
		r.worker.kill()
		<-r.worker.exited
		return failed(kindWorker, "the worker took no script: "+err.Error()+r.worker.lastWords())
	}
	ended := make(chan *ending, 1)
	go func() { ended <- r.receive() }() // killing the process ends it
	outcome := r.supervise(ctx, ended)
	cancelCalls()
	r.calls.wait()
	return outcome
}

// supervise waits for the end of the script, and brings it about when the context ends or the worker falls silent. When it
// returns, the goroutine behind ended is done.
func (r *run) supervise(ctx context.Context, ended <-chan *ending) Outcome {
	quiet := time.NewTimer(r.pool.silence)
	defer quiet.Stop()
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
		case <-stop:
			stop, r.halted = nil, true
			timer := time.NewTimer(r.pool.options.Grace)
			defer timer.Stop()
			grace = timer.C
			// A worker that reads nothing must not hold this up; the connection ends with it.
			go func(number int) { _ = r.worker.link.send(frameStop, uint64(number), stopOf(ctx), nil) }(r.worker.runs)
		case <-grace:
			r.kill()
			<-ended
			outcome := stopped(ctx)
			outcome.Error.Message += fmt.Sprintf("; it did not end within %s and was killed", r.pool.options.Grace)
			return outcome
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

// failed is the outcome of a run that failed outside of the script.
func failed(kind, message string) Outcome {
	return Outcome{State: state.Failed, Error: &state.RunError{Kind: kind, Message: message}}
}

// stopped is the outcome of a run that its context ended.
func stopped(ctx context.Context) Outcome {
	o := Outcome{State: state.Cancelled, Error: &state.RunError{Kind: kindInterrupt, Message: "the script was stopped"}}
	switch cause := context.Cause(ctx); {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		o.State, o.Error.Kind, o.Error.Message = state.TimedOut, kindTimeout, "the script ran out of time"
		fallthrough
	case !errors.Is(cause, ctx.Err()):
		o.Error.Message += ": " + cause.Error()
	}
	return o
}

// stoppedBefore is the outcome of a run that never had a worker.
func stoppedBefore(ctx context.Context, err error) Outcome {
	if errors.Is(err, ErrClosed) {
		return failed(kindWorker, err.Error())
	}
	o := stopped(ctx)
	o.Error.Message += "; it waited for a worker until then"
	return o
}
