package syntax

import (
	"fmt"
	"runtime/debug"
)

// HintReport is the hint of errors that no script can be blamed for.
const HintReport = "this is a bug in the host, not in the script: please report it with the script"

// PanicError is a Go panic that reached the runtime.
type PanicError struct {
	value any
	stack []byte
}

// NewPanicError returns the error of a recovered panic. It is called where that was recovered.
func NewPanicError(x any) *PanicError {
	return &PanicError{value: x, stack: debug.Stack()}
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

func (e *PanicError) Unwrap() error {
	err, _ := e.value.(error)
	return err
}
