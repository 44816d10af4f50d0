package js

import (
	"context"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// FuzzRun compiles and runs any text. Nothing that a script says may end the process or hold a VM much longer than its
// context.
func FuzzRun(f *testing.F) {
	for _, seed := range runSeeds {
		f.Add(seed)
	}
	const limit, patience = 100 * time.Millisecond, 20 * time.Second
	f.Fuzz(func(t *testing.T, code string) {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		rt := NewRuntime()
		p, err := rt.Compile(ctx, engine.Source{Name: "fuzz.js", Code: []byte(code), Language: engine.JavaScript}, nil)
		if err != nil {
			return
		}
		v, err := rt.New(engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		// A hang is told with the stacks of all goroutines, and by the text in testdata/fuzz.
		hung := time.AfterFunc(patience, func() { panic("the script does not stop: " + code) })
		defer hung.Stop()
		_, _ = v.Run(ctx, p)
		if err := v.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// runSeeds leaves out generators that call themselves without end: goja takes seconds to unwind them at maxCallDepth.
var runSeeds = []string{
	"", "\ufeff", "#!/usr/bin/env crisphost\n1", "throw null", "throw undefined", "throw {}", "await new Promise(() => {})", "for (;;);",
	"function f() { f() } f()", "async function g() { await g() } await g()",
	"throw Object.defineProperty(new Error, 'message', { get() { throw 1 } })", "throw new Proxy(new Error, {})", "throw new Proxy({}, { get() { throw 1 } })",
	"Promise.reject(Symbol())", "export default { toJSON() { return this } }", "export default Symbol()", "export default 1n",
	"const a = []; a.push(a); export default a", "console.log(new Proxy({}, { ownKeys() { throw 1 } }))", "console.log(Object.create(null), new Map([[1, new Set([2])]]))",
	"setTimeout(() => { throw 1 }); setInterval(() => {}, 1)", "globalThis.Promise = null; await 1", "delete globalThis.Error; null.x", "Error = 1; null.x",
	"JSON.parse = null; JSON.stringify({})", "Object.prototype.toString = null; console.log({})", "Array.prototype[Symbol.iterator] = null; console.log([1])",
	"structuredClone(() => {})", "label: for (const x of [1]) continue label", "await Promise.any([])", "await { then(r) { r(this) } }",
	"new (class { #x = 1; get x() { return this.#x } })().x", "`${'é'.repeat(3)}`.at(-1)", "let t = { async *[Symbol.asyncIterator]() { yield 1 } }; for await (const x of t) break",
}
