package calls_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/calls"
)

// modules are the host modules of the tests.
var modules = []*engine.Module{{Name: "crisp"}, {Name: "store"}, {Name: "my_mod"}}

// find returns the calls of host modules and of fetch in a source, as "line:column name" with the argument if there is one.
func find(t testing.TB, language engine.Language, code string) string {
	t.Helper()
	runtime := js.NewRuntime()
	if language == engine.Lua {
		runtime = lua.NewRuntime()
	}
	src := engine.Source{Name: "dir/a." + string(language), Code: []byte(code), Language: language}
	list, err := runtime.(calls.Finder).Calls(src, modules)
	if err != nil {
		return err.Error()
	}
	var found []string
	for _, c := range list {
		if c.File != src.Name {
			t.Errorf("%s: a call is in %q", code, c.File)
		}
		switch root, _, _ := strings.Cut(c.Name, "."); root {
		case "crisp", "store", "my_mod", "myMod", "fetch":
		default:
			continue
		}
		text := fmt.Sprintf("%d:%d %s", c.Line, c.Column, c.Name)
		if c.HasArgument {
			text += fmt.Sprintf(" %q", c.Argument)
		}
		found = append(found, text)
	}
	return strings.Join(found, ", ")
}

// pairs are sources in both languages. One that has no counterpart in the other is alone.
var pairs = []struct {
	about           string
	lua, luaWant    string
	js, jsWant      string
	typed, typeWant string
}{
	{
		about: "a plain call",
		lua:   "crisp.people.list()", luaWant: "1:1 crisp.people.list",
		js: "crisp.people.list()", jsWant: "1:1 crisp.people.list",
	},
	{
		about: "arguments",
		lua:   "store.get 'a' store.get[[b]] store.get('c' .. d) store.set{}", luaWant: `1:1 store.get "a", 1:15 store.get "b", 1:30 store.get, 1:50 store.set`,
		js: "store.get('a'); store.get(`b`); store.get(`c${d}`); fetch('https://a.b')", jsWant: `1:1 store.get "a", 1:17 store.get "b", 1:33 store.get, 1:53 fetch "https://a.b"`,
	},
	{
		about: "a parameter",
		lua:   "function load(store) return store.get('x') end", js: "function load(store) { return store.get('x') }",
		typed: "const load = (store: Map<string, string>): string | undefined => store.get('x')",
	},
	{about: "parameters of other kinds", lua: "local f = function(a, store) store.get(1) end", js: "const f = (a, {store}) => store.get(1), g = async store => store.get(2), o = { m(...store) { store.get(3) }, set x(store) { store.get(4) } }"},
	{about: "a parameter's default", js: "function f(c = crisp.people.list(), store = 1) { store.get() }", jsWant: "1:16 crisp.people.list"},
	{about: "a local variable", lua: "local store = {} store.get(1)", js: "const store = new Map(); store.get(1)", typed: "let store: Map<string, number>; store.get(1)"},
	{
		about: "a block's variable",
		lua:   "do local store = {} store.get(1) end store.get(2)", luaWant: "1:38 store.get",
		js: "{ let store = x; store.get(1) } store.get(2)", jsWant: "1:33 store.get",
	},
	{about: "var belongs to the function", js: "if (x) { var store = y } store.get(1); function f() { if (x) { var crisp = 1 } crisp.people.list() } crisp.people.list()", jsWant: "1:102 crisp.people.list"},
	{
		about: "a variable hides only what follows", // in JavaScript its whole block
		lua:   "store.get(1) local store = {} store.get(2)", luaWant: "1:1 store.get",
		js: "{ store.get(1); let store = x }",
	},
	{about: "a local of its own name", lua: "local crisp = crisp crisp.people.list()", luaWant: "1:21 crisp.people.list"},
	{about: "a function's name", lua: "local function store() store.get(1) end store.get(2)", js: "function store() {} store.get(1)"},
	{about: "a named function expression", js: "(function store() { store.get(1) })(); store.get(2)", jsWant: "1:40 store.get"},
	{about: "a global function", lua: "function fetch() end fetch('https://a.b')", js: "function fetch() {} fetch('https://a.b')"},
	{about: "a method's self", lua: "function crisp2:x(self) self.get() end local store = {} function store:get() self.people.list() end"},
	{about: "a class", js: "class store { static get() {} } store.get(1)", typed: "abstract class store<T> { private x = crisp.people.list(); static { store.get(1) } }", typeWant: "1:39 crisp.people.list"},
	{about: "loop variables", lua: "for store = 1, 2 do store.get(1) end for k, store in pairs(x) do store.get(2) end store.get(3)", luaWant: "1:83 store.get", js: "for (let store = 1; store.get(0);) {} for (const store of x) store.get(1); for (const store in x) store.get(2); for (const {store} of x) store.get(4); store.get(3)", jsWant: "1:152 store.get"},
	{about: "repeat sees its block", lua: "repeat local store = x until store.get(1)"},
	{about: "catch", js: "try { store.get(0) } catch (store) { store.get(1) } try {} catch ({store}) { store.get(2) } finally { store.get(3) }", jsWant: "1:7 store.get, 1:103 store.get"},
	{about: "imported names", js: "import store from './mine.js'; import { crisp } from './x'; import * as fetch from 'y'; store.get(1); crisp.people.list(); fetch('https://a.b')"},
	{about: "a global of the script's own", lua: "store = {} store.get(1)", js: "globalThis.store = {}; store.get(1)"},
	{
		about: "destructuring", js: "const { people } = crisp; people.list()", jsWant: "1:27 crisp.people.list",
		lua: "local people = crisp.people people.list()", luaWant: "1:29 crisp.people.list",
	},
	{about: "destructuring by another name", js: "const { people: p } = crisp; p.list(); const { ['people']: q } = crisp; q.get(); const { [k]: r } = crisp; r.get()", jsWant: "1:30 crisp.people.list, 1:73 crisp.people.get"},
	{about: "nested destructuring", js: "const { conversations: { messages: { send }, ...rest }, people: [p] } = crisp; send(1); rest.x(); p.list()", jsWant: "1:80 crisp.conversations.messages.send"},
	{about: "destructuring with a default", js: "const { people = other, store: s = store } = crisp; people.list(); s.get()"},
	{about: "destructuring in an assignment", js: "let people; ({ people } = crisp); people.list()", jsWant: "1:35 crisp.people.list"},
	{about: "an alias", lua: "local c = crisp.conversations; c.delete(k)", luaWant: "1:32 crisp.conversations.delete", js: "const c = crisp.conversations; c.delete(k)", jsWant: "1:32 crisp.conversations.delete"},
	{about: "an alias of all", lua: "local crisp2 = crisp crisp2.people.list()", luaWant: "1:22 crisp.people.list", js: "const crisp2 = crisp; crisp2.people.list()", jsWant: "1:23 crisp.people.list"},
	{about: "an alias of a function", lua: "local list = crisp.people.list list()", luaWant: "1:32 crisp.people.list", js: "const list = crisp.people.list; list()", jsWant: "1:33 crisp.people.list"},
	{about: "an assigned alias", lua: "local p p = crisp.people p.list()", luaWant: "1:26 crisp.people.list", js: "let p; p = crisp.people; p.list()", jsWant: "1:26 crisp.people.list"},
	{about: "an alias that was nothing before", lua: "local p = nil p = crisp.people p.list()", luaWant: "1:32 crisp.people.list", js: "let p = null; p = crisp.people; p.list(); let q = undefined; q = crisp.people; q.get()", jsWant: "1:33 crisp.people.list, 1:80 crisp.people.get"},
	{about: "a global alias", lua: "p = crisp.people p.list()", luaWant: "1:18 crisp.people.list", js: "globalThis.p = crisp.people; p.list()", jsWant: "1:30 crisp.people.list"},
	{about: "an alias in a closure", lua: "local c = crisp.people function f() return function() c.list() end end", luaWant: "1:55 crisp.people.list", js: "const f = () => () => c.list(); const c = crisp.people", jsWant: "1:23 crisp.people.list"},
	{about: "a parameter with the name of an alias", lua: "local c = crisp.conversations function f(c) c.delete(k) end", js: "const c = crisp.conversations; function f(c) { c.delete(k) }"},
	{about: "two meanings", lua: "local p = crisp.people p = crisp.conversations p.list()", js: "let p = crisp.people; if (x) p = crisp.conversations; p.list()"},
	{about: "one meaning twice", lua: "local p = crisp.people p = crisp.people p.list()", luaWant: "1:41 crisp.people.list", js: "let p = crisp.people; if (x) p = crisp.people; p.list()", jsWant: "1:48 crisp.people.list"},
	{about: "a choice", lua: "(x and crisp.people or crisp.conversations).list()", js: "(x ? crisp.people : crisp.conversations).list(); (crisp || x).people.list()"},
	{about: "a guard", lua: "local p = crisp and crisp.people p.list()", luaWant: "1:34 crisp.people.list", js: "const p = crisp && crisp.people; p.list()", jsWant: "1:34 crisp.people.list"},
	{about: "operators that assign", js: "let p = crisp.people, q; p += 1; q ??= crisp.people; p.list(); q.list()", jsWant: "1:64 crisp.people.list"},
	{about: "more values than names", lua: "local a, b = crisp.people, crisp.conversations b.list() local c, d = f() d.list() local e, g = crisp a, b = b, a", luaWant: ""},
	{about: "itself", lua: "local a = a a = a a.list()", js: "let a = b, b = a; a.list()"},
	{about: "members by text", lua: "crisp['people'].list() crisp[ [[people]] ]['list']()", luaWant: "1:1 crisp.people.list, 1:24 crisp.people.list", js: "crisp['people'].list(); crisp[`people`]['list']()", jsWant: "1:1 crisp.people.list, 1:25 crisp.people.list"},
	{about: "computed members", lua: "crisp[k].list() crisp['a.b'].list() crisp[1].list()", js: "crisp[k].list(); crisp['a.b'].list(); crisp[1].list(); crisp[`${k}`].list()"},
	{about: "optional members", js: "crisp?.people?.list(); crisp.people?.['get'](); crisp.people.get?.()", jsWant: "1:1 crisp.people.list, 1:24 crisp.people.get, 1:49 crisp.people.get"},
	{about: "method calls", lua: "crisp.people:list() crisp.website_id:sub(1)", luaWant: "1:1 crisp.people.list, 1:21 crisp.website_id.sub"},
	{about: "parts of templates", js: "`a ${crisp.people.list(`${ {a: store.get(1)} }`)} b` + `crisp.people.get()`", jsWant: "1:6 crisp.people.list, 1:32 store.get"},
	{about: "regular expressions", js: "if (s) /`/.test(s); crisp.people.list(); x = a++ / 2; y = /['\"]/; store.get(1) / 2", jsWant: "1:21 crisp.people.list, 1:67 store.get"},
	{
		about: "text and comments",
		lua:   "-- crisp.people.list()\n--[[ crisp.people.list()\n]] local s = 'crisp.people.list()' .. [==[ it's ]] crisp.people.list() ]==] --[==[ ]]\n ]==] crisp.people.get()", luaWant: "4:7 crisp.people.get",
		js: "// crisp.people.list()\n/* crisp.people.list()\n*/ const s = 'crisp.people.list()' + \"it's\\\n crisp.people.list()\"; crisp.people.get()", jsWant: "4:24 crisp.people.get",
	},
	{about: "characters of many bytes", lua: "--[[日本]] local s = '日本🎈' crisp.people.list()", luaWant: "1:26 crisp.people.list", js: "/*日本*/ const s = '日本🎈'; crisp.people.list()", jsWant: "1:25 crisp.people.list"},
	{about: "first lines", lua: "#!/usr/bin/env lua\ncrisp.people.list()", luaWant: "2:1 crisp.people.list", js: "\ufeffcrisp.people.list()", jsWant: "1:1 crisp.people.list"},
	{about: "line ends", lua: "local s = [[a\r\nb]]\r\ncrisp.people.list()\rcrisp.people.get()", luaWant: "3:1 crisp.people.list, 4:1 crisp.people.get", js: "let s = `a\r\nb`\r\ncrisp.people.list()", jsWant: "3:1 crisp.people.list"},
	{
		about: "types", typed: "enum Kind { A, B }\nimport type { X } from './x';\ninterface store<T> { get(): T }\ntype P = typeof crisp.people;\nfunction f<T extends X>(this: any, a: T, b?: Kind): asserts a is T { (crisp as any).people!.list<T>(b) }\nnamespace N { export const p = crisp.people; p.get() }\ndeclare const fetch: any; store.get('a' satisfies string)",
		typeWant: "5:71 crisp.people.list, 7:27 store.get \"a\"",
	},
	{about: "decorators", typed: "function d(x: any) { return x }\n@d class A { @d m() { crisp.people.list() } }", typeWant: "2:23 crisp.people.list"},
	{about: "an imported module", js: "import c, { people as p } from 'crisp';\nimport * as all from 'crisp';\nc.people.list(); p.get(); all.people.list(); all.default.people.get()", jsWant: "3:1 crisp.people.list, 3:18 crisp.people.get, 3:31 crisp.people.list, 3:50 crisp.people.get"},
	{about: "an imported function", js: "import { list } from 'store'; list(); import { myMod } from './x'; import m from 'my_mod'; import n from 'myMod'; m.x(); n.y()", jsWant: "1:31 store.list, 1:115 my_mod.x, 1:122 my_mod.y"},
	{about: "a required module", lua: "local c = require('crisp') c.people.list() require 'store'.get('a')", luaWant: `1:28 crisp.people.list, 1:44 store.get "a"`, js: "const c = require('crisp'); c.people.list(); require('store').get('a'); module.exports = 1", jsWant: `1:29 crisp.people.list, 1:46 store.get "a"`},
	{about: "a require of the script's own", lua: "local function require() end require('crisp').people.list() require('lib.x').people.list()", js: "import x from './crisp'; x.people.list()"},
	{about: "a handle", lua: "crisp.website(id).people.list() local w = crisp.website('x') w.people.get()", luaWant: `1:1 crisp.website, 1:1 crisp.website().people.list, 1:43 crisp.website "x", 1:62 crisp.website().people.get`, js: "crisp.website(id).people.list(); const { people } = await crisp.website('x'); people.get()", jsWant: `1:1 crisp.website, 1:1 crisp.website().people.list, 1:59 crisp.website "x", 1:79 crisp.website().people.get`},
	{about: "results", lua: "crisp.people.list()[1].name() ", luaWant: "1:1 crisp.people.list", js: "crisp.people.list().then(x)", jsWant: "1:1 crisp.people.list, 1:1 crisp.people.list().then"},
	{about: "the object of all globals", lua: "_G.crisp.people.list() _G['store'].get()", luaWant: "1:1 crisp.people.list, 1:24 store.get", js: "globalThis.crisp.people.list(); globalThis.fetch('https://a.b')", jsWant: `1:1 crisp.people.list, 1:33 fetch "https://a.b"`},
	{about: "for await", js: "for await (const c of crisp.conversations.each()) crisp.people.get(c)", jsWant: "1:23 crisp.conversations.each, 1:51 crisp.people.get"},
	{about: "async generators", js: "async function* g() { yield* crisp.people.each(); for await (const x of g()) yield await crisp.people.get(x) } export default g()", jsWant: "1:30 crisp.people.each, 1:90 crisp.people.get"},
	{about: "exports", js: "export const a = crisp.people.list(); export default async function () { await crisp.people.get() } export { a as b }; export * from './x'", jsWant: "1:18 crisp.people.list, 1:80 crisp.people.get"},
	{about: "unused functions", lua: "local function f() crisp.people.list() end", luaWant: "1:20 crisp.people.list", js: "function f() { crisp.people.list() }", jsWant: "1:16 crisp.people.list"},
	{about: "unused functions beside imports", js: "import c from 'crisp'; function f() { c.people.list() } class A { g() { c.people.get() } } const h = () => store.get(1); export {}", jsWant: "1:39 crisp.people.list, 1:73 crisp.people.get, 1:108 store.get"},
	{about: "a comment at the end", js: "crisp.people.list() // x", jsWant: "1:1 crisp.people.list"},
	{about: "eval", js: "eval('crisp.people.list()'); function f(store) { eval('store'); store.get() } crisp.people.get()", jsWant: "1:79 crisp.people.get"},
	{about: "labels and jumps", lua: "::crisp:: crisp.people.list() do goto crisp end", luaWant: "1:11 crisp.people.list", js: "crisp: for (;;) { crisp.people.list(); break crisp }", jsWant: "1:19 crisp.people.list"},
	{about: "keys of tables", lua: "local o = { crisp = 1, store = function() return store.get(1) end } o.crisp.people.delete() o.store.get()", luaWant: "1:50 store.get", js: "const o = { crisp: 1, store() { return store.get(1) } }; o.crisp.people.delete(); o.store.get()", jsWant: "1:40 store.get"},
	{about: "methods of classes", js: "class A extends B { #store = 1; static x = crisp.people.list(); get() { this.#store.get(); super.get(); return store.get(1) } [store.list()]() {} }", jsWant: "1:44 crisp.people.list, 1:112 store.get, 1:128 store.list"},
	{about: "names with escapes", js: "cr\\u0069sp.people.list()", jsWant: "1:1 crisp.people.list"},
}

func TestCalls(t *testing.T) {
	for _, p := range pairs {
		for _, c := range []struct {
			language   engine.Language
			code, want string
		}{{engine.Lua, p.lua, p.luaWant}, {engine.JavaScript, p.js, p.jsWant}, {engine.TypeScript, p.js, p.jsWant}, {engine.TypeScript, p.typed, p.typeWant}} {
			if c.code == "" {
				continue
			}
			if got := find(t, c.language, c.code); got != c.want {
				t.Errorf("%s: %s\n%s\ngot  %s\nwant %s", p.about, c.language, c.code, got, c.want)
			}
		}
	}
}

// TestWhatCannotBeRead checks that sources that do not compile are refused.
func TestWhatCannotBeRead(t *testing.T) {
	deep := strings.Repeat("(", 100_000)
	for _, c := range []struct {
		language   engine.Language
		code, want string
	}{
		{engine.Lua, "local = 1", "dir/a.lua:1:7: a name expected near '='"},
		{engine.Lua, "x = " + deep, "syntax error"},
		{engine.Lua, "x = a" + strings.Repeat(" .. a", 100_000), "nested more than"},
		{engine.Lua, strings.Repeat(" ", 9<<20), "the script is 9 MB large"},
		{engine.Lua, "\x00", "zero byte"},
		{engine.Lua, "x = [==[", "unfinished long string"},
		{engine.JavaScript, "const = 1", "dir/a.js:1:7"},
		{engine.JavaScript, "x = " + deep, "deeper than"},
		{engine.JavaScript, "\x00", "binary file"},
		{engine.JavaScript, "x = `${", "dir/a.js:"},
		{engine.JavaScript, "with (crisp) { people.list() }\nexport {}", "dir/a.js:1:1: "},
	} {
		if got := find(t, c.language, c.code); !strings.Contains(got, c.want) {
			t.Errorf("%.40q gives %.200q, want %q", c.code, got, c.want)
		}
	}
}

// TestLargeSources checks that sources of the largest size are read in a time that grows with their size.
func TestLargeSources(t *testing.T) {
	for _, c := range []struct {
		about, repeat string
		times         int
		language      engine.Language
	}{
		{"calls", "crisp.people.list(x)\n", 25_000, engine.Lua},
		{"aliases", "local a = b b = a a.list()\ndo local c = a c.d() end ", 40, engine.Lua},
		{"calls", "crisp.people.list(x);\n", 25_000, engine.JavaScript},
		{"a chain of calls", "x().a", 10_000, engine.JavaScript},
		{"a chain of members", ".a", 20_000, engine.JavaScript},
		{"a sum", "+ crisp.people.list()", 15_000, engine.JavaScript},
		{"branches", "else if (crisp.people.list()) {}\n", 15_000, engine.JavaScript},
		{"choices", "? crisp.people.list() : x", 5_000, engine.JavaScript},
	} {
		code := strings.Repeat(c.repeat, c.times)
		switch {
		case c.about == "branches":
			code = "if (x) {}\n" + code
		case !strings.HasSuffix(c.about, "s"), c.about == "a chain of calls", c.about == "a chain of members", c.about == "choices":
			code = "x" + code
		}
		if got := find(t, c.language, code); strings.HasPrefix(got, "dir/") {
			t.Errorf("%s in %s: %.200s", c.about, c.language, got)
		}
	}
}

func FuzzCalls(f *testing.F) {
	for _, p := range pairs {
		f.Add(p.lua, uint8(0))
		f.Add(p.js, uint8(1))
		f.Add(p.typed, uint8(2))
	}
	for _, code := range []string{"1n<<2n**63n", "x = 3x", "({a = 1})", "`${`", "}${", "crisp.website(", "import", "export default", "goto crisp ::a::", "class { #a }", "a?.b`c`"} {
		f.Add(code, uint8(0))
		f.Add(code, uint8(1))
	}
	languages := [...]engine.Language{engine.Lua, engine.JavaScript, engine.TypeScript}
	runtimes := [...]engine.Runtime{lua.NewRuntime(), js.NewRuntime(), js.NewRuntime()}
	f.Fuzz(func(t *testing.T, code string, n uint8) {
		n %= uint8(len(languages))
		src := engine.Source{Name: "a", Code: []byte(code), Language: languages[n]}
		list, err := runtimes[n].(calls.Finder).Calls(src, modules)
		if err != nil && strings.Contains(err.Error(), "the parser failed") {
			t.Fatal(err)
		}
		for _, c := range list {
			if c.File != "a" || c.Line < 1 || c.Column < 1 || c.Name == "" {
				t.Errorf("%q has a call of %q at %v", code, c.Name, c.Position)
			}
		}
	})
}
