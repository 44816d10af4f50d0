package weakmap

import (
	"runtime"
	"testing"
)

type object struct{ next *object }

func TestMap(t *testing.T) {
	var m Map[object, string]
	kept := &object{next: &object{}}
	if _, ok := m.Get(kept); ok {
		t.Error("an empty map has a value")
	}
	m.Set(kept, "old")
	m.Set(kept, "kept")
	for range 10 * minSweep {
		m.Set(&object{}, "lost")
		if m.Len() == minSweep {
			runtime.GC()
		}
	}
	if m.Len() > 9*minSweep {
		t.Errorf("%d values are left of objects that nobody refers to", m.Len())
	}
	if value, ok := m.Get(kept); !ok || value != "kept" {
		t.Errorf("got %q, %v", value, ok)
	}
	if _, ok := m.Get(&object{}); ok {
		t.Error("another object has a value")
	}
	runtime.KeepAlive(kept)
}
