// Async generators that are left in all ways. The same in Node and here.
const log = (...values) => console.log(...values);
const tick = (value) => new Promise((resolve) => setTimeout(() => resolve(value), 1));
const scenarios = {
  async breaks() {
    async function* g() { try { yield 1; yield 2 } finally { log("a"); await null; log("b"); await tick(); log("c") } }
    for await (const x of g()) { log(x); break }
  },
  async returns() {
    async function* g() { try { yield 1 } finally { await tick(); log("cleaned") } }
    const f = async () => { for await (const x of g()) return x };
    log(await f());
  },
  async throwsOut() {
    async function* g() { try { yield 1 } finally { await tick(); log("cleaned") } }
    try { for await (const x of g()) throw new Error("out " + x) } catch (e) { log(e.message) }
  },
  async returnMethod() {
    async function* g() { try { yield 1 } finally { log("f"); await tick(); log("g") } }
    const it = g();
    log(await it.next(), await it.return(9), await it.next());
  },
  async returnBeforeStart() {
    async function* g() { try { yield 1 } finally { log("never") } }
    const it = g();
    log(await it.return(5), await it.next());
  },
  async returnPromise() {
    async function* g() { try { yield 1 } finally { log("in") } }
    const it = g();
    await it.next();
    log(await it.return(tick("late")));
  },
  async returnRejected() {
    async function* g() { try { yield 1 } catch (e) { log("caught", e.message); yield 2 } }
    const it = g();
    await it.next();
    log(await it.return(Promise.reject(new Error("no"))), await it.next());
  },
  async yieldInFinally() {
    async function* g() { try { yield 1 } finally { yield "f"; await tick(); log("after") } }
    const it = g();
    log(await it.next(), await it.return(3), await it.next(), await it.next());
  },
  async returnInFinally() {
    async function* g() { try { yield 1 } finally { await tick(); return "other" } }
    const it = g();
    log(await it.next(), await it.return(3));
  },
  async throwInFinally() {
    async function* g() { try { yield 1 } finally { await tick(); throw new Error("from finally") } }
    try { for await (const x of g()) break } catch (e) { log(e.message) }
  },
  async nested() {
    async function* inner() { try { yield 1; yield 2 } finally { await tick(); log("inner") } }
    async function* outer() { try { for await (const x of inner()) yield x } finally { await tick(); log("outer") } }
    for await (const x of outer()) { log(x); break }
  },
  async delegation() {
    async function* inner() { try { yield 1; yield 2 } finally { await tick(); log("inner") } }
    async function* outer() { try { yield* inner() } finally { await tick(); log("outer") } }
    for await (const x of outer()) { log(x); break }
  },
  async delegationToArray() {
    async function* g() { try { yield* [tick(1), 2] } finally { await tick(); log("done") } }
    for await (const x of g()) { log(x); break }
  },
  async delegationResult() {
    async function* inner() { yield 1; return "result" }
    async function* outer() { log(await (yield* inner())) }
    for await (const x of outer()) log(x);
  },
  async queue() {
    async function* g() { for (let i = 0; i < 3; i++) { await tick(); yield i } }
    const it = g();
    log(await Promise.all([it.next(), it.next(), it.return("r"), it.next()]));
  },
  async throwMethod() {
    async function* g() { try { yield 1 } catch (e) { await tick(); log("caught", e); yield "saved" } finally { await tick(); log("end") } }
    const it = g();
    log(await it.next(), await it.throw("x"), await it.next());
  },
  async rejectedAwait() {
    async function* g() { try { await Promise.reject(new Error("r")) } catch (e) { log(e.message); await tick(); yield "on" } }
    for await (const x of g()) log(x);
  },
  async rejectedYield() {
    async function* g() { try { yield Promise.reject(new Error("y")) } catch (e) { log("inside", e.message) } finally { await tick(); log("end") } }
    try { for await (const x of g()) log(x) } catch (e) { log("outside", e.message) }
  },
  async labels() {
    async function* g(n) { try { for (let i = 0; ; i++) yield n + i } finally { await tick(); log("closed", n) } }
    outer: for await (const x of g(0)) { for await (const y of g(10)) { if (x === 1) break outer; if (y === 11) continue outer } }
  },
  async method() {
    class Source { #n = 2; async *items() { try { while (this.#n) yield this.#n-- } finally { await tick(); log("left", this.#n) } } static #count = 1; static async *count() { yield Source.#count++ } }
    for await (const x of new Source().items()) break;
    for await (const x of Source.count()) log(x);
    log("end");
  },
};
for (const [name, f] of Object.entries(scenarios)) {
  log("--", name);
  await f();
}
