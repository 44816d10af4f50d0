package lua

import (
	"context"
	"errors"
	"fmt"
	goruntime "runtime"
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
		{Name: "value", Sync: true, Call: func(_ context.Context, args []any) (any, error) { return of(args).n, nil }},
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
		{Name: "record", Call: func(_ context.Context, args []any) (any, error) {
			return engine.Record{{Name: "z", Value: engine.Handle{Value: counters[0], Class: class}}, {Name: "a", Value: engine.Record{}}, {Name: "none"}}, nil
		}},
		{Name: "deep", Call: func(context.Context, []any) (any, error) {
			record := engine.Record{{Name: "r"}}
			record[0].Value = record
			return record, nil
		}},
		{Name: "identity", Call: func(_ context.Context, args []any) (any, error) {
			return fmt.Sprint(of(args) == counters[0], len(args)), nil
		}},
		{Name: "list", Call: func(_ context.Context, args []any) (any, error) {
			list := args[0].([]any)
			return list[0].(engine.Handle).Value == counters[0], nil
		}},
	}}
}

func TestHandles(t *testing.T) {
	for code, want := range map[string]string{
		`local c = host.counter(0) return c:add(2) + c.add(c, 3) + c:value()`:                                     "12",
		`return host.counter(0) == host.counter(0), host.counter(0)`:                                              "true",
		`return host.counter(0) == host.counter(1)`:                                                               "false",
		`return host.counter(0) == host.counter(1):next()`:                                                        "true",
		`return host.counter(0) == host.other()`:                                                                  "false",
		`local t = {} t[host.counter(0)] = 7 return t[host.counter(0)]`:                                           "7",
		`return tostring(host.counter(0)) .. type(host.counter(0))`:                                               "Counteruserdata",
		`return inspect({c = host.counter(0)})`:                                                                   "{c = <Counter>}",
		`return host.identity(host.counter(0), nil)`:                                                              "true 1",
		`return host.list({host.counter(0)})`:                                                                     "true",
		`return getmetatable(host.counter(0))`:                                                                    "Counter",
		`return host.record().z:value()`:                                                                          "0",
		`local keys = {} for k in pairs(host.record()) do keys[#keys + 1] = k end return table.concat(keys, " ")`: "z a",
		`host.counter(0).next()`:                                                                                  "error TypeError: Counter.next: it is a method and was called without its Counter (Call it with a colon: x:next(...).)",
		`host.counter(0).add(2)`:                                                                                  "error TypeError: Counter.add: it is a method and was called without its Counter (Call it with a colon: x:add(...).)",
		`host.counter(0).next(host.other())`:                                                                      "error TypeError: Counter.next: it is a method and was called without its Counter (Call it with a colon: x:next(...).)",
		`host.counter(0):add()`:                                                                                   "error TypeError: Counter.add: argument 1 is missing",
		`host.counter(0):add("x")`:                                                                                "error TypeError: Counter.add: argument 1 is no whole number",
		`host.counter(0):add(1, print)`:                                                                           "error TypeError: Counter.add: argument 2 is a function, which has no JSON form",
		`host.counter(0):refuse()`:                                                                                "error CrispError: Counter.refuse: no",
		`host.counter(0).x = 1`:                                                                                   "error a Counter has no fields that can be set",
		`host.counter(0):nothing()`:                                                                               "error attempt to call a nil value (method 'nothing')",
		`setmetatable(host.counter(0), {})`:                                                                       "error bad argument #1 to setmetatable (table expected, got userdata)",
		`host.broken()`:                                                                                           "error Error: host.broken: the host gave a handle of lua.counter, which is no pointer to something with a class",
		`host.deep()`:                                                                                             "error Error: host.deep: the host gave a value that is nested more than 500 levels deep",
	} {
		first := &counter{}
		_, got, err := script(t, engine.Config{Modules: []*engine.Module{counterHost(first, &counter{next: first})}}, code)
		if h, ok := got.(engine.Handle); ok && h.Value != first {
			t.Errorf("%s: another value comes back: %v", code, h)
		}
		text := fmt.Sprint(got)
		if e := (*engine.Error)(nil); errors.As(err, &e) {
			text = "error " + strings.TrimPrefix(e.Name+": ", ": ") + e.Message
			if e.Hint != "" {
				text += " (" + e.Hint + ")"
			}
		}
		if text != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, text, want)
		}
	}
}

// A script that goes through many handles does not keep what they stand for, and an instance takes handles back.
func TestHandlesGo(t *testing.T) {
	v := newInstance(t, engine.Config{Modules: []*engine.Module{counterHost()}}, `
		local kept = host.fresh()
		function many() for i = 1, 2000 do host.fresh() end end
		function is_kept(c) return c == kept end
		function get() return kept end`)
	kept, err := v.Call(t.Context(), "get", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		if _, err := v.Call(t.Context(), "many", nil); err != nil {
			t.Fatal(err)
		}
		goruntime.GC()
	}
	if n := v.handles.objects.Len(); n > 10_000 {
		t.Errorf("%d handles are remembered of 20000 that nobody has", n)
	}
	if same, err := v.Call(t.Context(), "is_kept", []any{kept}); err != nil || same != true {
		t.Errorf("the handle comes back as another: %v, error %v", same, err)
	}
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
	_, got, err := script(t, engine.Config{Modules: []*engine.Module{host}, Gates: []engine.Gate{gate}}, `
		local c = host.counter(0)
		c:add(1)
		host.made().inner()
		local ok, e = pcall(host.identity, c)
		host.counter(0, print)`)
	const want = "[host.counter Counter.add host.made made.inner host.identity]"
	if fmt.Sprint(seen) != want || err == nil || !strings.Contains(err.Error(), "argument 2 is a function") {
		t.Errorf("the gate saw %v, want %s; result %v, error %v", seen, want, got, err)
	}
}

// Values that differ from instance to instance are members of their module.
func TestInstanceValues(t *testing.T) {
	host := &engine.Module{
		Name: "host", Values: []engine.Constant{{Name: "fixed", Value: 1}},
		InstanceValues: func(context.Context) []engine.Constant { return []engine.Constant{{Name: "website_id", Value: "w1"}} },
	}
	_, got, err := script(t, engine.Config{Modules: []*engine.Module{host}}, `
		local keys = {} for k in pairs(host) do keys[#keys + 1] = k end
		return {host.website_id, host.fixed, table.concat(keys, " ")}`)
	if text := fmt.Sprint(got); err != nil || text != "[w1 1 website_id fixed]" {
		t.Errorf("%s, error %v", text, err)
	}
}
