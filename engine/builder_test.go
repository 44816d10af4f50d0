package engine

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"
)

// fakeRuntime stands in for a language where no script runs.
type fakeRuntime struct{}

func (fakeRuntime) Compile(context.Context, Source, []string) (Program, error) {
	return nil, errors.New("not in this test")
}
func (fakeRuntime) New(Config) (VM, error) { return nil, errors.New("not in this test") }

var fakeLanguage = Languages(func() Runtime { return fakeRuntime{} }, Lua)

// moduleOf makes the module of a builder as New does.
func moduleOf(t testing.TB, b *ModuleBuilder) *Module {
	t.Helper()
	e, err := New(fakeLanguage, WithModules(b))
	if err != nil {
		t.Fatal(err)
	}
	return e.Modules()[0]
}

// functionOf makes a module of one Go function.
func functionOf(t testing.TB, fn any, options ...FuncOption) *Function {
	t.Helper()
	return &moduleOf(t, NewModule("m").Func("f", fn, options...)).Functions[0]
}

func call(f *Function, args ...any) (any, error) {
	return NewInvoker(&Config{}).Call(context.Background(), f, "m."+f.Name, args)
}

type address struct {
	Street string `json:"street"`
	Zip    *int   `json:"zip,omitempty"`
}

type customer struct {
	ID      int64          `json:"id,string"`
	Name    string         `json:"name"`
	Tags    []string       `json:"tags"`
	Seats   uint8          `json:"seats,omitempty"`
	Since   time.Time      `json:"since,omitzero"`
	Every   time.Duration  `json:"every,omitzero"`
	Home    *address       `json:"home,omitempty"`
	Custom  map[string]any `json:"custom,omitempty"`
	Balance int64          `json:"balance,omitempty"`
}

func TestFunctionArguments(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	zip := 75001
	tests := []struct {
		name string
		fn   any
		args []any
		want any
	}{
		{"nothing", func() {}, nil, nil},
		{"context", func(ctx context.Context) bool { return ctx != nil }, nil, true},
		{"string", func(s string) string { return s + "!" }, []any{"a"}, "a!"},
		{"named string", func(k reflectKind) reflectKind { return k + "s" }, []any{"a"}, "as"},
		{"int", func(n int) int { return n + 1 }, []any{int64(1)}, int64(2)},
		{"uint8", func(n uint8) uint8 { return n }, []any{int64(255)}, int64(255)},
		{"float of an integer", func(x float64) float64 { return x / 2 }, []any{int64(1)}, 0.5},
		{"float32", func(x float32) float32 { return x }, []any{0.1}, 0.1},
		{"bytes", func(b []byte) []byte { return append(b, 'x') }, []any{[]byte("a")}, []byte("ax")},
		{"bytes of a string", func(b []byte) int { return len(b) }, []any{"abc"}, int64(3)},
		{"time", func(at time.Time) time.Time { return at }, []any{since}, since},
		{"time in milliseconds", func(at time.Time) string { return at.UTC().Format(time.RFC3339) }, []any{since.UnixMilli()}, "2026-01-02T03:04:05Z"},
		{"time as text", func(at time.Time) bool { return at.Equal(since) }, []any{"2026-01-02T03:04:05Z"}, true},
		{"duration", func(d time.Duration) time.Duration { return 2 * d }, []any{int64(1500)}, int64(3000)},
		{"duration as text", func(d time.Duration) time.Duration { return d }, []any{"1m30s"}, int64(90000)},
		{"duration with a fraction", func(d time.Duration) time.Duration { return d }, []any{0.25}, 0.25},
		{"pointer left out", func(s string, n *int) bool { return n == nil }, []any{"a"}, true},
		{"pointer", func(n *int) int { return *n }, []any{int64(4)}, int64(4)},
		{"any left out", func(x any) any { return x }, nil, nil},
		{"any", func(x any) any { return x }, []any{map[string]any{"a": int64(1)}}, map[string]any{"a": int64(1)}},
		{"variadic", func(n ...int) int { return len(n) }, []any{int64(1), int64(2)}, int64(2)},
		{"variadic without", func(s string, n ...int) int { return len(n) }, []any{"a"}, int64(0)},
		{"slice", func(s []string) []string { return s }, []any{[]any{"a", "b"}}, []any{"a", "b"}},
		{"empty Lua table", func(s []string) []string { return s }, []any{map[string]any{}}, []any{}},
		{"nil slice", func() []string { return nil }, nil, []any{}},
		{"nil map", func() map[string]int { return nil }, nil, map[string]any{}},
		{"nil bytes", func() []byte { return nil }, nil, []byte{}},
		{"nil pointer", func() *address { return nil }, nil, nil},
		{"array", func(a [2]int) [2]int { return [2]int{a[1], a[0]} }, []any{[]any{int64(1), int64(2)}}, []any{int64(2), int64(1)}},
		{"map of integers", func(m map[int]string) map[int]string { return m }, []any{map[string]any{"7": "x"}}, map[string]any{"7": "x"}},
		{"several results", func() (int, string) { return 1, "a" }, nil, Multi{int64(1), "a"}},
		{
			"struct",
			func(c customer) customer { return c },
			[]any{map[string]any{
				"id": "9007199254740993", "name": "Ann", "tags": []any{"a"}, "seats": int64(3), "since": since, "every": "2s",
				"home": map[string]any{"street": "S", "zip": int64(zip)}, "custom": map[string]any{"k": true},
			}},
			Record{
				{"id", "9007199254740993"},
				{"name", "Ann"},
				{"tags", []any{"a"}},
				{"seats", int64(3)},
				{"since", since},
				{"every", int64(2000)},
				{"home", Record{{"street", "S"}, {"zip", int64(zip)}}},
				{"custom", map[string]any{"k": true}},
			},
		},
		{"struct with nothing", func(c *customer) customer { return *c }, []any{map[string]any{"name": nil}},
			Record{{"id", "0"}, {"name", ""}, {"tags", []any{}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := call(functionOf(t, test.fn), test.args...)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

type reflectKind string

func TestFunctionRefusesArguments(t *testing.T) {
	takesCustomer := func(customer) {}
	tests := []struct {
		name string
		fn   any
		args []any
		want string
		hint string
	}{
		{"missing", func(string) {}, nil, "m.f: argument 1 is missing: it takes a string", ""},
		{"missing second", func(string, int) {}, []any{"a"}, "m.f: argument 2 is missing: it takes a number", ""},
		{"missing object", takesCustomer, nil, "m.f: argument 1 is missing: it takes an object", ""},
		{"too many", func(string) {}, []any{"a", "b"}, "m.f: takes one argument at most, got 2", ""},
		{"none", func() {}, []any{"a"}, "m.f: takes no arguments, got 1", ""},
		{"kind", func(string) {}, []any{int64(1)}, "m.f: argument 1: takes a string, not a number", ""},
		{"fraction", func(uint8) {}, []any{1.5}, "m.f: argument 1: takes a whole number, got 1.5", ""},
		{"large", func(int64) {}, []any{1e300}, "m.f: argument 1: takes a whole number within 2^53, got 1e+300", ""},
		{"overflow", func(uint8) {}, []any{int64(256)}, "m.f: argument 1: takes a whole number from 0 to 255, got 256", ""},
		{"negative", func(uint) {}, []any{int64(-1)}, "m.f: argument 1: takes a whole number from 0, got -1", ""},
		{"int8", func(int8) {}, []any{int64(128)}, "m.f: argument 1: takes a whole number from -128 to 127, got 128", ""},
		{"float32", func(float32) {}, []any{1e300}, "m.f: argument 1: takes a number within the range of float32, got 1e+300", ""},
		{"bool", func(bool) {}, []any{"yes"}, "m.f: argument 1: takes true or false, not a string", ""},
		{"list", func([]string) {}, []any{"a"}, "m.f: argument 1: takes an array, not a string", ""},
		{"item", func([]string) {}, []any{[]any{"a", int64(1)}}, "m.f: argument 1[1]: takes a string, not a number", ""},
		{"array", func([2]int) {}, []any{[]any{int64(1)}}, "m.f: argument 1: takes an array of 2 items, got 1", ""},
		{"variadic", func(...string) {}, []any{"a", int64(2)}, "m.f: argument 2: takes a string, not a number", ""},
		{"in a field", takesCustomer, []any{map[string]any{"tags": []any{"a", int64(1)}}}, "m.f: argument 1.tags[1]: takes a string, not a number", ""},
		{"deeper", takesCustomer, []any{map[string]any{"home": map[string]any{"zip": "x"}}}, "m.f: argument 1.home.zip: takes a number, not a string", ""},
		{"misspelt", takesCustomer, []any{map[string]any{"nmae": "x"}}, `m.f: argument 1: has no field "nmae"`, `did you mean "name"?`},
		{"unknown", func(address) {}, []any{map[string]any{"qqqqqq": "x"}}, `m.f: argument 1: has no field "qqqqqq"`, "it takes street, zip"},
		{"date", func(time.Time) {}, []any{"yesterday"}, `m.f: argument 1: takes a date, Unix milliseconds, or ISO 8601 text such as 2026-11-30T15:04:05Z, got "yesterday"`, ""},
		{"duration", func(time.Duration) {}, []any{"soon"}, `m.f: argument 1: takes a duration in milliseconds, or as text such as "1m30s", got "soon"`, ""},
		{"long duration", func(time.Duration) {}, []any{1e300}, `m.f: argument 1: takes a duration in milliseconds, or as text such as "1m30s", got 1e+300, which is too long`, ""},
		{"map key", func(map[int]string) {}, []any{map[string]any{"x": "y"}}, `m.f: argument 1: takes whole numbers as names, not "x"`, ""},
		{"map value", func(map[string]int) {}, []any{map[string]any{"a b": "y"}}, `m.f: argument 1["a b"]: takes a number, not a string`, ""},
		{"bytes", func([]byte) {}, []any{[]any{int64(1)}}, "m.f: argument 1: takes bytes or a string, not an array", ""},
		{"text of a number", takesCustomer, []any{map[string]any{"id": "x"}}, `m.f: argument 1.id: takes a whole number as text, got "x"`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := call(functionOf(t, test.fn), test.args...)
			var host *HostError
			if !errors.As(err, &host) {
				t.Fatalf("got %v", err)
			}
			if err.Error() != test.want || host.Hint != test.hint {
				t.Errorf("got  %s (%s)\nwant %s (%s)", err, host.Hint, test.want, test.hint)
			}
			if host.Name != "TypeError" || host.Call != "m.f" {
				t.Errorf("got name %q and call %q", host.Name, host.Call)
			}
		})
	}
}

// Lua counts the items of lists from 1.
func TestFirstIndex(t *testing.T) {
	i := NewInvoker(&Config{})
	i.FirstIndex = 1
	_, err := i.Call(context.Background(), functionOf(t, func([]string) {}), "m.f", []any{[]any{"a", int64(1)}})
	if want := "m.f: argument 1[2]: takes a string, not a number"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// Gates are asked about calls that can be made only.
func TestArgumentsAreCheckedBeforeGates(t *testing.T) {
	asked := 0
	cfg := &Config{Gates: []Gate{func(next Handler) Handler {
		return func(ctx context.Context, c *HostCall) (any, error) {
			asked++
			if c.Effect != Delete || c.Permission != "m.old" {
				t.Errorf("got effect %s, permission %q", c.Effect, c.Permission)
			}
			return next(ctx, c)
		}
	}}}
	f := functionOf(t, func(n int) int { return n }, Deletes(), Needs("m.old"))
	i := NewInvoker(cfg)
	if _, err := i.Call(context.Background(), f, "m.f", []any{"x"}); err == nil || asked != 0 {
		t.Errorf("got %v after %d questions", err, asked)
	}
	if got, err := i.Call(context.Background(), f, "m.f", []any{int64(2)}); err != nil || got != int64(2) || asked != 1 {
		t.Errorf("got %v, %v after %d questions", got, err, asked)
	}
}

func TestFunctionResultErrors(t *testing.T) {
	type node struct {
		Next *node `json:"next"`
	}
	ring := &node{}
	ring.Next = ring
	var loop any
	loop = &loop
	members := map[string]any{}
	members["m"] = members
	tests := []struct {
		name string
		fn   any
		want string
	}{
		{"beyond 2^53", func() int64 { return 1<<53 + 1 }, "m.f: result: is 9007199254740993, beyond 2^53, which scripts cannot hold exactly"},
		{"in a field", func() []customer { return []customer{{Balance: -1<<53 - 1}} }, "m.f: result[0].balance: is -9007199254740993, beyond 2^53, which scripts cannot hold exactly"},
		{"unsigned", func() map[string]uint64 { return map[string]uint64{"a": 1 << 63} }, "m.f: result.a: is 9223372036854775808, beyond 2^53, which scripts cannot hold exactly"},
		{"in any", func() any { return []any{int64(1 << 60)} }, "m.f: result[0]: is 1152921504606846976, beyond 2^53, which scripts cannot hold exactly"},
		{"channel in any", func() any { return make(chan int) }, "m.f: result: has the Go type chan int, which scripts cannot take"},
		{"second", func() (int, any) { return 1, func() {} }, "m.f: result 2: has the Go type func(), which scripts cannot take"},
		{"pointer circle", func() any { return loop }, TooDeep},
		{"struct circle", func() *node { return ring }, TooDeep},
		{"map circle", func() map[string]any { return members }, TooDeep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := call(functionOf(t, test.fn))
			if err == nil {
				t.Fatalf("got %v", got)
			}
			if text := err.Error(); text != test.want && !(test.want == TooDeep && strings.HasSuffix(text, ": "+TooDeep)) {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestDeepestResult(t *testing.T) {
	var value any = int64(1)
	for range MaxDepth {
		value = []any{value}
	}
	f := functionOf(t, func() any { return value })
	if _, err := call(f); err != nil {
		t.Error(err)
	}
	value = []any{value}
	if _, err := call(f); err == nil {
		t.Error("one level more is no error")
	}
}

func TestFunctionFailure(t *testing.T) {
	down := errors.New("db: down")
	_, err := call(functionOf(t, func() error { return down }))
	if err == nil || err.Error() != "m.f: db: down" || !errors.Is(err, down) {
		t.Errorf("got %v", err)
	}
	own := &HostError{Name: "BillingError", Message: "no such customer", Hint: "look it up", Fields: []Constant{{Name: "code", Value: 4}}}
	_, err = call(functionOf(t, func() (string, error) { return "", own }))
	var host *HostError
	if !errors.As(err, &host) || err.Error() != "m.f: no such customer" || host.Name != "BillingError" || host.Hint != "look it up" || len(host.Fields) != 1 {
		t.Errorf("got %#v", err)
	}
	if own.Call != "" {
		t.Error("the function's own error was changed")
	}
	_, err = call(functionOf(t, func() error { return errors.Join(errors.New("outer"), own) }))
	if !errors.As(err, &host) || host.Name != "BillingError" || host.Message != "outer\nno such customer" || !errors.Is(err, own) {
		t.Errorf("got %#v", err)
	}
	if _, err = call(functionOf(t, func() error { return nil })); err != nil {
		t.Error(err)
	}
}

func drain(t *testing.T, value any) (items []any, err error) {
	t.Helper()
	seq, ok := value.(Sequence)
	if !ok {
		t.Fatalf("got %#v", value)
	}
	for item, itemErr := range seq {
		if itemErr != nil {
			return items, itemErr
		}
		items = append(items, item)
	}
	return items, nil
}

func TestStreams(t *testing.T) {
	down := errors.New("db: down")
	calls := 0
	tests := []struct {
		name string
		fn   any
		want []any
		err  string
	}{
		{"iter.Seq", func(n int) iter.Seq[address] {
			return func(yield func(address) bool) {
				for range n {
					if !yield(address{Street: "S"}) {
						return
					}
				}
			}
		}, []any{Record{{"street", "S"}}, Record{{"street", "S"}}}, ""},
		{"iter.Seq2", func(n int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				if yield(n, nil) {
					yield(0, down)
				}
			}
		}, []any{int64(2)}, "m.f: db: down"},
		{"with an error", func(n int) (iter.Seq2[int, error], error) { calls++; return nil, down }, nil, "m.f: db: down"},
		{"without one", func(n int) (iter.Seq[int], error) {
			return func(yield func(int) bool) { _ = yield(1) && yield(2) }, nil
		}, []any{int64(1), int64(2)}, ""},
		{"nil", func(int) iter.Seq[int] { return nil }, nil, ""},
		{"item", func(int) iter.Seq[any] { return func(yield func(any) bool) { yield(make(chan int)) } }, nil,
			"m.f: item: has the Go type chan int, which scripts cannot take"},
		{"Sequence", func(int) Sequence { return func(yield func(any, error) bool) { yield(address{}, nil) } },
			[]any{Record{{"street", ""}}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := functionOf(t, test.fn)
			if !f.Sync {
				t.Error("it is not Sync: JavaScript could not write for await (const x of f())")
			}
			value, err := call(f, int64(2))
			if err != nil {
				t.Fatal(err)
			}
			if calls != 0 {
				t.Error("it was called before the first pull")
			}
			items, err := drain(t, value)
			if text := errorText(err); !reflect.DeepEqual(items, test.want) || text != test.err {
				t.Errorf("got %v, %v, want %v, %v", items, text, test.want, test.err)
			}
			if test.err != "" && strings.HasSuffix(test.err, "down") && !errors.Is(err, down) {
				t.Error("errors.Is does not find the error")
			}
			calls = 0
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// cursor is a handle type.
type cursor struct {
	at     int
	closed int
}

func (c *cursor) Next(ctx context.Context, by *int) int {
	if by == nil {
		c.at++
	} else {
		c.at += *by
	}
	return c.at
}
func (c *cursor) NextPage() *cursor { return c }
func (c *cursor) Close() error      { c.closed++; return nil }

func TestHandles(t *testing.T) {
	var made []*cursor
	m := moduleOf(t, NewModule("m").
		Func("open", func() *cursor { made = append(made, &cursor{}); return made[len(made)-1] }).
		Func("none", func() *cursor { return nil }).
		Func("list", func() []*cursor { return made }).
		Func("at", func(c *cursor) int { return c.at }).
		Type(&cursor{}, Doc("A place in a list."), Method("Next", Writes(), Doc("Goes on.", "by: how far"))))
	i := NewInvoker(&Config{})
	run := func(f *Function, name string, args ...any) (any, error) {
		return i.Call(context.Background(), f, name, args)
	}
	get := func(name string) *Function { f, _, _ := m.Member(name, nil); return f }

	value, err := run(get("open"), "m.open")
	h, ok := value.(Handle)
	if err != nil || !ok || h.Value != any(made[0]) || h.Class.Name != "cursor" || h.Class.Doc != "A place in a list." {
		t.Fatalf("got %#v, %v", value, err)
	}
	var names []string
	for _, f := range h.Class.Methods {
		names = append(names, f.Name)
	}
	if want := []string{"close", "next", "next_page"}; !reflect.DeepEqual(names, want) {
		t.Errorf("got methods %v, want %v", names, want)
	}
	next := &h.Class.Methods[1]
	if next.Effect != Write || next.Permission != "m" || next.Doc != "Goes on." || next.Params[0].Name != "by" {
		t.Errorf("got %+v", next)
	}
	if got, err := run(next, "cursor.next", h); err != nil || got != int64(1) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(next, "cursor.next", h, int64(4)); err != nil || got != int64(5) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(&h.Class.Methods[2], "cursor.next_page", h); err != nil || got != any(h) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("at"), "m.at", h); err != nil || got != int64(5) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("none"), "m.none"); err != nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := run(get("list"), "m.list"); err != nil || !reflect.DeepEqual(got, []any{h}) {
		t.Errorf("got %v, %v", got, err)
	}
	for _, test := range []struct {
		f    *Function
		name string
		args []any
		want string
	}{
		{next, "cursor.next", nil, "cursor.next: is a method and was called without its cursor"},
		{next, "cursor.next", []any{int64(1)}, "cursor.next: is a method and was called without its cursor"},
		{next, "cursor.next", []any{h, "x"}, "cursor.next: argument 1: takes a number, not a string"},
		{next, "cursor.next", []any{h, int64(1), int64(2)}, "cursor.next: takes one argument at most, got 2"},
		{get("at"), "m.at", []any{map[string]any{}}, "m.at: argument 1: takes a cursor, not an object"},
		{get("at"), "m.at", []any{Handle{Value: new(int), Class: &Class{Name: "Other"}}}, "m.at: argument 1: takes a cursor, not an Other"},
	} {
		if _, err := run(test.f, test.name, test.args...); errorText(err) != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}

	// The first one is closed by the script, the second with the instance.
	if _, err := run(get("open"), "m.open"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(&h.Class.Methods[0], "cursor.close", h); err != nil {
		t.Fatal(err)
	}
	i.Close()
	i.Close()
	if made[0].closed != 1 || made[1].closed != 1 {
		t.Errorf("closed %d and %d times", made[0].closed, made[1].closed)
	}
}

func TestOnClose(t *testing.T) {
	var order []string
	note := func(s string) func() { return func() { order = append(order, s) } }
	var late context.Context
	f := functionOf(t, func(ctx context.Context) {
		OnClose(ctx, note("first"))
		OnClose(ctx, note("second"))
		late = ctx
	})
	i := NewInvoker(&Config{})
	if _, err := i.Call(context.Background(), f, "m.f", nil); err != nil {
		t.Fatal(err)
	}
	if len(order) != 0 {
		t.Errorf("called before the end: %v", order)
	}
	i.Close()
	OnClose(late, note("late"))
	if want := []string{"second", "first", "late"}; !reflect.DeepEqual(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

type badHandle struct{}

func (*badHandle) Then()                      {}
func (*badHandle) ToJSON() string             { return "" }
func (*badHandle) ToString() string           { return "" }
func (*badHandle) Constructor()               {}
func (*badHandle) End()                       {}
func (*badHandle) Take(chan int)              {}
func (*badHandle) Read(p []byte) (int, error) { return 0, io.EOF }

func TestBuilderMistakes(t *testing.T) {
	type holder struct {
		Inner struct {
			Done chan int `json:"done"`
		} `json:"inner"`
	}
	self := NewModule("self")
	self.Module(self)
	tests := []struct {
		name string
		b    *ModuleBuilder
		want []string
	}{
		{"nil function", NewModule("m").Func("f", nil), []string{"m.f: the function is nil"}},
		{"typed nil", NewModule("m").Func("f", (func())(nil)), []string{"m.f: the function is nil"}},
		{"no function", NewModule("m").Func("f", 1), []string{"m.f: is no function: it has the Go type int"}},
		{"channel", NewModule("m").Func("f", func(chan int) {}), []string{"m.f: argument 1: has the Go type chan int, which scripts cannot give"}},
		{"channel within", NewModule("m").Func("f", func(context.Context, []holder) {}),
			[]string{"m.f: argument 1[0].inner.done: has the Go type chan int, which scripts cannot give"}},
		{"channel result", NewModule("m").Func("f", func() chan int { return nil }), []string{"m.f: result: has the Go type chan int, which scripts cannot take"}},
		{"complex", NewModule("m").Func("f", func(complex128) complex128 { return 0 }),
			[]string{"m.f: argument 1: has the Go type complex128", "m.f: result: has the Go type complex128"}},
		{"callback", NewModule("m").Func("f", func(func(int)) {}), []string{"m.f: argument 1: has the Go type func(int): a script's functions cannot be passed to the host"}},
		{"interface", NewModule("m").Func("f", func(io.Reader) {}), []string{"m.f: argument 1: has the interface type io.Reader"}},
		{"error first", NewModule("m").Func("f", func() (error, int) { return nil, 0 }), []string{"m.f: the error must be the last result"}},
		{"context second", NewModule("m").Func("f", func(int, context.Context) {}), []string{"m.f: the context must be the first parameter"}},
		{"Sync that writes", NewModule("m").Func("f", func() {}, Sync(), Writes()), []string{"m.f has the effect write and cannot be Sync"}},
		{"stream that writes", NewModule("m").Func("f", func() iter.Seq[int] { return nil }, Deletes()), []string{"m.f: returns a stream, so it may only read, and has the effect delete"}},
		{"pairs", NewModule("m").Func("f", func() iter.Seq2[int, int] { return nil }), []string{"m.f: returns a stream of pairs"}},
		{"stream and more", NewModule("m").Func("f", func() (iter.Seq[int], int) { return nil, 0 }), []string{"m.f: a stream must be the only result"}},
		{"map keys", NewModule("m").Func("f", func(map[[2]int]int) {}), []string{"m.f: argument 1: has the Go type map[[2]int]int, whose keys"}},
		{"too many docs", NewModule("m").Func("f", func() {}, Doc("x", "a")), []string{"m.f: Doc describes 1 parameters, and the function has 0"}},
		{"nil option", NewModule("m").Func("f", func() {}, nil), []string{"m.f: an option is nil"}},
		{"no name", NewModule("m").Func("", func() {}), []string{`a function of "m." has no name`}},
		{"bad name", NewModule("m").Func("a b", func() {}), []string{`function name "m.a b" is not a name that scripts can write`}},
		{"keyword", NewModule("m").Func("end", func() {}), []string{`function name "m.end" is not a name`}},
		{"twice", NewModule("m").Func("get_x", func() {}).Func("getX", func() {}), []string{`module m has two members "getX"`}},
		{"module without a name", NewModule("").Func("f", func() {}), []string{`a module of "" has no name`}},
		{"constant", NewModule("m").Const("C", make(chan int)), []string{"m.C: has the Go type chan int, which scripts cannot take"}},
		{"large constant", NewModule("m").Const("C", int64(1)<<60), []string{"m.C: is 1152921504606846976, beyond 2^53"}},
		{"nested", NewModule("m").Module(NewModule("n").Func("f", nil)), []string{"m.n.f: the function is nil"}},
		{"nil module", NewModule("m").Module(nil), []string{"m: a nested module is nil"}},
		{"in itself", self, []string{"module self.self contains itself"}},
		{"type without pointer", NewModule("m").Type(cursor{}), []string{"module m: the type engine.cursor is no pointer"}},
		{"nil type", NewModule("m").Type(nil), []string{"module m: a type is nil"}},
		{"pointer to a pointer", NewModule("m").Type(new(*cursor)), []string{"is no pointer to a named type"}},
		{"type twice", NewModule("m").Type(&cursor{}).Type(&cursor{}), []string{"the type *engine.cursor is given twice"}},
		{"handle by value", NewModule("m").Type(&cursor{}).Func("f", func() cursor { return cursor{} }),
			[]string{"m.f: result: has the Go type engine.cursor, whose pointers are handles: use *engine.cursor"}},
		{"no such method", NewModule("m").Type(&cursor{}, Only("Nxt")), []string{"the type *engine.cursor has no exported method Nxt"}},
		{"methods", NewModule("m").Type(&badHandle{}), []string{
			"m.badHandle.then: a method cannot be named Then: await", "m.badHandle.to_json: a method cannot be named ToJSON",
			"m.badHandle.to_string: a method cannot be named ToString", "m.badHandle.constructor: a method cannot be named Constructor",
			"m.badHandle.end: a method named End cannot be called in Lua", "badHandle.take: argument 1: has the Go type chan int",
		}},
		{"all of them", NewModule("m").Func("a", nil).Func("b", 1).Const("c", func() {}), []string{"m.a:", "m.b:", "m.c:"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(fakeLanguage, WithModules(test.b))
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if strings.Count(err.Error(), want) != 1 {
					t.Errorf("got  %s\nwant %s", err, want)
				}
			}
			if lines := strings.Count(err.Error(), "\n") + 1; lines != len(test.want) {
				t.Errorf("got %d lines: %s", lines, err)
			}
		})
	}
}

func TestOnlyLeavesMethodsOut(t *testing.T) {
	e, err := New(fakeLanguage, WithModules(NewModule("m").Type(&badHandle{}, Only("Read"))))
	if err != nil {
		t.Fatal(err)
	}
	if class := e.types.classes[reflect.TypeFor[*badHandle]()]; len(class.Methods) != 1 || class.Methods[0].Name != "read" {
		t.Errorf("got %+v", class.Methods)
	}
}

// Types are known to all modules of an engine, in any order, and to no other engine.
func TestTypesOfOtherModules(t *testing.T) {
	user := NewModule("user").Func("open", func() *cursor { return &cursor{} })
	owner := NewModule("owner").Type(&cursor{})
	with, err := New(fakeLanguage, WithModules(user, owner))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := call(&with.Modules()[0].Functions[0]); err != nil {
		t.Error(err)
	} else if _, ok := got.(Handle); !ok {
		t.Errorf("got %#v", got)
	}
	without, err := New(fakeLanguage, WithModules(user))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := call(&without.Modules()[0].Functions[0]); err != nil {
		t.Error(err)
	} else if _, ok := got.(Record); !ok {
		t.Errorf("got %#v", got)
	}
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{
		"Next": "next", "NextPage": "next_page", "HTTPServer": "http_server", "GetURL": "get_url", "ID": "id", "Base64": "base64",
		"ToJSON": "to_json", "X": "x",
	} {
		if got := snake(name); got != want {
			t.Errorf("snake(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestModuleDescription(t *testing.T) {
	m := moduleOf(t, NewModule("billing").Doc("Bills and customers.").
		Const("MAX_SEATS", 10).Const("PLANS", []string{"free", "pro"}).
		Func("customer", func(ctx context.Context, email string, o *address) (customer, error) { return customer{}, nil },
			Doc("Finds a customer.", "email: the address", "options")).
		Func("remind", func(string) {}, Sends(), Needs("billing.mail")).
		Func("round", func(float64) float64 { return 0 }, Sync(), Needs(NoPermission)).
		Module(NewModule("invoices").Func("list", func() iter.Seq2[address, error] { return nil })))
	f := m.Functions[0]
	if f.Effect != Read || f.Sync || f.Doc != "Finds a customer." || f.Permission != "" {
		t.Errorf("got %+v", f)
	}
	want := []Param{
		{Name: "email", Type: "string", Required: true, Doc: "the address"},
		{Name: "options", Type: "{ street: string; zip?: number }"},
	}
	if !reflect.DeepEqual(f.Params, want) {
		t.Errorf("got %+v", f.Params)
	}
	if m.Functions[1].Effect != Send || m.Functions[1].Permission != "billing.mail" || !m.Functions[2].Sync {
		t.Errorf("got %+v", m.Functions)
	}
	if m.Modules[0].Functions[0].Result != "iterator of { street: string; zip?: number }" {
		t.Errorf("got %q", m.Modules[0].Functions[0].Result)
	}
	if !reflect.DeepEqual(m.Values, []Constant{{Name: "MAX_SEATS", Value: int64(10)}, {Name: "PLANS", Value: []any{"free", "pro"}}}) {
		t.Errorf("got %+v", m.Values)
	}
	var subjects []string
	for _, s := range m.Subjects {
		subjects = append(subjects, s.Name+" in "+strings.Join(s.In, ","))
	}
	if want := []string{"billing in ", "billing.mail in billing"}; !reflect.DeepEqual(subjects, want) {
		t.Errorf("got %q", subjects)
	}
}
