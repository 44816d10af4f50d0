package js

import (
	"bytes"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestSessionErrors(t *testing.T) {
	enginetest.CheckEntryErrors(t, NewRuntime(), "const before = 1", []enginetest.EntryErrorCase{
		{"thrown", "1\nthrow new TypeError('bad')", "entry:2:7", "bad", "throw new TypeError('bad')"},
		{"after inserted await", "crisp.people.list().x.y", "entry:1:23", "Cannot read property 'y' of undefined", "crisp.people.list().x.y"},
		{"in a declaration", "const größe = 1, y = undefined.z", "entry:1:32", "Cannot read property 'z' of undefined", "const größe = 1, y = undefined.z"},
		{"in a hoisted function", "f()\nfunction f() {\n  null.x\n}", "entry:3:8", "Cannot read property 'x' of undefined", "  null.x"},
		{"host", "crisp.people.get()", "entry:1:17", "people.get: the person is missing", "crisp.people.get()"},
		{"in a loop", "for (const x of [1]) { x.y.z }", "entry:1:28", "Cannot read property 'z' of undefined", "for (const x of [1]) { x.y.z }"},
		{"in a rewritten loop", "let xs = [1]; for (const x of xs) { x.y.z }", "entry:1:41", "Cannot read property 'z' of undefined", "let xs = [1]; for (const x of xs) { x.y.z }"},
		{"not iterable", "for (const x of 5) {}", "entry:1:1", "object is not iterable", "for (const x of 5) {}"},
		{"syntax", "let a = ;", "entry:1:9", `Unexpected ";"`, "let a = ;"},
		{"brackets", "foo(]", "entry:1:5", `Unexpected "]"`, "foo(]"},
		{"out of the wrapper", "}); (async function() {", "entry:1:1", `Unexpected "}"`, "}); (async function() {"},
		{"return", "1\nif (1) return 2", "entry:2:8", "return stands outside of a function", "if (1) return 2"},
		{"unknown name", "crips.people.list()", "entry:1:1", "crips is not defined", "crips.people.list()"},
	})
}

func TestSessionTypeScriptErrors(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	if err := s.(*session).SetLanguage(engine.TypeScript); err != nil {
		t.Fatal(err)
	}
	e := evaluateError(t, s, "entry", "interface A { a: string }\nconst é: A = { a: 'x' };\n(crisp as any).people.list().nope.x")
	if got := e.Position.String(); got != "entry:3:35" {
		t.Errorf("position %s, want entry:3:35 (%v)", got, e)
	}
	e = evaluateError(t, s, "entry", "const x: = 1")
	if got := e.Position.String(); got != "entry:1:10" {
		t.Errorf("position %s, want entry:1:10", got)
	}
	evaluate(t, s, "enum E { A = 3 }\ntype T = string")
	if o := evaluate(t, s, "(E.A as number) + 1"); o.Text != "4" {
		t.Errorf("got %s", o.Text)
	}
	if o := evaluate(t, s, "{a: 1 as number}"); o.Text != "{ a: 1 }" {
		t.Errorf("got %s", o.Text)
	}
}

// Functions keep the place where they were made, whatever later entries are called.
func TestSessionErrorOfEarlierEntry(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	evaluate(t, s, "\n\nfunction f(x) { return x.y.z }")
	e := evaluateError(t, s, "entry", "const a = 1\nf({})")
	var trace []string
	for _, f := range e.Trace {
		trace = append(trace, f.Function+" "+f.Position.String())
	}
	if got := strings.Join(trace, ", "); got != "f entry:3:28,  entry:2:2" && got != "f entry:3:28,  entry:2:1" {
		t.Errorf("trace %s", got)
	}
	if o := evaluate(t, s, "_error.message"); o.Text != `"Cannot read property 'z' of undefined"` {
		t.Errorf("_error.message is %s", o.Text)
	}
}

func TestSessionFailureKeeps(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	evaluate(t, s, "let a = 1")
	evaluateError(t, s, "entry", "let b = 2; a = null.x")
	if o := evaluate(t, s, "[a, b]"); o.Text != "[ 1, 2 ]" {
		t.Errorf("got %s", o.Text)
	}
	evaluateError(t, s, "entry", "const c = null.x")
	if e := evaluateError(t, s, "entry", "c"); e.Message != "c is not defined" {
		t.Errorf("c: %v", e)
	}
	evaluate(t, s, "const d = 1")
	if e := evaluateError(t, s, "entry", "d = 2"); e.Name != "TypeError" {
		t.Errorf("assignment to a constant: %v", e)
	}
}

func TestSessionCancel(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}, Stderr: &bytes.Buffer{}})
	evaluate(t, s, "let n = 41; let ticks = 0")
	enginetest.CheckEntryStops(t, s, []string{
		"while (true) {}", "for (;;) await null", "for (;;) { try { crisp.people.wait() } catch {} }", "crisp.people.wait()", "function f() { for (;;) {} }\n[1].map(f)",
		"await new Promise(() => { setTimeout(() => { for (;;) {} }, 1) })", "await new Promise((r) => setTimeout(r, 1e6))", "await null; async function deep(k) { if (k == 0) for (;;) {} ; await deep(k - 1) }\nawait deep(900)", "function* g(k) { if (k == 0) for (;;) {} ; yield* g(k - 1) }\n[...g(400)]",
		"async function deep(k) { if (k == 0) for (;;) {} ; await deep(k - 1) }\ndeep(60)", "({ toString() { for (;;) {} } }) + ''", "({ get x() { for (;;) {} } }).x",
		"'' + { [Symbol.toPrimitive]() { for (;;) {} } }", "setInterval(() => ticks++, 1); await new Promise(() => {})",
		"class E extends Error { get message() { for (;;) {} } }\nthrow new E()",
		// Where the host waits inside of functions.
		"(() => crisp.people.wait())()", "[3, 1, 2].sort(() => crisp.people.wait())", "(() => { for (;;) { try { crisp.people.wait() } catch {} } })()",
		"({ get x() { return crisp.people.wait() } }).x", "[...(function* () { yield crisp.people.wait() })()]", "'' + { toString() { return crisp.people.wait() } }",
		"JSON.stringify({ toJSON() { return crisp.people.wait() } })", "Promise.resolve().then(() => [1].map(() => crisp.people.wait()))",
		"new Promise((r) => setTimeout(() => r([1].map(() => crisp.people.wait())), 1))", "new (class { constructor() { crisp.people.wait() } })()",
		"'x'.replace(/x/, crisp.people.wait)", "Array.from({ length: 2 }, crisp.people.wait)", "(() => { try { crisp.people.wait() } finally { for (;;) {} } })()",
		"Promise.all([1, 2].map(async () => [1].filter(() => crisp.people.wait())))",
	}, func(t *testing.T) {
		if o := evaluate(t, s, "n + 1"); o.Text != "42" {
			t.Errorf("n + 1 is %s afterwards", o.Text)
		}
		before := evaluate(t, s, "ticks").Text
		evaluate(t, s, "await new Promise((r) => setTimeout(r, 5))")
		if after := evaluate(t, s, "ticks").Text; after != before {
			t.Errorf("a timer of the stopped entry fired: %s times before, %s after", before, after)
		}
	})
}

// What no script can catch leaves the session as it was.
func TestSessionSurvives(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}, Stderr: &bytes.Buffer{}})
	evaluate(t, s, "let n = 41")
	codes := []string{
		"async function endless() { await endless() }\nendless()", "async function endless(x) { await [1].map(endless) }\nawait 1; endless()", "function f() { f() }\nf()",
		"function* g() { yield* g() }\n[...g()]", "function* g() { try { yield* g() } finally { yield 1 } }\n[...g()]",
		"class A { constructor() { new A() } }\nnew A()", "function f() { [1].map(f) }\nf()", "async function f() { for (const x of [1]) { await f() } }\nawait 1; f()",
		"await new Proxy({}, {get() { throw new Error('trap') }})", "await ({get then() { throw new Error('then') }})", "async function f() { await new Proxy({}, {get() { null.x }}) }\nawait f()",
	}
	for _, code := range codes {
		evaluateError(t, s, "entry", code)
		if o := evaluate(t, s, "crisp.people.list().length + n"); o.Text != "43" {
			t.Errorf("%s: n is lost", code)
		}
	}
}

func TestSessionBackground(t *testing.T) {
	var stderr bytes.Buffer
	s := sessionOf(t, engine.Config{Stderr: &stderr})
	evaluate(t, s, "let n = 0; const id = setInterval(() => n++, 1)")
	evaluate(t, s, "await new Promise((r) => { const t = setInterval(() => { if (n > 3) { clearInterval(t); r() } }, 1) })")
	evaluate(t, s, "clearInterval(id)")
	if e := evaluateError(t, s, "entry", "[1].forEach(async () => { throw new Error('lost') })"); e.Message != "lost" {
		t.Errorf("got %v", e)
	}
	evaluate(t, s, "setTimeout(() => { throw new Error('late') }, 0)")
	if o := evaluate(t, s, "await new Promise((r) => setTimeout(r, 3)); 5"); o.Text != "5" {
		t.Errorf("got %s", o.Text)
	}
	if got := stderr.String(); !strings.HasPrefix(got, "entry:1:26: error: late\n") {
		t.Errorf("standard error: %s", got)
	}
	evaluateError(t, s, "entry", "await new Promise(() => {})")
}

func TestSessionOutcome(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	enginetest.CheckOutcomes(t, s, []enginetest.OutcomeCase{
		{"1.5", "1.5", "1.5", ""},
		{"'ä\\u2028'", "\"ä\u2028\"", "'ä\u2028'", ""},
		{"null", "null", "null", ""},
		{"({b: 1, a: [true, undefined, 'x'], u: undefined, 2: 0})", `{"2":0,"b":1,"a":[true,null,"x"]}`, "", ""},
		{"crisp.people.list()", `[{"person_id":"a","email":"a@x.test"},{"person_id":"b","email":"b@x.test"}]`, "", ""},
		{"{const [p] = crisp.people.list(); p.email = 1; p.new = [2]; p}", `{"person_id":"a","email":1,"new":[2]}`, "", ""},
		{"NaN", "", "NaN", ""},
		{"10n", "", "10n", ""},
		{"new Map()", "", "Map(0) {}", ""},
		{"({f() {}})", "", "{ f: [Function: f] }", ""},
		{"({get x() { return 1 }})", "", "", ""},
		{"const o = {}; o.o = o; o", "", "<ref *1> { o: [Circular *1] }", ""},
		{"new Proxy({}, {})", "", "", ""},
		{"crisp.people.list", "", "[Function: list]", "crisp.people.list"},
		{"crisp.people.countNow", "", "[Function: countNow]", "crisp.people.countNow"},
		{"Symbol.iterator", "", "Symbol(Symbol.iterator)", ""},
	})
}

func TestSessionImport(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		enginetest.WriteFiles(t, root, map[string]string{name: text})
	}
	write("util.ts", "export let count: number = 0\nexport function add(n: number) { count += n; return count }\nexport default 'main'\nexport function fail() {\n  throw new Error('in util')\n}\n")
	write("data.json", `{"a": 1}`)
	write("node_modules/pkg/index.js", "module.exports = { twice: (x) => 2 * x }")
	write("broken.js", "let a = ;")
	s := enginetest.NewSessionAt(t, NewRuntime(), engine.Config{Modules: []*engine.Module{inbox()}}, root)
	check := func(code, want string) {
		t.Helper()
		if o := evaluate(t, s, code); o.Text != want {
			t.Errorf("%s\n got %s, want %s", code, o.Text, want)
		}
	}
	check("import main, { add as plus, fail } from './util'\nplus(2)", "2")
	check("import * as util from './util'; [main, util.add(1)]", "[ 'main', 3 ]")
	check("import pkg, { twice } from 'pkg'; [twice(2), pkg.twice(4)]", "[ 4, 8 ]")
	check("require('pkg').twice(3)", "6")
	check("import data from './data.json'\ndata.a", "1")
	check("import { people } from 'crisp'\npeople.list().length", "2")
	check("import c from 'crisp'; c === crisp", "true")
	check("(await import('./util')).default", "'main'")
	e := evaluateError(t, s, "entry", "1\nfail()")
	if e.Position.String() != "util.ts:5:9" || len(e.Trace) != 2 || e.Trace[1].String() != "entry:2:5" {
		t.Errorf("got %v, trace %v", e, e.Trace)
	}
	for code, want := range map[string]string{
		"1; import x from './nothing'": `entry:1:18: ImportError: there is no file "./nothing" in .`,
		"import { ad } from './util'":  `entry:1:20: ImportError: "./util" has no export ad`,
		"import './broken'":            `broken.js:1:9: SyntaxError: Unexpected ";"`,
		"require('./nothing')":         `entry:1:9: ImportError: there is no file "./nothing" in .`,
	} {
		if e := evaluateError(t, s, "entry", code); e.Error() != want {
			t.Errorf("%s\n got %s\nwant %s", code, e, want)
		}
	}
	write("util.ts", "export default 'changed, and longer than before'\n")
	check("import main from './util'; main", "'changed, and longer than before'")
}

func TestSessionMembers(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	evaluate(t, s, "let ran = 0; class Base { hello() {} get loud() { ran++; return 1 } }\nclass Sub extends Base { own() {} }\nconst obj = new Sub(); obj.n = 1; obj.s = ''; obj.list = []; obj.f = () => 1\nconst p = new Proxy({a: 1}, {ownKeys() { ran++; return ['a'] }, getOwnPropertyDescriptor() { ran++ }, getPrototypeOf() { ran++; return null }, get() { ran++ }})")
	evaluate(t, s, "ran = 0")
	for _, test := range []struct{ path, want string }{
		{"obj", "n:number s:string list:array f:function own:function hello:function loud:value"},
		{"obj.loud", ""},
		{"p", ""},
		{"p.a", ""},
	} {
		if got := enginetest.Members(s, test.path); got != test.want {
			t.Errorf("%s: got %s\nwant %s", test.path, got, test.want)
		}
	}
	enginetest.CheckMembers(t, s, map[string]string{
		"":      "obj:object console:object fetch:function Math:object parseInt:function",
		"obj.s": "toUpperCase:function", "obj.list": "map:function", "console": "log:function", "Math": "max:function", "JSON": "parse:function",
	})
	if o := evaluate(t, s, "ran"); o.Text != "0" {
		t.Errorf("looking ran %s pieces of the script", o.Text)
	}
}

func TestSessionGetOfThrower(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	evaluate(t, s, "const thrower = {toJSON() { throw new Error('no') }}")
	if _, err := s.Get("thrower"); err == nil {
		t.Error("thrower has a value")
	}
}

func TestSessionCloseStopsCalls(t *testing.T) {
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	evaluate(t, s, "[1].forEach(() => { crisp.people.wait().catch(() => {}) })")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestSessionValues checks that entries have the value that JavaScript gives them.
func TestSessionValues(t *testing.T) {
	tests := []struct{ code, want string }{
		{"let a\n[1].length", "1"},
		{"let a\n(1)", "1"},
		{"var a\n/x/.source", "'x'"},
		{"class A {}\n[1].length", "1"},
		{"class A {} 7", "7"},
		{"{ a = 8 }\na", "8"},
		{"{ a = 2 }\n(a)", "2"},
		{"{ l: { a = 9; break l } }\na", "9"},
		{"let a = 1\nfunction f() {}\n(2)\na", "1"},
		{"let n = 0\nfor (const x of [[1], 2]) debugger; n", "0"},
		{"a = a || 3; a", "3"},
		{"if (1) for (const x of new Set([1])) debugger; else 2\n5", "5"},
		{"let a = function () {} / 2; [a].length / 1", "1"},
	}
	for _, test := range tests {
		s := sessionOf(t, engine.Config{})
		if o := evaluate(t, s, test.code); o.Text != test.want {
			t.Errorf("%q is %s, want %s", test.code, o.Text, test.want)
		}
	}
}
