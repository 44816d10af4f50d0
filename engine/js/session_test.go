package js

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// sessionOf makes a session for a test.
func sessionOf(t testing.TB, cfg engine.Config) engine.Session {
	t.Helper()
	s, err := NewRuntime().(engine.Interactive).NewSession(cfg, "", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func evaluate(t testing.TB, s engine.Session, code string) engine.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	o, err := s.Eval(ctx, "entry", code)
	if err != nil {
		t.Fatalf("%s\n%v", code, err)
	}
	return o
}

// inbox is a host module for tests.
func inbox() *engine.Module {
	people := `[{"person_id":"a","email":"a@x.test"},{"person_id":"b","email":"b@x.test"}]`
	list := func(context.Context, []any) (any, error) {
		time.Sleep(time.Millisecond)
		return engine.JSON(people), nil
	}
	each := func(ctx context.Context, _ []any) (any, error) {
		return engine.Sequence(func(yield func(any, error) bool) {
			for _, item := range []string{`{"person_id":"a"}`, `{"person_id":"b"}`, `{"person_id":"c"}`} {
				if ctx.Err() != nil {
					yield(nil, ctx.Err())
					return
				}
				if !yield(engine.JSON(item), nil) {
					return
				}
			}
		}), nil
	}
	get := func(_ context.Context, args []any) (any, error) {
		if len(args) == 0 {
			return nil, &engine.HostError{Name: "CrispError", Message: "people.get: the person is missing"}
		}
		return map[string]any{"person_id": args[0], "email": args[0].(string) + "@x.test"}, nil
	}
	return &engine.Module{Name: "crisp", Modules: []*engine.Module{{Name: "people", Functions: []engine.Function{
		{Name: "list", Call: list},
		{Name: "each", Sync: true, Call: each},
		{Name: "get", Call: get},
		{Name: "exists", Call: func(_ context.Context, args []any) (any, error) { return args[0] == "a", nil }},
		{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}},
		{Name: "count_now", Sync: true, Call: func(context.Context, []any) (any, error) { return 2, nil }},
	}}}, Values: []engine.Constant{{Name: "website_id", Value: "w"}}}
}

func TestSessionEval(t *testing.T) {
	tests := []struct {
		name    string
		entries []string
		want    string // the text of the last outcome, or "-" for none
		script  string // of the last entry, where it is not the entry itself
	}{
		{"number", []string{"1+1"}, "2", ""},
		{"constant persists", []string{"const a = 1", "a + 1"}, "2", ""},
		{"declaration shows nothing", []string{"const a = 1"}, "-", ""},
		{"constant again", []string{"const a = 1", "const a = 2", "a"}, "2", ""},
		{"closure sees the current value", []string{"let n = 1; const inc = () => ++n", "inc()", "n"}, "2", ""},
		{"function redefined", []string{"function a() { return b() }; function b() { return 1 }", "function b() { return 2 }", "a()"}, "2", ""},
		{"hoisted", []string{"const x = f(); function f() { return 7 }", "x"}, "7", ""},
		{"names of functions", []string{"const f = () => 1; function g() {}; class C {}", "[f.name, g.name, C.name]"}, "[ 'f', 'g', 'C' ]", ""},
		{"object literal", []string{"{a: 1}"}, "{ a: 1 }", ""},
		{"block", []string{"{ let a = 1; a + 1 }"}, "2", ""},
		{"list", []string{"crisp.people.list()"}, "[\n  { person_id: 'a', email: 'a@x.test' },\n  { person_id: 'b', email: 'b@x.test' }\n]", "await crisp.people.list()"},
		{"length", []string{"crisp.people.list().length"}, "2", "(await crisp.people.list()).length"},
		{"into a constant", []string{"const c = crisp.people.list()", "c.length"}, "2", ""},
		{"spread", []string{"[...crisp.people.list()].length"}, "2", "[...await crisp.people.list()].length"},
		{"loop", []string{"let s = ''\nfor (const p of crisp.people.list()) s += crisp.people.get(p.person_id).email + ' '", "s"}, "'a@x.test b@x.test '", ""},
		{"stream", []string{"let s = ''; for (const p of crisp.people.each()) { if (p.person_id == 'c') break; s += p.person_id }", "s"}, "'ab'", ""},
		{"written await", []string{"let s = ''; for await (const p of crisp.people.each()) s += p.person_id", "s"}, "'abc'", ""},
		{"condition", []string{"if (crisp.people.exists('x')) 'yes'; else 'no'"}, "'no'", "if (await crisp.people.exists('x')) 'yes'; else 'no'"},
		{"template", []string{"`${crisp.people.list().length} people`"}, "'2 people'", "`${(await crisp.people.list()).length} people`"},
		{"argument", []string{"Math.max(crisp.people.list().length, 1)"}, "2", "Math.max((await crisp.people.list()).length, 1)"},
		{"destructuring", []string{"const [{email}] = crisp.people.list()", "email"}, "'a@x.test'", ""},
		{"object pattern", []string{"const {a, b: {c = 3, ...d}, ...e} = {a: 1, b: {x: 5}, z: 6}", "[a, c, d, e]"}, "[ 1, 3, { x: 5 }, { z: 6 } ]", ""},
		{"or assign", []string{"let x; x ??= crisp.people.list()", "x.length"}, "2", ""},
		{"undeclared", []string{"x = crisp.people.list()", "x.length"}, "2", ""},
		{"map of calls", []string{"['a', 'b'].map(id => crisp.people.get(id)).length"}, "2", ""},
		{"map outcome", []string{"['a', 'b'].map(id => crisp.people.get(id))[0]", "const all = ['a', 'b'].map(id => crisp.people.get(id))", "all[1].email"}, "'b@x.test'", ""},
		{"last result", []string{"40", "_ + 2"}, "42", ""},
		{"explicit", []string{"(await crisp.people.list()).length"}, "2", ""},
		{"then", []string{"crisp.people.list().then(l => l.length)"}, "2", "await crisp.people.list().then(l => l.length)"},
		{"all", []string{"Promise.all([crisp.people.list(), crisp.people.get('q')]).length"}, "2", "(await Promise.all([crisp.people.list(), crisp.people.get('q')])).length"},
		{"optional", []string{"crisp?.people.list().length"}, "2", "(await crisp?.people.list())?.length"},
		{"var", []string{"for (var i = 0; i < 3; i++) {}", "i"}, "3", ""},
		{"line before", []string{"let y = {a: 1}\ncrisp.people.list().length"}, "2", "let y = {a: 1}\n;(await crisp.people.list()).length"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}, Stderr: &stderr})
			var o engine.Outcome
			for _, code := range test.entries {
				o = evaluate(t, s, code)
			}
			text := o.Text
			if o.None {
				text = "-"
			}
			if text != test.want {
				t.Errorf("got %s, want %s", text, test.want)
			}
			if stderr.Len() > 0 {
				t.Errorf("standard error: %s", &stderr)
			}
			if test.script != "" {
				if got := s.Script(test.entries[len(test.entries)-1]); got != test.script {
					t.Errorf("script\n%s\nwant\n%s", got, test.script)
				}
			}
		})
	}
}
