package lua

import (
	"context"
	"fmt"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/callcontext"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	glua "github.com/yuin/gopher-lua"
)

// enter begins a run of a program, or with nil of the one that was loaded, and takes the VM for it. It fails if the VM is taken,
// was closed, or if ctx has ended; nothing has happened then. The run ends with leave.
func (v *vm) enter(ctx context.Context, p *program.Program) error {
	if !v.running.TryLock() {
		return v.occupied(ctx)
	}
	again := p == nil
	if again {
		p = v.living.program
	}
	if err := v.unusable(ctx, p); err != nil {
		v.running.Unlock()
		return err
	}
	v.mu.Lock()
	v.ctx, v.program = ctx, p
	if v.stopped.Load() {
		v.stopped.Store(false)
	}
	if v.closed.Load() { // it may have begun to close since
		v.stopped.Store(true)
	}
	if supervisor := v.supervisor; supervisor != nil {
		if again {
			supervisor = supervisor.Rebased()
		}
		host := v.context()
		v.unwatch = supervisor.Watch(host, host.End)
	}
	return nil
}

// occupied is the error of a run while there is another.
func (v *vm) occupied(ctx context.Context) error {
	switch {
	case v.closed.Load():
		return engine.ErrClosed
	case v.invoker.Called(ctx):
		return fmt.Errorf("%w, which is the one that calls this function", engine.ErrBusy)
	default:
		return engine.ErrBusy
	}
}

// unusable is why there can be no run, or nil.
func (v *vm) unusable(ctx context.Context, p *program.Program) error {
	switch {
	case v.closed.Load():
		return engine.ErrClosed
	case v.living.dead != nil:
		return v.living.dead
	case ctx.Err() != nil:
		e := limits.Stopped(ctx)
		if p != nil {
			e.File = p.Name()
		}
		return e
	}
	return nil
}

// leave ends the run. Sequences that it left open can be read in the next: their host calls go on.
func (v *vm) leave() {
	if v.unwatch != nil {
		v.unwatch()
		v.unwatch = nil
	}
	if host := v.host.Load(); host != nil {
		v.host.Store(nil)
		host.Leave()
	}
	v.ctx = context.Background()
	v.mu.Unlock()
	v.running.Unlock()
}

// context is what the run's host calls get.
func (v *vm) context() *callcontext.Context {
	host := v.host.Load()
	if host == nil {
		host = callcontext.New(v.ctx, v, &v.kept)
		v.host.Store(host)
		if v.closed.Load() { // Close may have missed it
			host.End(engine.ErrClosed)
		}
	}
	return host
}

// Ended implements callcontext.Owner.
func (v *vm) Ended(*callcontext.Context, error) { v.stopped.Store(true) }

// halted reports whether the run has to stop.
func (v *vm) halted() bool {
	if !v.stopped.Load() && v.ctx.Err() != nil {
		v.stopped.Store(true)
	}
	return v.stopped.Load()
}

// stopError is the error of a run that has to stop.
func (v *vm) stopError() *engine.Error {
	if host := v.host.Load(); (host == nil || !host.IsOver()) && v.ctx.Err() != nil {
		return limits.Stopped(v.ctx)
	}
	return limits.Stopped(v.context())
}

// stopIfHalted raises the error of a run that has to stop.
func (v *vm) stopIfHalted(L *glua.LState) {
	if v.halted() {
		L.RaiseError("%s", errStopped.Error())
	}
}

// unlocked runs fn while other threads of the VM may run Lua. L is the thread that calls it.
func (v *vm) unlocked(L *glua.LState, fn func()) {
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		L.G.CurrentThread = L
		v.halted()
	}()
	fn()
}
