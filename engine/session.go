package engine

import "context"

// Session is a VM that evaluates what a person enters, piece by piece, as an interactive shell does. Declarations persist and
// may be made again. In JavaScript calls of the host give their results wherever they stand, apart from those whose promise is meant: under
// await, before then, in Promise.all.
type Session interface {
	// Check reports whether an entry can be evaluated, or needs more lines. An entry that is wrong whatever follows is
	// Complete, so that Eval reports it.
	Check(code string) Completeness
	// Eval evaluates an entry: until its own value is there. Timers and promises of JavaScript that it leaves behind go on while
	// later entries run, and their failures are written to Config.Stderr then. A failed entry keeps what it had declared; its error is
	// the variable _error. When ctx ends the entry stops, and the session goes on with the next.
	//
	// Errors are as for VM.Run, with positions inside the entry under the given name. Names should differ from entry to entry:
	// Lua finds the text of a function by the name of the entry that made it.
	Eval(ctx context.Context, name, code string) (Outcome, error)
	// Idle runs timers and what entries left behind until nothing is pending or ctx ends. Errors are as for Eval.
	Idle(ctx context.Context) error
	// Scripts turns entries into texts that do the same, one after the other, in a script file: in JavaScript with await where it was
	// implied, functions that are async where that takes it, and let where an assignment made the variable; in Lua with
	// print(inspect(...)) around an expression at the end that is no call. The rest stays as it was written, and so does an entry that is
	// wrong. What the runs of entries showed (which calls wait, which loops walk streams) is used where they ran. Where a script cannot do
	// the same, the error is an *UnsavableError.
	Scripts(codes []string) ([]string, error)
	// Members lists what stands behind a dotted path ("crisp.conversations", "" for the globals), for completion. It runs no
	// script code and calls nothing, not even getters. An unknown path has none, and while an entry runs nothing has.
	Members(path string) []Member
	// Get answers a global's value in the forms of Function.Call's arguments, and Set makes one from the forms of its results. A
	// value without such a form is an error.
	Get(name string) (any, error)
	Set(name string, value any) error
	// Close stops what entries left behind, and frees the session.
	Close() error
}

// UnsavableError is an entry that no script can do the work of.
type UnsavableError struct {
	// Entry is the entry's index.
	Entry int
	// Err has the place in the entry, and what to write.
	Err *Error
}

func (e *UnsavableError) Error() string { return e.Err.Error() }
func (e *UnsavableError) Unwrap() error { return e.Err }

// MultilingualSession is a Session whose language can be switched, as that of JavaScript and TypeScript is. Variables stay.
type MultilingualSession interface {
	Session
	// SetLanguage sets the language of the entries that follow.
	SetLanguage(language Language) error
}

// Completeness is what Session.Check tells.
type Completeness uint8

// The answers of Session.Check.
const (
	Complete   Completeness = iota
	Incomplete              // an open bracket, block, string or template: more lines are needed
)

// Outcome is the value of an entry in the form that suits its kind best. It is also the session's variable _ afterwards.
type Outcome struct {
	// None tells that there is nothing to show: a declaration, an assignment, undefined, nil.
	None bool
	// Undefined tells, beside None, that the entry is an expression whose value is undefined or nil, and no statement.
	Undefined bool
	// JSON is set for plain data (null, booleans, numbers, strings, and arrays and objects of these), with members in the
	// order that the language gives.
	JSON JSON
	// Sequence is set for a stream, such as the result of each. Nothing of it was read yet. It may be read after Eval has returned,
	// until the session is closed; the end of Eval's context does not stop it.
	Sequence Sequence
	// Next is set for a stream that functions of the entry make, such as the map of another one, or of which something was read
	// before. It evaluates to the next item, in the session; more is false at the end.
	Next func(ctx context.Context) (item Outcome, more bool, err error)
	// Text is how the language itself shows the value: several values of Lua with tabs between them. It is always set, unless None,
	// Sequence or Next is.
	Text string
	// Call is the dotted name when the value is a host function, for help.
	Call string
}

// Member is a name that Session.Members found.
type Member struct {
	Name string
	// Kind is "function", "module", "object", "array", "string", "number", "boolean", or "value".
	Kind string
}

// Interactive is a Runtime that offers sessions.
type Interactive interface {
	Runtime
	// NewSession makes a session. Root and Dir are where require and import look, as in Source.
	NewSession(cfg Config, root, dir string) (Session, error)
}
