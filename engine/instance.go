package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// Instance is a program that has run its top level, with what it left behind: variables, timers, exported functions.
//
// One call at a time runs in it; another one gets ErrBusy, also when a host function makes it. A Pool serves more. A call that
// was stopped by its context, a limit or Close ends the instance, since its state is half done: later calls get ErrClosed
// with the reason. A context that had ended before the call touches nothing. Timers run while a call or Idle runs.
type Instance struct {
	vm    VM
	types *types
}

// Instantiate runs the top level of a program in a new instance. The caller closes it.
func (e *Engine) Instantiate(ctx context.Context, p Program, options ...InstanceOption) (*Instance, error) {
	c, err := e.own(p)
	if err != nil {
		return nil, err
	}
	cfg, err := e.config(options)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", p.Name(), err)
	}
	vm, err := c.runtime.New(cfg)
	if err != nil {
		return nil, fmt.Errorf("instantiate %s: %w", p.Name(), err)
	}
	if err := vm.Load(ctx, c.Program); err != nil {
		return nil, errors.Join(err, vm.Close())
	}
	return &Instance{vm, e.types}, nil
}

// Exports returns the names of what the program exports, sorted: in JavaScript its exports, in Lua the fields of the table
// that it returned, or else the globals that it made. A function that is the default export, or that Lua returned, is
// "default".
func (i *Instance) Exports() []string { return i.vm.Exports() }

// Idle runs timers and what calls left behind until nothing is pending or ctx ends.
func (i *Instance) Idle(ctx context.Context) error { return i.vm.Idle(ctx) }

// Close stops a call in progress and frees the instance. It waits for the host calls in progress, whose contexts have ended.
func (i *Instance) Close() error { return i.vm.Close() }

func (i *Instance) call(ctx context.Context, name string, args []any) (any, error) {
	return i.vm.Call(ctx, name, args)
}

// Callee is what Call calls: an *Instance or a *Pool.
type Callee interface {
	call(ctx context.Context, name string, args []any) (any, error)
	known() *types
}

func (i *Instance) known() *types { return i.types }

func (p *Pool) known() *types { return p.engine.types }

// Call calls an exported function and returns when its result is settled and the host calls that it began have ended.
// Arguments are any values that encoding/json knows; the result is read into a T in the same manner. Call[any] returns the
// forms of Function.Call's arguments.
func Call[T any](ctx context.Context, c Callee, name string, args ...any) (T, error) {
	var none T
	if !isPlain(args) {
		neutral := make([]any, len(args))
		for i, arg := range args {
			var err error
			if neutral[i], err = encodeValue(c.known(), arg); err != nil {
				return none, place("call "+name+": "+argumentName(i), err)
			}
		}
		args = neutral
	}
	result, err := c.call(ctx, name, args)
	if err != nil {
		return none, err
	}
	value, err := decodeValue[T](c.known(), result)
	if err != nil {
		return none, place("call "+name+": result", err)
	}
	return value, nil
}

// Eval compiles and runs a program to its end, with everything that it started, and returns its result: the default export of
// JavaScript, the value that Lua returns. The language follows from the name.
func Eval[T any](ctx context.Context, e *Engine, name, code string, options ...InstanceOption) (T, error) {
	var none T
	p, err := e.Compile(ctx, FromString(name, code))
	if err != nil {
		return none, err
	}
	result, err := e.Run(ctx, p, options...)
	if err != nil {
		return none, err
	}
	value, err := decodeValue[T](e.types, result)
	if err != nil {
		return none, place(name+": result", err)
	}
	return value, nil
}

// Run runs a program once, to its end, in an instance of its own, and returns its result in the forms of Function.Call's
// arguments.
func (e *Engine) Run(ctx context.Context, p Program, options ...InstanceOption) (result any, err error) {
	err = e.once(p, options, func(vm VM) error {
		result, err = vm.Run(ctx, p)
		return err
	})
	return result, err
}

// Exec is Run without the result, which may then have any form.
func (e *Engine) Exec(ctx context.Context, p Program, options ...InstanceOption) error {
	return e.once(p, options, func(vm VM) error { return vm.Exec(ctx, p) })
}

// once hands a VM for a program to run and closes it.
func (e *Engine) once(p Program, options []InstanceOption, run func(VM) error) error {
	c, err := e.own(p)
	if err != nil {
		return err
	}
	vm, err := e.NewVM(c.language, options...)
	if err != nil {
		return fmt.Errorf("run %s: %w", p.Name(), err)
	}
	err = run(vm)
	if closeErr := vm.Close(); err == nil {
		err = closeErr
	}
	return err
}

// Pool keeps instances of a program for concurrent calls. An instance that a call ended is replaced at the next one.
type Pool struct {
	engine  *Engine
	program Program
	options []InstanceOption
	// places bounds the instances in use.
	places chan struct{}

	mu     sync.Mutex
	idle   []*Instance
	closed bool
}

// NewPool returns a pool of at most size instances. They are made when calls need them.
func (e *Engine) NewPool(p Program, size int, options ...InstanceOption) (*Pool, error) {
	if _, err := e.own(p); err != nil {
		return nil, err
	}
	if size < 1 {
		return nil, fmt.Errorf("a pool of %d instances serves nobody", size)
	}
	if _, err := e.config(options); err != nil {
		return nil, err
	}
	return &Pool{engine: e, program: p, options: options, places: make(chan struct{}, size)}, nil
}

// call waits for an instance and calls a function of it.
func (p *Pool) call(ctx context.Context, name string, args []any) (any, error) {
	if ctx.Err() != nil {
		return nil, p.unserved(ctx)
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	case <-ctx.Done():
		return nil, p.unserved(ctx)
	}
	i, err := p.take(ctx)
	if err != nil {
		return nil, err
	}
	result, err := i.call(ctx, name, args)
	return result, errors.Join(err, p.put(i, err))
}

// unserved returns the error of a call whose context ended before an instance was free.
func (p *Pool) unserved(ctx context.Context) error {
	e := &Error{
		Kind: KindInterrupt, Position: Position{File: p.program.Name()},
		Message: "the call was stopped before it began", Err: context.Cause(ctx),
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		e.Kind, e.Message = KindTimeout, "the call ran out of time before it began"
	}
	if e.Err != ctx.Err() { //nolint:errorlint // a cause that wraps it says more itself
		e.Message += ": " + e.Err.Error()
	}
	return e
}

func (p *Pool) take(ctx context.Context) (*Instance, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	if n := len(p.idle); n > 0 {
		i := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return i, nil
	}
	p.mu.Unlock()
	return p.engine.Instantiate(ctx, p.program, p.options...)
}

// put gives an instance back. One that a stopped call has ended is dropped.
func (p *Pool) put(i *Instance, err error) error {
	if stopped(err) {
		return i.Close()
	}
	p.mu.Lock()
	if !p.closed {
		p.idle = append(p.idle, i)
		i = nil
	}
	p.mu.Unlock()
	if i != nil {
		return i.Close()
	}
	return nil
}

// stopped reports whether an error has ended its instance.
func stopped(err error) bool {
	var e *Error
	return errors.Is(err, ErrClosed) || errors.As(err, &e) && e.Kind != KindRuntime
}

// Close closes the idle instances, and the others when their calls end.
func (p *Pool) Close() error {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	var errs []error
	for _, i := range idle {
		errs = append(errs, i.Close())
	}
	return errors.Join(errs...)
}
