package js

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// webCase is an expression, or statements that call show, with what it gives as text. An expectation that begins with
// "throws " is about the name and message of an error.
type webCase struct{ code, want string }

// checkWeb runs each case in a VM of its own. show prints one line.
func checkWeb(t *testing.T, config engine.Config, cases []webCase) {
	t.Helper()
	const prelude = `
		const show = (...values) => console.log(values.map(v => typeof v === "string" ? v : v === undefined ? "undefined" : JSON.stringify(v)).join(" "));
		const attempt = async f => { try { const v = await f(); if (v !== undefined) show(v) } catch (e) { show("throws " + e.name + ": " + e.message) } };
	`
	for _, c := range cases {
		t.Run(c.code, func(t *testing.T) {
			code := prelude + "await attempt(async () => (" + c.code + "));"
			if strings.Contains(c.code, ";") {
				code = prelude + "await attempt(async () => { " + c.code + " });"
			}
			out := script{name: "web.js", code: code, config: config}.run(t)
			if out.err != nil {
				t.Fatal(out.err)
			}
			if got := strings.TrimSuffix(out.stdout, "\n"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestURL(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`new URL("HTTP://EXAMPLE.com:80/../a/./b c?x#y").href`, `http://example.com/a/b%20c?x#y`},
		{`new URL("../x?q", "https://example.com/a/b/c").href`, `https://example.com/a/x?q`},
		{`new URL("https://bücher.example/").host`, `xn--bcher-kva.example`},
		{`const u = new URL("https://me:secret@example.com:8080/p?q=1#h"); show(u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, u.origin)`,
			`https: me secret example.com:8080 example.com 8080 /p ?q=1 #h https://example.com:8080`},
		{`new URL("http://[::1]:81/").host`, `[::1]:81`},
		{`new URL("mailto:a@b.c").origin`, `null`},
		{`new URL("blob:https://a.example/1").origin`, `https://a.example`},
		{`String(new URL("https://e.com/%zz"))`, `https://e.com/%zz`},
		{`JSON.stringify({u: new URL("https://e.com")})`, `{"u":"https://e.com/"}`},
		{`new URL("nothing")`, `throws TypeError: Invalid URL: nothing`},
		{`new URL("https://e.com:99999")`, `throws TypeError: Invalid URL: https://e.com:99999`},
		{`new URL("x", "also nothing")`, `throws TypeError: Invalid URL: x with the base also nothing`},
		{`[URL.canParse("https://e.com"), URL.canParse("/x"), URL.canParse("/x", "https://e.com"), URL.parse("/x"), URL.parse("https://e.com").href]`, `[true,false,true,null,"https://e.com/"]`},
		{`URL("https://e.com")`, `throws TypeError: Class constructor cannot be invoked without 'new'`},
		{`Object.prototype.toString.call(new URL("https://e.com"))`, `[object URL]`},
		{`const u = new URL("https://e.com/a?x=1#h"); u.protocol = "http"; u.host = "f.org:81"; u.pathname = "/ü"; u.hash = ""; u.port = "no"; show(u.href)`, `http://f.org:81/%C3%BC?x=1`},
		{`const u = new URL("https://e.com"); u.hostname = "g.net"; u.username = "me"; u.password = "p w"; u.href += "x"; show(u.href)`, `https://me:p%20w@g.net/x`},
		{`const u = new URL("https://e.com"); u.href = "broken"`, `throws TypeError: Invalid URL: broken`},
		{`const u = new URL("https://e.com/?a=1"), p = u.searchParams; p.append("b", "é &"); show(u.href); u.search = "?c=3"; show([...p]); u.search = ""; show(p.size, u.href, u.searchParams === p)`,
			"https://e.com/?a=1&b=%C3%A9+%26\n[[\"c\",\"3\"]]\n0 https://e.com/ true"},
		{`const u = new URL("https://e.com/?a=1"); u.searchParams.delete("a"); show(u.href)`, `https://e.com/`},
	})
}

func TestURLSearchParams(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`String(new URLSearchParams("?a=1&b=%C3%A9+x&c&&=d&e=%zz&f=%ff"))`, `a=1&b=%C3%A9+x&c=&=d&e=%25zz&f=%EF%BF%BD`},
		{`[...new URLSearchParams({a: 1, b: "x y"})]`, `[["a","1"],["b","x y"]]`},
		{`[...new URLSearchParams([["a", 1], ["a", 2]])]`, `[["a","1"],["a","2"]]`},
		{`[...new URLSearchParams(new URLSearchParams("a=1&a=2"))]`, `[["a","1"],["a","2"]]`},
		{`String(new URLSearchParams(new Map([["k", "v"]])))`, `k=v`},
		{`new URLSearchParams([["a"]])`, `throws TypeError: URLSearchParams: each pair must be an array of a name and a value`},
		{`const p = new URLSearchParams("a=1&b=2&a=3"); show(p.get("a"), p.getAll("a"), p.get("x"), p.has("b"), p.has("b", "3"), p.has("a", "3"), p.size)`, `1 ["1","3"] null true false true 3`},
		{`const p = new URLSearchParams("a=1&b=2&a=3"); p.set("a", "9"); p.set("n", 0); show(p.toString()); p.delete("a"); p.sort(); show(p.toString())`, "a=9&b=2&n=0\nb=2&n=0"},
		{`const p = new URLSearchParams("a=1&a=2"); p.delete("a", "1"); show(String(p))`, `a=2`},
		{`const p = new URLSearchParams("z=1&a=2&z=0&é=1"); p.sort(); show(String(p), [...p.keys()], [...p.values()], [...p.entries()].length)`, `a=2&z=1&z=0&%C3%A9=1 ["a","z","z","é"] ["2","1","0","1"] 4`},
		{`const p = new URLSearchParams("a=1"), seen = []; p.forEach((value, name, all) => seen.push(value, name, all === p)); show(seen)`, `["1","a",true]`},
		{`String(new URLSearchParams({q: "a~b*c-d._ \ud800"}))`, `q=a%7Eb*c-d._+%EF%BF%BD`},
		{`new URLSearchParams().get()`, `throws TypeError: get needs 1 argument, but has 0`},
	})
}

func TestEncoding(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`[...new TextEncoder().encode("é€😀\ud800")]`, `[195,169,226,130,172,240,159,152,128,239,191,189]`},
		{`[new TextEncoder().encoding, new TextEncoder().encode().length, new TextEncoder().encode() instanceof Uint8Array]`, `["utf-8",0,true]`},
		{`const a = new Uint8Array(5); show(new TextEncoder().encodeInto("a€€", a), [...a])`, `{"read":2,"written":4} [97,226,130,172,0]`},
		{`new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 104, 0xc3, 0xa9]))`, `hé`},
		{`new TextDecoder("utf8", {ignoreBOM: true}).decode(new Uint8Array([0xef, 0xbb, 0xbf, 104])).length`, `2`},
		{`new TextDecoder().decode(new Uint8Array([0x61, 0xff, 0xe2, 0x82, 0x62, 0xed, 0xa0, 0x80]))`, "a\ufffd\ufffdb\ufffd\ufffd\ufffd"},
		{`new TextDecoder("utf-8", {fatal: true}).decode(new Uint8Array([0xff]))`, `throws TypeError: TextDecoder.decode: the data is not valid utf-8`},
		{`new TextDecoder("utf-16le").decode(new Uint8Array([0xff, 0xfe, 0x3d, 0xd8, 0, 0xde, 0x41, 0]))`, `😀A`},
		{`new TextDecoder("utf-16le").decode(new Uint8Array([0x3d, 0xd8, 0x41, 0, 0x42]))`, "\ufffdA\ufffd"},
		{`new TextDecoder("utf-16le", {fatal: true}).decode(new Uint8Array([0x00, 0xde]))`, `throws TypeError: TextDecoder.decode: the data is not valid utf-16le`},
		{`new TextDecoder("utf-16be").decode(new Uint8Array([0, 0x41]))`, `A`},
		{`const d = new TextDecoder("Latin1"); show(d.encoding, d.decode(new Uint8Array([0xe9, 0x80, 0x81, 0xff])))`, "windows-1252 é€\u0081ÿ"},
		{`new TextDecoder("klingon")`, `throws RangeError: TextDecoder: the encoding "klingon" is not known; there are utf-8, utf-16le, utf-16be and latin1`},
		{`const d = new TextDecoder(); show(d.decode(new Uint8Array([0xe2, 0x82]), {stream: true}) + "|" + d.decode(new Uint8Array([0xac]), {stream: true}) + "|" + d.decode(new Uint8Array([0xf0])))`, "|€|\ufffd"},
		{`const d = new TextDecoder("utf-16le"); show(d.decode(new Uint8Array([0x3d]), {stream: true}) + d.decode(new Uint8Array([0xd8, 0]), {stream: true}) + d.decode(new Uint8Array([0xde])))`, `😀`},
		{`new TextDecoder().decode(new DataView(new Uint8Array([120, 97, 98, 120]).buffer, 1, 2)) + new TextDecoder().decode(new Uint8Array([99]).buffer)`, `abc`},
		{`new TextDecoder().decode("text")`, `throws TypeError: TextDecoder.decode: argument 1 must be an ArrayBuffer, a typed array or a DataView`},
		{`const d = new TextDecoder("utf-8", {fatal: true}); show(d.fatal, d.ignoreBOM, d.decode())`, `true false `},
		{`[btoa("héllo"), btoa(""), btoa(12)]`, `["aOlsbG8=","","MTI="]`},
		{`btoa("€")`, `throws InvalidCharacterError: btoa: the string holds characters beyond U+00FF; encode it with TextEncoder first`},
		{`[atob("aOlsbG8="), atob(" aOls\nbG8 "), atob("YQ"), atob("YQ=="), atob("").length]`, `["héllo","héllo","a","a",0]`},
		{`atob("Y")`, `throws InvalidCharacterError: atob: the string is not base64`},
		{`atob("YQ=")`, `throws InvalidCharacterError: atob: the string is not base64`},
		{`atob("a-_b")`, `throws InvalidCharacterError: atob: the string is not base64`},
		{`atob()`, `throws TypeError: atob: argument 1 is missing`},
	})
}

func TestStructuredClone(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`const a = {n: 1, s: "x", u: undefined, nil: null, list: [1, , {b: 2}], big: 10n}; const c = structuredClone(a); show(c !== a, c.list !== a.list, 1 in c.list, c.list[2].b, "u" in c, c.nil, c.big === 10n)`, `true true false 2 true null true`},
		{`const a = {}; a.self = a; a.twice = [a]; const c = structuredClone(a); show(c.self === c, c.twice[0] === c, c !== a)`, `true true true`},
		{`const c = structuredClone(new Map([["k", new Set([1, {x: 1}])]])); show(c instanceof Map, c.get("k") instanceof Set, [...c.get("k")])`, `true true [1,{"x":1}]`},
		{`const d = structuredClone(new Date(5)); show(d instanceof Date, d.getTime())`, `true 5`},
		{`const r = structuredClone(/a+b/gi); show(r instanceof RegExp, r.source, r.flags)`, `true a+b gi`},
		{`const a = new Uint16Array([1, 2, 3]).subarray(1), c = structuredClone({a, b: a.buffer}); show(c.a instanceof Uint16Array, [...c.a], c.a.buffer === c.b, c.b !== a.buffer, c.b.byteLength)`, `true [2,3] true true 6`},
		{`const c = structuredClone(new DataView(new ArrayBuffer(4), 1, 2)); show(c instanceof DataView, c.byteOffset, c.byteLength)`, `true 1 2`},
		{`const e = structuredClone(new RangeError("far", {cause: {n: 1}})); show(e instanceof RangeError, e.message, e.name, e.cause.n, typeof e.stack)`, `true far RangeError 1 string`},
		{`class Own extends Error {}; const e = structuredClone(new Own("x")); show(e instanceof Own, e instanceof Error, e.name)`, `false true Error`},
		{`class P { constructor() { this.x = 1 } get y() { return 2 } }; const c = structuredClone(new P()); show(c instanceof P, c)`, `false {"x":1}`},
		{`const c = structuredClone([new Number(1), new String("s"), new Boolean(false), Object(2n)]); show(c.map(v => typeof v), c[0] + 1, c[3] + 1n === 3n)`, `["object","object","object","object"] 2 true`},
		{`const b = new ArrayBuffer(4), c = structuredClone({b}, {transfer: [b]}); show(c.b.byteLength, b.byteLength)`, `4 0`},
		{`const o = JSON.parse('{"__proto__": {"x": 1}}'), c = structuredClone(o); show(Object.keys(c), Object.getPrototypeOf(c) === Object.prototype)`, `["__proto__"] true`},
		{`structuredClone(() => 1)`, `throws DataCloneError: The function without a name could not be cloned.`},
		{`structuredClone({f: function named() {}})`, `throws DataCloneError: The function named could not be cloned.`},
		{`structuredClone([Symbol("s")])`, `throws DataCloneError: Symbol(s) could not be cloned.`},
		{`structuredClone(Promise.resolve())`, `throws DataCloneError: A Promise could not be cloned.`},
		{`structuredClone(new WeakMap())`, `throws DataCloneError: A WeakMap could not be cloned.`},
		{`structuredClone(1, {transfer: [{}]})`, `throws DataCloneError: A value in transfer that is not an ArrayBuffer could not be cloned.`},
		{`structuredClone()`, `throws TypeError: structuredClone: argument 1 is missing`},
		{`try { structuredClone(() => 1) } catch (e) { show(e instanceof DOMException, e instanceof Error, e.code); }`, `true true 25`},
	})
}

func TestAbort(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`const c = new AbortController(); show(c.signal.aborted, c.signal.reason); c.abort(); show(c.signal.aborted, c.signal.reason.name, c.signal.reason.code); c.signal.throwIfAborted()`,
			"false undefined\ntrue AbortError 20\nthrows AbortError: This operation was aborted"},
		{`const c = new AbortController(), log = []; c.signal.onabort = e => log.push("on", e.type); c.signal.addEventListener("abort", e => log.push(e.target === c.signal)); c.abort("why"); c.abort("again"); show(log, c.signal.reason)`, `["on","abort",true] why`},
		{`const c = new AbortController(), f = () => show("called"); c.signal.addEventListener("abort", f); c.signal.removeEventListener("abort", f); c.abort(); show("end")`, `end`},
		{`const s = AbortSignal.abort(7); show(s.aborted, s.reason)`, `true 7`},
		{`const s = AbortSignal.timeout(5); await new Promise(done => { const t = setInterval(() => { if (s.aborted) { clearInterval(t); done() } }, 1) }); show(s.reason.name)`, `TimeoutError`},
		{`const c = new AbortController(), s = AbortSignal.any([new AbortController().signal, c.signal]); show(s.aborted); c.abort("r"); show(s.aborted, s.reason)`, "false\ntrue r"},
		{`AbortSignal.any([AbortSignal.abort(1), AbortSignal.abort(2)]).reason`, `1`},
		{`AbortSignal.any([{}])`, `throws TypeError: AbortSignal.any: argument 1 must hold signals only`},
		{`AbortSignal.timeout(-1)`, `throws TypeError: AbortSignal.timeout: argument 1 must be milliseconds from 0`},
		{`new AbortSignal()`, `throws TypeError: AbortSignal cannot be made with new: take the signal of a new AbortController()`},
		{`const t = new EventTarget(), log = []; t.addEventListener("x", {handleEvent: e => log.push("object", e.type)}, {once: true}); t.addEventListener("x", e => { e.preventDefault(); e.stopImmediatePropagation() }); t.addEventListener("x", () => log.push("not reached")); show(t.dispatchEvent(new Event("x", {cancelable: true})), t.dispatchEvent(new Event("x")), log)`, `false true ["object","x"]`},
		{`const e = new DOMException("m", "NotFoundError"); show(e.name, e.message, e.code, e instanceof Error, String(e), Object.prototype.toString.call(e))`, `NotFoundError m 8 true NotFoundError: m [object DOMException]`},
	})
}

func TestAbortTimeoutDoesNotProlongTheRun(t *testing.T) {
	start := time.Now()
	out := script{code: `AbortSignal.timeout(60_000); console.log("done")`}.run(t)
	if out.err != nil || out.stdout != "done\n" || time.Since(start) > 30*time.Second {
		t.Errorf("%q, %v after %v", out.stdout, out.err, time.Since(start))
	}
}

func TestErrorInEventListenerFailsTheRun(t *testing.T) {
	out := script{code: `const c = new AbortController(); c.signal.onabort = () => { throw new Error("in the listener") }; c.signal.addEventListener("abort", () => console.log("second")); c.abort()`}.run(t)
	if out.stdout != "second\n" || out.err == nil || !strings.Contains(out.err.Error(), "in the listener") {
		t.Errorf("%q, %v", out.stdout, out.err)
	}
}

func TestCrypto(t *testing.T) {
	module := &engine.Module{Name: "crypto", Functions: []engine.Function{{Name: "md_five", Sync: true, Call: hostDigest}}}
	for name, config := range map[string]engine.Config{"alone": {}, "with the host's module": {Modules: []*engine.Module{module}}} {
		t.Run(name, func(t *testing.T) {
			checkWeb(t, config, []webCase{
				{`/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID()) && crypto.randomUUID() !== crypto.randomUUID()`, `true`},
				{`const a = new Uint32Array(64); show(crypto.getRandomValues(a) === a, a.some(n => n > 0xffff), new Set(a).size > 32)`, `true true true`},
				{`const a = new Uint8Array(16); crypto.getRandomValues(a.subarray(8)); show([...a.slice(0, 8)], a.slice(8).some(n => n))`, `[0,0,0,0,0,0,0,0] true`},
				{`crypto.getRandomValues([1])`, `throws TypeError: crypto.getRandomValues: argument 1 must be a typed array of integers`},
				{`crypto.getRandomValues(new Float64Array(1))`, `throws TypeMismatchError: crypto.getRandomValues: a Float64Array cannot be filled; take an array of integers`},
				{`crypto.getRandomValues(new Uint8Array(65537))`, `throws QuotaExceededError: crypto.getRandomValues: 65537 bytes are more than the 65536 that one call gives`},
			})
		})
	}
	checkWeb(t, engine.Config{Modules: []*engine.Module{module}}, []webCase{{`crypto.mdFive("x")`, `digest of x`}})
	out := script{code: `import { randomUUID, mdFive } from "crisphost:crypto"; console.log(randomUUID().length, mdFive("y"))`, config: engine.Config{Modules: []*engine.Module{module}}}.run(t)
	if out.err != nil || out.stdout != "36 digest of y\n" {
		t.Errorf("import: %q, %v", out.stdout, out.err)
	}
}

func TestPerformance(t *testing.T) {
	checkWeb(t, engine.Config{Now: func() time.Time { return time.UnixMilli(1000) }}, []webCase{
		{`const a = performance.now(); for (let i = 0; i < 1000; i++); const b = performance.now(); show(typeof a, b >= a, performance.timeOrigin)`, `number true 1000`},
	})
}

func TestWebGlobalsCanBeReplaced(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`globalThis.URLSearchParams = 1; new URL("https://e.com"); show(URLSearchParams, typeof nothing, "URL" in globalThis, Object.keys(globalThis).includes("URL"))`, `1 undefined true false`},
	})
}

// hostDigest stands for a function of the host's own module crypto.
func hostDigest(_ context.Context, args []any) (any, error) {
	return "digest of " + args[0].(string), nil
}

func TestConsoleShowsWebObjects(t *testing.T) {
	out := script{code: `
		console.log(new URL("https://e.com/?a=1"), [new URLSearchParams("a=1&b=2")], new Headers({a: "b"}));
		console.log(new AbortController(), AbortSignal.abort("why"), new Event("x"), new TextDecoder("latin1"));
		console.log(new Request("https://e.com/"), new Response(null, {status: 204}));
		const own = { URL: class { href = 2; y = 3 }, Event: class {}, Headers: class {} };
		console.log(new own.URL(), new own.Event(), new own.Headers(), DOMException);
	`}.run(t)
	want := `URL { href: 'https://e.com/?a=1' } [ URLSearchParams { 'a' => '1', 'b' => '2' } ] Headers { 'a' => 'b' }
AbortController { signal: AbortSignal { aborted: false } } AbortSignal { aborted: true, reason: 'why' } Event { type: 'x' } TextDecoder { encoding: 'windows-1252' }
Request {
  method: 'GET',
  url: 'https://e.com/',
  headers: Headers {},
  bodyUsed: false
} Response {
  status: 204,
  statusText: '',
  headers: Headers {},
  url: '',
  redirected: false,
  bodyUsed: false
}
URL { href: 2, y: 3 } Event {} Headers {} [class DOMException extends Error]
`
	if out.err != nil || out.stdout != want {
		t.Errorf("%v\n%s", out.err, out.stdout)
	}
}
