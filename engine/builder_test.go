package engine

import (
	"context"
	"errors"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/valuepath"
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
		{"beyond 2^53", func() int64 { return 1<<53 + 1 },
			"m.f: result: is 9007199254740993, beyond 2^53, which scripts cannot hold exactly"},
		{"in a field", func() []customer { return []customer{{Balance: -1<<53 - 1}} },
			"m.f: result[0].balance: is -9007199254740993, beyond 2^53, which scripts cannot hold exactly"},
		{"unsigned", func() map[string]uint64 { return map[string]uint64{"a": 1 << 63} },
			"m.f: result.a: is 9223372036854775808, beyond 2^53, which scripts cannot hold exactly"},
		{"in any", func() any { return []any{int64(1 << 60)} },
			"m.f: result[0]: is 1152921504606846976, beyond 2^53, which scripts cannot hold exactly"},
		{"channel in any", func() any { return make(chan int) },
			"m.f: result: has the Go type chan int, which scripts cannot take"},
		{"second", func() (int, any) { return 1, func() {} },
			"m.f: result 2: has the Go type func(), which scripts cannot take"},
		{"pointer circle", func() any { return loop }, valuepath.TooDeep},
		{"struct circle", func() *node { return ring }, valuepath.TooDeep},
		{"map circle", func() map[string]any { return members }, valuepath.TooDeep},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := call(functionOf(t, test.fn))
			if err == nil {
				t.Fatalf("got %v", got)
			}
			if text := err.Error(); text != test.want &&
				!(test.want == valuepath.TooDeep && strings.HasSuffix(text, ": "+valuepath.TooDeep)) {
				t.Errorf("got  %s\nwant %s", text, test.want)
			}
		})
	}
}

func TestDeepestResult(t *testing.T) {
	var value any = int64(1)
	for range valuepath.MaxDepth {
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
	own := &HostError{Name: "BillingError", Message: "no such customer", Hint: "look it up",
		Fields: []Constant{{Name: "code", Value: 4}}}
	_, err = call(functionOf(t, func() (string, error) { return "", own }))
	var host *HostError
	if !errors.As(err, &host) || err.Error() != "m.f: no such customer" || host.Name != "BillingError" ||
		host.Hint != "look it up" || len(host.Fields) != 1 {
		t.Errorf("got %#v", err)
	}
	if own.Call != "" {
		t.Error("the function's own error was changed")
	}
	_, err = call(functionOf(t, func() error { return errors.Join(errors.New("outer"), own) }))
	if !errors.As(err, &host) || host.Name != "BillingError" || host.Message != "outer\nno such customer" ||
		!errors.Is(err, own) {
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
		{"with an error", func(n int) (iter.Seq2[int, error], error) { calls++; return nil, down }, nil,
			"m.f: db: down"},
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

func TestOnClose(t *testing.T) {
	var order []string
	note := func(s string) func() { return func() { order = append(order, s) } }
	var late context.Context
	f := functionOf(t, func(ctx context.Context) {
		OnClose(ctx, note("first"))
		OnClose(ctx, note("second"))
		late = ctx //nolint:fatcontext // to use it too late
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
		{"channel", NewModule("m").Func("f", func(chan int) {}),
			[]string{"m.f: argument 1: has the Go type chan int, which scripts cannot give"}},
		{"channel within", NewModule("m").Func("f", func(context.Context, []holder) {}),
			[]string{"m.f: argument 1[0].inner.done: has the Go type chan int, which scripts cannot give"}},
		{"channel result", NewModule("m").Func("f", func() chan int { return nil }),
			[]string{"m.f: result: has the Go type chan int, which scripts cannot take"}},
		{"complex", NewModule("m").Func("f", func(complex128) complex128 { return 0 }),
			[]string{"m.f: argument 1: has the Go type complex128", "m.f: result: has the Go type complex128"}},
		{"callback", NewModule("m").Func("f", func(func(int)) {}),
			[]string{"m.f: argument 1: has the Go type func(int): a script's functions cannot be passed to the host"}},
		{"interface", NewModule("m").Func("f", func(io.Reader) {}),
			[]string{"m.f: argument 1: has the interface type io.Reader"}},
		{"error first", NewModule("m").Func("f", func() (error, int) { return nil, 0 }), //nolint:staticcheck // what is refused
			[]string{"m.f: the error must be the last result"}},
		{"context second", NewModule("m").Func("f", func(int, context.Context) {}),
			[]string{"m.f: the context must be the first parameter"}},
		{"Sync that writes", NewModule("m").Func("f", func() {}, Sync(), Writes()),
			[]string{"m.f has the effect write and cannot be Sync"}},
		{"stream that writes", NewModule("m").Func("f", func() iter.Seq[int] { return nil }, Deletes()),
			[]string{"m.f: returns a stream, so it may only read, and has the effect delete"}},
		{"pairs", NewModule("m").Func("f", func() iter.Seq2[int, int] { return nil }),
			[]string{"m.f: returns a stream of pairs"}},
		{"stream and more", NewModule("m").Func("f", func() (iter.Seq[int], int) { return nil, 0 }),
			[]string{"m.f: a stream must be the only result"}},
		{"map keys", NewModule("m").Func("f", func(map[[2]int]int) {}),
			[]string{"m.f: argument 1: has the Go type map[[2]int]int, whose keys"}},
		{"too many docs", NewModule("m").Func("f", func() {}, Doc("x", "a")),
			[]string{"m.f: Doc describes 1 parameters, and the function has 0"}},
		{"nil option", NewModule("m").Func("f", func() {}, nil), []string{"m.f: an option is nil"}},
		{"no name", NewModule("m").Func("", func() {}), []string{`a function of "m." has no name`}},
		{"bad name", NewModule("m").Func("a b", func() {}),
			[]string{`function name "m.a b" is not a name that scripts can write`}},
		{"keyword", NewModule("m").Func("end", func() {}), []string{`function name "m.end" is not a name`}},
		{"twice", NewModule("m").Func("get_x", func() {}).Func("getX", func() {}),
			[]string{`module m has two members "getX"`}},
		{"module without a name", NewModule("").Func("f", func() {}), []string{`a module of "" has no name`}},
		{"constant", NewModule("m").Const("C", make(chan int)),
			[]string{"m.C: has the Go type chan int, which scripts cannot take"}},
		{"large constant", NewModule("m").Const("C", int64(1)<<60),
			[]string{"m.C: is 1152921504606846976, beyond 2^53"}},
		{"nested", NewModule("m").Module(NewModule("n").Func("f", nil)), []string{"m.n.f: the function is nil"}},
		{"nil module", NewModule("m").Module(nil), []string{"m: a nested module is nil"}},
		{"in itself", self, []string{"module self.self contains itself"}},
		{"type without pointer", NewModule("m").Type(cursor{}),
			[]string{"module m: the type engine.cursor is no pointer"}},
		{"nil type", NewModule("m").Type(nil), []string{"module m: a type is nil"}},
		{"pointer to a pointer", NewModule("m").Type(new(*cursor)), []string{"is no pointer to a named type"}},
		{"type twice", NewModule("m").Type(&cursor{}).Type(&cursor{}),
			[]string{"the type *engine.cursor is given twice"}},
		{"handle by value", NewModule("m").Type(&cursor{}).Func("f", func() cursor { return cursor{} }),
			[]string{"m.f: result: has the Go type engine.cursor, whose pointers are handles: use *engine.cursor"}},
		{"no such method", NewModule("m").Type(&cursor{}, Only("Nxt")),
			[]string{"the type *engine.cursor has no exported method Nxt"}},
		{"methods", NewModule("m").Type(&badHandle{}), []string{
			"m.badHandle.then: a method cannot be named Then: await",
			"m.badHandle.to_json: a method cannot be named ToJSON",
			"m.badHandle.to_string: a method cannot be named ToString",
			"m.badHandle.constructor: a method cannot be named Constructor",
			"m.badHandle.end: a method named End cannot be called in Lua",
			"badHandle.take: argument 1: has the Go type chan int",
		}},
		{"all of them", NewModule("m").Func("a", nil).Func("b", 1).Const("c", func() {}),
			[]string{"m.a:", "m.b:", "m.c:"}},
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

func TestModuleDescription(t *testing.T) {
	m := moduleOf(t, NewModule("billing").Doc("Bills and customers.").
		Const("MAX_SEATS", 10).Const("PLANS", []string{"free", "pro"}).
		Func("customer",
			func(ctx context.Context, email string, o *address) (customer, error) { return customer{}, nil },
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
	if !reflect.DeepEqual(m.Values,
		[]Constant{{Name: "MAX_SEATS", Value: int64(10)}, {Name: "PLANS", Value: []any{"free", "pro"}}}) {
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
