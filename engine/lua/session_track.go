package lua

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/weakmap"
	glua "github.com/yuin/gopher-lua"
)

// tracked is what a session remembers of the host's functions, for help and completion. A VM that runs programs has none: its
// methods work on nil.
type tracked struct {
	functions weakmap.Map[glua.LFunction, string]
	modules   weakmap.Map[glua.LTable, struct{}]         // callable modules, which are not lazy
	streams   weakmap.Map[glua.LFunction, trackedStream] // behind iterators, which stop when a script has lost them
}

type trackedStream struct {
	seq engine.Sequence
	s   *sequence
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

func (t *tracked) addStream(fn *glua.LFunction, seq engine.Sequence, s *sequence) {
	if t != nil {
		t.streams.Set(fn, trackedStream{seq, s})
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

// stream is the sequence behind an iterator of which nothing was read yet.
func (t *tracked) stream(fn *glua.LFunction) (engine.Sequence, bool) {
	found, ok := t.streams.Get(fn)
	if !ok || found.s.begun.Load() {
		return nil, false
	}
	if found.s.run != nil {
		found.s.run.Carry() // it may be read until the session is closed
	}
	return found.seq, true
}
