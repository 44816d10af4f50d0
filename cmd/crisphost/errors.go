package main

import (
	"fmt"
	"io"
	"strings"
)

// usageError is an error in the command line, the configuration or the files that it names.
type usageError struct {
	// problem says what is wrong. hint, which may be empty, says what to do.
	problem, hint string
	err           error
}

func (e *usageError) Error() string { return e.problem }
func (e *usageError) Unwrap() error { return e.err }

// shownError is an error that the user has seen already. It only decides the exit code.
type shownError struct{ err error }

func (e *shownError) Error() string { return e.err.Error() }
func (e *shownError) Unwrap() error { return e.err }

// writeProblem writes a problem on one line, and a hint below it unless it is empty.
func writeProblem(w io.Writer, problem, hint string) {
	fmt.Fprintln(w, problem)
	if hint != "" {
		fmt.Fprintln(w, "  hint: "+strings.ReplaceAll(hint, "\n", "\n  "))
	}
}
