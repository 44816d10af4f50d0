package lua

import (
	"weak"

	"github.com/crisphost/crisphost/engine"
	glua "github.com/yuin/gopher-lua"
)

// tracked is what a session remembers of the host's functions, for help and completion. A VM that runs programs has none: its
// methods work on nil.
type tracked struct {
	functions map[*glua.LFunction]string
	modules   map[*glua.LTable]bool // callable modules, which are not lazy
	// streams are the sequences behind iterators. The garbage collector must be able to tell when a script has lost one.
	streams map[weak.Pointer[glua.LFunction]]trackedStream
}

type trackedStream struct {
	seq engine.Sequence
	s   *sequence
}

func (t *tracked) addFunction(fn *glua.LFunction, name string) {
	if t != nil {
		t.functions[fn] = name
	}
}

func (t *tracked) addModule(module *glua.LTable) {
	if t != nil {
		t.modules[module] = true
	}
}

func (t *tracked) addStream(fn *glua.LFunction, seq engine.Sequence, s *sequence) {
	if t == nil {
		return
	}
	if t.streams == nil {
		t.streams = map[weak.Pointer[glua.LFunction]]trackedStream{}
	}
	for old := range t.streams {
		if old.Value() == nil {
			delete(t.streams, old)
		}
	}
	t.streams[weak.Make(fn)] = trackedStream{seq, s}
}

// stream is the sequence behind an iterator of which nothing was read yet.
func (t *tracked) stream(fn *glua.LFunction) (engine.Sequence, bool) {
	found, ok := t.streams[weak.Make(fn)]
	if !ok || found.s.begun.Load() {
		return nil, false
	}
	return found.seq, true
}
