package js

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func TestEventLoop(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "order of tasks", code: `setTimeout(() => console.log("timer 2"), 2);
setTimeout((a, b) => console.log("timer 0", a, b), 0, 1, 2);
setImmediate(() => console.log("immediate"));
queueMicrotask(() => console.log("microtask"));
Promise.resolve().then(() => console.log("then"));
console.log("sync");`, stdout: "sync\nmicrotask\nthen\ntimer 0 1 2\nimmediate\ntimer 2\n"},
		{name: "timers of the same time in order", code: "for (let i = 0; i < 5; i++) setTimeout(() => console.log(i), 1)", stdout: "0\n1\n2\n3\n4\n"},
		{name: "interval until it is cleared", code: "let n = 0;\nconst id = setInterval(() => { console.log(++n); if (n === 3) clearInterval(id) }, 1)", stdout: "1\n2\n3\n"},
		{name: "cleared timers", code: "clearTimeout(setTimeout(() => console.log('no'), 1)); clearTimeout(undefined); clearTimeout(99);\nconst a = setTimeout(() => { clearTimeout(b); console.log('a') }, 1), b = setTimeout(() => console.log('no'), 1);", stdout: "a\n"},
		{name: "a long time, as in Node, is at once", code: "setTimeout(() => console.log('now'), 2 ** 31)", stdout: "now\n"},
		{name: "what the program started goes on after its end", code: "demo.echo(1).then(async (x) => { await demo.echo(2); console.log(x) });\nconsole.log('end')", stdout: "end\n[ 1 ]\n"},
		{name: "timer without a function", code: "setTimeout('code')", err: "test.ts:1:1: TypeError: setTimeout: argument 1 must be a function"},
		{name: "error in a microtask", code: "queueMicrotask(() => { throw new Error('x') })", err: "test.ts:1:30: x"},
		{name: "many calls at once", code: "const r = await Promise.all(Array.from({ length: 2000 }, (_, i) => demo.echo(i)));\nconsole.log(r.length, r[1999])", stdout: "2000 [ 1999 ]\n"},
	})
}

func TestStreams(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "break ends the stream", code: "for await (const n of demo.count(1e6)) { console.log(n); if (n === 2) break }\nconsole.log('after')", stdout: "1\n2\nafter\n"},
		{name: "an error in the loop ends it", code: "try { for await (const n of demo.count(5)) throw new Error('mine') } catch (e) { console.log(e.message) }", stdout: "mine\n"},
		{name: "an error of the stream", code: "let last;\ntry { for await (const n of demo.count(50)) last = n } catch (e) { console.log(last, e.status) }", stdout: "12 404\n"},
		{name: "concurrent calls of next", code: "const it = demo.count(2)[Symbol.asyncIterator]();\nconsole.log(await Promise.all([it.next(), it.next(), it.next(), it.return(7), it.next()]))", stdout: "[\n  { value: 1, done: false },\n  { value: 2, done: false },\n  { value: undefined, done: true },\n  { value: 7, done: true },\n  { value: undefined, done: true }\n]\n"},
		{name: "left alone", code: "const it = demo.count(5);\nconsole.log((await it.next()).value)", stdout: "1\n"},
		{name: "a plain loop", code: "for (const n of demo.count(5)) ;", err: "test.ts:1:22: TypeError: this is an async iterable: write for await (const item of ...)"},
		{name: "collected", code: "console.log(await Array.fromAsync(demo.count(3), (n) => n * 2))", stdout: "[ 2, 4, 6 ]\n"},
		{name: "spread over map", code: "console.log(await map(demo.count(5), async (n, i) => [n, i], 2))", stdout: "[ [ 1, 0 ], [ 2, 1 ], [ 3, 2 ], [ 4, 3 ], [ 5, 4 ] ]\n"},
	})
}

func TestMapAndParallel(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "results in order", code: "console.log(await map([30, 1, 10], (ms) => new Promise((r) => setTimeout(() => r(ms), ms))))", stdout: "[ 30, 1, 10 ]\n"},
		{name: "plain functions and iterables", code: "console.log(await map(new Set([1, 2]), (x, i) => x + i), await map([], () => 1))", stdout: "[ 1, 3 ] []\n"},
		{name: "after a failure nothing starts and what runs ends", code: `try {
  await map([1, 2, 3, 4, 5], async (n) => {
    console.log("start", n);
    if (n === 2) throw new Error("two");
    await demo.echo();
    console.log("end", n);
  }, 2);
} catch (e) { console.log(e.message) }`, stdout: "start 1\nstart 2\nend 1\ntwo\n"},
		{name: "wrong arguments", code: "for (const args of [[5, () => 1], [[], 1], [[], () => 1, 0]]) await map(...args).catch((e) => console.log(e.message))", stdout: "map: argument 1 must be an array or another iterable\nmap: argument 2 must be a function\nmap: argument 3, the limit, must be a number from 1\n"},
		{name: "parallel", code: "console.log(await parallel(() => demo.echo(1), async () => 2, () => 3), await parallel())", stdout: "[ [ 1 ], 2, 3 ] []\n"},
		{name: "parallel waits for all before it fails", code: `try {
  await parallel(async () => { await demo.echo(); console.log("ended") }, () => { throw new Error("first") }, () => demo.fail());
} catch (e) { console.log(e.message) }`, stdout: "ended\nfirst\n"},
		{name: "parallel without functions", code: "await parallel(1)", err: "test.ts:1:7: TypeError: parallel: argument 1 must be a function"},
	})
}

func TestMapKeepsItsLimit(t *testing.T) {
	var running, most atomic.Int64
	cfg := engine.Config{Modules: []*engine.Module{{Name: "work", Functions: []engine.Function{{Name: "one", Call: func(context.Context, []any) (any, error) {
		now := running.Add(1)
		defer running.Add(-1)
		for {
			seen := most.Load()
			if now <= seen || most.CompareAndSwap(seen, now) {
				break
			}
		}
		time.Sleep(time.Millisecond)
		return nil, nil
	}}}}}}
	for _, c := range []struct {
		code  string
		limit int64
	}{{"await map(Array(40).fill(0), () => work.one(), 3)", 3}, {"await map(Array(40).fill(0), () => work.one())", 8}} {
		most.Store(0)
		if out := (script{code: c.code, config: cfg}).run(t); out.err != nil {
			t.Fatal(out.err)
		}
		if most.Load() > c.limit || most.Load() < 2 {
			t.Errorf("%s: %d calls at once, want 2 to %d", c.code, most.Load(), c.limit)
		}
	}
}
