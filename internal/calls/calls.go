// Package calls finds the calls of global functions that a script's source shows, without running it. The analysers of
// the languages describe scopes, assignments and calls to it; it follows names through assignments.
package calls

import "github.com/crisphost/crisphost/engine"

// Call is a call of a global function or of a member of a global.
type Call struct {
	// Position is where the called expression begins.
	engine.Position
	// Name is the dotted path from the global on, whatever the script calls it: "crisp.people.list". A call in the middle is
	// "()": "crisp.website().people.list".
	Name string
	// Argument is the first argument if that is a string without parts, which HasArgument reports.
	Argument    string
	HasArgument bool
}

// Finder is what runtimes implement that can find the calls of a source.
type Finder interface {
	// Calls returns the calls in a source by their places. Modules are those of the host, which are globals and can be
	// imported. Files that the source imports are not looked at. It fails if the source does not compile, and gives
	// an error beside the calls for what a compiler would refuse if it looked at functions that nothing calls.
	//
	// Each use of the globals event and events is listed as a call of it, which is how a script reads the payload of its event.
	//
	// A call is found if it can only be that one: a name that stands for different things, a computed member and the
	// result of an unknown function are passed over.
	Calls(src engine.Source, modules []*engine.Module) ([]Call, error)
}
