//go:build unix

package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// compileOwner is the owner of what is compiled. The processes that do it run nothing.
const compileOwner = "\x00compile"

// compiling is the authority of what is compiled.
func (p *Pool) compiling() authority { return authority{memory: p.options.Memory, owner: compileOwner} }

// Compile compiles a source in a worker and returns the files that the program is made of, as engine.Bundled has them. Nothing of it
// runs. Imported files are read where they are. A worker whose compilation ctx ends is killed, after Options.Grace, and so is one that
// takes more than Options.Memory.
//
// It takes one of the places that runs have, so that who compiles what others wait for has a pool for that.
func (p *Pool) Compile(ctx context.Context, src engine.Source) (map[string][]byte, error) {
	if err := p.enter(ctx); err != nil {
		return nil, err
	}
	defer p.leave()
	// Somebody may have killed the process: a script that ends two is the one to blame.
	const attempts = 2
	for attempt := 1; ; attempt++ {
		files, problem, err := p.compileOnce(ctx, src)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case p.ctx.Err() != nil:
			return nil, ErrClosed
		case problem == nil:
			return files, err
		case problem.Kind == KindMemory:
			return nil, &engine.Error{
				Kind: engine.KindCompile, Position: engine.Position{File: src.Name},
				Message: fmt.Sprintf("compiling the script takes more than %s of memory", wire.Size(p.options.Memory)),
				Hint:    "make large values while the script runs, or read them from a file", Err: engine.ErrMemory,
			}
		case attempt == attempts:
			return nil, &engine.Error{
				Kind: engine.KindCompile, Position: engine.Position{File: src.Name}, Message: "the script cannot be compiled: " + problem.Message,
				Err: engine.ErrMemory, // most of what ends a process
			}
		}
	}
}

// compileOnce compiles a source in one process. A problem is that process's, and err the source's.
func (p *Pool) compileOnce(ctx context.Context, src engine.Source) (files map[string][]byte, problem *Error, err error) {
	const version = "compile" // has idle processes taken before fresh ones
	w, err := p.take(version, p.compiling())
	if err != nil {
		return nil, failed(KindWorker, err.Error()), nil
	}
	j := &job{
		Job: Job{Script: src.Name, Program: &Program{Hash: version}}, observer: noObserver{}, connection: &connection{},
		authority: p.compiling(),
	}
	if j.invoker, err = refusing(); err != nil {
		p.give(w, false)
		return nil, nil, err
	}
	if err := p.bind(w, j); err != nil {
		p.give(w, false)
		return nil, failed(KindWorker, err.Error()), nil
	}
	r := &run{
		pool: p, worker: w, job: j, id: uint64(w.runs) << wire.RunShift, heard: make(chan struct{}, 1), body: src.Code,
		message: &wire.RunMessage{
			Script: src.Name, Memory: j.authority.memory,
			Compile: &wire.CompileMessage{Name: src.Name, Language: src.Language, Root: src.Root, Dir: src.Dir},
		},
	}
	problem = r.execute(ctx)
	p.give(w, r.clean)
	switch {
	case problem != nil:
		return nil, problem, nil
	case r.compiled == nil:
		return nil, failed(KindWorker, "the worker sent no program"), nil
	case r.compiled.Error != nil:
		return nil, nil, r.compiled.Error.Err()
	}
	files, err = split(r.compiled.Files, r.result)
	return files, nil, err
}

// split takes the files of a program apart.
func split(list []wire.File, contents []byte) (map[string][]byte, error) {
	files := make(map[string][]byte, len(list))
	for _, f := range list {
		if f.Size < 0 || f.Size > len(contents) {
			return nil, errors.New("the worker sent less of the program than it has")
		}
		files[f.Name], contents = contents[:f.Size:f.Size], contents[f.Size:]
	}
	return files, nil
}

// refusing decides on the calls of a program that is compiled and not run.
func refusing() (*engine.Invoker, error) {
	var config engine.Config
	if err := config.Apply(engine.WithGate(refuseAll)); err != nil {
		return nil, err
	}
	return engine.NewInvoker(&config), nil
}

// compileGrace is how long a compilation that is stopped may take to end: nothing of it is worth a wait.
const compileGrace = time.Millisecond

// NewCompiler makes a pool for Compile that does so many at a time, of the same program as a pool with those options.
func NewCompiler(o Options, places int) (*Pool, error) {
	return NewPool(Options{
		Workers: places, Idle: places, Warm: -1, Grace: compileGrace, Memory: compileMemory, Bundles: o.Bundles,
		Logger: o.Logger, Command: o.Command,
		// They read the scripts with the host's rights, wherever links lead, and run nothing of them.
		Unconfined: true,
	})
}

// compileMemory is more than the largest script and its imports take.
const compileMemory = 512 << 20
