package js

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/entry"
	"github.com/crisphost/crisphost/engine/js/internal/loop"
	"github.com/crisphost/crisphost/engine/js/internal/objects"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/engine/js/internal/track"
)

// settleProgram makes EntrySettle, EntryPending and EntryTaken.
var settleProgram = sync.OnceValue(func() *goja.Program {
	return goja.MustCompile(syntax.BundleFile, `(() => {
  let held;
  const settle = (value) => {
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (value[i] instanceof Promise) return Promise.all(value);
    }
    return value;
  };
  const pending = (value) => {
    held = settle(value);
    return typeof held === "object" && held !== null && typeof held.then === "function";
  };
  const taken = () => {
    const value = held;
    held = undefined;
    return value;
  };
  return [settle, pending, taken];
})()`, true)
})

// session evaluates entries in one VM. Declarations of the top level are properties of the global object, so that functions of
// earlier entries see what later ones declare.
//
// An entry runs until its own value settles. What it leaves under way (timers, promises that nobody awaits) goes on while later
// entries run; between entries the VM rests.
type session struct {
	vm        *vm
	runtime   *scriptRuntime
	root, dir string
	modules   []*engine.Module

	// mu is held while the VM runs. The fields below belong to its holder.
	mu      sync.Mutex
	run     *run
	helpers [7]goja.Value // EntryConst, EntryLet, EntryValue, EntrySync, EntrySettle, EntryPending, EntryTaken
	entries entry.Translator
	// result is the value of the entry at hand.
	result goja.Value
	// closing ends with the session, and close ends it.
	closing context.Context
	close   context.CancelCauseFunc
	// instances are the namespaces of imported files, by the hash of their content.
	instances map[string]goja.Value
	// required are what require answers for the files that entries name.
	required map[string]goja.Value
}

// sessionCallDepth bounds the calls inside each other in an entry. Async functions and generators take two of goja's frames at least, so
// that sessionUnwindDepth is enough for every interrupted entry.
const (
	sessionCallDepth   = 3000
	sessionUnwindDepth = sessionCallDepth/2 + 100
)

var (
	_ engine.Interactive         = (*scriptRuntime)(nil)
	_ engine.MultilingualSession = (*session)(nil)
)

// NewSession implements engine.Interactive. The session is an engine.MultilingualSession and takes JavaScript at first.
func (r *scriptRuntime) NewSession(cfg engine.Config, root, dir string) (engine.Session, error) {
	s := &session{vm: newVM(cfg), runtime: r, root: root, dir: dir}
	s.vm.tracked = &track.Tracker{}
	s.entries = entry.Translator{
		Language: engine.JavaScript, Modules: s.vm.globals.modules, Exists: s.vm.tracked.Exists,
	}
	s.modules = cfg.Modules
	s.closing, s.close = context.WithCancelCause(context.Background())
	return s, s.prepare()
}

// SetLanguage makes the session take TypeScript or JavaScript from now on.
func (s *session) SetLanguage(language engine.Language) error {
	if language != engine.JavaScript && language != engine.TypeScript {
		return fmt.Errorf("the JavaScript session does not take language %q", language)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries.Language = language
	return nil
}

// prepare makes the session's own objects in a fresh goja runtime.
func (s *session) prepare() error {
	v := s.vm
	s.run = newRun(context.Background(), v, bundle.EmptyProgram("session"))
	v.run = s.run
	v.rt.SetMaxCallStackSize(sessionCallDepth)
	s.instances, s.required = make(map[string]goja.Value), make(map[string]goja.Value)
	s.define("require", objects.NewFunction(v.rt, "require", s.require))
	v.tracked.Inspect(v.rt)
	s.helpers[0] = v.rt.NewDynamicObject(&declarations{vm: v, writable: goja.FLAG_FALSE})
	s.helpers[1] = v.rt.NewDynamicObject(&declarations{vm: v, writable: goja.FLAG_TRUE})
	settle, err := v.rt.RunProgram(settleProgram())
	if err != nil {
		return fmt.Errorf("prepare the session: %w", err)
	}
	s.helpers[2] = v.rt.ToValue(v.refusePromise)
	s.helpers[3] = v.rt.ToValue(v.refuseAsync)
	for i := range 3 {
		s.helpers[4+i] = settle.(*goja.Object).Get(strconv.Itoa(i))
	}
	v.guardAll()
	v.waiting = &waiting{entries: make(map[string]*entry.Places)}
	return nil
}

// declarations is an object whose members are declared by assignment.
type declarations struct {
	vm       *vm
	writable goja.Flag
}

func (*declarations) Get(string) goja.Value { return nil }
func (*declarations) Has(string) bool       { return false }
func (*declarations) Delete(string) bool    { return true }
func (*declarations) Keys() []string        { return nil }

// Set makes a global variable of that name, in the place of an earlier one.
func (d *declarations) Set(name string, value goja.Value) bool {
	return d.vm.rt.GlobalObject().DefineDataProperty(name, value, d.writable, goja.FLAG_TRUE, goja.FLAG_TRUE) == nil
}

// Eval implements engine.Session.
func (s *session) Eval(ctx context.Context, name, code string) (outcome engine.Outcome, err error) {
	var c *entry.Compiled
	err = s.evaluate(ctx, name, func() (err error) {
		if c, err = s.entries.Compile(name, code); err == nil {
			s.run.program.Sources[c.FileName] = c.File
			s.vm.waiting.entries[c.FileName] = c.Places
			s.vm.additions.Install(c.Builtins)
		}
		return err
	}, func() (err error) {
		if err = s.execute(c); err == nil {
			outcome = s.outcome(s.result)
		}
		return err
	}, func() { s.remember(c) })
	if err != nil {
		return engine.Outcome{}, err
	}
	return outcome, nil
}

// Idle implements engine.Session.
func (s *session) Idle(ctx context.Context) error {
	return s.evaluate(ctx, s.run.program.Name(), func() error { return nil }, func() error {
		for {
			progress, wait, err := s.run.turn(s.task)
			switch {
			case err != nil:
				return err
			case s.run.ctx.Err() != nil:
				return context.Cause(s.run.ctx)
			case progress:
			case !s.run.waits():
				return nil
			default:
				s.run.Sleep(s.run.ctx, wait)
			}
		}
	}, func() {})
}

// evaluate prepares and runs something, and has it remembered.
func (s *session) evaluate(ctx context.Context, name string, prepare, body func() error, remember func()) error {
	if s.vm.invoker.Called(ctx) {
		return fmt.Errorf("%w: it is the one that called this host function", engine.ErrBusy)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return s.stopped(ctx, name)
	}
	entryCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	if err := s.vm.begin(cancel); err != nil {
		cancel(nil)
		return fmt.Errorf("evaluate %s: %w", name, err)
	}
	defer s.vm.end()
	defer s.vm.supervisor.Watch(entryCtx, cancel)()
	if err := prepare(); err != nil {
		cancel(nil)
		return err
	}
	r, rt := s.run, s.vm.rt
	r.ctx, r.started = entryCtx, time.Now()
	r.program.Rename(name)
	r.main, s.result = nil, nil
	timers, streams := r.timers.LastID, s.vm.tracked.Streams
	abandon := context.AfterFunc(s.closing, func() { cancel(errClosed) })
	detach := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	interrupted := make(chan struct{})
	release := context.AfterFunc(entryCtx, func() {
		rt.Interrupt(context.Cause(entryCtx))
		close(interrupted)
	})
	err := s.vm.protect(func() error {
		return loop.UnwindFrom(s.vm.rt, sessionUnwindDepth, func() (err error) {
			if err = s.drain(); err != nil {
				return err
			}
			if err = body(); err != nil && !loop.IsUncatchable(err) && !s.runsJobs() {
				loop.Stop(err) // which unwinds
			}
			return err
		})
	})
	if err == nil {
		err = s.unhandled()
	}
	failure := s.failed(err)
	if stopped := (*engine.Error)(nil); errors.As(failure, &stopped) && stopped.Kind == engine.KindInterrupt && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		stopped.Kind = engine.KindTimeout // the entry's own context has no deadline
	}
	if !detach() {
		<-entryCtx.Done()
	}
	if !release() {
		<-interrupted
	}
	rt.ClearInterrupt()
	if err != nil && (entryCtx.Err() != nil || loop.IsUncatchable(err)) {
		r.timers.CancelAfter(timers)
		failure = s.restore(failure)
	}
	remember()
	if r.pending == 0 && s.vm.tracked.Streams == streams { // else what it left behind needs the context
		abandon()
		cancel(nil)
	}
	return failure
}

// execute runs an entry until its value settled.
func (s *session) execute(c *entry.Compiled) error {
	if err := s.importAll(c); err != nil {
		return err
	}
	s.declare(c)
	return s.call(c.Code, func(value goja.Value) { s.result = value }, s.helpers[:]...)
}

// remember keeps what an entry leaves behind.
func (s *session) remember(c *entry.Compiled) {
	c.Lessons.Created = c.Run.Created
	global := s.vm.rt.GlobalObject()
	for _, name := range c.Kept { // later entries mean its value
		if promise := promiseOf(global.Get(name)); promise != nil && promise.State() == goja.PromiseStateFulfilled {
			_ = global.Set(name, promise.Result())
		}
	}
}

// declare makes the variables that an entry assigns without declaring them, and those of var, which are undefined at first.
func (s *session) declare(c *entry.Compiled) {
	global := s.vm.rt.GlobalObject()
	for _, name := range slices.Concat(c.Declared, c.Run.Created) {
		if global.Get(name) == nil {
			s.define(name, goja.Undefined())
		}
	}
}

// Scripts implements engine.Session.
func (s *session) Scripts(codes []string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries.Scripts(codes)
}

// Check implements engine.Session.
func (s *session) Check(code string) engine.Completeness { return s.entries.Check(code) }

// Continues reports whether a line belongs to the statement that a complete entry ends with.
func (s *session) Continues(code, line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entries.Continues(code, line)
}

// Close implements engine.Session.
func (s *session) Close() error {
	s.close(errClosed)
	return s.vm.Close()
}
