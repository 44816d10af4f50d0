package calls

import "strings"

// Promise is a promise that a value is for certain, when the source takes it for what the promise is of.
type Promise struct {
	// Call is the dotted path of the global function whose call gave it, or empty. Own is set if the script called a
	// function of its own.
	Call string
	Own  bool
	// Place is that of the call.
	Place int
	// Optional is set if the value may be nothing as well.
	Optional bool
}

// Promise reports whether a value is a promise. Async reports whether a call of a path gives one. All assignments must
// have been noted.
func (t *Tree) Promise(v *Value, async func(path string) bool) (Promise, bool) {
	is := t.resolve(v, 0)
	if is.awaited {
		return Promise{}, false
	}
	if is.async {
		return Promise{Own: true, Place: is.place, Optional: is.optional}, true
	}
	path, ok := strings.CutSuffix(is.path, "()")
	if !ok || !async(path) {
		return Promise{}, false
	}
	return Promise{Call: path, Own: is.own, Place: is.place, Optional: is.optional}, true
}

// Gives reports whether a value is a function whose calls give promises, with the path of one of the host.
func (t *Tree) Gives(v *Value, async func(path string) bool) (Promise, bool) {
	if v == nil {
		return Promise{}, false
	}
	return t.Promise(v.Result("", 0), async)
}

// GaveAll is Gives for the function whose results are in a list that a value is.
func (t *Tree) GaveAll(v *Value, async func(path string) bool) (Promise, bool) {
	return t.Gives(t.resolve(v, 0).elements, async)
}

// Path returns the dotted path of a global or of one of its members that a value is, or "".
func (t *Tree) Path(v *Value) string { return t.resolve(v, 0).path }

// Settle notes that the whole source has been described.
func (t *Tree) Settle() {
	for _, a := range t.assigned {
		a.scope.Find(a.name).Assign(a.value)
	}
	t.assigned = nil
}
