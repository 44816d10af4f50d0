// Package console has the console object of scripts, and shows values as Node's does.
package console

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
)

// Host is what the console needs of the VM that it belongs to.
type Host interface {
	Runtime() *goja.Runtime
	// ShowHostObject returns what to show of an object that stands for something of the host's, or "" for other objects.
	ShowHostObject(object *goja.Object) string
	// Trace returns the calls under way that lie in the user's files, and ErrorTrace those in which an error was made.
	Trace() []engine.Frame
	ErrorTrace(object *goja.Object) []engine.Frame
	// PrintTable returns the host's own function that prints tables, or nil.
	PrintTable() goja.Callable
}
