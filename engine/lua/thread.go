package lua

import (
	"errors"
	"time"

	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// thread is the context of one Lua thread. gopher-lua asks it before each instruction, so Done answers with an atomic read
// and counts down to the next look at the run's context: nil while the script may go on, a closed channel once it has to stop. A context with a real channel costs
// several times as much. Every thread has its own, which also tells Go functions the VM they run in.
type thread struct {
	vm   *vm
	task *task
	// active tells that the thread runs, or waits for a coroutine that it resumed or for a host call.
	active bool
	// coroutine tells that somebody resumes the thread.
	coroutine bool
	// crossed is the error of the last yield that had to be refused, or nil.
	crossed glua.LValue
	// steps is how many instructions are left until the next look.
	steps int32
}

// task is a strand of a script that runs beside others: the main program or a function of parallel or map.
type task struct {
	parent  *task
	loading *load // the innermost file that it runs in a require
	waiting *load // a file that another task runs
}

// threadOf is what belongs to a Lua thread of this package's VMs.
func threadOf(L *glua.LState) *thread { return L.Context().(*thread) }

// vmOf is the VM of a Lua thread.
func vmOf(L *glua.LState) *vm { return threadOf(L).vm }

// ChunkNamed implements stack.Chunks.
func (t *thread) ChunkNamed(name string) *syntax.Chunk {
	if src := t.vm.sources[name]; src != nil {
		return src.chunk
	}
	return nil
}

// Uncatchable implements stack.Catcher. A pcall that caught a refused yield would end the coroutine's loop without a word.
func (t *thread) Uncatchable(value glua.LValue) bool {
	return t.crossed != nil && same(value, t.crossed)
}

// newThread makes a Lua thread beside L.
func (v *vm) newThread(L *glua.LState, t *thread) *glua.LState {
	// Without a context on L, NewThread does not derive one.
	ctx := L.RemoveContext()
	th, _ := L.NewThread()
	L.SetContext(ctx)
	th.SetContext(t)
	return th
}

// stepsPerLook is how many instructions there are from one look at the run's context to the next.
const stepsPerLook = 64

// Done looks at each instruction whether the run was stopped, since a script that doubles a string takes three for it.
func (t *thread) Done() <-chan struct{} {
	if t.steps--; t.steps > 0 && !t.vm.stopped.Load() {
		return nil
	}
	return t.look()
}

// look notices that the run has to stop. From then on the thread looks before each instruction.
func (t *thread) look() <-chan struct{} {
	if t.vm.halted() {
		t.steps = 0
		return t.vm.ended
	}
	t.steps = stepsPerLook
	return nil
}

// lookSoon makes the thread look before its next instruction, as after work that may have taken long.
func (t *thread) lookSoon() { t.steps = 0 }

// errStopped is what Lua code sees at its next instruction. It can catch it, but not run on.
var errStopped = errors.New("the script was stopped")

func (t *thread) Err() error {
	if t.vm.stopped.Load() {
		return errStopped
	}
	return nil
}

func (t *thread) Deadline() (time.Time, bool) { return time.Time{}, false }
func (t *thread) Value(any) any               { return nil }
