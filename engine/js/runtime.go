package js

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// DefaultCacheSize is how many programs a runtime keeps unless WithCacheSize says otherwise.
const DefaultCacheSize = 256

// Option changes how a runtime works.
type Option func(*scriptRuntime)

// WithCacheSize sets how many compiled programs the runtime keeps. Zero keeps none.
func WithCacheSize(programs int) Option {
	return func(r *scriptRuntime) { r.cache.limit = programs }
}

// scriptRuntime is the engine.Runtime of JavaScript and TypeScript.
type scriptRuntime struct {
	cache programCache
}

// NewRuntime returns the runtime for engine.JavaScript and engine.TypeScript sources:
//
//	rt := js.NewRuntime()
//	program, err := rt.Compile(ctx, engine.Source{Name: "hello.js", Code: code, Language: engine.JavaScript}, nil)
//	...
//	vm, err := rt.New(engine.Config{Stdout: os.Stdout})
//	...
//	defer vm.Close()
//	result, err := vm.Run(ctx, program)
//
// It is safe for concurrent use; programs are shared between its VMs.
func NewRuntime(options ...Option) engine.Runtime {
	builtins.BoundRegexps()
	r := &scriptRuntime{cache: programCache{limit: DefaultCacheSize}}
	for _, option := range options {
		option(r)
	}
	return r
}

// Compile implements engine.Runtime.
func (r *scriptRuntime) Compile(ctx context.Context, src engine.Source, modules []string) (engine.Program, error) {
	if ctx.Err() != nil {
		return nil, compileStopped(ctx, src)
	}
	if src.Language != engine.JavaScript && src.Language != engine.TypeScript {
		return nil, fmt.Errorf("compile %s: the JavaScript runtime does not take language %q", src.Name, src.Language)
	}
	key := cacheKey(src, modules)
	if p := r.cache.get(key, src.FS); p != nil {
		return p, nil
	}
	type outcome struct {
		program *program
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		p, err := newBundle(src, modules).recovered()
		if err == nil {
			r.cache.put(key, p)
		}
		done <- outcome{p, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, o.err
		}
		return o.program, nil
	case <-ctx.Done():
		// esbuild and goja cannot be stopped; the work ends by itself and its result is kept for the next attempt.
		return nil, compileStopped(ctx, src)
	}
}

// recovered is compile, with a panic of the parsers and compilers as its error.
func (b *bundle) recovered() (p *program, err error) {
	defer func() {
		if x := recover(); x != nil {
			p, err = nil, compilePanic(b.src.Name, syntax.NewPanicError(x))
		}
	}()
	return b.compile()
}

// compilePanic is the error of a script on which a parser or compiler panicked.
func compilePanic(name string, err *syntax.PanicError) *engine.Error {
	return &engine.Error{
		Kind: engine.KindCompile, Position: engine.Position{File: name}, Name: "InternalError",
		Message: "the script engine cannot compile this: " + err.Error(), Hint: hintReport, Err: err,
	}
}

// hintReport is the hint of errors that no script can be blamed for.
const hintReport = "this is a mistake in the host, not in the script: please report it with the script"

// compileStopped is the error of a compilation whose context ended.
func compileStopped(ctx context.Context, src engine.Source) error {
	e := limits.Stopped(ctx)
	e.File = src.Name
	return e
}

// New implements engine.Runtime.
func (r *scriptRuntime) New(cfg engine.Config) (engine.VM, error) {
	return newVM(cfg), nil
}
