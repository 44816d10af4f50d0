package js

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// session evaluates entries in one VM. Declarations of the top level are properties of the global object, so that functions of
// earlier entries see what later ones declare.
//
// An entry runs until its own value settles. What it leaves under way (timers, promises that nobody awaits) goes on while later
// entries run; between entries the VM rests.
type session struct {
	vm        *vm
	runtime   *scriptRuntime
	root, dir string
	modules   []string
	language  engine.Language

	// mu is held while the VM runs. The fields below belong to its holder.
	mu      sync.Mutex
	run     *run
	helpers [4]goja.Value // entryConst, entryLet, entrySettle, entryLoop
	// entries numbers the entries.
	entries int
	// result is the value of the entry at hand.
	result goja.Value
	// lessons are what runs of entries found out, by their texts.
	lessons map[string]*lessons
	current *lessons
	// closing ends with the session, and close ends it.
	closing context.Context
	close   context.CancelCauseFunc
	// instances are the namespaces of imported files, by the hash of their content.
	instances map[string]goja.Value
}

// lessons are what .save has to know of an entry and only its run shows.
type lessons struct {
	streams map[int]bool // for-of loops over streams, by their offset in the JavaScript
	created []string     // variables that an assignment created
}

var _ engine.Interactive = (*scriptRuntime)(nil)

// NewSession implements engine.Interactive. The session takes JavaScript until SetLanguage says otherwise.
func (r *scriptRuntime) NewSession(cfg engine.Config, root, dir string) (engine.Session, error) {
	s := &session{vm: newVM(cfg), runtime: r, root: root, dir: dir, language: engine.JavaScript, lessons: make(map[string]*lessons)}
	for _, m := range cfg.Modules {
		s.modules = append(s.modules, m.Name)
	}
	s.vm.tracked = &tracked{functions: make(map[*goja.Object]string), modules: make(map[*goja.Object]*engine.Module)}
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
	s.language = language
	return nil
}

// prepare makes the session's own objects in a fresh goja runtime.
func (s *session) prepare() error {
	v := s.vm
	s.run = newRun(context.Background(), v, &program{name: "session", files: make(map[string]*sourceFile)})
	v.run = s.run
	s.instances = make(map[string]goja.Value)
	v.tracked.inspect(v.rt)
	s.helpers[0] = v.rt.NewDynamicObject(&declarations{vm: v, writable: goja.FLAG_FALSE})
	s.helpers[1] = v.rt.NewDynamicObject(&declarations{vm: v, writable: goja.FLAG_TRUE})
	program, err := v.rt.RunProgram(sessionProgram())
	if err != nil {
		return fmt.Errorf("prepare the session: %w", err)
	}
	makeHelpers, _ := goja.AssertFunction(program)
	learn := v.rt.ToValue(func(call goja.FunctionCall) goja.Value {
		s.learn().streams[int(call.Argument(0).ToInteger())] = true
		return goja.Undefined()
	})
	helpers, err := makeHelpers(goja.Undefined(), v.wellKnownSymbol("asyncIterator"), learn)
	if err != nil {
		return fmt.Errorf("prepare the session: %w", err)
	}
	s.helpers[2] = helpers.(*goja.Object).Get("settle")
	s.helpers[3] = helpers.(*goja.Object).Get("loop")
	return nil
}

func (s *session) learn() *lessons {
	if s.current == nil {
		s.current = &lessons{streams: make(map[int]bool)}
	}
	return s.current
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
func (s *session) Eval(ctx context.Context, name, code string) (engine.Outcome, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return engine.Outcome{}, s.stopped(ctx, name)
	}
	entryCtx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	if err := s.vm.begin(cancel); err != nil {
		cancel(nil)
		return engine.Outcome{}, fmt.Errorf("evaluate %s: %w", name, err)
	}
	defer s.vm.end()

	c, err := s.compile(name, code)
	if err != nil {
		cancel(nil)
		return engine.Outcome{}, err
	}
	return s.evaluate(ctx, entryCtx, cancel, c)
}

// evaluate runs a compiled entry.
func (s *session) evaluate(ctx, entryCtx context.Context, cancel context.CancelCauseFunc, c *compiledEntry) (engine.Outcome, error) {
	r, rt := s.run, s.vm.rt
	r.ctx, r.started, r.program.name = entryCtx, time.Now(), c.name
	r.main, s.result, s.current = nil, nil, nil
	timers, streams := r.timers.lastID, s.vm.tracked.streams
	abandon := context.AfterFunc(s.closing, func() { cancel(errClosed) })
	detach := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	interrupted := make(chan struct{})
	release := context.AfterFunc(entryCtx, func() {
		rt.Interrupt(context.Cause(entryCtx))
		close(interrupted)
	})
	var outcome engine.Outcome
	err := s.vm.protect(func() error {
		s.drain()
		if err := s.execute(c); err != nil {
			return err
		}
		return s.vm.unwound(func() (err error) {
			outcome, err = s.outcome(s.result)
			return err
		})
	})
	if !detach() {
		<-entryCtx.Done()
	}
	if !release() {
		<-interrupted
	}
	rt.ClearInterrupt()
	if err == nil {
		err = s.unhandled()
	}
	if err != nil {
		err = s.failed(ctx, err, timers)
	}
	s.remember(c)
	if r.pending == 0 && s.vm.tracked.streams == streams { // else what it left behind needs the context
		abandon()
		cancel(nil)
	}
	if err != nil {
		return engine.Outcome{}, err
	}
	return outcome, nil
}

// execute runs an entry until its value settled.
func (s *session) execute(c *compiledEntry) error {
	r := s.run
	s.declare(c)
	err := s.vm.unwound(func() error {
		value, err := s.vm.rt.RunProgram(c.code)
		if err != nil {
			return err
		}
		main, ok := goja.AssertFunction(value)
		if !ok {
			return errors.New("the compiled entry is not a function")
		}
		take := s.vm.rt.ToValue(func(call goja.FunctionCall) goja.Value {
			s.result = call.Argument(0)
			return goja.Undefined()
		})
		rt := s.vm.rt
		promise, err := main(goja.Undefined(), rt.ToValue(s.vm.loadModule), take, s.vm.importMeta(r.program), s.helpers[0], s.helpers[1], s.helpers[2], s.helpers[3], rt.NewObject())
		if err != nil {
			return err
		}
		if r.main, ok = promise.Export().(*goja.Promise); !ok {
			return errors.New("the compiled entry gave no promise")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.settle()
}

// settle runs the event loop until the entry's own promise is settled.
func (s *session) settle() error {
	r := s.run
	for {
		if r.ctx.Err() != nil {
			return context.Cause(r.ctx)
		}
		switch r.main.State() {
		case goja.PromiseStateFulfilled:
			return nil
		case goja.PromiseStateRejected:
			return &rejection{value: r.main.Result()}
		}
		progress, wait, err := s.turn()
		if err != nil {
			if isUncatchable(err) || r.ctx.Err() != nil {
				return err
			}
			s.background(err)
		}
		if progress {
			continue
		}
		if r.pending == 0 && wait < 0 {
			return errStuck
		}
		r.sleep(wait)
	}
}

// turn runs what has been posted and the timers that are due. The first task that fails ends it; the others wait for the
// next turn.
func (s *session) turn() (progress bool, wait time.Duration, err error) {
	r := s.run
	tasks := r.takePosted()
	for i, task := range tasks {
		if err := s.vm.unwound(task); err != nil {
			r.postAgain(tasks[i+1:])
			return true, 0, err
		}
	}
	due, wait := r.timers.due(time.Now())
	for i, t := range due {
		if err := s.vm.unwound(t.fire); err != nil {
			r.timers.putBack(due[i+1:])
			return true, 0, err
		}
	}
	return len(tasks) > 0 || len(due) > 0, wait, nil
}

// drain runs what came in since the last entry. Its failures are not the next entry's.
func (s *session) drain() {
	const enough = 100 // of timers that start each other
	for range enough {
		progress, _, err := s.turn()
		if isUncatchable(err) {
			return // the entry is stopped before it began, and finds out by itself
		}
		s.background(err)
		if !progress {
			break
		}
	}
	for _, p := range s.takeRejected() {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
}

// unhandled is the failure of an entry that left a rejected promise without a handler.
func (s *session) unhandled() error {
	rejected := s.takeRejected()
	if len(rejected) == 0 {
		return nil
	}
	for _, p := range rejected[1:] {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
	return &rejection{value: rejected[0].Result(), unhandled: true}
}

// takeRejected takes the promises that were rejected and have no handler, up to that of the entry itself.
func (s *session) takeRejected() []*goja.Promise {
	var list []*goja.Promise
	for _, p := range s.run.rejected {
		if p != s.run.main {
			list = append(list, p)
		}
	}
	s.run.rejected = nil
	return list
}

// background reports a failure that is nobody's value: of a timer, or of a promise that an earlier entry left behind.
func (s *session) background(err error) {
	if err == nil {
		return
	}
	failure := s.run.failure(err)
	var e *engine.Error
	if errors.As(failure, &e) {
		_ = e.Format(s.vm.cfg.Stderr, false)
		return
	}
	_, _ = fmt.Fprintln(s.vm.cfg.Stderr, failure)
}

// failed makes the error of an entry out of the reason why it ended, and keeps the thrown value as _error. An entry that was
// stopped leaves nothing behind: neither timers nor jobs.
func (s *session) failed(ctx context.Context, err error, timers int64) error {
	var rejected *rejection
	var exception *goja.Exception
	switch {
	case s.run.ctx.Err() != nil || isUncatchable(err):
		s.run.timers.cancelAfter(timers)
		s.run.rejected = nil
		failure := s.run.failure(err)
		return s.restore(failure)
	case errors.As(err, &rejected):
		s.define("_error", rejected.value)
	case errors.As(err, &exception):
		s.define("_error", exception.Value())
	}
	for _, p := range s.takeRejected() {
		s.background(&rejection{value: p.Result(), unhandled: true})
	}
	return s.run.failure(err)
}

// restore makes the VM ready for the next entry after one that was stopped.
func (s *session) restore(failure error) error {
	rt := s.vm.rt
	s.vm.reset()
	if s.vm.rt == rt {
		return failure
	}
	var e *engine.Error
	if errors.As(failure, &e) {
		e.Hint = joinHints(e.Hint, "the script engine could not go on: the session's variables are lost")
	}
	if err := s.prepare(); err != nil {
		return errors.Join(failure, err)
	}
	return failure
}

// stopped is the error of an entry whose context had ended before it began.
func (s *session) stopped(ctx context.Context, name string) error {
	s.run.ctx, s.run.program.name = ctx, name
	return s.run.failure(context.Cause(ctx))
}

// remember keeps what the run of an entry showed, for Script.
func (s *session) remember(c *compiledEntry) {
	for _, name := range c.created {
		s.learn().created = append(s.learn().created, name)
	}
	if s.current != nil {
		s.lessons[c.source] = s.current
	}
}

// declare makes the variables that an entry assigns without declaring them, and those of var, which are undefined at first.
func (s *session) declare(c *compiledEntry) {
	global := s.vm.rt.GlobalObject()
	for _, name := range c.declared {
		if global.Get(name) == nil {
			s.define(name, goja.Undefined())
		}
	}
	for _, name := range c.assigned {
		if !c.bound[name] && global.Get(name) == nil {
			s.define(name, goja.Undefined())
			c.created = append(c.created, name)
		}
	}
}

// Script implements engine.Session.
func (s *session) Script(code string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := s.take("", code)
	if err != nil {
		return code
	}
	return e.render(inScript).String()
}

// Members implements engine.Session.
func (s *session) Members(path string) []engine.Member { return nil }

// Get implements engine.Session.
func (s *session) Get(name string) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return nil, nil
}

// Set implements engine.Session.
func (s *session) Set(name string, value any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	made, err := s.vm.toValue(value)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	s.define(name, made)
	return nil
}

// Close implements engine.Session.
func (s *session) Close() error {
	s.close(errClosed)
	return s.vm.Close()
}
