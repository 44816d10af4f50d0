package js

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestGlobals(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "lazy names", code: "console.log(typeof demo, typeof console, 'demo' in globalThis, 'nope' in globalThis, typeof nope, globalThis.demo === demo, Object.keys(globalThis))", stdout: "function object true false undefined true []\n"},
		{name: "a script may replace them", code: "globalThis.demo = 1; console.log(demo); delete globalThis.demo; console.log(typeof demo); globalThis.mine = 2; console.log(mine)", stdout: "1\nfunction\n2\n"},
		{name: "own variables come first", code: "const map = 5, demo = 6; console.log(map, demo)", stdout: "5 6\n"},
		{name: "members are built once", code: "console.log(demo.echo === demo.echo, demo.subGroup === demo.subGroup, demo.echo.name, Object.keys(demo.subGroup))", stdout: "true true echo [ 'echo' ]\n"},
		{name: "words and camel case", code: "console.log(typeof demo.echoNow, typeof demo.echo_now, demo.website_id)", stdout: "function undefined w1\n"},
		{name: "strict mode", code: "undeclared = 1", err: "test.ts:1:1: ReferenceError: undeclared is not defined"},
	})
}

func TestBuiltinsThatGojaLacks(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "Object.groupBy", code: "console.log(Object.groupBy([1, 2, 3], (n, i) => (n + i) % 4 ? 'a' : 'b'))", stdout: "[Object: null prototype] { a: [ 1, 2, 3 ] }\n"},
		{name: "Object.groupBy of a string", code: "console.log(Object.groupBy('abca', (c) => c))", stdout: "[Object: null prototype] { a: [ 'a', 'a' ], b: [ 'b' ], c: [ 'c' ] }\n"},
		{name: "Object.groupBy without a function", code: "Object.groupBy([], 1)", err: "test.ts:1:8: TypeError: Object.groupBy: argument 2 must be a function"},
		{name: "Map.groupBy", code: "const k = {}; console.log(Map.groupBy([1, 2, 3], (n) => n > 1 ? k : '1').get(k), Map.groupBy([1, '1'], (x) => x).size)", stdout: "[ 2, 3 ] 2\n"},
		{name: "Promise.withResolvers", code: "const { promise, resolve } = Promise.withResolvers(); setTimeout(() => resolve(1), 1); console.log(await promise);\nconst r = Promise.withResolvers(); r.reject(new Error('no')); await r.promise.catch((e) => console.log(e.message))", stdout: "1\nno\n"},
		{name: "Array.fromAsync", code: "console.log(await Array.fromAsync([1, Promise.resolve(2)], (x) => x * 2), await Array.fromAsync({ length: 1, 0: 'x' }), await Array.fromAsync('ab'))", stdout: "[ 2, 4 ] [ 'x' ] [ 'a', 'b' ]\n"},
		{name: "Symbol.asyncIterator", code: "const o = { async *[Symbol.asyncIterator]() { yield 1 } };\nfor await (const x of o) console.log(x);\nfor await (const x of { [Symbol.asyncIterator]: () => demo.count(1) }) console.log(x)", stdout: "1\n1\n"},
		{name: "using", code: "{ using a = { [Symbol.dispose]() { console.log('disposed') } }; console.log('body') }\n{ await using b = { async [Symbol.asyncDispose]() { console.log('later') } } }", stdout: "body\ndisposed\nlater\n"},
		{name: "bounded strings", code: "for (const f of [() => 'ab'.repeat(1e9), () => 'a'.padStart(1e9), () => 'a'.padEnd(Infinity)]) try { f() } catch (e) { console.log(e.name) }\nconsole.log('ab'.repeat(2), 'a'.padStart(3, '-'), 'a'.padEnd(2) + '|', ''.repeat(1e9) === '')", stdout: "RangeError\nRangeError\nRangeError\nabab --a a | true\n"},
		{name: "regular expressions", code: `console.log("a-b_c".replace(/[-_](\w)/g, (m, c) => c.toUpperCase()), /a(?<n>b)/.exec("xab").groups.n, "a1b".split(/\d/), [..."a1b2".matchAll(/\d/g)].map((m) => m[0]), "xy".search(/y/), "é😀".match(/./gu), /b/y.test("ab"));
const re = /\d/g; console.log(re.test("1"), re.lastIndex); try { "x".replace(/x/, () => { throw new Error("mine") }) } catch (e) { console.log(e.message) }`, stdout: "aBC b [ 'a', 'b' ] [ '1', '2' ] 1 [ 'é', '😀' ] false\ntrue 1\nmine\n"},
		{name: "syntax", code: `class A { #p = 1; static s = 2; static { console.log("static") } has(o) { return #p in o } get p() { return this.#p } accessor q = 3 }
console.log(new A().has(new A()), new A().p, A.s, new A().q);
const { a, ...rest } = { a: 1, b: 2 };
let n: number | null = null; n ??= 5; n ||= 6; n &&= 7;
console.log(rest, n, rest?.["c"]?.d, 2 ** 3, 10n ** 3n, 1_000, ` + "`t${n}`" + `);
outer: for (const x of [1, 2]) for (;;) continue outer;
function* g() { try { yield 1 } finally { console.log("finally") } }
for (const x of g()) break;
namespace N { export const v = 1 } console.log(N.v, (<T,>(x: T) => x)(2));`, stdout: "static\ntrue 1 2 3\n{ b: 2 } 7 undefined 8 1000n 1000 t7\nfinally\n1 2\n"},
	})
}

func TestClock(t *testing.T) {
	cfg := engine.Config{Now: func() time.Time { return time.UnixMilli(1234567) }}
	out := script{code: "console.log(Date.now(), new Date().getTime())", config: cfg}.run(t)
	if out.err != nil || out.stdout != "1234567 1234567\n" {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
}

// TestOneVMRunsManyPrograms also has some of them fail: what they leave pending must not reach the next one.
func TestOneVMRunsManyPrograms(t *testing.T) {
	rt := NewRuntime()
	var out bytes.Buffer
	cfg := demoConfig()
	cfg.Stdout = &out
	vm := enginetest.NewVM(t, rt, cfg)
	for _, step := range []struct{ code, stdout, err string }{
		{code: "globalThis.total = 1; globalThis.stream = demo.count(5); console.log((await stream.next()).value)", stdout: "1\n"},
		{code: "console.log(++total, Object.groupBy([1], () => 'x'))", stdout: "2 [Object: null prototype] { x: [ 1 ] }\n"},
		{code: "setTimeout(() => console.log('never'), 5); demo.echo().then(() => console.log('never'));\nthrow new Error('one')", err: "test.ts:2:7: one"},
		{code: "await stream.next()", err: "test.ts:1:14: this stream belongs to a run that has ended: ask for a new one"},
		{code: "function f() { f() }\nf()", err: "test.ts:1:16: RangeError: too many calls inside each other"},
		{code: "for await (const x of demo.count(2)) console.log(x, total)", stdout: "1 2\n2 2\n"},
		{code: "await new Promise(() => {})", err: "test.ts:1:7: the script waits for a promise that nothing will resolve"},
		{code: "await new Promise((r) => setTimeout(r, 20)); console.log(await demo.echo('last'))", stdout: "[ 'last' ]\n"},
	} {
		out.Reset()
		p, err := script{code: step.code, config: cfg}.compile(t, rt)
		if err != nil {
			t.Fatal(err)
		}
		message := ""
		if _, err := vm.Run(context.Background(), p); err != nil {
			message = err.Error()
		}
		if message != step.err || out.String() != step.stdout {
			t.Errorf("%s\nerror %q, want %q\nprinted %q, want %q", step.code, message, step.err, out.String(), step.stdout)
		}
	}
}

func TestProgramsServeManyVMs(t *testing.T) {
	rt := NewRuntime()
	cfg := demoConfig()
	p, err := script{code: "let sum = 0; for await (const n of demo.count(10)) sum += (await demo.echo(n))[0]; console.log(sum, /\\d+/.test('1'))", config: cfg}.compile(t, rt)
	if err != nil {
		t.Fatal(err)
	}
	failures := make(chan string)
	const vms = 8
	for range vms {
		go func() {
			var out bytes.Buffer
			own := cfg
			own.Stdout = &out
			vm, err := rt.New(own)
			if err == nil {
				_, err = vm.Run(context.Background(), p)
				_ = vm.Close()
			}
			if err != nil || out.String() != "55 true\n" {
				failures <- out.String()
				return
			}
			failures <- ""
		}()
	}
	for range vms {
		if failure := <-failures; failure != "" {
			t.Errorf("a VM printed %q", failure)
		}
	}
}
