package scopes

import (
	"fmt"
	"strings"

	"github.com/dop251/goja/ast"
	"github.com/dop251/goja/file"

	"github.com/crisphost/crisphost/internal/calls"
)

// Mistake is a call whose promise a source takes for the result.
type Mistake struct {
	// Place is where the value is used, and Call where the call is that gave it, or 0 if it is there.
	Place, Call file.Idx
	Message     string
	// Hint says what to write.
	Hint string
}

// Functions is what is known of the functions that a source can call.
type Functions interface {
	// Async reports whether the call of a path gives a promise.
	Async(path string) bool
	// OfHost reports whether a path is that of a function of the host, which takes no promises.
	OfHost(path string) bool
	// List reports whether the call of a path gives a list, once it was awaited. It is not known of a path that is no
	// function's.
	List(path string) (list, known bool)
}

// Mistakes returns the calls whose promises a source certainly takes for their results: as a condition, an operand, an
// object, a list, or what a method such as filter decides by. They are in no order.
func (s *Source) Mistakes(functions Functions) []Mistake {
	w := s.walker
	w.tree.Settle()
	functions = w.unchanged(functions)
	var found []Mistake
	for i := range w.uses {
		if m, ok := w.mistake(&w.uses[i], functions); ok {
			found = append(found, m)
		}
	}
	return found
}

// unchanged is what is known of functions apart from those that the source replaces, and finds out whether it extends
// promises.
func (w *walker) unchanged(functions Functions) Functions {
	replaced := replacedFunctions{Functions: functions}
	for _, value := range w.changed {
		if _, ok := w.tree.Promise(value, functions.Async); ok {
			w.extended = true
		} else if path := w.tree.Path(value); path != "" {
			replaced.below = append(replaced.below, path+".")
		}
	}
	if replaced.below == nil {
		return functions
	}
	return replaced
}

// replacedFunctions are functions of which the source assigns some, as tests do.
type replacedFunctions struct {
	Functions
	below []string // the paths of the objects that are assigned to, with a dot
}

func (r replacedFunctions) Async(path string) bool {
	for _, below := range r.below {
		if strings.HasPrefix(path, below) {
			return false
		}
	}
	return r.Functions.Async(path)
}

// mistake looks at one use.
func (w *walker) mistake(u *use, functions Functions) (Mistake, bool) {
	if u.as == asCallback {
		return w.callbackMistake(u, functions)
	}
	p, ok := w.tree.Promise(u.value, functions.Async)
	if !ok && w.maps {
		return w.listMistake(u, functions)
	}
	variable, isVariable := u.of.(*ast.Identifier)
	switch {
	case !ok, p.Optional && u.as != asMember && u.as != asItems:
		return Mistake{}, false
	case u.as == asMember && (w.added[u.name] || isVariable && w.extended):
		return Mistake{}, false
	case u.as == asArgument && !w.takes(u, functions):
		return Mistake{}, false
	}
	m := Mistake{Place: file.Idx(p.Place)}
	call := callText(p, u.of)
	subject := call + " gives a promise"
	if isVariable {
		m.Place, m.Call = u.start, m.Place
		subject = variable.Name.String() + " is a promise"
	}
	m.Hint = "write await " + call
	if call == someCall {
		m.Hint = "write await before the call"
	}
	problem := ""
	switch u.as {
	case asTruth:
		problem = "which is always true"
	case asNothing:
		problem = "which is never null"
	case asOperand:
		problem = "which is no text and no number"
	case asEqual:
		problem = "which equals nothing else"
	case asItems:
		problem = "which has no items"
	case asMembers:
		problem = "which has no members"
	case asArgument:
		problem = "and " + u.name + " takes the result"
	case asMember:
		problem = "which has no member"
		member := u.name
		if member != "" {
			problem += " " + strings.Trim(member, "[]")
		}
		switch {
		case isName(member):
			member = "." + member
		case !strings.HasPrefix(member, "["):
			member = "[...]"
		}
		if !isVariable && call != someCall {
			m.Hint = "write (await " + call + ")" + member
		}
	}
	m.Message = subject + ", " + problem
	return m, true
}

// takes reports whether the function of a use takes the value as it is, and finds its name.
func (w *walker) takes(u *use, functions Functions) bool {
	path := w.tree.Path(u.callee)
	if u.name == "" && functions.OfHost(path) {
		u.name = path
	}
	return path != "" && path == u.name
}

// listMistake looks at a use of a list of promises, as map makes one of calls. Lists have many uses besides.
func (w *walker) listMistake(u *use, functions Functions) (Mistake, bool) {
	user := u.name
	switch {
	case w.packages || w.added["map"] || w.methods["map"]:
		return Mistake{}, false
	case u.as == asMember && (user == "join" || user == "includes" || user == "indexOf"):
	case u.as == asArgument && (user == "JSON.stringify" || user == "String") && w.tree.Path(u.callee) == user:
	case u.as == asOperand:
		user = "an operator or template"
	default:
		return Mistake{}, false
	}
	p, ok := w.tree.GaveAll(u.value, functions.Async)
	if !ok || p.Optional {
		return Mistake{}, false
	}
	m := Mistake{Place: u.start, Message: "map gives a list of promises, and " + user + " takes the results"}
	m.Hint = "write await Promise.all(list.map(...))"
	if variable, ok := u.of.(*ast.Identifier); ok {
		m.Message = variable.Name.String() + " is a list of promises, and " + user + " takes the results"
	}
	return m, true
}

// callText is how a message writes the call that gave a promise. An expression that is the call itself shows whether
// there are arguments.
func callText(p calls.Promise, of ast.Expression) string {
	name, arguments := p.Call, "()"
	if call, ok := unchained(of).(*ast.CallExpression); ok {
		// A path does not say what the script calls its own functions and handles.
		if written := dotted(unchained(call.Callee)); written != "" && (p.Own || strings.Contains(name, "().")) {
			name = written
		}
		if len(call.ArgumentList) > 0 {
			arguments = "(...)"
		}
	}
	if name == "" {
		return someCall
	}
	return name + arguments
}

// someCall stands for a call that has no name.
const someCall = "the async function"

// callbackMistake looks at a function that is given to a method of lists.
func (w *walker) callbackMistake(u *use, functions Functions) (Mistake, bool) {
	p, ok := w.tree.Gives(u.value, functions.Async)
	if !ok || !w.takesList(u, functions) {
		return Mistake{}, false
	}
	m := Mistake{Place: u.start}
	gives := "what its function gives is a promise"
	if p.Call != "" {
		gives = p.Call + "() gives a promise"
	}
	switch u.name {
	case "sort", "toSorted":
		m.Message = fmt.Sprintf("%s does not wait: %s, and no number", u.name, gives)
		m.Hint = "get what it compares by before: await Promise.all(list.map(...))"
	default:
		m.Message = fmt.Sprintf("%s does not wait: %s, which is always true", u.name, gives)
		m.Hint = "use a loop: for (const item of list) if (await ...) found.push(item)"
	}
	return m, true
}

// takesList reports whether the method of a use is that of a list. Streams, modules of the host, packages and classes
// of the script may have methods of the same names that wait.
func (w *walker) takesList(u *use, functions Functions) bool {
	if w.added[u.name] || w.methods[u.name] {
		return false
	}
	path := w.tree.Path(u.callee)
	if path == "" {
		return u.certain || u.mayBeList && !w.packages
	}
	path, isResult := strings.CutSuffix(path, "()")
	list, known := functions.List(path)
	return isResult && (list || !known && u.mayBeList && !w.packages)
}
