package js

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// FuzzJSONRoundTrip hands JSON to a script, which hands it back as it is and after a copy of every member: both must mean the same.
func FuzzJSONRoundTrip(f *testing.F) {
	var input []byte
	var returned []any
	module := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "take", Sync: true, Call: func(context.Context, []any) (any, error) { return engine.JSON(input), nil }},
		{Name: "give", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
			returned = append([]any(nil), args...)
			return nil, nil
		}},
	}}
	cfg := engine.Config{Modules: []*engine.Module{module}}
	vm, p := script{name: "fuzz.js", config: cfg, code: `
const copy = (x) => Array.isArray(x) ? x.map(copy)
  : x !== null && typeof x === "object" ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, copy(v)]))
  : x;
const value = host.take();
host.give([value], [copy(value)], [JSON.parse(JSON.stringify(value))]);`}.start(f, NewRuntime())
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) || len(data) > 1<<16 {
			t.Skip()
		}
		var want any
		if err := json.Unmarshal(data, &want); err != nil {
			t.Skip() // a number beyond float64
		}
		input, returned = data, nil
		if _, err := vm.Run(context.Background(), p); err != nil {
			t.Fatalf("Run with %s: %v", data, err)
		}
		if len(returned) != 3 {
			t.Fatalf("%d values came back", len(returned))
		}
		for i, x := range returned {
			got := plainNumbers(x.([]any)[0])
			if !reflect.DeepEqual(got, want) {
				t.Errorf("way %d: %s came back as %#v, want %#v", i, bytes.TrimSpace(data), got, want)
			}
		}
	})
}

// plainNumbers turns all numbers into float64, as encoding/json does.
func plainNumbers(x any) any {
	switch x := x.(type) {
	case int64:
		return float64(x)
	case float64:
		if x == 0 {
			return 0.0 // the sign of zero is not kept
		}
		return x
	case []any:
		for i := range x {
			x[i] = plainNumbers(x[i])
		}
		return x
	case map[string]any:
		for k := range x {
			x[k] = plainNumbers(x[k])
		}
		return x
	default:
		return x
	}
}
