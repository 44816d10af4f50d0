//go:build unix

package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// job is a run to be done: a Job whose gaps are filled.
type job struct {
	Job
	// observer is never nil.
	observer Observer
	// invoker decides on its calls, and permissions are what they may be, as they travel to workers.
	invoker     *engine.Invoker
	permissions []byte
	// connection is that of the moment when the run began.
	connection *connection
	authority  authority
	// event is what the worker is sent of the event or the events.
	event []byte
	// prepare has the script compiled and not run.
	prepare bool
}

// newJob checks a job and fills its gaps.
func (p *Pool) newJob(given *Job) (*job, *Error) {
	j := &job{Job: *given, observer: given.Observer}
	if j.observer == nil {
		j.observer = noObserver{}
	}
	if given.Program == nil {
		return nil, failed(KindCompile, "the job has no program")
	}
	var err error
	if j.Program, err = given.Program.normalized(); err != nil {
		return nil, &Error{Kind: KindCompile, Message: err.Error(), File: given.Program.Entry}
	}
	if j.event, err = eventsOf(given); err != nil {
		return nil, failed(KindWorker, err.Error())
	}
	if j.permissions, err = json.Marshal(given.Permissions); err != nil {
		return nil, failed(KindWorker, err.Error())
	}
	var config engine.Config
	err = config.Apply(engine.WithPermissions(given.Permissions), engine.WithGate(given.Gates...), engine.WithRun(given.Script, given.Run))
	if err != nil {
		return nil, failed(KindWorker, "the job cannot be run: "+err.Error())
	}
	j.invoker, j.authority = engine.NewInvoker(&config), p.authorityOf(given, j.permissions)
	return j, nil
}

// maxEvents bounds the payloads of a job, in bytes.
const maxEvents = 64 << 20

// eventsOf returns the payload of a job, or the list of its payloads, as JSON.
func eventsOf(j *Job) ([]byte, error) {
	var text []byte
	switch {
	case j.Event != nil && j.Events != nil:
		return nil, errors.New("the job has an event and a list of events")
	case j.Event != nil:
		text = j.Event
	case j.Events != nil:
		text = append(text, '[')
		for i, payload := range j.Events {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(text, payload...)
		}
		text = append(text, ']')
	default:
		return nil, nil
	}
	if len(text) > maxEvents {
		return nil, fmt.Errorf("the events of the job are %d MiB, more than the %d MiB that a worker takes", len(text)>>20, maxEvents>>20)
	}
	if !json.Valid(text) {
		return nil, errors.New("the event of the job is not JSON")
	}
	return text, nil
}

// noObserver looks at nothing.
type noObserver struct{}

func (noObserver) Line(Line) {}
func (noObserver) Call(Call) {}

// Run runs a program to its end and returns its result as JSON. When ctx ends or the timeout passes, the program is stopped, and
// its process is killed if it does not end within the grace.
//
// Errors are an *Error. Its kind is runtime or compile when the program is to blame, timeout or interrupt when ctx ended, memory
// when the program used too much of it, and worker for everything else.
func (p *Pool) Run(ctx context.Context, given *Job) (json.RawMessage, error) {
	j, problem := p.newJob(given)
	if problem != nil {
		return nil, problem
	}
	if j.Limits.Timeout > 0 {
		bounded, cancel := context.WithTimeout(ctx, j.Limits.Timeout)
		defer cancel()
		ctx = bounded
	}
	if err := p.enter(ctx); err != nil {
		return nil, stoppedBefore(ctx, err)
	}
	defer p.leave()
	j.connection = p.connection.Load()
	// A worker that ends before the script starts has done nothing of it, so that another may try.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		result, problem, final := p.attempt(ctx, j)
		switch {
		case problem == nil:
			return result, nil
		case problem.Kind != KindWorker || final || attempt == attempts || p.ctx.Err() != nil:
			return nil, problem
		}
		p.options.Logger.Warn("a worker failed before the script started", "script", j.Script, "run", j.Run, "error", problem.Message)
	}
}

// attempt runs a script on one process. Final tells that there is no use in another attempt, or that some of the script has run.
func (p *Pool) attempt(ctx context.Context, j *job) (result json.RawMessage, problem *Error, final bool) {
	if err := p.bundles.acquire(j.Script, j.Program); err != nil {
		return nil, failed(KindWorker, err.Error()), true
	}
	defer p.bundles.release(j.Program.Hash)
	message, err := p.message(j)
	if err != nil {
		return nil, failed(KindWorker, err.Error()), true
	}
	w, err := p.take(j.Program.Hash, j.authority)
	if err != nil {
		return nil, failed(KindWorker, err.Error()), false
	}
	if err := p.bind(w, j); err != nil {
		p.give(w, false)
		return nil, failed(KindWorker, err.Error()), false
	}
	r := &run{pool: p, worker: w, job: j, message: message, body: j.event, id: uint64(w.runs) << wire.RunShift, heard: make(chan struct{}, 1)}
	r.share, r.storing = p.room.Share(answerLimit(j.authority.memory)), make(chan struct{}, maxStoring)
	problem = r.execute(ctx)
	p.give(w, r.clean)
	return r.result, problem, r.started
}

// The bounds of what one call may hold: an eighth of the run's memory, since values take several times what their text does.
const (
	answerPart     = 8
	leastAnswer    = 1 << 20
	largestAnswer  = 64 << 20
	maxStoring     = 4 // calls of a store that a run has under way in the host
	defaultAnswers = 2 * largestAnswer
)

// answerLimit is what an answer may have for a run with so much memory, in bytes.
func answerLimit(memory int64) int64 {
	return min(max(memory/answerPart, leastAnswer), largestAnswer)
}

// message is what a worker needs to know for a run.
func (p *Pool) message(j *job) (*wire.RunMessage, error) {
	m := &wire.RunMessage{
		Script: j.Script, Run: j.Run,
		Root: p.bundles.path(j.Program.Hash), Entry: j.Program.Entry, Language: j.Program.Language,
		Prepare: j.prepare, DropResult: j.DropResult, Args: j.Args, Env: merged(j.Env, j.Vars),
		Payload: j.Event != nil, Payloads: j.Events != nil,
		Permissions: j.permissions, WebsiteID: cmp.Or(j.WebsiteID, j.connection.websiteID), Memory: j.authority.memory,
		Store: p.options.Store != nil, SharedStore: p.options.SharedStore != nil, Events: p.options.Events != nil,
	}
	if c := j.connection.client; c != nil {
		m.BaseURL, m.Tier = c.BaseURL(), c.Tier()
	}
	if p.options.Files != "" && !j.prepare {
		m.Files = filepath.Join(p.options.Files, directoryName(j.home()))
		if err := os.MkdirAll(m.Files, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory of the script's files: %w", err)
		}
		if p.files.limit > 0 && p.files.of(m.Files) > p.files.limit {
			m.FilesFull, m.FilesHint = p.files.full().Message, p.files.full().Hint
		}
	}
	return m, nil
}

// merged joins variables.
func merged(env, vars map[string]string) map[string]string {
	all := make(map[string]string, len(env)+len(vars))
	maps.Copy(all, env)
	maps.Copy(all, vars)
	return all
}

// directoryName is a script's name as one part of a path.
func directoryName(script string) string {
	switch script {
	case "", ".", "..":
		return "%" + script
	}
	return url.PathEscape(script)
}

// bind notes what a process serves from now on.
func (p *Pool) bind(w *process, j *job) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.all[w]; !known {
		return errors.New("the worker has ended" + w.lastWords())
	}
	w.serves, w.script = j.authority, j.Script
	if w.runs++; w.runs == 1 {
		boundProcess(w.cmd.Process.Pid, j.authority.memory)
	}
	w.note(j.Program.Hash)
	return nil
}

// run is a run on a process.
type run struct {
	pool    *Pool
	worker  *process
	job     *job
	message *wire.RunMessage
	// body is the text to compile or the event, if the message tells of one.
	body []byte
	// id is the number of its frames.
	id uint64

	// started tells that the script has begun, halted that it was told to stop, stale that a run before has left something in the
	// process, and clean that the process can be used again.
	started, halted, stale, clean bool
	// heard receives when the worker has said something.
	heard chan struct{}
	// deaf tells that a message of the worker waits for room in the host.
	deaf  atomic.Bool
	calls calls
	// share is what its calls may hold in the host, and storing bounds those of stores.
	share   *room.Share
	storing chan struct{}
	streams streams
	// result is what the program gave, or the contents of the files that were compiled.
	result   json.RawMessage
	compiled *wire.CompiledMessage
}

// longestSilence is how long a worker may say nothing. It says once a second that it works.
const longestSilence = 30 * time.Second

// execute sends the script to the process and waits for its end.
func (r *run) execute(ctx context.Context) *Error {
	calls, cancelCalls := context.WithCancel(ctx)
	defer cancelCalls()
	r.calls.start(calls, r)
	if err := r.worker.link.Send(wire.FrameRun, r.id, r.message, r.body); err != nil {
		r.worker.kill()
		<-r.worker.exited
		return failed(KindWorker, "the worker took no script: "+err.Error()+r.worker.lastWords())
	}
	ended := make(chan *ending, 1)
	go func() { ended <- r.receive() }() // killing the process ends it
	problem := r.supervise(ctx, ended)
	cancelCalls()
	r.calls.wait()
	return problem
}

// hostMemoryEvery is how often the host looks at the memory of a worker that runs something.
const hostMemoryEvery = 100 * time.Millisecond

// workerSize is more than a worker that has run nothing has in memory.
const workerSize = 128 << 20

// takesTooMuch reports whether a process has more memory than its own watch and the kernel should allow it. The host looks too, for
// it may be that the watch does not get to run.
func takesTooMuch(pid int, limit int64) bool {
	return residentBytes(pid) > workerSize+2*limit+wire.MemoryReserve
}

// supervise waits for the end of the script, and brings it about when the context ends or the worker falls silent. When it
// returns, the goroutine behind ended is done.
func (r *run) supervise(ctx context.Context, ended <-chan *ending) *Error {
	quiet := time.NewTimer(r.pool.silence)
	defer quiet.Stop()
	memory := time.NewTicker(hostMemoryEvery)
	defer memory.Stop()
	done := make(chan struct{})
	defer close(done)
	files := r.watchFiles(done)
	var grace <-chan time.Time
	stop := ctx.Done()
	for {
		select {
		case e := <-ended:
			return r.judge(ctx, e)
		case <-r.heard:
			quiet.Reset(r.pool.silence)
		case <-quiet.C:
			if r.deaf.Load() {
				quiet.Reset(r.pool.silence)
				continue
			}
			r.kill()
			<-ended
			return failed(KindWorker, fmt.Sprintf("the worker said nothing for %s and was killed", r.pool.silence))
		case <-memory.C:
			if takesTooMuch(r.worker.cmd.Process.Pid, r.message.Memory) {
				r.kill()
				<-ended
				return failed(KindMemory, fmt.Sprintf("the script used more than twice its %s of memory at once, and the worker was killed", wire.Size(r.message.Memory)))
			}
		case problem := <-files:
			r.kill()
			<-ended
			return problem
		case <-stop:
			stop, r.halted = nil, true
			timer := time.NewTimer(r.pool.options.Grace)
			defer timer.Stop() //nolint:gocritic // the loop comes here once
			grace = timer.C
			// A worker that reads nothing must not hold this up; the connection ends with it.
			go func() { _ = r.worker.link.Send(wire.FrameStop, r.id, stopOf(ctx), nil) }()
		case <-grace:
			r.kill()
			<-ended
			problem := stopped(ctx)
			problem.Message += fmt.Sprintf("; it did not end within %s and was killed", r.pool.options.Grace)
			return problem
		case <-r.pool.ctx.Done():
			r.kill()
			<-ended
			return failed(KindWorker, ErrClosed.Error())
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
func stopOf(ctx context.Context) *wire.StopMessage {
	m := &wire.StopMessage{Reason: wire.StopCancel, Message: context.Cause(ctx).Error()}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		m.Reason = wire.StopTimeout
	}
	return m
}

// failed is the error of a run that failed outside of the script.
func failed(kind, message string) *Error {
	return &Error{Kind: kind, Message: message}
}

// stopped is the error of a run that its context ended.
func stopped(ctx context.Context) *Error {
	e := failed(KindInterrupt, "the script was stopped")
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind, e.Message = KindTimeout, "the script ran out of time"
	}
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		e.Message += ": " + cause.Error()
	}
	return e
}

// stoppedBefore is the error of a run that never had a worker.
func stoppedBefore(ctx context.Context, err error) *Error {
	if errors.Is(err, ErrClosed) {
		return failed(KindWorker, err.Error())
	}
	e := stopped(ctx)
	e.Message += "; it waited for a worker until then"
	return e
}
