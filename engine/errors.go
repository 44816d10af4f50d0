package engine

import (
	"errors"
	"fmt"
)

// Errors of the engine, for errors.Is. Each is wrapped by an error that says more.
var (
	// ErrBusy is the error of a call on an instance that is running another one. A host function that calls back into the
	// instance which called it gets it too.
	ErrBusy = errors.New("the instance is running another call")
	// ErrClosed is the error of a call on an instance that was closed, or that a stopped call has ended. It comes with the
	// reason.
	ErrClosed = errors.New("the instance is closed")
	// ErrNoFunction is the error of a call of something that a program does not export.
	ErrNoFunction = errors.New("no such function")
	// ErrPermission is the error of a host call that permissions refuse.
	ErrPermission = errors.New("permission denied")
	// ErrTimeout is the error of a run or a call whose context passed its deadline.
	ErrTimeout = errors.New("the script ran out of time")
	// ErrMemory is the error of a run or a call that took more memory than its limit.
	ErrMemory = errors.New("the script uses too much memory")
)

// PanicError is a Go panic of a host function. Scripts see a message without Value. Errors of runs and calls wrap it, and
// WithPanicHook reports it when it happens, whatever the script does with the error.
type PanicError struct {
	// Function is the dotted name of the function by its words, for example "billing.customer".
	Function string
	// Value is what the function panicked with.
	Value any
	// Stack is the stack of the goroutine at the panic, as debug.Stack formats it.
	Stack []byte
}

// Error includes Value: it is for logs of the host, not for scripts.
func (e *PanicError) Error() string { return fmt.Sprintf("%s: panic: %v", e.Function, e.Value) }

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// MemoryError is the cause when a run took more memory than Config.MemoryLimit.
type MemoryError struct {
	// Limit is in bytes.
	Limit int64
}

// Error says the limit in MiB.
func (e *MemoryError) Error() string {
	return fmt.Sprintf("it uses more than %d MiB of memory", e.Limit>>20)
}
