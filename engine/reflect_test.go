package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

type plan struct {
	Name  string `json:"name"`
	Seats uint8  `json:"seats"`
}

type account struct {
	ID    int64         `json:"id,string"`
	Email string        `json:"email"`
	Tags  []string      `json:"tags"`
	Plan  *plan         `json:"plan,omitempty"`
	Trial time.Duration `json:"trial,omitzero"`
}

// Ledger is a handle type.
type Ledger struct {
	entries []int
	closed  *int
}

func (l *Ledger) Add(n int) *Ledger      { l.entries = append(l.entries, n); return l }
func (l *Ledger) TotalSum() (int, error) { return l.sum(), nil }
func (l *Ledger) Entries() iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, n := range l.entries {
			if !yield(n) {
				return
			}
		}
	}
}
func (l *Ledger) Close() error { *l.closed++; return nil }

func (l *Ledger) sum() (sum int) {
	for _, n := range l.entries {
		sum += n
	}
	return sum
}

var errDown = errors.New("db: down")

func bank(closed *int) *engine.ModuleBuilder {
	return engine.NewModule("bank").
		Const("MAX_SEATS", 10).
		Const("PLANS", []plan{{"free", 1}}).
		Func("account", func(_ context.Context, email string) (account, error) {
			return account{ID: 1<<53 + 1, Email: email, Trial: 90 * time.Second}, nil
		}).
		Func("save", func(a account) (account, error) { return a, nil }, engine.Writes()).
		Func("join_names", func(names []string) string { return strings.Join(names, "+") }).
		Func("sum", func(numbers ...float64) float64 {
			sum := 0.0
			for _, n := range numbers {
				sum += n
			}
			return sum
		}).
		Func("seats", func(n uint8) uint8 { return n }).
		Func("wait", func(d time.Duration) string { return d.String() }).
		Func("day", func(t time.Time) string { return t.UTC().Format(time.DateOnly) }).
		Func("size", func(b []byte) int { return len(b) }).
		Func("bytes", func() []byte { return []byte("abc") }).
		Func("large", func() int64 { return 1<<53 + 1 }).
		Func("kinds", func(x any) string { return fmt.Sprintf("%T", x) }).
		Func("fail", func() error { return errDown }).
		Func("two", func() (int, string) { return 1, "b" }).
		Func("count", func(n int) iter.Seq2[int, error] {
			return func(yield func(int, error) bool) {
				for i := range n {
					if !yield(i+1, nil) {
						return
					}
				}
				yield(0, errDown)
			}
		}).
		Func("open", func() *Ledger { return &Ledger{closed: closed} }).
		Func("total", func(l *Ledger) int { return l.sum() }).
		Type(&Ledger{})
}

// Values travel alike in both languages. An expression of JavaScript is one of Lua with await and other braces.
func TestGoFunctionsInBothLanguages(t *testing.T) {
	closed := 0
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(bank(&closed)))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, lua, js string
		want          string // JSON
	}{
		{"constant", `bank.MAX_SEATS`, `bank.MAX_SEATS`, `10`},
		{"constant list", `bank.PLANS[1].name`, `bank.PLANS[0].name`, `"free"`},
		{"struct out", `bank.account("a@b.c")`, `bank.account("a@b.c")`,
			`{"email":"a@b.c","id":"9007199254740993","tags":[],"trial":90000}`},
		{"struct in", `bank.save({email = "x", tags = {"a", "b"}, plan = {name = "pro", seats = 3}, trial = "1m30s"})`,
			`bank.save({email: "x", tags: ["a", "b"], plan: {name: "pro", seats: 3}, trial: "1m30s"})`,
			`{"email":"x","id":"0","plan":{"name":"pro","seats":3},"tags":["a","b"],"trial":90000}`},
		{"there and back", `bank.save(bank.account("x"))`, `bank.save(await bank.account("x"))`,
			`{"email":"x","id":"9007199254740993","tags":[],"trial":90000}`},
		{"empty list", `bank.join_names({})`, `bank.joinNames([])`, `""`},
		{"list", `bank.join_names({"a", "b"})`, `bank.joinNames(["a", "b"])`, `"a+b"`},
		{"variadic", `bank.sum(1, 2.5)`, `bank.sum(1, 2.5)`, `3.5`},
		{"none", `bank.sum()`, `bank.sum()`, `0`},
		{"duration", `bank.wait(1500) .. bank.wait("2h")`, `(await bank.wait(1500)) + await bank.wait("2h")`, `"1.5s2h0m0s"`},
		{"time", `bank.day(86400000)`, `bank.day(new Date(86400000))`, `"1970-01-02"`},
		{"bytes", `bank.size(bank.bytes())`, `bank.size(await bank.bytes())`, `3`},
		{"nothing", `bank.kinds(nil)`, `bank.kinds(null)`, `"\u003cnil\u003e"`},
		{"integer", `bank.kinds(2)`, `bank.kinds(2)`, `"int64"`},
		{"handle", `bank.open():add(1):add(2):total_sum()`, `(await (await (await bank.open()).add(1)).add(2)).totalSum()`, `3`},
		{"handle back", `bank.total(bank.open():add(4))`, `bank.total(await (await bank.open()).add(4))`, `4`},
		{"same handle", `(function() local l = bank.open() return l == l:add(1) end)()`,
			`(async () => { const l = await bank.open(); return l === await l.add(1) })()`, `true`},
		{"method stream", `(function() local s = 0 for n in bank.open():add(1):add(2):entries() do s = s * 10 + n end return s end)()`,
			`(async () => { let s = 0; const l = await bank.open(); await l.add(1); await l.add(2); for await (const n of l.entries()) s = s * 10 + n; return s })()`, `12`},
		{"stream stopped", `(function() for n in bank.count(5) do if n == 2 then return n end end end)()`,
			`(async () => { for await (const n of bank.count(5)) if (n == 2) return n })()`, `2`},
		{"several results", `{bank.two()}`, `bank.two()`, `[1,"b"]`},
	}
	for _, test := range tests {
		for _, code := range []struct{ name, text string }{{"a.lua", "return " + test.lua}, {"a.mjs", "export default await (" + test.js + ")"}} {
			t.Run(test.name+"/"+code.name[2:], func(t *testing.T) {
				got, err := engine.Eval[any](t.Context(), eng, code.name, code.text)
				if err != nil {
					t.Fatal(err)
				}
				if text, err := json.Marshal(got); err != nil || string(text) != test.want {
					t.Errorf("got %s, %v, want %s", text, err, test.want)
				}
			})
		}
	}
	if closed != 8 { // four rows that open a ledger, in two languages
		t.Errorf("%d ledgers were closed with their instances", closed)
	}
}

func TestGoFunctionErrorsInBothLanguages(t *testing.T) {
	closed := 0
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(bank(&closed)))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, lua, js, wantLua, wantJS string }{
		{"missing", `bank.account()`, `bank.account()`, "bank.account: argument 1 is missing: it takes a string", ""},
		{"too many", `bank.account("a", 1)`, `bank.account("a", 1)`, "bank.account: takes one argument at most, got 2", ""},
		{"item", `bank.join_names({"a", 1})`, `bank.joinNames(["a", 1])`,
			"bank.join_names: argument 1[2]: takes a string, not a number", "bank.joinNames: argument 1[1]: takes a string, not a number"},
		{"in a struct", `bank.save({tags = {"a", false}})`, `bank.save({tags: ["a", false]})`,
			"bank.save: argument 1.tags[2]: takes a string, not a boolean", "bank.save: argument 1.tags[1]: takes a string, not a boolean"},
		{"unknown field", `bank.save({emial = "x"})`, `bank.save({emial: "x"})`, `bank.save: argument 1: has no field "emial"`, ""},
		{"fraction", `bank.seats(1.5)`, `bank.seats(1.5)`, "bank.seats: argument 1: takes a whole number, got 1.5", ""},
		{"overflow", `bank.seats(256)`, `bank.seats(256)`, "bank.seats: argument 1: takes a whole number from 0 to 255, got 256", ""},
		{"large result", `bank.large()`, `bank.large()`, "bank.large: result: is 9007199254740993, beyond 2^53, which scripts cannot hold exactly", ""},
		{"failure", `bank.fail()`, `bank.fail()`, "bank.fail: db: down", ""},
		{"stream", `(function() for n in bank.count(1) do end end)()`, `(async () => { for await (const n of bank.count(1)); })()`, "bank.count: db: down", ""},
		{"no handle", `bank.total({})`, `bank.total({})`, "bank.total: argument 1: takes a Ledger, not an object", ""},
		{"handle result", `bank.open()`, `bank.open()`, "result: is a Ledger, a handle of the host (read it as *engine_test.Ledger)", ""},
		{"detached", `(function() local f = bank.open().add return f(1) end)()`, `(await bank.open()).add.call(null, 1)`,
			"Ledger.add: it is a method and was called without its Ledger", ""},
		{"member", `(function() bank.open().x = 1 end)()`, `(await bank.open()).x = 1`,
			"a Ledger has no fields that can be set", "a Ledger has no member x that can be set"},
		{"text", `error("a " .. tostring(bank.open()) .. " has no JSON form")`, `JSON.stringify([await bank.open()])`, "a Ledger has no JSON form", ""},
		{"method argument", `bank.open():add("x")`, `(await bank.open()).add("x")`, "Ledger.add: argument 1: takes a number, not a string", ""},
	}
	for _, test := range tests {
		if test.wantJS == "" {
			test.wantJS = test.wantLua
		}
		for _, code := range []struct{ name, text, want string }{
			{"a.lua", "return " + test.lua, test.wantLua}, {"a.mjs", "export default await (" + test.js + ")", test.wantJS},
		} {
			t.Run(test.name+"/"+code.name[2:], func(t *testing.T) {
				got, err := engine.Eval[any](t.Context(), eng, code.name, code.text)
				if err == nil || !strings.Contains(err.Error(), code.want) {
					t.Fatalf("got %v, %v, want %s", got, err, code.want)
				}
				if strings.HasSuffix(code.want, "down") && !errors.Is(err, errDown) {
					t.Error("errors.Is does not find the error")
				}
			})
		}
	}
}

// A handle is a result of its own type, and an argument.
func TestHandleLeavesAsItsType(t *testing.T) {
	closed := 0
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(bank(&closed)))
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]string{
		"a.lua": `return { open = function() return bank.open():add(3) end, total = function(l) return l:total_sum() end }`,
		"a.mjs": `export const open = async () => (await bank.open()).add(3); export const total = l => l.totalSum()`,
	} {
		p, err := eng.Compile(t.Context(), engine.FromString(name, code))
		if err != nil {
			t.Fatal(err)
		}
		inst, err := eng.Instantiate(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		l, err := engine.Call[*Ledger](t.Context(), inst, "open")
		if err != nil || !reflect.DeepEqual(l.entries, []int{3}) {
			t.Fatalf("got %+v, %v", l, err)
		}
		if n, err := engine.Call[int](t.Context(), inst, "total", l); err != nil || n != 3 {
			t.Errorf("got %v, %v", n, err)
		}
		before := closed
		if err := inst.Close(); err != nil || closed != before+1 {
			t.Errorf("%d were closed, %v", closed-before, err)
		}
	}
}

// Gates and permissions find the module of a method, while errors of its arguments stay short.
func TestMethodsPassGates(t *testing.T) {
	closed := 0
	var seen []string
	gate := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			seen = append(seen, c.Name+" of "+c.Module()+" needs "+c.Word())
			return next(ctx, c)
		}
	}
	books := engine.NewModule("books").Type(&Ledger{}, engine.Method("Add", engine.Writes())).
		Func("open", func() *Ledger { return &Ledger{closed: &closed} })
	eng, err := engine.New(lua.Language, js.Language, engine.WithGate(gate),
		engine.WithModules(engine.NewModule("bank").Module(books)))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"bank.books.open of bank needs bank:read",
		"bank.books.Ledger.add of bank needs bank:write",
		"bank.books.Ledger.total_sum of bank needs bank:read",
	}
	permissions, err := eng.Vocabulary().Parse([]string{"bank:read"})
	if err != nil {
		t.Fatal(err)
	}
	for name, code := range map[string]struct{ good, bad, add string }{
		"a.lua": {`return bank.books.open():add(1):total_sum()`, `bank.books.open():add("x")`, `bank.books.open():add(1)`},
		"a.mjs": {
			`export default await (await (await bank.books.open()).add(1)).totalSum()`,
			`await (await bank.books.open()).add("x")`, `await (await bank.books.open()).add(1)`,
		},
	} {
		seen = nil
		if n, err := engine.Eval[int](t.Context(), eng, name, code.good); n != 1 || err != nil {
			t.Errorf("%s: got %v, %v", name, n, err)
		}
		if !reflect.DeepEqual(seen, want) {
			t.Errorf("%s: gates saw %q, want %q", name, seen, want)
		}
		_, err := engine.Eval[any](t.Context(), eng, name, code.bad)
		var host *engine.HostError
		if !errors.As(err, &host) || host.Error() != "Ledger.add: argument 1: takes a number, not a string" {
			t.Errorf("%s: got %v", name, err)
		}
		_, err = engine.Eval[any](t.Context(), eng, name, code.add, engine.WithPermissions(permissions))
		if !errors.Is(err, engine.ErrPermission) || !strings.Contains(err.Error(), "needs the permission bank:write") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// bareFunctions do by hand what reflection does for those of reflectedFunctions.
var bareFunctions = &engine.Module{Name: "hand", Functions: []engine.Function{
	{Name: "add", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
		if len(args) != 2 {
			return nil, errors.New("takes two arguments")
		}
		a, ok := args[0].(int64)
		b, ok2 := args[1].(int64)
		if !ok || !ok2 {
			return nil, errors.New("takes numbers")
		}
		return a + b, nil
	}},
	{Name: "move", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
		if len(args) != 1 {
			return nil, errors.New("takes one argument")
		}
		p, ok := args[0].(map[string]any)
		if !ok {
			return nil, errors.New("takes an object")
		}
		name, ok := p["name"].(string)
		seats, ok2 := p["seats"].(int64)
		if !ok || !ok2 || seats < 0 || seats > 255 || len(p) > 2 {
			return nil, errors.New("takes a name and seats")
		}
		return engine.Record{{Name: "name", Value: name}, {Name: "seats", Value: seats + 1}}, nil
	}},
}}

var reflectedFunctions = engine.NewModule("go").
	Func("add", func(a, b int) int { return a + b }, engine.Sync()).
	Func("move", func(p plan) plan { p.Seats++; return p }, engine.Sync())

// BenchmarkReflection compares Go functions with ones written by hand that check the same.
func BenchmarkReflection(b *testing.B) {
	eng, err := engine.New(lua.Language, js.Language, engine.WithModules(bareFunctions, reflectedFunctions))
	if err != nil {
		b.Fatal(err)
	}
	for _, module := range []string{"hand", "go"} {
		for _, code := range []struct{ name, file, text string }{
			{"lua/int", "a.lua", `return { f = function(n) for i = 1, n do M.add(i, 2) end end }`},
			{"lua/struct", "a.lua", `return { f = function(n) for i = 1, n do M.move({name = "x", seats = 3}) end end }`},
			{"js/int", "a.js", `export function f(n) { for (let i = 0; i < n; i++) M.add(i, 2) }`},
			{"js/struct", "a.js", `export function f(n) { for (let i = 0; i < n; i++) M.move({name: "x", seats: 3}) }`},
		} {
			b.Run(code.name+"/"+module, func(b *testing.B) {
				source := strings.ReplaceAll(code.text, "M.", map[string]string{"hand": "hand.", "go": "go."}[module])
				p, err := eng.Compile(b.Context(), engine.FromString(code.file, source))
				if err != nil {
					b.Fatal(err)
				}
				inst, err := eng.Instantiate(b.Context(), p)
				if err != nil {
					b.Fatal(err)
				}
				defer inst.Close()
				b.ReportAllocs()
				b.ResetTimer()
				if _, err := engine.Call[any](b.Context(), inst, "f", b.N); err != nil {
					b.Fatal(err)
				}
			})
		}
	}
}
