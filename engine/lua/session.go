package lua

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/lua/internal/entry"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/engine/lua/internal/value"
	glua "github.com/yuin/gopher-lua"
)

// session evaluates entries in one VM. A local of an entry's top level becomes a global variable, so that later entries see it.
type session struct {
	vm     *vm
	rt     *runtime
	loader *program.Loader
	mu     sync.Mutex // held while the VM is used
}

var _ engine.Interactive = (*runtime)(nil)

// NewSession implements engine.Interactive.
func (rt *runtime) NewSession(cfg engine.Config, root, dir string) (engine.Session, error) {
	made, err := rt.New(cfg)
	if err != nil {
		return nil, err
	}
	v := made.(*vm)
	v.tracked = &tracked{}
	return &session{vm: v, rt: rt, loader: rt.cache.NewLoader(engine.Source{Root: root, Dir: dir})}, nil
}

// LookFrom makes require look from the directory of a file with that name, until back is called. Root is as in engine.Source.
func (s *session) LookFrom(name, root, dir string) (back func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.loader
	s.loader = s.rt.cache.NewLoader(engine.Source{Name: name, Root: root, Dir: dir})
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.loader = before
	}
}

// Eval implements engine.Session. Of several values the text has all, and the variable _ the first.
//
// Names should differ from entry to entry: errors of functions find their text by the name of the entry that made them.
func (s *session) Eval(ctx context.Context, name, code string) (o engine.Outcome, err error) {
	if s.vm.invoker.Called(ctx) {
		return engine.Outcome{}, s.vm.occupied(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, marked, err := s.compileUntil(ctx, name, code)
	if err != nil {
		return engine.Outcome{}, err
	}
	v := s.vm
	if err := v.enter(ctx, &program.Program{Main: c, Loader: s.loader}); err != nil {
		return engine.Outcome{}, err
	}
	defer v.leave()
	defer panics.Recover(name, "evaluate", &err)
	v.sources[c.Name] = &source{chunk: c, loader: s.loader, dir: s.loader.Dir}
	return s.run(c, marked)
}

// compileUntil compiles an entry unless ctx ends before.
func (s *session) compileUntil(ctx context.Context, name, code string) (c *syntax.Chunk, marked bool, err error) {
	if len(code) <= syntax.QuickSource {
		return entry.Compile(name, code)
	}
	type compiled struct {
		c      *syntax.Chunk
		marked bool
	}
	made, done, err := syntax.Await(ctx, func() (e compiled, err error) {
		e.c, e.marked, err = entry.Compile(name, code)
		return e, err
	})
	if !done {
		e := limits.Stopped(ctx)
		e.File = name
		return nil, false, e
	}
	return made.c, made.marked, err
}

// run runs a compiled entry. With marked set, its values come after a nil.
func (s *session) run(c *syntax.Chunk, marked bool) (engine.Outcome, error) {
	v, L := s.vm, s.vm.L
	L.Push(L.NewFunctionFromProto(c.Proto))
	failed := v.protect(L, 0, glua.MultRet)
	switch {
	case v.halted():
		L.SetTop(0)
		return engine.Outcome{}, v.runError(cmp.Or(failed, &failure{}))
	case failed != nil:
		L.SetTop(0)
		L.G.Global.RawSetString("_error", failed.value)
		return engine.Outcome{}, v.runError(failed)
	}
	values := make([]glua.LValue, L.GetTop())
	for i := range values {
		values[i] = L.Get(i + 1)
	}
	L.SetTop(0)
	if marked {
		values = values[1:]
	}
	return s.outcome(values), nil
}

// Idle implements engine.Session. Calls of Lua leave nothing behind.
func (s *session) Idle(context.Context) error { return nil }

// Check implements engine.Session.
func (s *session) Check(code string) engine.Completeness { return entry.Check(code) }

// Scripts implements engine.Session.
func (s *session) Scripts(codes []string) ([]string, error) { return entry.Scripts(codes), nil }

// Continues reports whether a line belongs to the statement that a complete entry ends with.
func (s *session) Continues(code, line string) bool { return entry.Continues(code, line) }

// outcome describes the values of an entry and makes the first of them the variable _.
func (s *session) outcome(values []glua.LValue) engine.Outcome {
	if len(values) == 0 || len(values) == 1 && values[0] == glua.LNil {
		return engine.Outcome{None: true, Undefined: len(values) == 1}
	}
	s.vm.L.G.Global.RawSetString("_", values[0])
	o := s.vm.outcome(values)
	if st := streamIn(values); st != nil && o.Sequence == nil {
		st.shown.begin()
		return engine.Outcome{Next: func(ctx context.Context) (engine.Outcome, bool, error) { return s.step(ctx, st) }}
	}
	return o
}

// outcome describes values.
func (v *vm) outcome(values []glua.LValue) engine.Outcome {
	if len(values) == 0 || len(values) == 1 && values[0] == glua.LNil {
		return engine.Outcome{None: true}
	}
	var o engine.Outcome
	if st := streamIn(values); st != nil {
		if seq, ok := st.recorded(); ok {
			return engine.Outcome{Sequence: seq}
		}
	}
	if len(values) == 1 {
		if fn, ok := values[0].(*glua.LFunction); ok {
			o.Call, _ = v.tracked.functions.Get(fn)
		}
		if text, ok := v.values.JSON(values[0]); ok {
			o.JSON = text
		}
	}
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = v.values.Inspect(value)
	}
	o.Text = strings.Join(texts, "\t")
	return o
}

// lock takes the VM. It fails for a function that an entry has called, which would wait for that entry.
func (s *session) lock() error {
	if s.mu.TryLock() {
		return nil
	}
	if runFrames.Around() {
		return engine.ErrBusy
	}
	s.mu.Lock()
	return nil
}

// Get implements engine.Session.
func (s *session) Get(name string) (value any, err error) {
	defer panics.Recover("", "get", &err)
	if err := s.lock(); err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	defer s.mu.Unlock()
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	value, err = s.vm.values.ToGo(s.vm.L.G.Global.RawGetString(name))
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", name, err)
	}
	return value, nil
}

// Set implements engine.Session.
func (s *session) Set(name string, content any) (err error) {
	defer panics.Recover("", "set", &err)
	if err := s.lock(); err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	defer s.mu.Unlock()
	s.vm.mu.Lock()
	defer s.vm.mu.Unlock()
	content, err = value.ParseDocuments(content)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	made, err := s.vm.values.ToLua(content)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	s.vm.L.G.Global.RawSetString(name, made)
	return nil
}

// Members implements engine.Session. While an entry runs there are none. Functions behind __index are not called.
func (s *session) Members(path string) []engine.Member {
	defer panics.Ignore() // a shell completes nothing then
	if !s.mu.TryLock() {
		return nil
	}
	defer s.mu.Unlock()
	v := s.vm
	if v.closed.Load() {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.values.Members(path)
}

// Close implements engine.Session.
func (s *session) Close() error { return s.vm.Close() }
