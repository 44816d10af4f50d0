package js

import (
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// TestRightPromises compiles scripts that use promises as promises, or only seem to lack await.
func TestRightPromises(t *testing.T) {
	for _, code := range []string{
		// Waited for.
		`if (await crisp.people.exists("a")) x()`,
		`x((await crisp.people.list()).length, !(await crisp.people.exists("a")))`,
		`x((await crisp.people.list()).filter((p) => p.email).map((p) => p.email).length)`,
		`const list = await crisp.people.list(); x(list.length, list[0], [...list], {...list[0]})`,
		`const {length} = await crisp.people.list(), [first] = await crisp.people.list(); x(length, first)`,
		`for (const p of await crisp.people.list()) x(p)`,
		`for await (const p of crisp.people.each()) x(p)`,
		"x(`${await crisp.visitors.count()}` + await crisp.visitors.count())",
		`let list = crisp.people.list(); list = await list; x(list.length)`,
		`const [a1, b1] = await Promise.all([crisp.people.list(), crisp.people.get("a")]); x(a1.length, b1.email)`,
		`const p = crisp.people.list(); x((await p).length)`,
		`const p = crisp.people.list(), q = crisp.people.list(); const [c, d] = await Promise.all([p, q]); x(c.length, d.length)`,
		`await crisp.people.list().then((list) => x(list.length)).catch(x).finally(x)`,
		`crisp.people.list()?.then(x)`,
		`const found = await map(y, (p) => crisp.people.exists(p)); x(y.filter((_, i) => found[i]))`,
		`x((await parallel(() => crisp.people.list())).length)`,
		`const r = await fetch("https://a.b"); x((await r.json()).a, r.ok)`,
		`const c = await db.open(); x((await c.nextPage()).length, c.size() + 1)`,
		`x(await Promise.all(y.map((p) => crisp.people.get(p))))`,
		`x((await Promise.all(y.map(async (p) => (await crisp.people.get(p)).email))).filter((e) => e))`,
		`for await (const p of y.map((p) => crisp.people.get(p))) x(p)`,
		// Promises that are kept, given away and looked at.
		`let p; if (y.length) p = crisp.people.list(); if (p) await p`,
		`let p = null; const get = () => { if (!p) p = crisp.people.list(); return p }; x((await get()).length)`,
		`let p; const get = () => (p ??= crisp.people.list()); x((await get()).length)`,
		`const cache = {}; const get = (k) => cache[k] ?? (cache[k] = crisp.people.get(k)); x((await get("a")).email)`,
		`const cache = new Map(); const get = (k) => { if (!cache.has(k)) cache.set(k, crisp.people.get(k)); return cache.get(k) }; x((await get("a")).email)`,
		`const p = y.length && crisp.people.list(); if (p) x(await p)`,
		`const p = y.length ? crisp.people.list() : null; if (p) x((await p).length)`,
		`const p = y.length ? crisp.people.list() : []; x((await p).length)`,
		`const f = (c) => { if (c) return crisp.people.get(c) }; const p = f(1); if (p) x(await p)`,
		`const f = (c) => c && crisp.people.get(c); if (f(0)) x()`,
		`var p; function start() { if (!p) { var q = crisp.people.list(); p = q } return p } x((await start()).length)`,
		`const p = crisp.people.list(), q = p; x(p === q, p == null, p !== undefined, p instanceof Promise, typeof p)`,
		`const p = crisp.people.list(); p.label = "a"; x(p.label)`,
		`const p = Object.assign(crisp.people.list(), {label: "a"}); x(p.label)`,
		`const p = crisp.people.list(); Object.assign(p, {label: "a"}); x(p.label)`,
		`Promise.prototype.tap = function (f) { return this.then((v) => (f(v), v)) }; await crisp.people.list().tap(x)`,
		`x(crisp.people.list(), [crisp.people.list()], {p: crisp.people.list()})`,
		`const {then} = crisp.people.list(); x(then)`,
		`x(crisp.people.list().constructor, crisp.people.list()[Symbol.toStringTag])`,
		`y.map((p) => crisp.people.get(p)).forEach((p) => p.then(x))`,
		`y.forEach(async (p) => x(await crisp.people.get(p)))`,
		`const jobs = []; for (const p of y) jobs.push(crisp.people.get(p)); if (jobs.length) x(await Promise.all(jobs))`,
		`const first = await Promise.race([crisp.people.list(), crisp.people.list()]); x(first.length)`,
		`export default crisp.people.list()`,
		`export const list = crisp.people.list()`,
		`const f = async () => crisp.people.list(); x((await f()).length)`,
		`function f() { return crisp.people.list() } x((await f()).length)`,
		`async function* g() { yield* crisp.people.each(); yield crisp.people.get("a") } for await (const p of g()) x(p.email)`,
		`void crisp.people.exists("a"); x(void 0)`,
		// What gives no promise.
		`x(crisp.website("w").people !== undefined, csv.parse("a").length, [...csv.parse("a")])`,
		`if (crisp.people && crisp.people.exists && "exists" in crisp.people) x()`,
		`if (typeof crisp.people.exists === "function") x()`,
		`x(crisp.unknown?.().length, unknown?.people.exists("a").b)`,
		`const s = crisp.people.each(); x(s ? 1 : 2)`,
		`csv.parse(await crisp.people.list()); csv.parse((a) => crisp.people.get(a)); crisp.people.get.call(crisp.people.list())`,
		`const csv = {parse: (p) => p}; csv.parse(crisp.people.list()); await parallel(() => crisp.people.list())`,
		// Names of the script's own.
		`const crisp = {people: {exists: () => true, list: () => []}}; if (crisp.people.exists("a")) x(crisp.people.list().length)`,
		`function f(crisp) { if (crisp.people.exists("a")) return crisp.people.list().length } x(f)`,
		`const {people} = y; if (people.exists("a")) x()`,
		`let api = crisp.people; if (y.length) api = {exists: () => true}; if (api.exists("a")) x()`,
		`const fetch = () => ({ok: true}); x(fetch("a").ok)`,
		`const map = (list, f) => list.map(f); x(map(y, x).length)`,
		`class Promise2 { static all() { return [] } } x(Promise2.all().length); const String = (p) => p; x(await String(crisp.people.list()))`,
		`const JSON = {stringify: (p) => p.then(x)}; await JSON.stringify(crisp.people.list())`,
		`function f(a) { return a ? f(a - 1) : crisp.people.get(a) } x((await f(3)).email)`,
		`const f = () => g(), g = () => f(); x(f().y)`,
		`import {list} from "./lib"; x(list().length)`,
		`import lib from "pkg"; x(lib.filter(async (p) => true), y.filter(lib.check), lib.people.list().length)`,
		`crisp.people.exists = () => true; if (crisp.people.exists("a")) x()`,
		`const {people} = crisp; people.list = () => []; x(crisp.people.list().length, people.list()[0])`,
		`Object.assign(crisp.people, {list: () => []}); x(crisp.people.list().length)`,
		`globalThis.fetch = () => ({ok: true}); x(fetch("a").ok)`,
		`globalThis.crisp = {people: {list: () => []}}; x(crisp.people.list().length)`,
		`const crisp2 = {...crisp, people: {list: () => []}}; x(crisp2.people.list().length)`,
		`let ex = async () => true; if (y.length) ex = () => false; if (ex()) x()`,
		`let page = crisp.people.list(); while (page) { x((await page).length); page = y.length > 1 ? crisp.people.list() : null }`,
		`x((await Promise.all(y.map(async (c) => c))).join(), y.map((c) => c && 1).join())`,
		`const all = y.map((c) => crisp.people.get(c)); x(all.length, all[0], [...all, 1], all.slice(1)); const [a1] = all; x(await a1, (await Promise.all(all)).join())`,
		`const all = y.map((c) => crisp.people.get(c)); for (const p of all) x(await p); if (all.length && all) x()`,
		`x(y.map((c) => c > 1 && crisp.people.get(c)).filter(Boolean).length, y.map((c) => (c > 1 ? c : crisp.people.get(c))).join())`,
		`let all = y.map(async (c) => c); all = await Promise.all(all); x(all.join())`,
		`const seq = {map: (f) => [f(1)]}; x(seq.map(async () => 1).join())`,
		// Methods of other objects than lists.
		`class Repo { async filter(f) { return f(1) } } x(await new Repo().filter(async () => true))`,
		`const fs = require("./fs.cjs"); x(fs.filter(async () => true))`,
		`const repo = {find: async (f) => f(1)}; x(await repo.find((p) => crisp.people.exists(p)))`,
		`const repo = make(); x(await repo.find(async (p) => true)); function make() { return globalThis.repo }`,
		`for await (const p of crisp.people.each().filter(async (p) => true)) x(p)`,
		`const s = crisp.people.each().filter(async (p) => true); for await (const p of s) x(p)`,
		`x(await db.find(async (p) => true), db.find((p) => crisp.people.exists(p)))`,
		`x(y.filter((p) => { crisp.people.exists(p); return true }))`,
		`x(y.filter(function* () {}), y.map(async (p) => p))`,
		`x(y.filter((p) => p.crisp.people.exists(p)))`,
	} {
		got := mistakes(t, script{name: "a.js", code: "const x = console.log, y = [1];\n" + code, files: map[string]string{
			"fs.cjs":                        "exports.filter = (f) => f(1)",
			"lib.js":                        "export const list = () => []",
			"node_modules/pkg/package.json": "{}",
			"node_modules/pkg/index.js":     "const crisp = {people: {list: () => []}}; export default {...crisp, filter: (f) => f, check: async () => true}",
		}})
		if got != nil {
			t.Errorf("%s\nis refused: %s", code, strings.Join(got, "\n"))
		}
	}
}

// TestMissingAwaitInFiles compiles scripts of several files, with several mistakes, and in TypeScript.
func TestMissingAwaitInFiles(t *testing.T) {
	const message = " crisp.people.exists(...) gives a promise, which is always true"
	for _, c := range []struct {
		name, code string
		files      map[string]string
		want       []string
	}{
		{
			"a.ts", "type A = { a: number }\nfunction f<T>(a: T): void {\n  if (crisp.people.exists(a as string)) console.log(`ü${'🎈'}` as string, crisp.people.exists(\"b\")! ? 1 : 2)\n}\nf(1)", nil,
			[]string{"a.ts:3:7" + message + " | write await crisp.people.exists(...)", "a.ts:3:74: TypeError:" + message},
		},
		{
			"a.js", "import {f} from './lib/b.js'\nif (f(1)) crisp.people.list().length",
			map[string]string{"lib/b.js": "export const f = (a) => crisp.people.exists(a)\nexport const g = (a) => !crisp.people.exists(a)\ng()"},
			[]string{
				"lib/b.js:2:26" + message + " | write await crisp.people.exists(...)", "a.js:2:5: TypeError: f(...) gives a promise, which is always true",
				"a.js:2:11: TypeError: crisp.people.list() gives a promise, which has no member length",
			},
		},
		{
			"a.js", "import {list} from './b'\nconsole.log(list.length)", map[string]string{"b.ts": "\nexport const list = crisp.people.list()"},
			[]string{"a.js:2:13 list is a promise, which has no member length | write await crisp.people.list() in line 2 of b.ts"},
		},
		{
			"a.js", "const b = require('./b')\nconsole.log(b.f)", map[string]string{"b.js": "exports.f = (a) => crisp.people.exists(a) ? 1 : 2"},
			[]string{"b.js:1:20" + message + " | write await crisp.people.exists(...)"},
		},
		{
			"a.js", "import {f} from 'pkg'\nf(crisp.people.exists('a') ? 1 : 2)",
			map[string]string{
				"node_modules/pkg/package.json": `{"module": "m.js"}`,
				"node_modules/pkg/m.js":         "import {g} from './c.js'\nconst y = [1]\nexport const f = (a) => [y.length, g(a), crisp.people.exists(a) ? 1 : 2]",
				"node_modules/pkg/c.js":         "exports.g = (a) => crisp.people.exists(a) ? 1 : 2",
			},
			[]string{"a.js:2:3" + message + " | write await crisp.people.exists(...)"},
		},
		{
			"a.js", "import {crisp} from 'pkg'\nif (crisp.people.exists('a')) console.log(1)",
			map[string]string{"node_modules/pkg/package.json": `{"module": "m.js"}`, "node_modules/pkg/m.js": "export const crisp = {people: {exists: () => true}}"}, nil,
		},
		{
			"a.js", "import {crisp} from 'pkg'\nif (crisp.people.exists('a')) console.log(1)",
			map[string]string{"node_modules/pkg/package.json": "{}", "node_modules/pkg/index.js": "exports.crisp = {people: {exists: () => true}}"}, nil,
		},
	} {
		got := mistakes(t, script{name: c.name, code: c.code, files: c.files})
		if !slices.Equal(got, c.want) {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// TestMissingAwaitOfModule compiles scripts for an engine with a module of Go functions.
func TestMissingAwaitOfModule(t *testing.T) {
	type customer struct{ Paid bool }
	billing := engine.NewModule("billing")
	billing.Func("customer", func(email string) (customer, error) { return customer{email != ""}, nil })
	billing.Func("vat", func(amount float64) float64 { return amount / 5 }, engine.Sync())
	eng, err := engine.New(Language, engine.WithModules(billing))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ code, want string }{
		{`export default billing.customer("a").paid ? billing.vat(10) : 0`, `a.js:1:16: TypeError: billing.customer(...) gives a promise, which has no member paid`},
		{`export default (await billing.customer("a")).paid ? billing.vat(10) + 1 : 0`, ""},
	} {
		message := ""
		if _, err := eng.Compile(t.Context(), engine.FromString("a.js", c.code)); err != nil {
			message = err.Error()
		}
		if message != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, message, c.want)
		}
	}
}

// TestMissingAwaitInSession imports files into a session. They must await as scripts must, and entries need not.
func TestMissingAwaitInSession(t *testing.T) {
	root := t.TempDir()
	enginetest.WriteFiles(t, root, map[string]string{
		"wrong.js": "export const f = (e) => (crisp.people.exists(e) ? 1 : 2)",
		"right.js": "export const f = async (e) => ((await crisp.people.exists(e)) ? 1 : 2)",
	})
	s := enginetest.NewSessionAt(t, NewRuntime(), engine.Config{Modules: []*engine.Module{inbox()}}, root)
	e := evaluateError(t, s, "entry", "import { f } from './wrong.js'")
	if want := "crisp.people.exists(...) gives a promise, which is always true"; e.Message != want || e.File != "wrong.js" || e.Column != 26 {
		t.Errorf("got %v, want %s", e, want)
	}
	evaluate(t, s, "import { f } from './right.js'")
	for _, c := range []struct{ code, want string }{{"f('b')", "2"}, {"crisp.people.exists('b') ? 1 : 2", "2"}, {"crisp.people.list().length", "2"}} {
		if o := evaluate(t, s, c.code); o.Text != c.want {
			t.Errorf("%s gives %s, want %s", c.code, o.Text, c.want)
		}
	}
}
