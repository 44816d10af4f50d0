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
	// Values are constants; see Function.Call for the types. Their names appear as they are written.
	Values []Constant
	// InstanceValues returns the constants that differ from instance to instance, such as the website_id of a connection. It
	// finds what the instance has by Use. Nil returns none.
	InstanceValues func(ctx context.Context) []Constant
	// Modules are nested groups, bound as members of this one.
	Modules []*Module
	// Classes are the handles that the module's functions give, for help and completion. Scripts cannot name a class.
	Classes []*Class
	// Apply, when set, makes the module itself callable.
	Apply *Function
	// ErrorClasses are the names of the errors (HostError.Name) that the module's functions give, for modules of Config.Modules.
	// JavaScript has a global class of each, for instanceof.
	ErrorClasses []string
	// Strict has reading a member that is not there fail, with what was probably meant, in place of undefined or nil. It is about this
	// module and not about those inside it.
	Strict bool
	// Subjects are the words for permissions that the module's functions need, for modules of Config.Modules. A module without
	// any has one subject of its own name.
	Subjects []Subject
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
	// Begins has JavaScript go on only when the call has told with Begun that it has begun, or has ended: what the script does next then
	// comes after that, although it has not awaited the promise. A function that waits for something begins when it would not miss it.
	Begins bool
	// Effect is what the function does outside of the script. A Sync function only reads.
	Effect Effect
	// Permission is the Subject that permissions must have, with the effect: "people.segments". Empty is the name of the module
	// around all others. NoPermission lets every script call it.
	Permission string
	// Bind checks the arguments and returns what is to be done, for functions whose effect or permission depends on them, or whose
	// call needs a description (Pending.Detail). It must not have an effect itself, and takes the place of Call.
	Bind func(ctx context.Context, args []any) (*Pending, error)
	// Plan returns what Call would, without its effect, for dry runs: an increment reads and adds. Nil is not known.
	Plan func(ctx context.Context, args []any) (any, error)
	// Arguments is the form in which arguments arrive.
	Arguments ArgumentForm
	// Call runs the function. It may be called from any goroutine and must return soon after ctx ends.
	//
	// Arguments arrive as nil (null, undefined, nil and json.null), bool, int64 (a number without fraction within 2^53), float64,
	// string, []byte (ArrayBuffer and typed arrays), time.Time (a JavaScript Date), []any, map[string]any, or Opaque or Handle
	// as an earlier host function returned it. Object members that are undefined are left out, and trailing nil arguments are dropped.
	// An empty Lua table without the array mark arrives as an empty map[string]any. A value with no such form (a function, a
	// cycle, NaN, an infinity) fails the call with an *ArgumentError that names the position, before Call runs.
	//
	// Results are nil, bool, any Go integer or float, string, []byte, []any, map[string]any, Record, JSON, *tape.Document (JSON
	// that was read already), Null, time.Time (a Date in JavaScript, Unix milliseconds in Lua), Sequence, *Module (an object
	// with the module's members), Opaque, Handle, or Multi. An integer beyond 2^53 is an error, since scripts would see another
	// number, and so is a value that is nested more than 500 levels deep, as a cyclic one is.
	//
	// An error is thrown into the script. A *HostError shows its fields to it; any other error only its message.
	Call func(ctx context.Context, args []any) (any, error)
}

// ArgumentForm is the form in which the arguments of a Function arrive.
type ArgumentForm uint8

const (
	// PlainArguments are as Function.Call describes them.
	PlainArguments ArgumentForm = iota
	// OrderedArguments are plain ones whose JavaScript objects arrive as Record, with their members in the script's order.
	// Tables of Lua, which have no order, arrive as map[string]any all the same.
	OrderedArguments
	// LenientArguments are ordered ones of which none is refused, for functions that show what they get. What has no form of
	// its own arrives as Shown, an error as *Failure, and no argument is dropped.
	LenientArguments
)

// Shown is a lenient argument without a form of its own, or a part of one, as its language shows it to people.
type Shown string

// Failure is an error among lenient arguments.
type Failure struct {
	Name, Message string
	// Fields are the further members: status, reason, hint, cause.
	Fields Record
	Trace  []Frame
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

// Record is a result with named members in an order of its own: an object in JavaScript, a table in Lua.
type Record []Field

// Field is a member of a Record.
type Field struct {
	Name string
	// Value is as for Function.Call's results.
	Value any
}

// Handle is a result that scripts see as an object with methods. Where one Go pointer comes back twice, scripts see one object.
// In arguments it arrives as it was returned.
type Handle struct {
	// Value is a pointer, so that handles can be compared.
	Value any
	Class *Class
}

// Class describes handles of a kind. Its methods are called as c:next() in Lua and c.next() in JavaScript.
type Class struct {
	// Name is how scripts see the kind of a handle in text, and how errors begin: "Cursor".
	Name string
	// Module is the dotted name of the module that the class belongs to. ModuleBuilder.Type sets it.
	Module string
	Doc    string
	// Methods are functions whose first argument is the Handle. It is not counted in messages about arguments. An empty
	// Permission is the name of the module around all others, as for other functions.
	Methods []Function
}

// CallName returns the name by which gates know the method of a class: "billing.Cursor.next".
func (c *Class) CallName(method string) string {
	if c.Module == "" {
		return c.Name + "." + method
	}
	return c.Module + "." + c.Name + "." + method
}
