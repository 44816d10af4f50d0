package lua

import (
	"strings"
	"testing"
)

// The same text is compiled once.
func TestCompileOnce(t *testing.T) {
	rt := NewRuntime().(*runtime)
	a, err := rt.chunk("a.lua", []byte("return 1"))
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := rt.chunk("a.lua", []byte("return 1")); a != b {
		t.Error("the same text was compiled twice")
	}
	if b, _ := rt.chunk("b.lua", []byte("return 1")); a == b {
		t.Error("two files share a name in errors")
	}
	for i := range 2 * maxCachedChunks {
		if _, err := rt.chunk("a.lua", []byte(strings.Repeat(" ", i))); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(rt.chunks); n > maxCachedChunks {
		t.Errorf("%d chunks are kept", n)
	}
}
