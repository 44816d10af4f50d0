package engine

import (
	"context"
	"fmt"
	"strings"
)

// Kind tells in which way a script failed.
type Kind uint8

// The ways to fail.
const (
	KindRuntime   Kind = iota // the script threw or raised
	KindCompile               // the script has an error that shows before it runs
	KindTimeout               // its deadline passed
	KindInterrupt             // somebody stopped it
	KindMemory                // it took more memory than its limit
)

func (k Kind) String() string {
	return [...]string{"runtime", "compile", "timeout", "interrupt", "memory"}[k]
}

// Position is a place in a script. Line and Column count from 1; zero is unknown. Columns count characters.
type Position struct {
	File         string
	Line, Column int
}

func (p Position) String() string {
	switch {
	case p.Line == 0:
		return p.File
	case p.Column == 0:
		return fmt.Sprintf("%s:%d", p.File, p.Line)
	default:
		return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
	}
}

// Frame is a call in a trace, innermost first.
type Frame struct {
	Position
	// Function is the function's name, or empty at the top level.
	Function string
}

// Error is a script's failure with its place in the source.
type Error struct {
	Kind Kind
	Position
	// Name is the class of what was thrown ("TypeError", "CrispError"), or empty.
	Name string
	// Message is one line or more without position and class.
	Message string
	// Hint tells what to do next, or is empty.
	Hint string
	// SourceLine is the line of the script at Position, or empty when it cannot be had.
	SourceLine string
	Trace      []Frame
	// Err is the Go error behind it: what a host function returned, or the context's cause.
	Err error
}

// Error is a single line: position, class and message.
func (e *Error) Error() string {
	var b strings.Builder
	if pos := e.Position.String(); pos != "" {
		b.WriteString(pos)
		b.WriteString(": ")
	}
	if e.Name != "" && e.Name != "Error" {
		b.WriteString(e.Name)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is find the way in which the script failed: ErrTimeout and context.DeadlineExceeded for KindTimeout,
// context.Canceled for KindInterrupt, ErrMemory for KindMemory. The cause that a context had is found by Unwrap.
func (e *Error) Is(target error) bool {
	switch e.Kind {
	case KindTimeout:
		return target == ErrTimeout || target == context.DeadlineExceeded
	case KindInterrupt:
		return target == context.Canceled
	case KindMemory:
		return target == ErrMemory
	default:
		return false
	}
}

// HostError is an error of a host function whose fields a script can read: a CrispError object in JavaScript, a table with
// __tostring in Lua.
type HostError struct {
	// Name is the class, for example "CrispError".
	Name string
	// Call is the host function that failed by the words of its modules ("crisp.people.event_names.list"), or empty. It stands
	// before the message, in the spelling of the script's language, and scripts see it as the field call.
	Call string
	// Message is one line. Scripts see it, behind the call, as the field message.
	Message string
	// Hint tells what to do next, or is empty. Scripts see it as the field hint.
	Hint string
	// Fields are further fields in the order to show them. Values as for Function.Call's results.
	Fields []Constant
	Err    error
}

// Error is one line: the call and the message.
func (e *HostError) Error() string {
	if e.Call == "" {
		return e.Message
	}
	return e.Call + ": " + e.Message
}

func (e *HostError) Unwrap() error { return e.Err }

// ArgumentError tells that a value from a script cannot be given to a host function. Scripts see it as a TypeError.
type ArgumentError struct {
	// Path is where in the arguments: "argument 2", "argument 1.content[3]".
	Path string
	// Problem is what is wrong there: "is a function, which has no JSON form".
	Problem string
}

func (e *ArgumentError) Error() string { return e.Path + " " + e.Problem }
