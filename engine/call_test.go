package engine

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
)

// fakeInstance stands in for an instance that gives its arguments back.
type fakeInstance struct{ types *types }

func (f fakeInstance) known() *types { return f.types }
func (f fakeInstance) call(_ context.Context, _ string, args []any) (any, error) {
	if len(args) != 1 {
		return args, nil
	}
	if n, ok := args[0].(int); ok {
		return int64(n), nil // as scripts give whole numbers
	}
	return args[0], nil
}

func TestCallErrors(t *testing.T) {
	ctx := context.Background()
	_, err := Call[any](ctx, fakeInstance{}, "f", 1, struct{ N []float64 }{[]float64{math.NaN()}})
	if want := "call f: argument 2.N[0]: is NaN, which has no JSON form"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for _, beyond := range []any{1<<53 + 1, int64(-1<<53 - 1)} {
		_, err = Call[int](ctx, fakeInstance{}, "f", beyond)
		if want := fmt.Sprintf("call f: argument 1: is %d, beyond 2^53", beyond); !strings.HasPrefix(errorText(err), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err = Call[float64](ctx, fakeInstance{}, "f", math.Inf(-1))
	if want := "call f: argument 1: is infinite, which has no JSON form"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Call[[]string](ctx, fakeInstance{}, "f", []any{"a", 1})
	if want := "call f: result[1]: takes a string, not a number"; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Call[address](ctx, fakeInstance{}, "f", map[string]any{"stret": "x"})
	if want := `call f: result: has no field "stret" (did you mean "street"?)`; errorText(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A call adds little to what the VM takes.
func TestCallAllocations(t *testing.T) {
	ctx := context.Background()
	var inst fakeInstance
	allocs := testing.AllocsPerRun(100, func() {
		if n, err := Call[int](ctx, inst, "f", 1); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	})
	if allocs > 1 { // the arguments
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkCall(b *testing.B) {
	ctx := context.Background()
	var inst fakeInstance
	b.Run("int", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Call[int](ctx, inst, "f", 1); err != nil {
				b.Fatal(err)
			}
		}
	})
}
