package js

import (
	"errors"
	"sync"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/syntax"
)

// An interrupt or a stack overflow inside an async function or a generator leaves goja's call stack as it was there: each such
// function under way hides the frame to which goja should have returned, and the VM takes itself for running from then on.
// An enclosing Try sets one such function right as the panic passes. So every task runs inside some of them.

// unwindDepth is how many async functions and generators inside each other can be unwound.
const unwindDepth = 16

// unwound runs f so that goja's stack is empty afterwards.
func (v *vm) unwound(f func() error) error { return v.unwoundFrom(unwindDepth, f) }

// unwoundFrom is unwound for up to depth async functions and generators inside each other.
func (v *vm) unwoundFrom(depth int, f func() error) (err error) {
	defer func() {
		if x := recover(); x != nil {
			stopped, ok := x.(stopPanic)
			if !ok {
				panic(x)
			}
			err = stopped.error
		}
	}()
	v.nest(depth, func() {
		if err = f(); isUncatchable(err) {
			panic(stopPanic{err})
		}
	})
	return err
}

// stopPanic carries the error of a stopped script through goja, which passes on panics that it does not know.
type stopPanic struct{ error }

// nest runs f inside depth Trys. A panic is caught between them and started again: where it passes through all at once, Go looks through
// the whole stack for each.
func (v *vm) nest(depth int, f func()) {
	if depth == 0 {
		f()
		return
	}
	if x := v.tryAgain(depth, f); x != nil {
		panic(x)
	}
}

func (v *vm) tryAgain(depth int, f func()) (x any) {
	defer func() {
		if caught := recover(); caught != nil {
			x = caught
		}
	}()
	if exception := v.rt.Try(func() { v.nest(depth-1, f) }); exception != nil {
		return exception
	}
	return nil
}

func isUncatchable(err error) bool {
	var interrupted *goja.InterruptedError
	var overflow *goja.StackOverflowError
	return errors.As(err, &interrupted) || errors.As(err, &overflow)
}

// emptyProgram does nothing.
var emptyProgram = sync.OnceValue(func() *goja.Program { return goja.MustCompile(syntax.BundleFile, "0", true) })

// reset makes the VM ready for the next program after one that failed.
func (v *vm) reset() {
	if err := v.protect(v.dropJobs); err != nil || len(v.rt.CaptureCallStack(0, nil)) > 0 {
		v.renew()
	}
}

// dropJobs makes goja forget the promise jobs that wait, which it does when an interrupt reaches the bottom of its stack.
func (v *vm) dropJobs() error {
	v.rt.Interrupt(errClosed)
	_, err := v.rt.RunProgram(emptyProgram())
	v.rt.ClearInterrupt()
	if !isUncatchable(err) {
		return errors.New("goja ignored an interrupt")
	}
	_, err = v.rt.RunProgram(emptyProgram())
	return err
}
