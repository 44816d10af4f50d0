package bundle

import (
	"context"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
	"github.com/crisphost/crisphost/internal/fresh"
)

// Compiler compiles programs and keeps those used last. It is safe for concurrent use.
type Compiler struct {
	cache programCache
}

// NewCompiler returns a compiler that keeps up to that many programs.
func NewCompiler(cacheSize int) *Compiler {
	return &Compiler{cache: programCache{limit: cacheSize}}
}

// Compile compiles a script with all that it imports, unless the very same is kept. Modules are those of the host.
func (c *Compiler) Compile(ctx context.Context, src engine.Source, modules []*engine.Module) (*Program, error) {
	if ctx.Err() != nil {
		return nil, compileStopped(ctx, src)
	}
	key, isFresh := cacheKey(src, modules), fresh.Is(ctx)
	if p := c.cache.get(key, src.FS); p != nil && !isFresh {
		return p, nil
	}
	type outcome struct {
		program *Program
		err     error
	}
	done := make(chan outcome, 1)
	go func() {
		p, err := newBundle(src, modules).recovered()
		if err == nil && !isFresh {
			c.cache.put(key, p)
		}
		done <- outcome{p, err}
	}()
	select {
	case o := <-done:
		return o.program, o.err
	case <-ctx.Done():
		// esbuild and goja cannot be stopped; the work ends by itself and its result is kept for the next attempt.
		return nil, compileStopped(ctx, src)
	}
}

// recovered is compile, with a panic of the parsers and compilers as its error.
func (b *bundle) recovered() (p *Program, err error) {
	defer func() {
		if x := recover(); x != nil {
			p, err = nil, CompilePanic(b.src.Name, syntax.NewPanicError(x))
		}
	}()
	return b.compile()
}

// CompilePanic is the error of a script on which a parser or compiler panicked.
func CompilePanic(name string, err *syntax.PanicError) *engine.Error {
	return &engine.Error{
		Kind: engine.KindCompile, Position: engine.Position{File: name}, Name: "InternalError",
		Message: "the script engine cannot compile this: " + err.Error(), Hint: syntax.HintReport, Err: err,
	}
}

// compileStopped is the error of a compilation whose context ended.
func compileStopped(ctx context.Context, src engine.Source) error {
	e := limits.Stopped(ctx)
	e.File = src.Name
	return e
}
