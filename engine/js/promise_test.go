package js

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestPromiseTakenForResult runs scripts that take the promise of a call for its result. They stand on the second line, after two
// spaces.
func TestPromiseTakenForResult(t *testing.T) {
	const (
		noItems = "demo.echo() gives a promise, which has no items: write await demo.echo()"
		noText  = "demo.echo() gives a promise, which is no text and no number: write await demo.echo()"
	)
	member := func(member string) string { return "demo.echo() gives a promise: write (await demo.echo())" + member }
	// What the compiler cannot see through.
	const hidden = "const [demo, fetch, Response, map] = ['demo', 'fetch', 'Response', 'map'].map((name) => globalThis[name]); "
	for _, c := range []struct{ code, want string }{
		{"f(demo.echo().length)", "17: " + member(".length")},
		{"f(demo.echo()?.length)", "18: " + member(".length")},
		{"f(demo.echo().state)", "17: " + member(".state")},
		{"f(demo.echo()[0])", "15: " + member("[0]")},
		{"f(demo.echo()['a b'])", "15: " + member(`["a b"]`)},
		{"f(demo.echo()['100%d'])", "15: " + member(`["100%d"]`)},
		{"f(demo.echo().map((x) => x))", "10: " + member(".map")},
		{"f(demo.echo().toFixed(2))", "10: " + member(".toFixed")},
		{"const list = demo.echo(); f(list.length)", "36: " + member(".length")},
		{"const {length} = demo.echo(); f(length)", "25: " + member(".length")},
		{"const [first] = demo.echo(); f(first)", "24: " + noItems},
		{"for (const x of demo.echo()) f(x)", "24: " + noItems},
		{"for await (const x of demo.echo()) f(x)", "3: " + noItems},
		{"f([...demo.echo()])", "14: " + noItems},
		{"f(...demo.echo())", "13: " + noItems},
		{"f(Array.from(demo.echo()))", "11: " + noItems},
		{"f(new Map(demo.echo()), new Set())", "5: " + noItems},
		{"f(new Set(demo.echo()))", "5: " + noItems},
		{"await Promise.all(demo.echo())", "17: " + noItems},
		{"await map(demo.echo(), f)", "9: " + noItems},
		{"f('' + demo.echo())", "5: " + noText},
		{"f(`${demo.echo()}`)", "13: " + noText},
		{"f(demo.echo() > 3)", "5: " + noText},
		{"f(demo.echo() == 'x')", "5: " + noText},
		{"f(String(demo.echo()), Number(1))", "5: " + noText},
		{"f(Number(demo.echo()))", "5: " + noText},
		{"f([demo.echo()].join())", "19: " + noText},
		{"f({}[demo.echo()])", "6: " + noText},
		{"f(demo.subGroup.echo().x)", "26: demo.subGroup.echo() gives a promise: write (await demo.subGroup.echo()).x"},
		{"const it = demo.count(2); f(it.next().done)", "41: stream.next() gives a promise: write (await stream.next()).done"},
		{"f(fetch('x').ok)", "16: fetch(...) gives a promise: write (await fetch(...)).ok"},
		{"f(new Response('[1]').json().length)", "32: response.json() gives a promise: write (await response.json()).length"},
		{"f(new Response('1').text() + 'x')", "5: response.text() gives a promise, which is no text and no number: write await response.text()"},
		{"const s = demo.count(2); for (const x of s) f(x)", "44: this is an async iterable: write for await (const item of ...)"},
	} {
		o := script{name: "a.js", code: hidden + "const f = (...list) => console.log(...list);\n  " + c.code, config: demoConfig()}.run(t)
		line, column, _ := strings.Cut("a.js:2:"+c.want, ": ")
		want := line + ": TypeError: " + column
		if o.err == nil || o.err.Error() != want || o.stdout != "" {
			t.Errorf("%s\nprinted %q, error %v\nwant %s", c.code, o.stdout, o.err, want)
		}
	}
}

// TestPromiseOfCall uses promises of calls as promises.
func TestPromiseOfCall(t *testing.T) {
	sourceMap := base64.StdEncoding.EncodeToString([]byte(`{"version": 3, "sources": ["../src/a.ts"], "names": [], "mappings": "AAAA"}`))
	for _, c := range []struct{ code, want string }{
		{"f(await demo.echo(1))", "[ 1 ]"},
		{"f(await demo.echo(1).then((x) => x.length))", "1"},
		{"f(await demo.fail().catch((e) => e.message))", "no such conversation"},
		{"f(await demo.echo(1).finally(() => 2))", "[ 1 ]"},
		{"f(await Promise.all([demo.echo(1), demo.echo(2)]))", "[ [ 1 ], [ 2 ] ]"},
		{"f(await Promise.race([demo.echo(1)]), await Promise.any([demo.echo(2)]))", "[ 1 ] [ 2 ]"},
		{"f(await Promise.allSettled([demo.echo(1)]))", "[ { status: 'fulfilled', value: [ 1 ] } ]"},
		{"const p = demo.echo(); f(await Promise.resolve(p), Promise.resolve(p) === p)", "[] true"},
		{"f(await new Promise((resolve) => resolve(demo.echo(1))))", "[ 1 ]"},
		{"f(await (async () => demo.echo(1))())", "[ 1 ]"},
		{"const p = demo.echo(1); f(p instanceof Promise, p.constructor === Promise, typeof p, typeof p.then, p == null)", "true true object function false"},
		{"f(Object.prototype.toString.call(demo.echo()))", "[object Promise]"},
		{"f(demo.echo()); await 0", "Promise { <pending> }"},
		{"f([demo.echo()], {p: demo.echo()})", "[ Promise { <pending> } ] { p: Promise { <pending> } }"},
		{"const p = demo.echo(1); await p; f(p)", "Promise { [ 1 ] }"},
		{"f(JSON.stringify({a: demo.echo()}))", `{"a":{}}`},
		{"const p = demo.echo(); f('length' in p, 'then' in p, Reflect.ownKeys(p)); for (const k in [p][0]) f(k)", "false true []"},
		{"const p = demo.echo(); p.label = 'x'; p.length = 4; p[0] = 5; f(p.label, p.length, p[0], Reflect.ownKeys(p))", "x 4 5 [ '0', 'label', 'length' ]"},
		{"const p = Object.assign(demo.echo(), {cancel() { return 7 }}); f(p.cancel())", "7"},
		{"const p = demo.echo(); f(p.hasOwnProperty('length'), p.valueOf() === p, p.toJSON, p[Symbol.asyncIterator])", "false true undefined undefined"},
		{"Promise.prototype.tap = function (f) { return this.then((x) => (f(x), x)) }; await demo.echo(1).tap((x) => f(x))", "[ 1 ]"},
		{"const P = Promise; globalThis.Promise = 1; f(await demo.echo(1)); globalThis.Promise = P", "[ 1 ]"},
		{"const seen = new Map([[demo.echo(), 1]]); f(seen.size, new WeakSet([demo.echo()]) instanceof WeakSet)", "1 true"},
		{"f(await Array.fromAsync([demo.echo(1)]))", "[ [ 1 ] ]"},
		{"f(await map([1, 2], (n) => demo.echo(n)), await parallel(() => demo.echo(3)))", "[ [ 1 ], [ 2 ] ] [ [ 3 ] ]"},
		{"const it = demo.count(2); f((await it.next()).value, await it.return())", "1 { value: undefined, done: true }"},
		{"f(await new Response('[1]').json(), await new Response('x').text())", "[ 1 ] x"},
		{"class P extends Promise {}; f(await P.resolve(demo.echo(1)), P.resolve(demo.echo()) instanceof P)", "[ 1 ] true"},
		{"try { structuredClone(demo.echo()) } catch (e) { f(e.name) }", "DataCloneError"},
		{"f(require('lib').read(demo.echo()))", "[ undefined, undefined, false, '[object Promise]' ]"},
		{"f(require('mapped').size(demo.echo()))", "undefined"},
		{"try { f([demo][0].echo().length) } catch (e) { f(e.message) }", "demo.echo() gives a promise: write (await demo.echo()).length"},
	} {
		o := script{name: "a.js", code: "const f = (...list) => console.log(...list);\n" + c.code, config: demoConfig(), files: map[string]string{
			"node_modules/lib/package.json":    "{}",
			"node_modules/mapped/package.json": "{}",
			"node_modules/mapped/index.js":     "exports.size = (p) => p.length\n//# sourceMappingURL=data:application/json;base64," + sourceMap,
			"node_modules/lib/index.js":        "exports.read = (p) => [p.length, p[0], Symbol.iterator in p && typeof p[Symbol.iterator] === 'function', `${p}`]",
		}}.run(t)
		if o.err != nil || strings.TrimSuffix(o.stdout, "\n") != c.want {
			t.Errorf("%s\nprinted %q, error %v\nwant %s", c.code, o.stdout, o.err, c.want)
		}
	}
}

// TestPromiseOfMethod takes the promise of a method of a handle for its result, of a function with a required parameter, and after a
// failure renewed the VM.
func TestPromiseOfMethod(t *testing.T) {
	class := &engine.Class{Name: "Cursor", Methods: []engine.Function{{
		Name: "next_page", Params: []engine.Param{{Name: "size", Required: true}},
		Call: func(context.Context, []any) (any, error) { return []any{}, nil },
	}}}
	module := &engine.Module{Name: "db", Classes: []*engine.Class{class}, Functions: []engine.Function{{
		Name: "open", Sync: true, Call: func(context.Context, []any) (any, error) { return engine.Handle{Value: class, Class: class}, nil },
	}}}
	rt := NewRuntime()
	vm, p := script{name: "a.js", code: "[db][0].open().nextPage(1).length", config: engine.Config{Modules: []*engine.Module{module}}}.start(t, rt)
	const want = "a.js:1:28: TypeError: Cursor.nextPage(...) gives a promise: write (await Cursor.nextPage(...)).length"
	for range 2 {
		if _, err := vm.Run(t.Context(), p); err == nil || err.Error() != want {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
}
