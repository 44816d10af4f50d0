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

func TestCache(t *testing.T) {
	var c Cache[int, object]
	if c.Get(1) != nil {
		t.Error("an empty cache has an object")
	}
	kept := &object{next: &object{}}
	c.Set(-1, &object{})
	c.Set(-1, kept)
	for i := range 10 * minSweep {
		c.Set(i, &object{next: kept})
		if c.Len() == minSweep {
			runtime.GC()
		}
	}
	if c.Len() > 9*minSweep {
		t.Errorf("%d objects are left that nobody refers to", c.Len())
	}
	if c.Get(-1) != kept {
		t.Error("an object is lost that somebody refers to")
	}
	if c.Get(-2) != nil {
		t.Error("another key has an object")
	}
	runtime.KeepAlive(kept)
}
