package lua

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestManyInstances calls many instances side by side, and ends the calls at random. No call gives a wrong result, and nothing is left
// behind (see TestMain).
func TestManyInstances(t *testing.T) {
	rt := NewRuntime()
	host := testHost()
	p, err := enginetest.Script{
		Source: engine.Source{Name: "main.lua", Code: []byte(`
			local kept
			function f(n)
				kept = host.count(2)
				local item = kept().n
				local list = map({1, 2, 3}, function(x) host.sleep(x - 1) return x * n end)
				for i = 1, n * 100 do item = item + 0 end
				return list[1] + list[2] + list[3] + item
			end`)}, Config: engine.Config{Modules: []*engine.Module{host}},
	}.Compile(rt)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 32 {
		wg.Go(func() {
			for round := range 10 {
				vm := enginetest.NewVM(t, rt, engine.Config{Modules: []*engine.Module{host}}).(*vm)
				if err := vm.Load(t.Context(), p); err != nil {
					t.Error(err)
					return
				}
				var ended error
				for call := range 5 {
					n := worker + call
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration((round*7+call*13+worker)%40)*time.Millisecond/4)
					got, err := vm.Call(ctx, "f", []any{n})
					var e *engine.Error
					switch {
					case ended != nil && !errors.Is(err, engine.ErrClosed) && (!errors.As(err, &e) || e.Position.Line > 0):
						t.Errorf("a call after the end of the instance: %v, error %v", got, err)
					case err == nil && got != int64(6*n+1):
						t.Errorf("f(%d) is %v", n, got)
					case err != nil && !errors.Is(err, context.DeadlineExceeded):
						t.Errorf("f(%d): %v", n, err)
					case err != nil && errors.As(err, &e) && e.Position.Line > 0:
						ended = err
					}
					cancel()
				}
			}
		})
	}
	wg.Wait()
}
