package engine

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"
)

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
		{"time in milliseconds", func(at time.Time) string { return at.UTC().Format(time.RFC3339) },
			[]any{since.UnixMilli()}, "2026-01-02T03:04:05Z"},
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
		{"array", func(a [2]int) [2]int { return [2]int{a[1], a[0]} }, []any{[]any{int64(1), int64(2)}},
			[]any{int64(2), int64(1)}},
		{"map of integers", func(m map[int]string) map[int]string { return m }, []any{map[string]any{"7": "x"}},
			map[string]any{"7": "x"}},
		{"several results", func() (int, string) { return 1, "a" }, nil, Multi{int64(1), "a"}},
		{
			"struct",
			func(c customer) customer { return c },
			[]any{map[string]any{
				"id": "9007199254740993", "name": "Ann", "tags": []any{"a"}, "seats": int64(3), "since": since,
				"every": "2s",
				"home":  map[string]any{"street": "S", "zip": int64(zip)}, "custom": map[string]any{"k": true},
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
		{"overflow", func(uint8) {}, []any{int64(256)},
			"m.f: argument 1: takes a whole number from 0 to 255, got 256", ""},
		{"negative", func(uint) {}, []any{int64(-1)}, "m.f: argument 1: takes a whole number from 0, got -1", ""},
		{"int8", func(int8) {}, []any{int64(128)},
			"m.f: argument 1: takes a whole number from -128 to 127, got 128", ""},
		{"float32", func(float32) {}, []any{1e300},
			"m.f: argument 1: takes a number within the range of float32, got 1e+300", ""},
		{"bool", func(bool) {}, []any{"yes"}, "m.f: argument 1: takes true or false, not a string", ""},
		{"list", func([]string) {}, []any{"a"}, "m.f: argument 1: takes an array, not a string", ""},
		{"item", func([]string) {}, []any{[]any{"a", int64(1)}},
			"m.f: argument 1[1]: takes a string, not a number", ""},
		{"array", func([2]int) {}, []any{[]any{int64(1)}}, "m.f: argument 1: takes an array of 2 items, got 1", ""},
		{"variadic", func(...string) {}, []any{"a", int64(2)}, "m.f: argument 2: takes a string, not a number", ""},
		{"in a field", takesCustomer, []any{map[string]any{"tags": []any{"a", int64(1)}}},
			"m.f: argument 1.tags[1]: takes a string, not a number", ""},
		{"deeper", takesCustomer, []any{map[string]any{"home": map[string]any{"zip": "x"}}},
			"m.f: argument 1.home.zip: takes a number, not a string", ""},
		{"misspelt", takesCustomer, []any{map[string]any{"nome": "x"}}, `m.f: argument 1: has no field "nome"`,
			`did you mean "name"?`},
		{"unknown", func(address) {}, []any{map[string]any{"qqqqqq": "x"}}, `m.f: argument 1: has no field "qqqqqq"`,
			"it takes street, zip"},
		{"date", func(time.Time) {}, []any{"yesterday"},
			`m.f: argument 1: takes a date, Unix milliseconds, or ISO 8601 text such as 2026-11-30T15:04:05Z, got "yesterday"`,
			""},
		{"duration", func(time.Duration) {}, []any{"soon"},
			`m.f: argument 1: takes a duration in milliseconds, or as text such as "1m30s", got "soon"`, ""},
		{"long duration", func(time.Duration) {}, []any{1e300},
			`m.f: argument 1: takes a duration in milliseconds, or as text such as "1m30s", got 1e+300, which is too long`,
			""},
		{"map key", func(map[int]string) {}, []any{map[string]any{"x": "y"}},
			`m.f: argument 1: takes whole numbers as names, not "x"`, ""},
		{"map value", func(map[string]int) {}, []any{map[string]any{"a b": "y"}},
			`m.f: argument 1["a b"]: takes a number, not a string`, ""},
		{"bytes", func([]byte) {}, []any{[]any{int64(1)}},
			"m.f: argument 1: takes bytes or a string, not an array", ""},
		{"text of a number", takesCustomer, []any{map[string]any{"id": "x"}},
			`m.f: argument 1.id: takes a whole number as text, got "x"`, ""},
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
	if got, err := i.Call(context.Background(), f, "m.f", []any{int64(2)}); err != nil || got != int64(2) ||
		asked != 1 {
		t.Errorf("got %v, %v after %d questions", got, err, asked)
	}
}
