package calls

// Value is what an expression may be. Nil is unknown.
type Value struct {
	kind     kind
	variable *Variable
	scope    *Scope
	of       *Value
	other    *Value
	// name is that of a member or variable, or the argument of a call.
	name string
	// place is that of a call.
	place int
	// function is the function of the source that the value is.
	function *function
	// is keeps what the value turned out to be.
	is *meaning
}

// function is a function of the source.
type function struct {
	async bool
	// results are what it may give.
	results   []*Value
	resolving bool
}

type kind uint8

const (
	kindNothing   kind = iota // undefined or nil, which has no members
	kindVariable              // a variable
	kindName                  // a name, to be looked up when all declarations are known
	kindMember                // a member of another value
	kindCall                  // the result of a call
	kindEither                // one of two values
	kindNamespace             // a module with its exports as members and the module itself as default
	kindLoaded                // what a bundler's wrapper of a host module gives
	kindAwaited               // what a promise came to
	kindOptional              // a value or nothing
	kindFunction              // a function of the source
	kindMapped                // a list of what calls of a function gave
)

// Nothing is undefined, null or nil.
func Nothing() *Value { return &Value{kind: kindNothing} }

// Of is the value of a variable.
func Of(v *Variable) *Value { return &Value{kind: kindVariable, variable: v} }

// Named is the value of a name that may be declared later.
func (s *Scope) Named(name string) *Value { return &Value{kind: kindName, scope: s, name: name} }

// Member is a member of a value.
func (v *Value) Member(name string) *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindMember, of: v, name: name}
}

// Result is what a call of a value at a place gives. The argument is the first one if that is a string.
func (v *Value) Result(argument string, place int) *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindCall, of: v, name: argument, place: place}
}

// Awaited is what waiting for a value gives.
func (v *Value) Awaited() *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindAwaited, of: v}
}

// Optional is a value or nothing.
func (v *Value) Optional() *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindOptional, of: v}
}

// Mapped is the result of a call as the list of what calls of a function gave.
func (v *Value) Mapped(function *Value) *Value {
	return &Value{kind: kindMapped, of: v, other: function}
}

// Through is a value that is nothing where a base is nothing.
func (v *Value) Through(base *Value) *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindOptional, of: v, other: base}
}

// Function is a function of the source that gives one of some values. An async one gives a promise of it.
func Function(async bool, results []*Value) *Value {
	return &Value{kind: kindFunction, function: &function{async: async, results: results}}
}

// Either is one of two values.
func Either(a, b *Value) *Value {
	if a == nil || b == nil {
		return nil
	}
	return &Value{kind: kindEither, of: a, other: b}
}

// Namespace is what import gives of a module that has no exports of its own.
func (v *Value) Namespace() *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindNamespace, of: v}
}

// Giving is a function that gives the value.
func (v *Value) Giving() *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindLoaded, of: v}
}

// meaning is what a value turned out to be. Without anything set it is unknown.
type meaning struct {
	nothing   bool
	globals   bool     // the object that has all globals
	path      string   // of a global
	namespace *meaning // what default is
	gives     *meaning // what calling it gives
	function  *function
	elements  *Value // what the function is whose results are in the list
	// async is set for the promise of a function of the source.
	async bool
	// awaited is set if the value may be what a promise came to, and optional if it may be nothing.
	awaited, optional bool
	// place is that of the call which gave it, and own is set for a call of a function of the source.
	place int
	own   bool
}

func (m meaning) known() bool {
	return m.nothing || m.globals || m.path != "" || m.namespace != nil || m.gives != nil || m.function != nil || m.elements != nil || m.async
}

func (m meaning) same(other meaning) bool {
	return m.nothing == other.nothing && m.globals == other.globals && m.path == other.path &&
		m.namespace == nil && other.namespace == nil && m.gives == nil && other.gives == nil &&
		m.function == other.function && m.elements == other.elements && m.async == other.async
}

const (
	// maxSteps bounds how far a name is followed.
	maxSteps = 200
	// maxPath bounds the length of a path, since each step may lengthen it.
	maxPath = 500
)

func (t *Tree) resolve(v *Value, steps int) meaning {
	if v == nil || steps == maxSteps {
		return meaning{}
	}
	if v.is == nil {
		is := t.find(v, steps+1)
		v.is = &is
	}
	return *v.is
}

func (t *Tree) find(v *Value, steps int) meaning {
	switch v.kind {
	case kindNothing:
		return meaning{nothing: true}
	case kindVariable:
		return t.variable(v.variable, steps)
	case kindName:
		return t.variable(v.scope.Find(v.name), steps)
	case kindMember:
		return t.member(t.resolve(v.of, steps), v.name, steps)
	case kindCall:
		switch callee := t.resolve(v.of, steps); {
		case callee.gives != nil:
			return *callee.gives
		case callee.function != nil:
			is := t.result(callee.function, steps)
			is.place, is.own = v.place, true
			return is
		case callee.path == "":
		case callee.path == t.loader:
			if t.modules[v.name] {
				return meaning{path: v.name}
			}
		default:
			is := extended(callee.path, "()")
			is.place = v.place
			return is
		}
	case kindAwaited:
		is := t.resolve(v.of, steps)
		is.async, is.awaited = false, true
		return is
	case kindOptional:
		is := t.resolve(v.of, steps)
		if base := t.resolve(v.other, steps); v.other == nil || !base.known() || base.nothing || base.optional {
			is.optional = true
		}
		return is
	case kindMapped:
		is := t.resolve(v.of, steps)
		is.elements = v.other
		return is
	case kindFunction:
		return meaning{function: v.function}
	case kindEither:
		return join(t.resolve(v.of, steps), t.resolve(v.other, steps))
	case kindNamespace:
		if is := t.resolve(v.of, steps); is.known() {
			return meaning{namespace: &is}
		}
	case kindLoaded:
		if is := t.resolve(v.of, steps); is.known() {
			return meaning{gives: &is}
		}
	}
	return meaning{}
}

// result is what a function gives.
func (t *Tree) result(f *function, steps int) meaning {
	if f.async {
		return meaning{async: true}
	}
	if f.resolving || len(f.results) == 0 {
		return meaning{}
	}
	f.resolving = true
	defer func() { f.resolving = false }()
	is := t.resolve(f.results[0], steps)
	for _, value := range f.results[1:] {
		is = join(is, t.resolve(value, steps))
	}
	return is
}

func (t *Tree) member(of meaning, name string, steps int) meaning {
	switch {
	case of.globals:
		return t.variable(t.Global(name), steps)
	case of.namespace != nil && name == "default":
		return *of.namespace
	case of.namespace != nil:
		return t.member(*of.namespace, name, steps)
	case of.path == "":
		return meaning{}
	}
	return extended(of.path, "."+name)
}

func extended(path, by string) meaning {
	if len(path)+len(by) > maxPath {
		return meaning{}
	}
	return meaning{path: path + by}
}

// join is what one of two values is, as far as both say the same. Nothing says nothing: using it fails.
func join(a, b meaning) meaning {
	switch {
	case a.nothing:
		b.optional = true
		return b
	case b.nothing:
		a.optional = true
		return a
	case a.same(b):
		a.awaited, a.optional = a.awaited || b.awaited, a.optional || b.optional
		return a
	}
	return meaning{}
}

func (t *Tree) variable(v *Variable, steps int) meaning {
	switch v.state {
	case resolved:
		return v.is
	case resolving:
		return meaning{} // it depends on itself
	}
	v.state = resolving
	v.is = meaning{nothing: true}
	if v.global != "" && (t.modules[v.global] || len(v.values) == 0) {
		v.is = meaning{path: v.global}
		if v.global == t.self {
			v.is = meaning{globals: true}
		}
	}
	for i, value := range v.values {
		is := t.resolve(value, steps)
		if i > 0 || v.is.path != "" || v.is.globals {
			is = join(v.is, is)
		}
		v.is = is
		if !v.is.known() {
			break
		}
	}
	v.state = resolved
	return v.is
}
