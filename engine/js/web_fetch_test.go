package js

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/fetch"
)

// webServer answers the requests of the fetch tests. Its second name is another host for redirects.
func webServer(t *testing.T) (server, other *httptest.Server, transport http.RoundTripper) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"method": r.Method, "body": string(body), "type": r.Header.Get("Content-Type"), "auth": r.Header.Get("Authorization"),
			"cookie": r.Header.Get("Cookie"), "referer": r.Header.Get("Referer"), "agent": r.UserAgent(), "x": r.Header.Values("X-Test"), "query": r.URL.RawQuery, "host": r.Host})
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("X-Latin", "caf\xe9")
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			_, _ = io.WriteString(w, "body of "+r.PathValue("code"))
		}
	})
	mux.HandleFunc("/text", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "\ufeffhé\xff") })
	mux.HandleFunc("/html", func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "<html>") })
	mux.HandleFunc("/bytes", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte{0, 1, 255}) })
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	mux.HandleFunc("/cut", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "short")
	})
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) {
		for range fetch.MaxBytes>>20 + 1 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/again/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if n == 0 {
			_, _ = io.WriteString(w, "arrived")
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/again/%d", n-1), http.StatusFound)
	})
	mux.HandleFunc("/to/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		http.Redirect(w, r, r.URL.Query().Get("url"), code)
	})
	server, other = httptest.NewServer(mux), httptest.NewServer(mux)
	base := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(func() {
		base.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
		other.Close()
	})
	return server, other, allowed(t, base, server.URL, other.URL)
}

// allowed is a transport that reaches some servers.
func allowed(t *testing.T, base http.RoundTripper, servers ...string) http.RoundTripper {
	t.Helper()
	v, err := engine.NewVocabulary()
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, server := range servers {
		words = append(words, "fetch:"+strings.TrimPrefix(server, "http://"))
	}
	p, err := v.Parse(words)
	if err != nil {
		t.Fatal(err)
	}
	return engine.NewInvoker(&engine.Config{Fetch: base, Permissions: p}).Fetch()
}

func TestFetch(t *testing.T) {
	server, other, transport := webServer(t)
	cases := []webCase{
		{`const r = await fetch(base + "/echo?q=1"); show(r.ok, r.status, r.statusText, r.url === base + "/echo?q=1", r.redirected, r.type, r.headers.get("Content-Type"), r.bodyUsed); const b = await r.json(); show(b.method, b.query, b.agent, r.bodyUsed)`,
			"true 200 OK true false basic application/json false\nGET q=1 crisphost true"},
		{`const r = await fetch(new URL(base + "/text")); show(await r.text(), (await fetch(base + "/text")).headers.has("x-nothing"))`, "hé\ufffd false"},
		{`const r = await fetch(base + "/bytes"); const c = r.clone(); show([...new Uint8Array(await r.arrayBuffer())], [...await c.bytes()], r.bodyUsed, c.bodyUsed)`, `[0,1,255] [0,1,255] true true`},
		{`const r = await fetch(base + "/status/404"); show(r.ok, r.status, r.statusText, await r.text(), r.headers.getSetCookie(), r.headers.get("x-latin"))`, `false 404 Not Found body of 404 ["a=1","b=2"] café`},
		{`const r = await fetch(base + "/status/204"); show(r.status, await r.text(), r.bodyUsed)`, `204  false`},
		{`const r = await fetch(base + "/status/200", {method: "HEAD"}); show(r.status, await r.text())`, `200 `},
		{`const r = await fetch(base + "/text"); await r.text(); await r.text()`, `throws TypeError: The body was read already; call clone() first to read it twice`},
		{`const r = await fetch(base + "/text"); await r.text(); r.clone()`, `throws TypeError: clone: the body was read already`},
		{`const r = await fetch(base + "/html"); await r.json()`, `throws SyntaxError: The body is not JSON: invalid character '<' at start of value`},
		{`const b = await (await fetch(base + "/echo", {method: "post", body: "é", headers: {Authorization: "Bearer t", "X-Test": "1"}})).json(); show(b.method, b.body, b.type, b.auth, b.x)`, `POST é text/plain;charset=UTF-8 Bearer t ["1"]`},
		{`const b = await (await fetch(base + "/echo", {method: "PUT", body: new URLSearchParams({a: "1 2"})})).json(); show(b.method, b.body, b.type)`, `PUT a=1+2 application/x-www-form-urlencoded;charset=UTF-8`},
		{`const b = await (await fetch(base + "/echo", {method: "PATCH", body: new Uint8Array([120, 104, 105]).subarray(1), headers: [["content-type", "x/y"]]})).json(); show(b.method, b.body, b.type)`, `PATCH hi x/y`},
		{`const b = await (await fetch(base + "/echo", {method: "DELETE", headers: new Headers({"User-Agent": "mine", Host: "evil.org", "Content-Length": "7"})})).json(); show(b.method, b.agent, b.host === new URL(base).host, b.body)`, `DELETE mine true `},
		{`const q = new Request(base + "/echo", {method: "POST", body: "once", headers: {"x-test": "r"}}); const c = q.clone(); const b = await (await fetch(q)).json(); show(b.body, b.x, q.bodyUsed, await c.text(), q.url === base + "/echo", q.method)`, `once ["r"] true once true POST`},
		{`const q = new Request(base + "/echo", {method: "POST", body: "a"}); const b = await (await fetch(q, {body: "b", headers: {"X-Test": "2"}})).json(); show(b.method, b.body, b.x)`, `POST b ["2"]`},
		// redirects
		{`const r = await fetch(base + "/again/20"); show(await r.text(), r.redirected, r.url === base + "/again/0")`, `arrived true true`},
		{`await fetch(base + "/again/21")`, `throws TypeError: fetch: GET BASE/again/21 failed: more than 20 redirects`},
		{`await fetch(base + "/again/1", {redirect: "error"})`, `throws TypeError: fetch: GET BASE/again/1 failed: the server redirects, which redirect: "error" forbids`},
		{`const r = await fetch(base + "/again/1", {redirect: "manual"}); show(r.status, r.headers.get("location"), r.redirected)`, `302 /again/0 false`},
		{`const b = await (await fetch(base + "/to/307?url=/echo", {method: "POST", body: "kept", headers: {authorization: "t", cookie: "c=1"}})).json(); show(b.method, b.body, b.auth, b.cookie, b.referer)`, `POST kept t c=1 `},
		{`const b = await (await fetch(base + "/to/303?url=/echo", {method: "POST", body: "dropped"})).json(); show(b.method, b.body)`, `GET `},
		{`const b = await (await fetch(base + "/to/307?url=" + other + "/echo", {headers: {authorization: "t", cookie: "c=1", "x-test": "stays"}})).json(); show(b.auth, b.cookie, b.x, b.referer)`, `  ["stays"] `},
		{`const b = await (await fetch(base + "/to/302?url=" + encodeURIComponent(other + "/to/302?url=" + base + "/echo"), {headers: {authorization: "t"}})).json(); show(b.auth)`, ``},
		{`await fetch(base + "/to/302?url=https://elsewhere.example/")`, "throws PermissionError: fetch: needs the permission fetch:elsewhere.example"},
		{`await fetch(base + "/to/302?url=file:///etc/passwd")`, `throws PermissionError: fetch: a URL must begin with https: or http:, not file:`},
		// failures
		{`await fetch("https://evil.org/")`, "throws PermissionError: fetch: needs the permission fetch:evil.org"},
		{`await fetch(base + "/cut")`, `throws TypeError: fetch: GET BASE/cut failed: read the body: unexpected EOF`},
		{`show(await fetch(base + "/cut").catch(e => e.reason))`, `no_response`},
		{`show(await fetch(base + "/again/21").catch(e => typeof e.reason))`, `undefined`},
		{`await fetch(base + "/huge")`, `throws TypeError: fetch: GET BASE/huge failed: the body is larger than 64 MiB`},
		{`const c = new AbortController(); setTimeout(() => c.abort(), 5); await fetch(base + "/slow", {signal: c.signal})`, `throws AbortError: This operation was aborted`},
		{`const c = new AbortController(); const p = fetch(base + "/slow", {signal: c.signal}); c.abort(new RangeError("mine")); await p`, `throws RangeError: mine`},
		{`await fetch(base + "/slow", {signal: AbortSignal.timeout(5)})`, `throws TimeoutError: The operation was aborted due to timeout`},
		{`try { await fetch(base + "/echo", {signal: AbortSignal.abort("before")}); } catch (e) { show(e) }`, `before`},
		{`const c = new AbortController(); const r = await fetch(base + "/html", {signal: c.signal}); c.abort(); show(await r.text())`, `<html>`},
		// wrong arguments
		{`await fetch()`, `throws TypeError: fetch: argument 1, the URL, is missing`},
		{`await fetch("/path")`, `throws TypeError: fetch: "/path" is not an absolute URL such as https://api.example.com/path`},
		{`await fetch("file:///etc/passwd")`, `throws TypeError: fetch: the URL must begin with https: or http:, not file:`},
		{`await fetch("https://me:pw@example.com")`, `throws TypeError: fetch: the URL must not hold a user name or password; set the header Authorization instead`},
		{`await fetch(base, {method: "GE T"})`, `throws TypeError: fetch: "GE T" is not a method`},
		{`await fetch(base, {method: "connect"})`, `throws TypeError: fetch: the method CONNECT is not allowed`},
		{`await fetch(base, {body: "x"})`, `throws TypeError: fetch: a request with method GET cannot have a body`},
		{`await fetch(base, {method: "POST", body: {a: 1}})`, `throws TypeError: fetch: the body must be a string, a typed array, an ArrayBuffer or URLSearchParams; for JSON pass JSON.stringify(value)`},
		{`await fetch(base, {headers: {"a b": "c"}})`, `throws TypeError: Headers: "a b" is not a header name`},
		{`await fetch(base, {headers: {a: "b\nc"}})`, `throws TypeError: Headers: the value of a has a character that headers cannot have`},
		{`await fetch(base, {headers: "x: y"})`, `throws TypeError: Headers: argument 1 must be an object, an array of pairs, or Headers`},
		{`await fetch(base, {signal: {}})`, `throws TypeError: fetch: signal must be an AbortSignal`},
		{`await fetch(base, {redirect: "often"})`, `throws TypeError: fetch: redirect must be "follow", "error" or "manual"`},
		{`await fetch(base, 7)`, `throws TypeError: fetch: argument 2 must be an object`},
	}
	for i := range cases {
		cases[i].want = strings.ReplaceAll(cases[i].want, "BASE", server.URL)
	}
	checkWeb(t, engine.Config{Fetch: transport, Globals: []engine.Constant{{Name: "base", Value: server.URL}, {Name: "other", Value: other.URL}}}, cases)
}

func TestFetchWithoutHosts(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`await fetch("https://api.example.com/")`, "throws PermissionError: fetch: this host gives scripts no network"},
	})
}

func TestHeadersAndResponse(t *testing.T) {
	checkWeb(t, engine.Config{}, []webCase{
		{`const h = new Headers({B: "2", a: " 1 "}); h.append("b", "3"); h.set("C", 4); h.delete("nothing"); show([...h], h.get("B"), h.get("x"), h.has("A"), [...h.keys()], [...h.values()])`, `[["a","1"],["b","2, 3"],["c","4"]] 2, 3 null true ["a","b","c"] ["1","2, 3","4"]`},
		{`const h = new Headers([["Set-Cookie", "a=1"], ["set-cookie", "b=2"]]); show([...h], h.getSetCookie(), h.get("set-cookie")); h.forEach((value, name) => show(name, value))`, "[[\"set-cookie\",\"a=1\"],[\"set-cookie\",\"b=2\"]] [\"a=1\",\"b=2\"] a=1, b=2\nset-cookie a=1\nset-cookie b=2"},
		{`new Headers().get("é")`, `throws TypeError: Headers: "é" is not a header name`},
		{`const r = new Response("hi", {status: 201, statusText: "Made", headers: {x: "y"}}); show(r.status, r.ok, r.statusText, r.headers.get("x"), r.headers.get("content-type"), r.url, await r.text())`, `201 true Made y text/plain;charset=UTF-8  hi`},
		{`const r = Response.json({a: [1]}, {status: 418}); show(r.status, r.headers.get("content-type"), await r.json())`, `418 application/json {"a":[1]}`},
		{`Response.redirect("https://e.com", 301).headers.get("location")`, `https://e.com/`},
		{`new Response("x", {status: 204})`, `throws TypeError: Response: a response with status 204 cannot have a body`},
		{`new Response("x", {status: 99})`, `throws RangeError: Response: status must be from 200 to 599`},
		{`const r = new Response(); show(await r.text(), r.bodyUsed, (await r.arrayBuffer()).byteLength)`, ` false 0`},
		{`await new Response("").json()`, `throws SyntaxError: The body is not JSON: unexpected EOF`},
		{`const j = await new Response("\ufeff" + JSON.stringify({list: Array.from({length: 20}, (_, i) => ({i}))})).json(); show(j.list.length, j.list[19].i, Object.keys(j))`, `20 19 ["list"]`},
		{`const q = new Request("https://e.com/a"); show(q.method, q.url, [...q.headers], q.redirect, await q.text())`, `GET https://e.com/a [] follow `},
	})
}

func TestFetchIsBrokenOffWithTheRun(t *testing.T) {
	server, _, transport := webServer(t)
	start := time.Now()
	out := script{code: fmt.Sprintf(`await fetch(%q + "/slow")`, server.URL), config: engine.Config{Fetch: transport}, timeout: 50 * time.Millisecond}.run(t)
	var failure *engine.Error
	if !errors.As(out.err, &failure) || failure.Kind != engine.KindTimeout || time.Since(start) > 10*time.Second {
		t.Errorf("%v after %v", out.err, time.Since(start))
	}
}

func TestFetchErrorTellsTheScriptsLine(t *testing.T) {
	out := script{name: "caller.js", code: "const call = async () =>\n  fetch(\"https://evil.org\");\nawait call();"}.run(t)
	var failure *engine.Error
	if !errors.As(out.err, &failure) || failure.File != "caller.js" || failure.Line != 2 || failure.Name != "PermissionError" {
		t.Errorf("%#v", out.err)
	}
	var host *engine.HostError
	if !errors.As(out.err, &host) {
		t.Errorf("the host's error is lost: %v", out.err)
	}
}

func TestFetchesRunAtTheSameTime(t *testing.T) {
	const n = 8
	arrived := make(chan struct{}, n)
	open := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-open
		_, _ = io.WriteString(w, r.URL.Query().Get("i"))
	}))
	defer server.Close()
	go func() {
		for range n {
			<-arrived
		}
		close(open)
	}()
	base := http.DefaultTransport.(*http.Transport).Clone()
	defer base.CloseIdleConnections()
	code := fmt.Sprintf(`console.log((await Promise.all(Array.from({length: %d}, async (_, i) => (await fetch(%q + "/?i=" + i)).text()))).join())`, n, server.URL)
	out := script{code: code, config: engine.Config{Fetch: allowed(t, base, server.URL)}}.run(t)
	if out.err != nil || out.stdout != "0,1,2,3,4,5,6,7\n" {
		t.Errorf("%q, %v", out.stdout, out.err)
	}
}
