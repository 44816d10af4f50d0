package enginetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// sessionPairs are entries that show the same in both languages.
var sessionPairs = []struct {
	name    string
	js, lua []string
	want    string
}{
	{"number", []string{"1+1"}, []string{"1+1"}, "2"},
	{"variable persists", []string{"const a = 1", "a + 1"}, []string{"local a = 1", "a + 1"}, "2"},
	{"declaration shows nothing", []string{"const a = 1"}, []string{"local a = 1"}, "-"},
	{"declared again", []string{"const a = 1", "const a = 2", "a"}, []string{"local a = 1", "local a = 2", "a"}, "2"},
	{"declared without a value", []string{"let a, b", "a"}, []string{"local a, b", "a"}, "-"},
	{"undeclared", []string{"x = crisp.people.list()", "x.length"}, []string{"x = crisp.people.list()", "#x"}, "2"},
	{"into a variable", []string{"const c = crisp.people.list()", "c.length"}, []string{"local c = crisp.people.list()", "#c"}, "2"},
	{
		"function that calls itself",
		[]string{"function f(n) { return n < 2 ? 1 : n * f(n - 1) }", "f(5)"},
		[]string{"local function f(n) return n < 2 and 1 or n * f(n - 1) end", "f(5)"}, "120",
	},
	{
		"function sees the current value",
		[]string{"let n = 1; const inc = () => ++n", "n = 10", "inc()", "n"},
		[]string{"local n = 1; function inc() n = n + 1 end", "n = 10", "inc()", "n"}, "11",
	},
	{
		"function made again",
		[]string{"function a() { return b() }; function b() { return 1 }", "function b() { return 2 }", "a()"},
		[]string{"function a() return b() end; function b() return 1 end", "function b() return 2 end", "a()"}, "2",
	},
	{
		"host call in a loop",
		[]string{"let n = 0\nfor (const p of crisp.people.list()) n += crisp.people.get(p.person_id).email.length", "n"},
		[]string{"n = 0\nfor _, p in ipairs(crisp.people.list()) do n = n + #crisp.people.get(p.person_id).email end", "n"}, "16",
	},
	{
		"stream",
		[]string{"let n = 0; for (const p of crisp.people.each()) { if (p.person_id == 'c') break; n++ }", "n"},
		[]string{"n = 0; for p in crisp.people.each() do if p.person_id == 'c' then break end n = n + 1 end", "n"}, "2",
	},
	{"last result", []string{"40", "_ + 2"}, []string{"40", "_ + 2"}, "42"},
	{"no value", []string{"console.log()"}, []string{"print()"}, "-"},
}

// TestSession checks what the sessions of both languages do in the same way.
func TestSession(t *testing.T, rt engine.Runtime, language engine.Language) {
	t.Helper()
	var cases []EntriesCase
	for _, pair := range sessionPairs {
		entries := pair.js
		if language == engine.Lua {
			entries = pair.lua
		}
		cases = append(cases, EntriesCase{pair.name, entries, pair.want, ""})
	}
	CheckEntries(t, rt, cases)
	for name, test := range map[string]func(t *testing.T, s engine.Session, in func(js, lua string) string){
		"members": testMembers, "values": testValues, "stream as a value": testStream, "deadline": testDeadline, "close": testClose,
	} {
		t.Run(name, func(t *testing.T) {
			cfg := engine.Config{Modules: []*engine.Module{Inbox()}, Globals: []engine.Constant{{Name: "args", Value: []any{"a"}}}}
			test(t, NewSession(t, rt, cfg), inLanguage(language))
		})
	}
}

// inLanguage picks texts of a language.
func inLanguage(language engine.Language) func(js, lua string) string {
	if language == engine.Lua {
		return func(_, lua string) string { return lua }
	}
	return func(js, _ string) string { return js }
}

func testMembers(t *testing.T, s engine.Session, in func(js, lua string) string) {
	Evaluate(t, s, in(
		"const obj = {list: [1], n: 1, o: {deep: {x: true}}, s: ''}; const first = crisp.people.list()[0]; const people = crisp.people",
		"obj = {list = {1}, n = 1, o = {deep = {x = true}}, s = ''}; first = crisp.people.list()[1]; people = crisp.people",
	))
	people := "list:function each:function get:function exists:function wait:function " + in("countNow", "count_now") + ":function"
	for _, test := range []struct{ path, want string }{
		{"crisp", "people:module website_id:string"},
		{"crisp.people", people},
		{"people", people},
		{"obj", "list:array n:number o:object s:string"},
		{"obj.o.deep", "x:boolean"},
		{"obj.n.x", ""},
		{"first", "person_id:string email:string"},
		{"crisp.website_id.x", ""},
		{"nothing", ""},
		{"nothing.more", ""},
	} {
		if got := Members(s, test.path); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.path, got, test.want)
		}
	}
	CheckMembers(t, s, map[string]string{"": "crisp:module obj:object people:module args:array", "obj.s": in("toUpperCase", "upper") + ":function"})
	Evaluate(t, s, in(
		"const many = Object.fromEntries(Array.from({length: 20_000}, (_, i) => ['k' + i, i]))",
		"many = {}; for i = 1, 20000 do many['k' .. i] = i end",
	))
	if n := len(s.Members("many")); n != 10_000 {
		t.Errorf("%d members of many, want 10000", n)
	}
}

func testValues(t *testing.T, s engine.Session, in func(js, lua string) string) {
	if err := s.Set("shared", map[string]any{"a": []any{int64(1), "x"}}); err != nil {
		t.Fatal(err)
	}
	Evaluate(t, s, in("shared.b = {c: 1.5}", "shared.b = {c = 1.5}"))
	value, err := s.Get("shared")
	want := map[string]any{"a": []any{int64(1), "x"}, "b": map[string]any{"c": 1.5}}
	if err != nil || !reflect.DeepEqual(value, want) {
		t.Errorf("shared: %#v, %v, want %#v", value, err, want)
	}
	if value, err := s.Get("nothing"); value != nil || err != nil {
		t.Errorf("nothing: %v, %v", value, err)
	}
	Evaluate(t, s, in("const f = () => 1", "local function f() end"))
	if _, err := s.Get("f"); err == nil {
		t.Error("a function has a value")
	}
	if err := s.Set("x", struct{}{}); err == nil {
		t.Error("a struct was set")
	}
}

func testStream(t *testing.T, s engine.Session, in func(js, lua string) string) {
	o := Evaluate(t, s, "crisp.people.each()")
	items := 0
	for _, err := range o.Sequence {
		if err != nil {
			t.Fatal(err)
		}
		items++
	}
	if items != 3 {
		t.Errorf("the stream had %d items", items)
	}
	if o := Evaluate(t, s, in("let k = 0; for (const p of _) k++\nk", "k = 0; for p in _ do k = k + 1 end; k")); o.Text != "3" {
		t.Errorf("the stream in _ had %s items", o.Text)
	}
}

func testDeadline(t *testing.T, s engine.Session, in func(js, lua string) string) {
	Evaluate(t, s, in("let n = 41", "local n = 41"))
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := s.Eval(ctx, "entry", "crisp.people.wait()")
	var e *engine.Error
	if !errors.As(err, &e) || e.Kind != engine.KindTimeout {
		t.Errorf("got %v, want a timeout", err)
	}
	if _, err := s.Eval(ctx, "entry", in("1", "while true do end")); err == nil {
		t.Error("an entry ran after its context had ended")
	}
	if o := Evaluate(t, s, "n"); o.Text != "41" {
		t.Errorf("n is %s", o.Text)
	}
}

func testClose(t *testing.T, s engine.Session, in func(js, lua string) string) {
	Evaluate(t, s, in("const it = crisp.people.each(); for (const x of it) break", "it = crisp.people.each(); it()"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Eval(context.Background(), "entry", "1"); err == nil {
		t.Error("a closed session evaluates")
	}
}
