package js

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name, code string
		want       string   // Error()
		line       string   // SourceLine
		hint       string   // part of Hint
		trace      []string // "function place"
	}{
		{
			name:  "trace through functions",
			code:  "function inner() {\n  throw new TypeError('bad');\n}\nconst outer = () => inner();\n[1].forEach(function each() { outer() });",
			want:  "test.ts:2:9: TypeError: bad",
			line:  "  throw new TypeError('bad');",
			trace: []string{"inner test.ts:2:9", "outer test.ts:4:21", "each test.ts:5:31", " test.ts:5:5"},
		},
		{
			name:  "trace through awaits of a host call",
			code:  "async function inner() {\n  await null;\n  await demo.fail();\n}\nasync function outer() { await inner(); }\nawait outer();",
			want:  "test.ts:3:14: CrispError: no such conversation",
			line:  "  await demo.fail();",
			hint:  "check the id",
			trace: []string{"inner test.ts:3:14", "outer test.ts:5:32", " test.ts:6:7"},
		},
		{name: "column in characters", code: "const x = '😀'; /* é😀 */ x.foo.bar", want: "test.ts:1:31: TypeError: Cannot read property 'bar' of undefined", line: "const x = '😀'; /* é😀 */ x.foo.bar", trace: []string{" test.ts:1:31"}},
		{name: "Windows line ends", code: "let a = 1;\r\nlet b = null;\r\nb.c", want: "test.ts:3:3: TypeError: Cannot read property 'c' of undefined", line: "b.c", trace: []string{" test.ts:3:3"}},
		{name: "synchronous host call", code: "demo.failNow()", want: "test.ts:1:6: CrispError: no such conversation", line: "demo.failNow()", hint: "check the id", trace: []string{" test.ts:1:6"}},
		{name: "stream", code: "for await (const n of demo.count(20)) ;", want: "test.ts:1:1: CrispError: no such conversation", line: "for await (const n of demo.count(20)) ;", hint: "check the id", trace: []string{" test.ts:1:1"}},
		{name: "thrown again", code: "try { await demo.fail() } catch (e) { e.more = 1; throw e }", want: "test.ts:1:18: CrispError: no such conversation", line: "try { await demo.fail() } catch (e) { e.more = 1; throw e }", trace: []string{" test.ts:1:18"}},
		{name: "cause", code: "try { await demo.fail() } catch (e) {\n  throw new Error('outer', { cause: e })\n}", want: "test.ts:2:9: outer\n  cause: CrispError: no such conversation", line: "  throw new Error('outer', { cause: e })", trace: []string{" test.ts:2:9"}},
		{name: "a class of the script", code: "class MyError extends Error { name = 'MyError' }\nthrow new MyError('mine')", want: "test.ts:2:7: MyError: mine", line: "throw new MyError('mine')", trace: []string{" test.ts:2:7"}},
		{name: "a string", code: "throw 'text'", want: "test.ts:1:1: uncaught 'text'", line: "throw 'text'", trace: []string{" test.ts:1:1"}, hint: "throw an Error instead"},
		{name: "null", code: "throw null", want: "test.ts:1:1: uncaught null", line: "throw null", trace: []string{" test.ts:1:1"}, hint: "throw an Error instead"},
		{name: "an object", code: "throw { code: 5 }", want: "test.ts:1:1: uncaught { code: 5 }", line: "throw { code: 5 }", trace: []string{" test.ts:1:1"}},
		{name: "an object after an await", code: "await null; throw { code: 5 }", want: "test.ts: uncaught { code: 5 }"},
		{name: "an error that cannot be shown", code: "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })", want: "test.ts:1:29: uncaught exception that cannot be shown: 1", line: "throw Object.defineProperty(new Error('x'), 'message', { get() { throw 1 } })", trace: []string{" test.ts:1:29"}},
		{name: "timer", code: "setTimeout(function tick() { null.x }, 1)", want: "test.ts:1:35: TypeError: Cannot read property 'x' of undefined", line: "setTimeout(function tick() { null.x }, 1)", trace: []string{"tick test.ts:1:35"}},
		{name: "unhandled rejection", code: "Promise.reject(new Error('lost'));\nawait new Promise((r) => setTimeout(r, 1000));", want: "test.ts:1:16: lost", line: "Promise.reject(new Error('lost'));", hint: "nothing awaits it", trace: []string{" test.ts:1:16"}},
		{name: "rejection handled in time", code: "const p = Promise.reject(new Error('x')); p.catch(() => {}); await null", want: ""},
		{name: "a promise that nothing resolves", code: "console.log(1);\nawait new Promise(() => {});", want: "test.ts:2:7: the script waits for a promise that nothing will resolve", line: "await new Promise(() => {});", hint: "some promise here", trace: []string{" test.ts:2:7"}},
		{name: "the same inside a function", code: "async function f() {\n  await demo.echo();\n  await new Promise(() => {});\n}\nawait f();", want: "test.ts:5:7: the script waits for a promise that nothing will resolve", line: "await f();", trace: []string{" test.ts:5:7"}},
		{name: "panic in a host call", code: "await demo.break()", want: "test.ts:1:12: demo.break: failed inside the host", line: "await demo.break()", trace: []string{" test.ts:1:12"}},
		{name: "panic in a synchronous host call", code: "demo.breakNow()", want: "test.ts:1:6: demo.breakNow: failed inside the host", line: "demo.breakNow()", trace: []string{" test.ts:1:6"}},
		{name: "result that is not JSON", code: "await demo.json('{x')", want: "test.ts:1:12: demo.json: the result is not JSON", line: "await demo.json('{x')", trace: []string{" test.ts:1:12"}},
		{name: "default export without a form", code: "export default function main() {}", want: "test.ts: the default export is a function, which has no JSON form; the default export is the script's result"},
		{name: "misspelt module", code: "dmo.echo()", want: "test.ts:1:1: ReferenceError: dmo is not defined", line: "dmo.echo()", hint: "did you mean demo?", trace: []string{" test.ts:1:1"}},
		{name: "misspelt member", code: "await demo.subGrup.echo(1)", want: "test.ts:1:12: TypeError: Cannot read property 'echo' of undefined or null", line: "await demo.subGrup.echo(1)", hint: "demo has no member subGrup: did you mean demo.subGroup?", trace: []string{" test.ts:1:12"}},
		{name: "misspelt function", code: "await demo.eco(1)", want: "test.ts:1:12: TypeError: Object has no member 'eco'", line: "await demo.eco(1)", hint: "demo has no member eco: did you mean demo.echo?", trace: []string{" test.ts:1:12"}},
		{name: "a global of Node", code: "process.exit(1)", want: "test.ts:1:1: ReferenceError: process is not defined", line: "process.exit(1)", hint: "belongs to Node", trace: []string{" test.ts:1:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := script{code: c.code, config: demoConfig()}.run(t)
			if c.want == "" {
				if out.err != nil {
					t.Errorf("Run: %v", out.err)
				}
				return
			}
			var failure *engine.Error
			if !errors.As(out.err, &failure) {
				t.Fatalf("Run: %v, want an *engine.Error", out.err)
			}
			if failure.Kind != engine.KindRuntime {
				t.Errorf("kind %v", failure.Kind)
			}
			if !strings.HasPrefix(failure.Error(), c.want) {
				t.Errorf("error %q, want %q", failure, c.want)
			}
			if failure.SourceLine != c.line {
				t.Errorf("source line %q, want %q", failure.SourceLine, c.line)
			}
			if !strings.Contains(failure.Hint, c.hint) {
				t.Errorf("hint %q, want %q", failure.Hint, c.hint)
			}
			var trace []string
			for _, f := range failure.Trace {
				trace = append(trace, f.Function+" "+f.Position.String())
			}
			if !slices.Equal(trace, c.trace) {
				t.Errorf("trace %q, want %q", trace, c.trace)
			}
		})
	}
}

func TestPlacesInFilesWithUnusualNames(t *testing.T) {
	for _, name := range []string{"é.js", "b[x].js", "a b.js", "100%.js", "%41.js", "日本.ts", "it's.js", "<x>.js", "-.js", "a+b.js"} {
		t.Run(name, func(t *testing.T) {
			err := script{name: name, code: "1\nnull.x"}.run(t).err
			if want := name + ":2:6: TypeError: "; err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("Run: %v, want %s...", err, want)
			}
		})
	}
}

func TestHostErrorsKeepTheirGoError(t *testing.T) {
	for _, c := range []struct {
		name, code string
		kept       bool
	}{
		{"uncaught", "await demo.fail()", true},
		{"synchronous", "demo.failNow()", true},
		{"thrown again", "try { await demo.fail() } catch (e) { throw e }", true},
		{"through a promise chain", "await demo.fail().then(() => 1).finally(() => 2)", true},
		{"through Promise.all", "await Promise.all([demo.echo(), demo.fail()])", true},
		{"through map", "await map([1], () => demo.fail())", true},
		{"unhandled rejection", "demo.fail()", true},
		{"as a cause", "try { await demo.fail() } catch (cause) { throw new Error('x', { cause }) }", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := script{code: c.code, config: demoConfig()}.run(t)
			var host *engine.HostError
			if got := errors.As(out.err, &host) && errors.Is(out.err, errDeep); got != c.kept {
				t.Errorf("the Go error is kept: %v, want %v (%v)", got, c.kept, out.err)
			}
		})
	}
}

func TestHostErrorsInScripts(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "class and fields", code: `const e = await demo.fail().catch((e) => e);
console.log(e instanceof CrispError, e instanceof Error, e.name, e.message, e.status, e.reason, e.hint, Object.keys(e));
console.log(String(e), e.stack);`, stdout: "true true CrispError no such conversation 404 not_found check the id [ 'status', 'reason', 'hint' ]\nCrispError: no such conversation CrispError: no such conversation\n    at test.ts:1:22\n"},
		{name: "class before the first error", code: "console.log(CrispError.name, new CrispError('x') instanceof Error)", stdout: "CrispError true\n"},
		{name: "printed", code: "try { demo.failNow() } catch (e) { console.log(e) }", stdout: "CrispError: no such conversation\n    at test.ts:1:12 {\n  status: 404,\n  reason: 'not_found',\n  hint: 'check the id'\n}\n"},
		{name: "argument error", code: "const e = await demo.subGroup.echo(1, { a: [0, () => 1] }).catch((e) => e);\nconsole.log(e instanceof TypeError, e.message)", stdout: "true demo.subGroup.echo: argument 2.a[1] is a function, which has no JSON form\n"},
	})
}

func TestDeepRecursion(t *testing.T) {
	out := script{code: "function f(n) { return n === 0 ? 0 : 1 + f(n - 1) }\nconsole.log(f(5000));\nf(1e6)"}.run(t)
	var failure *engine.Error
	if !errors.As(out.err, &failure) || failure.Name != "RangeError" || failure.Message != "too many calls inside each other" || failure.Line != 1 || len(failure.Trace) != 10 {
		t.Errorf("Run: %+v", out.err)
	}
	if out.stdout != "5000\n" {
		t.Errorf("printed %q", out.stdout)
	}
}

// A program whose default export is no data fails to Run and can be executed.
func TestExec(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"export default class Bot {}", ""},
		{"export default () => { throw 1 }", ""},
		{"setTimeout(() => demo.echoNow(), 1); export default { toJSON() { throw 1 } }", ""},
		{"export default Promise.reject(new Error('late'))", "late"},
		{"setTimeout(() => { throw new Error('in a timer') }); export default 1", "in a timer"},
	} {
		made, p := script{code: c.code, config: demoConfig()}.start(t, NewRuntime())
		err := made.(*vm).Exec(t.Context(), p)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: error %v, want %q", c.code, err, c.want)
		}
		if _, err := made.Run(t.Context(), p); err == nil {
			t.Errorf("%s: Run takes the result", c.code)
		}
	}
}
