package filter

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/parser"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/tape"
)

// The bounds of a condition.
const (
	maxText  = 4 << 10
	maxNodes = 200
)

// Filter is a condition. It may be used by several goroutines at the same time.
type Filter struct {
	text string
	root condition
}

// Error is what is wrong with a condition.
type Error struct {
	// Column is the place, in characters from 1. The end of a line counts as one.
	Column int
	// Problem is one line, and Hint says what to write instead, or is empty.
	Problem, Hint string
}

func (e *Error) Error() string { return fmt.Sprintf("column %d: %s", e.Column, e.Problem) }

// Compile reads a condition and compares it with an event: a field that the event does not have is an error, and so is a comparison
// with a value that the field never has. A nil event leaves the fields unchecked. Errors are an *Error.
func Compile(text string, event *spec.Event) (*Filter, error) {
	if len(text) > maxText {
		return nil, &Error{Column: 1, Problem: "the condition is longer than 4 KiB", Hint: "test the rest in the script"}
	}
	c := &compiler{}
	if event != nil {
		c.event, c.payload = event.Name, []*spec.Schema{event.Payload}
	}
	f := &Filter{text: text}
	tree, err := parser.ParseWithConfig(text, &conf.Config{MaxNodes: maxNodes, DisableIfOperator: true})
	problem := syntaxError(text, err)
	if problem == nil {
		f.root, problem = c.condition(tree.Node)
	}
	if problem != nil {
		problem.Column = min(problem.Column, utf8.RuneCountInString(text)+1)
		return nil, problem
	}
	return f, nil
}

// String returns the condition as it was written.
func (f *Filter) String() string { return f.text }

// Match reports whether a payload meets the condition. It fails if the payload is not a JSON object, if a field that stands
// for a condition is neither true nor false, and if a text is too large to be matched.
func (f *Filter) Match(payload json.RawMessage) (bool, error) {
	doc, err := read(payload)
	if err != nil {
		return false, err
	}
	return f.root(doc)
}

// read reads a payload.
func read(payload json.RawMessage) (*tape.Document, error) {
	doc, err := tape.Parse(payload)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the event: %w", err)
	case doc.Kind(tape.Root) != tape.Object:
		return nil, fmt.Errorf("the event is not a JSON object: it is %s", kindOf(valueOf(doc, tape.Root)))
	}
	return doc, nil
}
