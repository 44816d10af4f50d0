package js

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/builtins"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/internal/calls"
)

// DefaultCacheSize is how many programs a runtime keeps unless WithCacheSize says otherwise.
const DefaultCacheSize = 256

// Option changes how a runtime works.
type Option func(*scriptRuntime)

// WithCacheSize sets how many compiled programs the runtime keeps. Zero keeps none.
func WithCacheSize(programs int) Option {
	return func(r *scriptRuntime) { r.cacheSize = programs }
}

// scriptRuntime is the engine.Runtime of JavaScript and TypeScript.
type scriptRuntime struct {
	cacheSize int
	compiler  *bundle.Compiler
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
	r := &scriptRuntime{cacheSize: DefaultCacheSize}
	for _, option := range options {
		option(r)
	}
	r.compiler = bundle.NewCompiler(r.cacheSize)
	return r
}

// Compile implements engine.Runtime.
func (r *scriptRuntime) Compile(ctx context.Context, src engine.Source, modules []string) (engine.Program, error) {
	known := make([]*engine.Module, len(modules))
	for i, name := range modules {
		known[i] = &engine.Module{Name: name}
	}
	return r.CompileFor(ctx, src, known)
}

// CompileFor is Compile for scripts that can call the functions of modules. It refuses those that take the promise of a call for its
// result.
func (r *scriptRuntime) CompileFor(ctx context.Context, src engine.Source, modules []*engine.Module) (engine.Program, error) {
	if src.Language != engine.JavaScript && src.Language != engine.TypeScript {
		return nil, fmt.Errorf("compile %s: the JavaScript runtime does not take language %q", src.Name, src.Language)
	}
	p, err := r.compiler.Compile(ctx, src, modules)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// Calls implements calls.Finder.
func (r *scriptRuntime) Calls(src engine.Source, modules []*engine.Module) ([]calls.Call, error) {
	return bundle.Calls(src, modules)
}

// New implements engine.Runtime.
func (r *scriptRuntime) New(cfg engine.Config) (engine.VM, error) {
	return newVM(cfg), nil
}
