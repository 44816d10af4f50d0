package engine

import (
	"context"
	"iter"
)

// Module is a set of host functions and values under one name. A module is written once and every runtime adapts it: names
// are words joined by underscores (get_meta), which JavaScript shows in camel case (getMeta) and Lua as they are. Modules
// hold no VM state, are shared by any number of VMs at the same time, and must not be changed after the first use. Runtimes
// build the VM objects of a module, and of each module inside it, at the first access.
type Module struct {
	// Name is the global name and the name for require and import, for example "crisp".
	Name string
	// Doc is one line.
	Doc       string
	Functions []Function
	// Values are constants such as website_id; see Function.Call for the types. Their names appear as they are written.
	Values []Constant
	// Modules are nested groups, bound as members of this one.
	Modules []*Module
	// Apply, when set, makes the module itself callable.
	Apply *Function
	// ErrorClasses are the names of the errors (HostError.Name) that the module's functions give, for modules of Config.Modules.
	// JavaScript has a global class of each, for instanceof.
	ErrorClasses []string
}

// Member finds a member by the name that scripts use. Spell is how their language writes the names of functions and modules; nil is as they
// are. Where there is no such member all three are nil.
func (m *Module) Member(name string, spell func(string) string) (*Function, *Module, *Constant) {
	if spell == nil {
		spell = func(name string) string { return name }
	}
	for i := range m.Functions {
		if f := &m.Functions[i]; spell(f.Name) == name {
			return f, nil, nil
		}
	}
	for _, sub := range m.Modules {
		if spell(sub.Name) == name {
			return nil, sub, nil
		}
	}
	for i := range m.Values {
		if c := &m.Values[i]; c.Name == name {
			return nil, nil, c
		}
	}
	return nil, nil, nil
}

// Constant is a value of a module.
type Constant struct {
	Name  string
	Doc   string
	Value any
}

// Function is a host function in VM-neutral form.
type Function struct {
	// Name in words joined by underscores, for example "get_meta".
	Name string
	// Doc is the summary line, then further paragraphs after an empty line.
	Doc string
	// Params describe the arguments for help and completion. Checking them is the implementation's own work, since it knows
	// how to name what it takes.
	Params []Param
	// Result names the result's type for help, for example "Conversation[]", or is empty.
	Result string
	// Sync tells that Call returns at once and does not wait for anything: JavaScript then returns the plain result
	// instead of a Promise, and Lua does not release its lock.
	Sync bool
	// Call runs the function. It may be called from any goroutine and must return soon after ctx ends.
	//
	// Arguments arrive as nil (null, undefined, nil and json.null), bool, int64 (a number without fraction within 2^53), float64,
	// string, []byte (ArrayBuffer and typed arrays), time.Time (a JavaScript Date), []any, map[string]any, or Opaque as an
	// earlier host function returned it. Object members that are undefined are left out, and trailing nil arguments are dropped.
	// An empty Lua table without the array mark arrives as an empty map[string]any. A value with no such form (a function, a
	// cycle, NaN, an infinity) fails the call with an *ArgumentError that names the position, before Call runs.
	//
	// Results are nil, bool, any Go integer or float, string, []byte, []any, map[string]any, JSON, *tape.Document (JSON that
	// was read already), Null, time.Time (a Date in JavaScript, Unix milliseconds in Lua), Sequence, *Module (an object with
	// the module's members), Opaque, or Multi.
	//
	// An error is thrown into the script. A *HostError shows its fields to it; any other error only its message.
	Call func(ctx context.Context, args []any) (any, error)
}

// Param describes an argument of a Function for people: help, completion and editor types.
type Param struct {
	// Name as it is written in calls; options of an options table have a dotted name ("options.limit").
	Name string
	// Type in the notation of the editor types, for example "string", "boolean", "Conversation", `"pending" | "resolved"`.
	Type     string
	Required bool
	Doc      string
}

// JSON is a result in its encoded form. Runtimes turn it into values by themselves, lazily where that is faster. It must be
// valid JSON and must not be changed after it was returned.
type JSON []byte

// Sequence is a stream of results: an async iterable in JavaScript, an iterator in Lua. Runtimes pull one item at a time and
// stop the sequence when the loop ends early or the VM closes. An error ends it.
type Sequence iter.Seq2[any, error]

// Null is the value of the constant json.null: null in JavaScript, and in Lua, where nil means that nothing is there, a value
// of its own that arrives in arguments as nil.
type Null struct{}

// Opaque carries a Go value through a script without showing it.
type Opaque struct{ Value any }

// Multi is several results: several values in Lua, an array in JavaScript.
type Multi []any
