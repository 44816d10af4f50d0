package lua

import (
	"github.com/crisphost/crisphost/internal/weakmap"
	glua "github.com/yuin/gopher-lua"
)

// tracked is what a session remembers of the host's functions, for help and completion. A VM that runs programs has none: its
// methods work on nil.
type tracked struct {
	functions weakmap.Map[glua.LFunction, string]
	modules   weakmap.Map[glua.LTable, struct{}] // callable modules, which are not lazy
}

func (t *tracked) addFunction(fn *glua.LFunction, name string) {
	if t != nil {
		t.functions.Set(fn, name)
	}
}

func (t *tracked) addModule(module *glua.LTable) {
	if t != nil {
		t.modules.Set(module, struct{}{})
	}
}

// isModule reports whether a table is a callable module.
func (t *tracked) isModule(table *glua.LTable) bool {
	if t == nil {
		return false
	}
	_, ok := t.modules.Get(table)
	return ok
}
