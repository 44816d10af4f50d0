package js

import (
	"context"
	"errors"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// demoModule is a host module with a function of each kind.
func demoModule() *engine.Module {
	echo := func(_ context.Context, args []any) (any, error) { return args, nil }
	return &engine.Module{
		Name:         "demo",
		ErrorClasses: []string{"CrispError"},
		Values:       []engine.Constant{{Name: "website_id", Value: "w1"}},
		Functions: []engine.Function{
			{Name: "echo", Call: echo},
			{Name: "echo_now", Sync: true, Call: echo},
			{Name: "fail", Call: func(context.Context, []any) (any, error) { return nil, demoError() }},
			{Name: "fail_now", Sync: true, Call: func(context.Context, []any) (any, error) { return nil, demoError() }},
			{Name: "break", Call: func(context.Context, []any) (any, error) { panic("host bug") }},
			{Name: "break_now", Sync: true, Call: func(context.Context, []any) (any, error) { panic("host bug") }},
			{Name: "json", Call: func(_ context.Context, args []any) (any, error) { return engine.JSON(args[0].(string)), nil }},
			{Name: "wait", Call: func(ctx context.Context, _ []any) (any, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}},
			{Name: "count", Sync: true, Call: func(_ context.Context, args []any) (any, error) {
				return countTo(args[0].(int64)), nil
			}},
		},
		Modules: []*engine.Module{{Name: "sub_group", Functions: []engine.Function{{Name: "echo", Call: echo}}}},
		Apply:   &engine.Function{Name: "demo", Sync: true, Call: echo},
	}
}

var errDeep = errors.New("deep reason")

func demoError() error {
	return &engine.HostError{
		Name: "CrispError", Message: "no such conversation", Hint: "check the id",
		Fields: []engine.Constant{{Name: "status", Value: 404}, {Name: "reason", Value: "not_found"}},
		Err:    errDeep,
	}
}

// countTo streams 1 to n and fails at 13.
func countTo(n int64) engine.Sequence {
	return func(yield func(any, error) bool) {
		for i := int64(1); i <= n; i++ {
			if i == 13 {
				yield(nil, demoError())
				return
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

func demoConfig() engine.Config {
	return engine.Config{Modules: []*engine.Module{demoModule()}}
}

// languageCase is a script with what it prints and how it fails.
type languageCase struct {
	name   string
	code   string
	files  map[string]string
	stdout string
	err    string
}

func checkCases(t *testing.T, cases []languageCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			out := script{code: c.code, files: c.files, config: demoConfig()}.run(t)
			if out.stdout != c.stdout {
				t.Errorf("printed:\n%s\nwant:\n%s", out.stdout, c.stdout)
			}
			message := ""
			if out.err != nil {
				message = out.err.Error()
			}
			if message != c.err {
				t.Errorf("error:\n%s\nwant:\n%s", message, c.err)
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "hello", code: `console.log("hello, wörld")`, stdout: "hello, wörld\n"},
		{name: "TypeScript", code: "enum E { A = 1, B }\nconst f = (x: number): number => x + E.B;\nconsole.log(f(1) satisfies number)", stdout: "3\n"},
		{name: "top-level await of a host call", code: `console.log(await demo.echo(1, "x"))`, stdout: "[ 1, 'x' ]\n"},
		{name: "host module by import", code: "import d, { echo, subGroup } from \"demo\";\nconsole.log(await echo(1), await subGroup.echo(2), d === demo, d.website_id)", stdout: "[ 1 ] [ 2 ] true w1\n"},
		{name: "host module by require", code: `console.log(require("demo").echoNow(3), demo(4))`, stdout: "[ 3 ] [ 4 ]\n"},
		{name: "for await over a host stream", code: "for await (const n of demo.count(3)) console.log(n)", stdout: "1\n2\n3\n"},
		{name: "async generator", code: "async function* g() { yield 1; yield* [2, 3] }\nfor await (const n of g()) console.log(n)", stdout: "1\n2\n3\n"},
		{name: "uncaught error", code: "function f(x) {\n  return x.y.z;\n}\nf({})", err: "test.ts:2:14: TypeError: Cannot read property 'z' of undefined"},
		{name: "syntax error", code: "let a = 1;\nlet b = ;", err: `test.ts:2:9: SyntaxError: Unexpected ";"`},
	})
}
