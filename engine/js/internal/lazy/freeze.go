package lazy

import (
	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/objects"
)

// goja's dynamic objects cannot be made non-extensible, and Object.freeze would throw. So where a program may freeze
// something, these functions keep a view's lock themselves. A locked view differs from a plain object only in its property
// descriptors, which stay writable.

// lock is what a view still takes.
type lock uint8

const (
	unlocked      lock = iota
	nonExtensible      // no further members
	sealed             // and none goes
	frozen             // and none changes
)

// takes reports whether a member may be set, which is there already or not.
func (l lock) takes(has bool) bool { return l != frozen && (l == unlocked || has) }

// lockable is a dynamic object that keeps its lock.
type lockable interface{ locked() *lock }

// MakeLockable replaces the functions that lock objects, for views; others reach goja's own.
func MakeLockable(rt *goja.Runtime) {
	for class, functions := range map[string]map[string]lock{
		"Object":  {"preventExtensions": nonExtensible, "seal": sealed, "freeze": frozen},
		"Reflect": {"preventExtensions": nonExtensible},
	} {
		for name, to := range functions {
			replaceForViews(rt, class, name, func(view lockable, object *goja.Object, _ []goja.Value) goja.Value {
				*view.locked() = max(*view.locked(), to)
				if class == "Reflect" {
					return rt.ToValue(true)
				}
				return object
			})
		}
	}
	for class, functions := range map[string]map[string]lock{
		"Object":  {"isExtensible": nonExtensible, "isSealed": sealed, "isFrozen": frozen},
		"Reflect": {"isExtensible": nonExtensible},
	} {
		for name, least := range functions {
			replaceForViews(rt, class, name, func(view lockable, object *goja.Object, _ []goja.Value) goja.Value {
				is := *view.locked()
				if least == nonExtensible {
					return rt.ToValue(is == unlocked)
				}
				return rt.ToValue(is >= least || is != unlocked && len(object.Keys()) == 0)
			})
		}
	}
}

// replaceForViews replaces a function of a built-in object for calls whose first argument is a view. Where f returns nil, the function
// itself is called.
func replaceForViews(rt *goja.Runtime, class, name string, f func(view lockable, object *goja.Object, args []goja.Value) goja.Value) {
	owner, ok := rt.Get(class).(*goja.Object)
	if !ok {
		return // the script has removed it
	}
	original, ok := goja.AssertFunction(owner.Get(name))
	if !ok {
		return
	}
	replaced := objects.NewFunction(rt, name, func(call goja.FunctionCall) goja.Value {
		if object, ok := call.Argument(0).(*goja.Object); ok && (object.ExportType() == Type || object.ExportType() == TypeMembers) {
			if result := f(object.Export().(lockable), object, call.Arguments); result != nil {
				return result
			}
		}
		result, err := original(call.This, call.Arguments...)
		if err != nil {
			panic(err)
		}
		return result
	})
	_ = owner.DefineDataProperty(name, replaced, goja.FLAG_TRUE, goja.FLAG_TRUE, goja.FLAG_FALSE)
}
