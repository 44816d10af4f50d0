package enginetest

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/testrequire"
)

const memoryLimit = 128 << 20

// TestMemoryLimit runs scripts of a name that take more and more memory in their first line, and evaluates the entry grow, which does
// so with the variable kept, twice, with the entry next after it, which frees kept and shows 42.
func TestMemoryLimit(t *testing.T, rt engine.Runtime, name string, scripts []string, grow, next string) {
	t.Helper()
	if testrequire.RaceDetector {
		t.Skip("the race detector makes the script outrun the watch on its memory")
	}
	for _, code := range scripts {
		runtime.GC() // what the last one left counts as in use before
		o := Script{Source: engine.Source{Name: name, Code: []byte(code)}, Config: engine.Config{MemoryLimit: memoryLimit}}.Run(t, rt)
		var failure *engine.Error
		var exceeded *engine.MemoryError
		if !errors.As(o.Err, &failure) || failure.Kind != engine.KindMemory || failure.Line != 1 || !errors.As(o.Err, &exceeded) || exceeded.Limit != memoryLimit {
			t.Errorf("%s: %v", code, o.Err)
		}
	}
	t.Run("session", func(t *testing.T) {
		runtime.GC()
		s := NewSession(t, rt, engine.Config{MemoryLimit: memoryLimit})
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), Longest)
			_, err := s.Eval(ctx, "grow", grow)
			cancel()
			if !errors.As(err, new(*engine.MemoryError)) {
				t.Fatalf("grow: %v", err)
			}
			if o := Evaluate(t, s, next); o.Text != "42" {
				t.Fatalf("next: %+v", o)
			}
		}
	})
}
