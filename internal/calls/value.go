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
	// is keeps what the value turned out to be.
	is *meaning
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

// Result is what a call of a value gives. The argument is the first one if that is a string.
func (v *Value) Result(argument string) *Value {
	if v == nil {
		return nil
	}
	return &Value{kind: kindCall, of: v, name: argument}
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
}

func (m meaning) known() bool {
	return m.nothing || m.globals || m.path != "" || m.namespace != nil || m.gives != nil
}

func (m meaning) same(other meaning) bool {
	return m.nothing == other.nothing && m.globals == other.globals && m.path == other.path &&
		m.namespace == nil && other.namespace == nil && m.gives == nil && other.gives == nil
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
		case callee.path == "":
		case callee.path == t.loader:
			if t.modules[v.name] {
				return meaning{path: v.name}
			}
		default:
			return extended(callee.path, "()")
		}
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
		return b
	case b.nothing || a.same(b):
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
	for _, value := range v.values {
		v.is = join(v.is, t.resolve(value, steps))
		if !v.is.known() {
			break
		}
	}
	v.state = resolved
	return v.is
}
