package lazy

import (
	"reflect"
	"slices"

	"github.com/dop251/goja"
)

// Members is an object of the host, such as a module, whose members are made when a script first asks for them: a script uses
// a few of many. As with views, they cannot be accessors, and the object takes no symbols.
type Members struct {
	names func() []string
	build func(name string) goja.Value
	// missing is called when a script reads a member that is not there, and may throw. Nil does nothing.
	missing func(name string)
	// members are those made so far and those that the script has assigned. One that it has deleted is nil.
	members map[string]goja.Value
	// added are the names that only the script has.
	added []string
	// lock is what Object.freeze and its like have forbidden.
	lock lock
}

// TypeMembers is the type by which goja exports such objects.
var TypeMembers = reflect.TypeFor[*Members]()

var _ goja.DynamicObject = (*Members)(nil)

// NewMembers makes an object. Names returns those of its members in the order that scripts see, in a list of the caller's, and
// build makes the member of a name, or returns nil when there is none.
func NewMembers(rt *goja.Runtime, names func() []string, build func(name string) goja.Value) *goja.Object {
	return rt.NewDynamicObject(&Members{names: names, build: build, members: make(map[string]goja.Value)})
}

// NewStrictMembers is NewMembers for an object of which scripts read nothing that is not there: missing is called then, and throws.
func NewStrictMembers(rt *goja.Runtime, names func() []string, build func(name string) goja.Value, missing func(name string)) *goja.Object {
	return rt.NewDynamicObject(&Members{names: names, build: build, missing: missing, members: make(map[string]goja.Value)})
}

// Get implements goja.DynamicObject.
func (o *Members) Get(name string) goja.Value {
	value := o.Find(name)
	if value == nil && o.missing != nil {
		o.missing(name)
	}
	return value
}

// Find returns nil for a member that is not there.
func (o *Members) Find(name string) goja.Value {
	value, known := o.members[name]
	if known {
		return value
	}
	if value = o.build(name); value != nil {
		o.members[name] = value
	}
	return value
}

// Has is about own members.
func (o *Members) Has(name string) bool { return o.Find(name) != nil }

// Set adds or replaces a member.
func (o *Members) Set(name string, value goja.Value) bool {
	has := o.Has(name)
	if !o.lock.takes(has) {
		return false
	}
	if value == nil { // from a property descriptor without a value
		if has {
			return true
		}
		value = goja.Undefined()
	}
	if !has && !slices.Contains(o.names(), name) {
		o.added = append(o.added, name)
	}
	o.members[name] = value
	return true
}

// Delete removes a member.
func (o *Members) Delete(name string) bool {
	if !o.Has(name) {
		return true
	}
	if o.lock >= sealed {
		return false
	}
	o.members[name] = nil
	o.added = slices.DeleteFunc(o.added, func(n string) bool { return n == name })
	return true
}

// Keys are the names of the members.
func (o *Members) Keys() []string {
	keys := slices.DeleteFunc(o.names(), func(name string) bool {
		value, known := o.members[name]
		return known && value == nil
	})
	return append(keys, o.added...)
}

func (o *Members) locked() *lock { return &o.lock }
