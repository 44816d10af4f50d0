package js

import (
	"reflect"
	"slices"

	"github.com/dop251/goja"
)

// hostObject is an object of the host, such as a module, whose members are made when a script first asks for them: a script uses
// a few of many. As with views, its members cannot be accessors, and it takes no symbols.
type hostObject struct {
	// names are the host's members in the order that scripts see.
	names func() []string
	// build makes the member of a name, or returns nil.
	build func(name string) goja.Value
	// members are those made so far and those that the script has assigned. One that it has deleted is nil.
	members map[string]goja.Value
	// added are the names that only the script has.
	added []string
	// lock is what Object.freeze and its like have forbidden.
	lock lock
}

var (
	typeHost                    = reflect.TypeFor[*hostObject]()
	_        goja.DynamicObject = (*hostObject)(nil)
)

func (v *vm) newHostObject(names func() []string, build func(name string) goja.Value) *goja.Object {
	return v.rt.NewDynamicObject(&hostObject{names: names, build: build, members: make(map[string]goja.Value)})
}

// Get returns nil for a member that is not there.
func (o *hostObject) Get(name string) goja.Value {
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
func (o *hostObject) Has(name string) bool { return o.Get(name) != nil }

// Set adds or replaces a member.
func (o *hostObject) Set(name string, value goja.Value) bool {
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
func (o *hostObject) Delete(name string) bool {
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
func (o *hostObject) Keys() []string {
	keys := slices.DeleteFunc(o.names(), func(name string) bool {
		value, known := o.members[name]
		return known && value == nil
	})
	return append(keys, o.added...)
}

func (o *hostObject) locked() *lock { return &o.lock }
