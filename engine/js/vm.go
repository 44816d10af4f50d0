package js

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/console"
	"github.com/crisphost/crisphost/engine/js/internal/lazy"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/engine/js/internal/track"
)

// maxCallDepth bounds the calls inside each other. Those through built-in functions take Go stack, whose own bound ends the
// process, and goja unwinds them in quadratic time: about a second at this depth.
const maxCallDepth = 6_000

var (
	errClosed  = engine.ErrClosed
	errRunning = errors.New("the VM runs a program already")
)

// vm is a script environment. Everything but its guarded fields belongs to the goroutine that is inside Run.
type vm struct {
	rt  *goja.Runtime
	cfg engine.Config
	// supervisor bounds the runs, or is nil.
	supervisor *limits.Supervisor
	invoker    *engine.Invoker
	fetch      http.RoundTripper
	// run is the run in progress, or nil.
	run *run
	// calls counts the host calls and sequences whose goroutines are alive, over all runs.
	calls sync.WaitGroup
	// alive is how many there are.
	alive atomic.Int32

	globals   globals
	additions builtins.Additions
	classes   errorClasses
	console   console.Console
	// tracked is what a session remembers of the host's objects, or nil.
	tracked *track.Tracker
	// waiting knows the entries of a session, or is nil.
	waiting *waiting
	// sequences is the prototype of async iterables, made at the first one, and steps that of the promises which they give.
	sequences, steps *goja.Object
	handles          handles
	// promises are the prototypes of promises by the calls that give them, apart from those of host functions.
	promises map[string]*goja.Object
	// pages are the large documents that values read from.
	pages lazy.Pages
	// idleCalls are used again by later calls.
	idleCalls []*asyncCall

	instance instance
	watch    watch
	kept     callcontext.Kept

	freed sync.Once

	mu      sync.Mutex
	running bool
	closed  bool
	cancel  context.CancelCauseFunc // of the run in progress
	ended   sync.Cond               // signals that running became false
}

func newVM(cfg engine.Config) *vm {
	if cfg.Stdout == nil {
		cfg.Stdout = io.Discard
	}
	if cfg.Stderr == nil {
		cfg.Stderr = io.Discard
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	v := &vm{cfg: cfg, supervisor: limits.NewSupervisor(&cfg)}
	v.invoker = engine.NewInvoker(&v.cfg)
	v.fetch = v.invoker.Fetch()
	v.console = console.New(host{v}, cfg.Stdout, cfg.Stderr)
	v.ended.L = &v.mu
	v.renew()
	return v
}

// renew gives the VM a fresh goja runtime. What scripts left in the old one is lost.
func (v *vm) renew() {
	v.rt = goja.New()
	v.classes, v.sequences, v.steps, v.handles, v.promises = errorClasses{}, nil, nil, handles{}, nil
	v.additions = builtins.New(v.rt, v.cfg.MemoryLimit, v.captureStackTrace)
	v.rt.SetMaxCallStackSize(maxCallDepth)
	v.rt.SetTimeSource(v.cfg.Now)
	v.rt.SetPromiseRejectionTracker(v.trackRejection)
	v.rt.SetAsyncContextTracker(awaitTracker{v})
	v.installGlobals()
}

// Run implements engine.VM.
func (v *vm) Run(ctx context.Context, p engine.Program) (any, error) {
	return v.runProgram(ctx, p, (*run).exportResult)
}

// Exec runs a program to its end, as Run does, and drops its result, which need not have a Go form.
func (v *vm) Exec(ctx context.Context, p engine.Program) error {
	_, err := v.runProgram(ctx, p, func(*run) (any, error) { return nil, nil })
	return err
}

// runProgram runs a program and returns what finish makes of its result.
func (v *vm) runProgram(ctx context.Context, p engine.Program, finish func(*run) (any, error)) (any, error) {
	prog, ok := p.(*bundle.Program)
	if !ok {
		return nil, fmt.Errorf("run %s: the program was made by another runtime (%T)", p.Name(), p)
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := v.begin(cancel); err != nil {
		return nil, fmt.Errorf("run %s: %w", p.Name(), err)
	}
	defer v.end()
	defer v.supervisor.Watch(runCtx, cancel)()

	r := newRun(runCtx, v, prog)
	v.run = r
	interrupted := make(chan struct{})
	rt := v.rt
	stop := context.AfterFunc(runCtx, func() {
		rt.Interrupt(context.Cause(runCtx))
		close(interrupted)
	})
	result, err := r.execute(finish)
	if !stop() {
		<-interrupted
	}
	// An interrupt that came too late must stop neither the clean-up, which would then take the VM for broken, nor the next
	// run.
	v.rt.ClearInterrupt()
	if err != nil {
		v.reset()
		result = nil
	}
	v.run = nil
	return result, err
}

// begin marks the VM as running.
func (v *vm) begin(cancel context.CancelCauseFunc) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case v.closed:
		return errClosed
	case v.running:
		return errRunning
	}
	v.running, v.cancel = true, cancel
	return nil
}

func (v *vm) end() {
	v.mu.Lock()
	v.running, v.cancel = false, nil
	v.mu.Unlock()
	v.ended.Broadcast()
}

// protect runs f and turns a panic of goja or of a host function into an error of the run.
func (v *vm) protect(f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = syntax.NewPanicError(x)
		}
	}()
	return f()
}

// reset makes the VM ready for the next program after one that failed.
func (v *vm) reset() {
	if err := v.protect(func() error { return loop.DropJobs(v.rt) }); err != nil || len(v.rt.CaptureCallStack(0, nil)) > 0 {
		v.renew()
	}
}
