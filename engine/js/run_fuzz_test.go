package js

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func FuzzRun(f *testing.F) {
	enginetest.FuzzRun(f, func() engine.Runtime { return NewRuntime() }, "fuzz.js", runSeeds)
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
