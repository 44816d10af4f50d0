package lua

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// Sizes of a thread's stacks, in values and in calls. They start small and grow on demand, so that an idle VM and a waiting
// task stay small; the limits turn endless recursion into an error of the script.
const (
	stackValues     = 256
	stackValuesStep = 1024
	maxStackValues  = 1 << 18
	maxCallDepth    = 6400
)

// vm is one Lua environment. Its threads (the main one, tasks, coroutines) take turns: whoever holds mu runs Lua.
type vm struct {
	rt  *runtime
	cfg engine.Config
	// supervisor bounds the runs, or is nil.
	supervisor *engine.Supervisor
	invoker    *engine.Invoker

	L       *glua.LState
	mu      sync.Mutex
	running sync.Mutex // held by Run, which gives mu away now and then
	closed  atomic.Bool
	closing context.Context
	close   context.CancelCauseFunc

	stopped atomic.Bool   // asks every thread to stop at its next instruction
	ended   chan struct{} // always closed: what Done of a stopped thread answers

	sequences openSequences
	tracked   *tracked // what a session remembers, or nil

	// The fields below belong to the holder of mu.

	ctx     context.Context // of the run
	started time.Time
	random  *rand.Rand
	sources map[string]*source // by the name that the chunk has in errors
	loads   map[string]*load   // by the absolute path of a required file
	modules map[string]glua.LValue
	null    *glua.LUserData
	meta    metatables
	failure failure // the last error that left a task
}

// source is where a chunk comes from: what require and error messages need to know about running code.
type source struct {
	chunk  *chunk
	loader *loader
	dir    string // relative to the loader's root
}

var (
	errClosed = errors.New("the script environment was closed")
	errBusy   = errors.New("the script environment is running another program")
)

// New implements engine.Runtime.
func (rt *runtime) New(cfg engine.Config) (engine.VM, error) {
	v := &vm{
		rt:         rt,
		cfg:        cfg,
		supervisor: engine.NewSupervisor(&cfg),
		ended:      make(chan struct{}),
		ctx:        context.Background(),
		started:    time.Now(),
		sources:    map[string]*source{},
		loads:      map[string]*load{},
		modules:    map[string]glua.LValue{},
	}
	v.invoker = engine.NewInvoker(&v.cfg)
	close(v.ended)
	v.closing, v.close = context.WithCancelCause(context.Background())
	v.L = glua.NewState(glua.Options{
		CallStackSize:       maxCallDepth,
		RegistrySize:        stackValues,
		RegistryGrowStep:    stackValuesStep,
		RegistryMaxSize:     maxStackValues,
		MinimizeStackMemory: true,
		SkipOpenLibs:        true,
	})
	v.L.G.Registry = v.L.CreateTable(0, 0) // nothing of ours uses it
	v.L.G.MainThread, v.L.G.CurrentThread = v.L, v.L
	v.L.SetContext(&thread{vm: v, task: &task{}, active: true})
	v.openLibraries()
	if err := v.bind(); err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// bind makes the configuration's modules and values global.
func (v *vm) bind() error {
	for _, m := range v.cfg.Modules {
		t := v.newModule(m, m.Name)
		v.modules[m.Name] = t
		v.L.G.Global.RawSetString(m.Name, t)
	}
	for _, g := range v.cfg.Globals {
		value, err := v.toLua(g.Value)
		if err != nil {
			return fmt.Errorf("global %s: %w", g.Name, err)
		}
		v.L.G.Global.RawSetString(g.Name, value)
	}
	return nil
}

// Run implements engine.VM. Of several results it answers the first; one that has no form outside Lua, such as a function, is
// nil.
func (v *vm) Run(ctx context.Context, p engine.Program) (result any, err error) {
	err = v.runProgram(ctx, p, 1, func(values []glua.LValue) {
		if value, err := v.toGo(values[0]); err == nil { // it may be one for other Lua code, such as a table of functions
			result = value
		}
	})
	return result, err
}

// Evaluate implements engine.Evaluator. Of several results the text has all, and the value is that of the first.
func (v *vm) Evaluate(ctx context.Context, p engine.Program) (o engine.Outcome, value any, problem, err error) {
	err = v.runProgram(ctx, p, glua.MultRet, func(values []glua.LValue) {
		if v.tracked == nil {
			v.tracked = &tracked{}
		}
		o = v.outcome(values)
		if o.JSON == nil && !o.None {
			value, problem = v.toGo(values[0])
		}
	})
	return o, value, problem, err
}

// runProgram runs a program and hands its results to finish.
func (v *vm) runProgram(ctx context.Context, p engine.Program, results int, finish func([]glua.LValue)) error {
	prog, ok := p.(*program)
	if !ok || prog.rt != v.rt {
		return fmt.Errorf("program %q was not compiled by this runtime", p.Name())
	}
	if !v.running.TryLock() {
		if v.closed.Load() {
			return errClosed
		}
		return errBusy
	}
	defer v.running.Unlock()
	if v.closed.Load() {
		return errClosed
	}
	v.mu.Lock()
	defer v.mu.Unlock()

	// The context outlives the run where a sequence was left open, which can be read in the next.
	ctx, cancel := context.WithCancelCause(ctx)
	abandon := context.AfterFunc(v.closing, func() { cancel(context.Cause(v.closing)) })
	defer func() {
		if v.sequences.empty() { // else they need the context
			abandon()
			cancel(nil)
		}
	}()
	defer v.supervisor.Watch(ctx, cancel)()
	v.ctx = ctx
	v.stopped.Store(false)
	noticed := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		v.stopped.Store(true)
		close(noticed)
	})
	defer func() {
		if !release() {
			<-noticed
		}
	}()

	L := v.L
	main := L.NewFunctionFromProto(prog.main.proto)
	v.sources[prog.main.name] = &source{chunk: prog.main, loader: prog.loader, dir: prog.loader.dir}
	L.Push(main)
	if failed := v.protect(L, 0, results); failed != nil {
		L.SetTop(0)
		return v.runError(ctx, prog, failed)
	}
	values := make([]glua.LValue, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	L.SetTop(0)
	finish(values)
	return nil
}

// Close implements engine.VM.
func (v *vm) Close() error {
	if v.closed.Swap(true) {
		return nil
	}
	v.close(errClosed)
	v.running.Lock()
	defer v.running.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.sequences.endAll()
	v.L.Close()
	return nil
}

// unlocked runs fn while other threads of the VM may run Lua. L is the thread that calls it.
func (v *vm) unlocked(L *glua.LState, fn func()) {
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		L.G.CurrentThread = L
		if v.ctx.Err() != nil {
			v.stopped.Store(true)
		}
	}()
	fn()
}

// now is the clock of the script.
func (v *vm) now() time.Time {
	if v.cfg.Now != nil {
		return v.cfg.Now()
	}
	return time.Now()
}
