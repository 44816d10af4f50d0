package js

import (
	"context"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestDefineOnResults gives results of calls what plain objects take. Each line runs on a plain object as well, with the same output.
func TestDefineOnResults(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(`
r[Symbol.iterator] = function* () { yield this.a; yield 2 }; print([...r], Symbol.iterator in r, Object.keys(r).length)
const s = Symbol("mine"); r[s] = 1; r[s] += 1; print(r[s], Object.getOwnPropertySymbols(r).length, JSON.stringify(r) === JSON.stringify({ ...r }), r.a)
r[Symbol.toStringTag] = "Mine"; print(Object.prototype.toString.call(r), String(r))
const s = Symbol(); r[s] = 1; delete r[s]; print(r[s], s in r, Object.getOwnPropertySymbols(r).length)
r[Symbol.toPrimitive] = () => 42; print(+r, r + 1)
Object.defineProperty(r, Symbol.for("x"), { value: 5 }); print(r[Symbol.for("x")])
Object.defineProperty(r, "x", { value: 1, enumerable: false }); print(r.x, Object.keys(r).includes("x"), JSON.stringify(r).includes('"x"'), "x" in r, r.hasOwnProperty("x"))
Object.defineProperty(r, "a", { enumerable: false }); const seen = []; for (const k in r) seen.push(k); print(seen.includes("a"), r.a, { ...r }.a); r.a = 9; print(r.a, Object.keys(r).includes("a"))
Object.defineProperty(r, "sum", { get() { return this.a + this.b.length }, enumerable: true }); print(r.sum, Object.keys(r).includes("sum"), JSON.parse(JSON.stringify(r)).sum); r.b = [1]; print(r.sum)
let kept; Object.defineProperty(r, "twice", { get: () => kept * 2, set(v) { kept = v }, configurable: true }); r.twice = 4; print(r.twice, kept); delete r.twice; print(r.twice, "twice" in r)
Object.defineProperty(r, "one", { get: () => 1 }); try { r.one = 2 } catch (e) { print(e.name) } print(r.one)
Object.defineProperty(r, "fixed", { value: 1 }); try { r.fixed = 2 } catch (e) { print(e.name) } print(r.fixed, Object.keys(r).includes("fixed"))
Object.defineProperty(r, "fixed", { value: 1, configurable: true }); Object.defineProperty(r, "fixed", { value: 3, writable: true, enumerable: true }); r.fixed++; print(r.fixed, Object.keys(r).includes("fixed"))
Object.defineProperties(r, { p: { get: () => "p", enumerable: true }, q: { value: "q" } }); print(r.p, r.q, Object.keys(r).includes("q"), Object.entries(r).length)
print(Reflect.defineProperty(r, "z", { value: 1, writable: true, enumerable: true }), r.z, Object.keys(r).includes("z"))
try { Object.defineProperty(r, "bad", { get() {}, value: 1 }) } catch (e) { print(e.name) } try { Object.defineProperty(r, "bad", 1) } catch (e) { print(e.name) }
Object.defineProperty(r, "v", { value: 7, enumerable: false, writable: true, configurable: true }); const d = Object.getOwnPropertyDescriptor(r, "v"); print(d.value, d.enumerable, d.writable); print(Object.getOwnPropertyDescriptor(r, "a").enumerable)
Object.defineProperty(r, "g", { get: () => 3, configurable: true }); print(typeof Object.getOwnPropertyDescriptor(r, "g").get, Object.getOwnPropertyDescriptor(r, "g").set)
const key = "plain"; r[key] = 1; const list = [1, 2]; for (let i = 0; i < 2; i++) list[i] = list[i] * 2; print(r.plain, list, Symbol.name)
Object.freeze(r); try { Object.defineProperty(r, "late", { value: 1 }) } catch (e) { print(e.name) }
`), "\n")
	for _, line := range lines {
		const members = `{"a":1,"b":[1,2,3],"c":{"d":"e"},"f":1,"g1":2,"h":3,"i":4,"j":5}`
		run := func(value string) outcome {
			return script{name: "define.js", code: "const print = (...v) => console.log(...v);\nconst r = " + value + ";\n" + line, config: resultConfig(members)}.run(t)
		}
		got, want := run("await demo.read()"), run(members)
		if want.err != nil || got.err != nil || got.stdout != want.stdout || got.stdout == "" {
			t.Errorf("%s\nof a result   %q, error %v\nof an object  %q, error %v", line, got.stdout, got.err, want.stdout, want.err)
		}
	}
}

// resultConfig has a module demo whose function read returns JSON.
func resultConfig(json string) engine.Config {
	read := engine.Function{Name: "read", Call: func(context.Context, []any) (any, error) { return engine.JSON(json), nil }}
	return engine.Config{Modules: []*engine.Module{{Name: "demo", Functions: []engine.Function{read}}}}
}
