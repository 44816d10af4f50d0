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
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/engine/lua/internal/stack"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	glua "github.com/yuin/gopher-lua"
)

// The stack of a thread starts small and grows on demand, so that an idle VM and a waiting task stay small.
const (
	stackValues     = 256
	stackValuesStep = 1024
)

// vm is one Lua environment. Its threads (the main one, tasks, coroutines) take turns: whoever holds mu runs Lua.
type vm struct {
	rt  *runtime
	cfg engine.Config
	// invoker makes the host calls.
	invoker *engine.Invoker
	// supervisor bounds the runs, or is nil.
	supervisor *limits.Supervisor

	L       *glua.LState
	mu      sync.Mutex
	running sync.Mutex // held by a run, which gives mu away now and then
	freed   bool       // by the holder of running
	closed  atomic.Bool

	stopped atomic.Bool   // asks every thread to stop at its next instruction
	ended   chan struct{} // always closed: what Done of a stopped thread answers
	// host is the context of the run's host calls, or nil when there was none yet.
	host atomic.Pointer[callcontext.Context]
	// exported are the names of the functions that the loaded program exported when it had run, or nil.
	exported atomic.Pointer[[]string]

	sequences openSequences
	// streams is the metatable of streams, made at the first one.
	streams *glua.LTable
	kept    callcontext.Kept
	tracked *tracked // what a session remembers, or nil

	// The fields below belong to the holder of mu.

	ctx     context.Context  // of the run, as its caller gave it
	unwatch func()           // ends the supervision of the run
	program *program.Program // of the run
	living  living
	started time.Time
	random  *rand.Rand
	sources map[string]*source // by the name that the chunk has in errors
	loads   map[program.Key]*load
	modules map[string]glua.LValue
	values  value.Values
	// hostErrors is the metatable of host errors, which is made when the first is.
	hostErrors *glua.LTable
	failure    failure // the last error that left a task
	guard      *guard  // of the main thread
	handles    handles
}

// source is where a chunk comes from: what require and error messages need to know about running code.
type source struct {
	chunk  *syntax.Chunk
	loader *program.Loader
	dir    string // relative to the loader's root
}

// New implements engine.Runtime.
func (rt *runtime) New(cfg engine.Config) (engine.VM, error) {
	v := &vm{
		rt:         rt,
		cfg:        cfg,
		supervisor: limits.NewSupervisor(&cfg),
		ended:      make(chan struct{}),
		ctx:        context.Background(),
		started:    time.Now(),
		sources:    map[string]*source{},
		loads:      map[program.Key]*load{},
		modules:    map[string]glua.LValue{},
	}
	close(v.ended)
	v.invoker = engine.NewInvoker(&v.cfg)
	v.invoker.FirstIndex = 1
	v.L = glua.NewState(glua.Options{
		CallStackSize:       stack.MaxDepth,
		RegistrySize:        stackValues,
		RegistryGrowStep:    stackValuesStep,
		RegistryMaxSize:     stack.MaxValues,
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
		value, err := v.values.ToLua(g.Value)
		if err != nil {
			return fmt.Errorf("global %s: %w", g.Name, err)
		}
		v.L.G.Global.RawSetString(g.Name, value)
	}
	return nil
}

// Run implements engine.VM. Of several results it answers the first.
func (v *vm) Run(ctx context.Context, p engine.Program) (result any, err error) {
	err = v.runProgram(ctx, p, 1, func(values []glua.LValue) error {
		result, err = v.result(values[0])
		return err
	})
	return result, err
}

// Exec runs a program to its end as Run does, and drops what it returns: that may have no JSON form.
func (v *vm) Exec(ctx context.Context, p engine.Program) error {
	return v.runProgram(ctx, p, 0, func([]glua.LValue) error { return nil })
}

// result is what a program or a function gave, in the forms of a host function's arguments.
func (v *vm) result(lv glua.LValue) (any, error) {
	result, err := v.values.ToGo(lv)
	if err == nil {
		return result, nil
	}
	if bad := (*value.BadValue)(nil); errors.As(err, &bad) {
		return nil, &engine.Error{
			Position: engine.Position{File: v.program.Name()}, Message: "the result" + bad.Path() + " " + bad.Problem, Err: err,
		}
	}
	return nil, err
}

// runProgram runs a program and hands its results to finish.
func (v *vm) runProgram(ctx context.Context, p engine.Program, results int, finish func([]glua.LValue) error) (err error) {
	prog, ok := p.(*program.Program)
	if !ok || !prog.CompiledIn(v.rt.cache) {
		return fmt.Errorf("program %q was not compiled by this runtime", p.Name())
	}
	if err := v.enter(ctx, prog); err != nil {
		return err
	}
	defer v.leave()
	defer panics.Recover(p.Name(), "run", &err)
	v.sources[prog.Main.Name] = &source{chunk: prog.Main, loader: prog.Loader, dir: prog.Loader.Dir}
	return v.runChunk(prog.Main, results, finish)
}

// runChunk runs a chunk in a run that was entered, and hands its results to finish.
func (v *vm) runChunk(c *syntax.Chunk, results int, finish func([]glua.LValue) error) error {
	L := v.L
	L.Push(L.NewFunctionFromProto(c.Proto))
	if failed := v.protect(L, 0, results); failed != nil {
		L.SetTop(0)
		return v.runError(failed)
	}
	values := make([]glua.LValue, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	L.SetTop(0)
	if v.halted() {
		return v.runError(&failure{})
	}
	return finish(values)
}

// now is the clock of the script.
func (v *vm) now() time.Time {
	if v.cfg.Now != nil {
		return v.cfg.Now()
	}
	return time.Now()
}
