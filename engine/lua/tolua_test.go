package lua

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestHostValues gives values to scripts that they cannot hold. Each is an error of the call.
func TestHostValues(t *testing.T) {
	cyclicObject, cyclicList, cyclicMulti := map[string]any{}, []any{nil}, engine.Multi{nil}
	cyclicObject["m"] = []any{cyclicObject}
	cyclicList[0] = cyclicList
	cyclicMulti[0] = cyclicMulti
	nested := func(depth int) any {
		value := any(1)
		for range depth {
			value = []any{value}
		}
		return value
	}
	const inexact = "which scripts cannot hold exactly"
	for _, c := range []struct {
		name  string
		value any
		want  string
	}{
		{"object in itself", cyclicObject, "host.give: the host gave a value that is nested more than 500 levels deep"},
		{"list in itself", cyclicList, "is nested more than 500 levels deep"},
		{"several results in themselves", cyclicMulti, "Go type engine.Multi"},
		{"deep", nested(501), "is nested more than 500 levels deep"},
		{"almost deep", nested(500), ""},
		{"int64", int64(1<<53 + 1), "the number 9007199254740993, " + inexact},
		{"negative int64", int64(math.MinInt64), inexact},
		{"int", int(1<<53 + 1), inexact},
		{"uint64", uint64(math.MaxUint64), "the number 18446744073709551615, " + inexact},
		{"uint", uint(1<<53 + 1), inexact},
		{"in a list", []any{int64(1<<53 + 1)}, inexact},
		{"exact int64", int64(-1 << 53), ""},
		{"exact uint64", uint64(1 << 53), ""},
		{"float64", float64(1 << 60), ""},
		{"channel", make(chan int), "the host gave a value of Go type chan int, which scripts cannot take"},
	} {
		host := &engine.Module{Name: "host", Functions: []engine.Function{{
			Name: "give", Call: func(context.Context, []any) (any, error) { return c.value, nil },
		}}}
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{host}}, "local x = host.give()")
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %s", c.name, err, c.want)
		}
	}
}

// TestPanics lets host functions panic. Scripts do not see the text, which may hold secrets.
func TestPanics(t *testing.T) {
	boom := func() { panic("secret dsn") }
	host := &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "call", Call: func(context.Context, []any) (any, error) { boom(); return nil, nil }},
		{Name: "sync", Sync: true, Call: func(context.Context, []any) (any, error) { boom(); return nil, nil }},
		{Name: "each", Call: func(context.Context, []any) (any, error) {
			return engine.Sequence(func(yield func(any, error) bool) { yield(1, nil); boom() }), nil
		}},
	}}
	for code, want := range map[string]string{
		"host.call()":                 "main.lua:1:1: host.call: failed inside the host",
		"host.sync()":                 "main.lua:1:1: host.sync: failed inside the host",
		"for _ in host.each() do end": "main.lua:1:1: host.each: failed inside the host",
		"local _, e = pcall(host.call) error(e.message, 0)": "main.lua:1:31: host.call: failed inside the host",
	} {
		var hook []*engine.PanicError
		_, _, err := script(t, engine.Config{Modules: []*engine.Module{host}, OnPanic: func(e *engine.PanicError) { hook = append(hook, e) }}, code)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", code, err, want)
		}
		if len(hook) != 1 || hook[0].Value != "secret dsn" || !strings.Contains(string(hook[0].Stack), "TestPanics") {
			t.Errorf("%s: the hook has %v", code, hook)
		}
	}
}
