// Package usage has the errors of wrong command lines and settings, and the checks of arguments and flags that return them.
package usage

import (
	"fmt"
	"io"
	"strings"

	"github.com/crisphost/crisphost/internal/plain"
)

// Error is an error in the command line, the configuration or the files that it names.
type Error struct {
	// Problem says what is wrong. hint, which may be empty, says what to do.
	Problem, Hint string
	Err           error
}

func (e *Error) Error() string { return e.Problem }
func (e *Error) Unwrap() error { return e.Err }

// ShownError is an error that the user has seen already. It only decides the exit code.
type ShownError struct{ Err error }

func (e *ShownError) Error() string { return e.Err.Error() }
func (e *ShownError) Unwrap() error { return e.Err }

// Print writes a problem, and a hint below it unless it is empty. What a terminal would obey is made visible: names of files, words of a
// command line and answers of servers can hold anything.
func Print(w io.Writer, problem, hint string) {
	fmt.Fprintln(w, plain.Lines(problem))
	if hint != "" {
		fmt.Fprintln(w, "  hint: "+strings.ReplaceAll(plain.Lines(hint), "\n", "\n  "))
	}
}
