package loop

import (
	"errors"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// An interrupt or a stack overflow inside an async function or a generator leaves goja's call stack as it was there: each such
// function under way hides the frame to which goja should have returned, and the VM takes itself for running from then on.
// An enclosing Try sets one such function right as the panic passes. So every task runs inside some of them.

// UnwindDepth is how many async functions and generators inside each other can be unwound.
const UnwindDepth = 16

// Unwind runs f so that goja's stack is empty afterwards.
func Unwind(rt *goja.Runtime, f func() error) error { return UnwindFrom(rt, UnwindDepth, f) }

// UnwindFrom is Unwind for up to depth async functions and generators inside each other.
func UnwindFrom(rt *goja.Runtime, depth int, f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			stopped, ok := x.(stopPanic)
			if !ok {
				panic(x)
			}
			err = stopped.error
		}
	}()
	nest(rt, depth, func() {
		if err = f(); IsUncatchable(err) {
			panic(stopPanic{err})
		}
	})
	return err
}

// stopPanic carries the error of a stopped script through goja, which passes on panics that it does not know.
type stopPanic struct{ error }

// Stop ends what runs under UnwindFrom with an error.
func Stop(err error) { panic(stopPanic{err}) }

// nest runs f inside depth Trys. A panic is caught between them and started again: where it passes through all at once, Go looks through
// the whole stack for each.
func nest(rt *goja.Runtime, depth int, f func()) {
	if depth == 0 {
		f()
		return
	}
	if x := tryAgain(rt, depth, f); x != nil {
		panic(x)
	}
}

func tryAgain(rt *goja.Runtime, depth int, f func()) (x any) {
	defer func() {
		if caught := recover(); caught != nil {
			x = caught
		}
	}()
	if exception := rt.Try(func() { nest(rt, depth-1, f) }); exception != nil {
		return exception
	}
	return nil
}

// IsUncatchable reports whether an error is one that scripts cannot catch: an interrupt or a stack overflow.
func IsUncatchable(err error) bool {
	if err == nil {
		return false // without the variables on the heap
	}
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	return errors.As(err, &interrupted) || errors.As(err, &overflow)
}

// emptyProgram does nothing.
var emptyProgram = sync.OnceValue(func() *goja.Program { return goja.MustCompile(syntax.BundleFile, "0", true) })

// DropJobs makes goja forget the promise jobs that wait, which it does when an interrupt reaches the bottom of its stack.
func DropJobs(rt *goja.Runtime) error {
	rt.Interrupt(engine.ErrClosed)
	_, err := rt.RunProgram(emptyProgram())
	rt.ClearInterrupt()
	if !IsUncatchable(err) {
		return errors.New("goja ignored an interrupt")
	}
	_, err = rt.RunProgram(emptyProgram())
	return err
}
