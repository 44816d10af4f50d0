package bindings_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/scripttest"
)

// runText runs a script that a test has as text.
func runText(t *testing.T, name, code string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	host := scripttest.NewHost(t, spec.TierPlugin, sandbox.Config{Seed: 1, Conversations: 3, People: 3})
	out, err := host.Run(t, path)
	if err != nil {
		t.Fatalf("%v\nprinted until then:\n%s", err, out)
	}
	return out
}

// TestLogShowsEverything: the log module is given what has no JSON form, and writes it.
func TestLogShowsEverything(t *testing.T) {
	notFound := `call=crisp.people.get status=404 reason=not_found operation=website.people.profile.get attempts=1 ` +
		`hint="check the ids and that the token belongs to this website"`
	for _, c := range []struct{ name, code, want string }{
		{"error.js", `const e = new TypeError("boom"); log.error(e)`, `level=ERROR msg="TypeError: boom" trace=error.js:1:11`},
		{"error.js", `const e = new Error("boom"); log.error("x", e)`, `level=ERROR msg=x error="boom trace=error.js:1:11"`},
		{"error.js", `const e = new Error("boom"); log.error("x", { err: e })`, `level=ERROR msg=x err="boom trace=error.js:1:11"`},
		{"error.js", `log.warn(Object.assign(new Error("a", { cause: new Error("b") }), { code: 7 }), { code: 8 })`,
			`level=WARN msg=a code=8 cause="b trace=error.js:1:48" trace=error.js:1:24`},
		{"error.js", `log.error("x", { list: [new Error("b")] })`,
			`level=ERROR msg=x list="[{\"name\":\"Error\",\"message\":\"b\",\"trace\":\"error.js:1:25\"}]"`},
		{"error.js", `log.error("x", new AggregateError([1, 2], "both"))`,
			`level=ERROR msg=x error="AggregateError: both errors=[1,2] trace=error.js:1:16"`},
		{"host.js", `await crisp.people.get("nobody@x.example").catch(e => log.error(e))`,
			`level=ERROR msg="CrispError: crisp.people.get: 404 not_found: profile nobody@x.example does not exist" ` + notFound + ` trace=host.js:1:20`},
		{"values.js", `log.info("x", { nan: NaN, inf: -Infinity, big: 5n, f: function foo() {}, s: Symbol("q"), u: undefined, n: null })`,
			`level=INFO msg=x big=5n f="[Function: foo]" inf=-Infinity n=null nan=NaN s=Symbol(q) u=undefined`},
		{"values.js", `log.info("x", { m: new Map([[1, 2]]), set: new Set([1]), p: Promise.resolve(1), d: new Date(NaN), t: new Date(0) })`,
			`level=INFO msg=x d="Invalid Date" m="Map(1) { 1 => 2 }" p="Promise { 1 }" set="Set(1) { 1 }" t=1970-01-01T00:00:00.000Z`},
		{"values.js", `const c = { a: 1 }; c.self = c; log.info(c, { c })`,
			`level=INFO msg="{\"a\":1,\"self\":\"[Circular]\"}" c="{\"a\":1,\"self\":\"[Circular]\"}"`},
		{"values.js", `log.info("x", { get bad() { throw new Error("no") }, ok: 1 })`, `level=INFO msg=x bad="[throws: Error: no]" ok=1`},
		{"values.js", `log.info("x", { toJSON() { throw 1 } })`, `level=INFO msg="x { toJSON: [Function: toJSON] }"`},
		{"values.js", `log.info("a", "b", 3, null, undefined)`, `level=INFO msg="a b 3 null undefined"`},
		{"values.js", `log.info(null); log.info(undefined); log.info()`, "level=INFO msg=null\nlevel=INFO msg=undefined\nlevel=INFO msg=\"\""},
		{"values.js", `log.info(NaN, 1n, [1, NaN], { a: 1 })`, `level=INFO msg="NaN 1n [1,\"NaN\"]" a=1`},

		{"values.js", `log.info("x", { f: 1234567.5, g: 1e21, i: 3 })`, `level=INFO msg=x f=1234567.5 g=1e+21 i=3`},
		{"values.lua", `log.info("x", { f = 1234567.5, z = 0.1 })`, `level=INFO msg=x f=1234567.5 z=0.1`},

		{"error.lua", `local ok, e = pcall(error, "boom"); log.error(e); log.error("x", e); log.error("x", { err = e })`,
			"level=ERROR msg=boom\nlevel=ERROR msg=\"x boom\"\nlevel=ERROR msg=x err=boom"},
		{"error.lua", `local ok, e = pcall(error, { code = 3 }); log.error(e)`, `level=ERROR msg="{\"code\":3}"`},
		{"error.lua", `local mt = { __tostring = function(e) return "E" .. e.code end }
local e = setmetatable({ code = 3 }, mt); log.error(e); log.error("x", { e = e })`,
			"level=ERROR msg=E3\nlevel=ERROR msg=x e=E3"},
		{"error.lua", `log.error(setmetatable({ code = 3 }, { __tostring = function() error("no") end }))`, `level=ERROR msg="{\"code\":3}"`},
		{"host.lua", `local ok, e = pcall(function() crisp.people.get("nobody@x.example") end) log.error(e)`,
			`level=ERROR msg="CrispError: crisp.people.get: 404 not_found: profile nobody@x.example does not exist" ` + notFound +
				` trace="host.lua:1:32, host.lua:1:15"`},
		{"host.lua", `local ok, e = pcall(crisp.people.get) log.error("x", { e = e })`,
			`level=ERROR msg=x e="TypeError: crisp.people.get: people_id takes string`},
		{"values.lua", `log.info("x", { nan = 0/0, inf = -1/0, f = print, co = coroutine.create(print), n = json.null })`,
			`level=INFO msg=x co=<coroutine> f=<function> inf=-inf n=null nan=-nan`},
		{"values.lua", `log.info("x", { mixed = { 1, a = 2 }, keys = { [true] = 1 }, gaps = { [1] = 1, [5] = 2 } })`,
			`level=INFO msg=x gaps="{1, [5] = 2}" keys="{[true] = 1}" mixed="{1, a = 2}"`},
		{"values.lua", `local c = { a = 1 }; c.self = c; log.info(c, { c = c })`,
			`level=INFO msg="{\"a\":1,\"self\":\"<circular>\"}" c="{\"a\":1,\"self\":\"<circular>\"}"`},
		{"values.lua", `log.info("a", "b", 3, nil)`, `level=INFO msg="a b 3 nil"`},
		{"values.lua", `log.info(nil); log.info(crisp); log.info(0/0, { 1, 1/0 }, { a = 1 })`,
			"level=INFO msg=nil\nlevel=INFO msg=<module>\nlevel=INFO msg=\"-nan [1,\\\"inf\\\"]\" a=1"},
	} {
		if got := runText(t, c.name, c.code); !strings.HasPrefix(got, c.want) {
			t.Errorf("%s\nwrote %s\nwant  %s", c.code, got, c.want)
		}
	}
}
