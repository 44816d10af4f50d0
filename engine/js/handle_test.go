package js

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// counter is what the handles of these tests stand for.
type counter struct {
	n    int64
	next *counter
}

// counterHost is a module that gives handles of two classes.
func counterHost(counters ...*counter) *engine.Module {
	of := func(args []any) *counter { return args[0].(engine.Handle).Value.(*counter) }
	class := &engine.Class{Name: "Counter"}
	class.Methods = []engine.Function{
		{Name: "add", Call: func(_ context.Context, args []any) (any, error) {
			if len(args) < 2 {
				return nil, &engine.ArgumentError{Path: "argument 1", Problem: "is missing"}
			}
			n, ok := args[1].(int64)
			if !ok {
				return nil, &engine.ArgumentError{Path: "argument 1", Problem: "is no whole number"}
			}
			of(args).n += n
			return of(args).n, nil
		}},
		{Name: "value_now", Sync: true, Call: func(_ context.Context, args []any) (any, error) { return of(args).n, nil }},
		{Name: "next", Call: func(_ context.Context, args []any) (any, error) {
			return engine.Handle{Value: of(args).next, Class: class}, nil
		}},
		{Name: "refuse", Call: func(context.Context, []any) (any, error) {
			return nil, &engine.HostError{Name: "CrispError", Call: "Counter.refuse", Message: "no"}
		}},
	}
	other := &engine.Class{Name: "Other"}
	return &engine.Module{Name: "host", Functions: []engine.Function{
		{Name: "counter", Call: func(_ context.Context, args []any) (any, error) {
			return engine.Handle{Value: counters[args[0].(int64)], Class: class}, nil
		}},
		{Name: "fresh", Sync: true, Call: func(context.Context, []any) (any, error) {
			return engine.Handle{Value: &counter{}, Class: class}, nil
		}},
		{Name: "other", Call: func(context.Context, []any) (any, error) { return engine.Handle{Value: counters[0], Class: other}, nil }},
		{Name: "broken", Call: func(context.Context, []any) (any, error) { return engine.Handle{Value: counter{}, Class: class}, nil }},
		{Name: "record", Call: func(context.Context, []any) (any, error) {
			return engine.Record{{Name: "z", Value: engine.Handle{Value: counters[0], Class: class}}, {Name: "a"}}, nil
		}},
		{Name: "identity", Call: func(_ context.Context, args []any) (any, error) {
			return fmt.Sprint(of(args) == counters[0], len(args)), nil
		}},
		{Name: "list", Call: func(_ context.Context, args []any) (any, error) {
			return args[0].([]any)[0].(engine.Handle).Value == counters[0], nil
		}},
	}}
}

func TestHandles(t *testing.T) {
	const bind = "call it on the object that has it, as in x.method(...), or bind it to the object"
	for code, want := range map[string]string{
		`const c = await host.counter(0); export default await c.add(2) + await c.add(3) + c.valueNow()`: "12",
		`export default await host.counter(0)`:                                                                                                                         "handle",
		`export default await host.counter(0) === await host.counter(0)`:                                                                                               "true",
		`export default await host.counter(0) === await host.counter(1)`:                                                                                               "false",
		`export default await host.counter(0) === await (await host.counter(1)).next()`:                                                                                "true",
		`export default await host.counter(0) === await host.other()`:                                                                                                  "false",
		`const m = new Map([[await host.counter(0), 7]]); export default m.get(await host.counter(0))`:                                                                 "7",
		`const c = await host.counter(0); export default await c === c`:                                                                                                "true",
		`const c = await host.counter(0); export default String(c) + typeof c`:                                                                                         "[object Counter]object",
		`console.log({ c: await host.counter(0) }, await host.counter(0))`:                                                                                             "{ c: Counter {} } Counter {}",
		`export default await host.identity(await host.counter(0), null)`:                                                                                              "true 1",
		`export default await host.list([await host.counter(0)])`:                                                                                                      "true",
		`const { z } = await host.record(); export default z.valueNow()`:                                                                                               "0",
		`export default Object.keys(await host.record()).join() + Object.keys(await host.counter(0)) `:                                                                 "z,a",
		`const c = await host.counter(0); for (const k in c) console.log(k); export default Object.getPrototypeOf(c) === Object.getPrototypeOf(await host.counter(1))`: "true",
		`const { next } = await host.counter(0); await next()`:                                                                                                         "error TypeError: Counter.next: it is a method and was called without its Counter (" + bind + ")",
		`const { valueNow } = await host.counter(0); valueNow()`:                                                                                                       "error TypeError: Counter.valueNow: it is a method and was called without its Counter (" + bind + ")",
		`const c = await host.counter(0); await c.next.call(await host.other())`:                                                                                       "error TypeError: Counter.next: it is a method and was called without its Counter (" + bind + ")",
		`const c = await host.counter(0); export default await c.add.bind(c)(4)`:                                                                                       "4",
		`await (await host.counter(0)).add()`:                                                                                                                          "error TypeError: Counter.add: argument 1 is missing",
		`await (await host.counter(0)).add("x")`:                                                                                                                       "error TypeError: Counter.add: argument 1 is no whole number",
		`await (await host.counter(0)).add(1, () => 1)`:                                                                                                                "error TypeError: Counter.add: argument 2 is a function, which has no JSON form",
		`await (await host.counter(0)).refuse()`:                                                                                                                       "error CrispError: Counter.refuse: no",
		`(await host.counter(0)).x = 1`:                                                                                                                                "error TypeError: a Counter has no member x that can be set",
		`(await host.counter(0)).add = 1`:                                                                                                                              "error TypeError: a Counter has no member add that can be set",
		`(await host.counter(0))[0] = 1`:                                                                                                                               "error TypeError: a Counter has no member 0 that can be set",
		`Object.defineProperty(await host.counter(0), "x", { value: 1, writable: true, enumerable: true, configurable: true })`:                                        "error TypeError: a Counter has no member x that can be set",
		`(await host.counter(0)).nothing()`:                                                                                                                            "error TypeError: Object has no member 'nothing'",
		`JSON.stringify([await host.counter(0)])`:                                                                                                                      "error TypeError: a Counter has no JSON form",
		`structuredClone(await host.counter(0))`:                                                                                                                       "error DataCloneError: ",
		`await host.broken()`:                                                                                                                                          "error Error: host.broken: the host gave a handle of js.counter, which is no pointer to something with a class",
	} {
		first := &counter{}
		out := script{code: code, name: "test.js", config: engine.Config{Modules: []*engine.Module{counterHost(first, &counter{next: first})}}}.run(t)
		text := fmt.Sprint(out.result)
		if h, ok := out.result.(engine.Handle); ok && h.Value == first {
			text = "handle"
		}
		if out.result == nil {
			text = strings.TrimSuffix(out.stdout, "\n")
		}
		if e := (*engine.Error)(nil); errors.As(out.err, &e) {
			text = "error " + e.Name + ": " + e.Message
			if e.Hint != "" {
				text += " (" + e.Hint + ")"
			}
		}
		if text != want && !(strings.HasSuffix(want, ": ") && strings.HasPrefix(text, want)) {
			t.Errorf("%s\ngot  %s\nwant %s", code, text, want)
		}
	}
}

// A script that goes through many handles does not keep what they stand for, and an instance takes handles back.
func TestHandlesGo(t *testing.T) {
	l := load(t, `
		const kept = host.fresh();
		export function many() { for (let i = 0; i < 2000; i++) host.fresh() }
		export function isKept(c) { return c === kept }
		export function get() { return kept }`, engine.Config{Modules: []*engine.Module{counterHost()}})
	kept, err := l.Call(t.Context(), "get", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		l.call("many", nil)
		runtime.GC()
	}
	if n := l.handles.objects.Len(); n > 10_000 {
		t.Errorf("%d handles are remembered of 20000 that nobody has", n)
	}
	l.call("isKept", true, kept)
}

// Every host call passes the gates, those of handles and of modules made at run time too.
func TestGates(t *testing.T) {
	var seen []string
	gate := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			seen = append(seen, c.Name)
			if c.Name == "host.identity" {
				return nil, &engine.HostError{Name: "PermissionError", Call: c.Name, Message: "refused"}
			}
			return next(ctx, c)
		}
	}
	host := counterHost(&counter{})
	host.Functions = append(host.Functions, engine.Function{Name: "made", Sync: true, Call: func(context.Context, []any) (any, error) {
		return &engine.Module{Name: "made", Functions: []engine.Function{{Name: "inner", Call: func(context.Context, []any) (any, error) { return 1, nil }}}}, nil
	}})
	out := script{name: "test.js", config: engine.Config{Modules: []*engine.Module{host}, Gates: []engine.Gate{gate}}, code: `
		const c = await host.counter(0);
		await c.add(1);
		c.valueNow();
		await host.made().inner();
		await host.identity(c).catch(() => {});
		await host.counter(0, () => 1)`}.run(t)
	const want = "[host.counter Counter.add Counter.value_now host.made made.inner host.identity]"
	if fmt.Sprint(seen) != want || out.err == nil || !strings.Contains(out.err.Error(), "argument 2 is a function") {
		t.Errorf("the gate saw %v, want %s; error %v", seen, want, out.err)
	}
}
