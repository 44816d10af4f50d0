//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

func TestRun(t *testing.T) {
	p := newPool(t, worker.Options{})
	expect(t, p, job(t, "hello.lua", `print("hello", #args)`), "hello\t0\n")
	expect(t, p, job(t, "hello.js", `console.log("hello"); console.error("oh")`), "hello\nwarn: oh\n")
	expect(t, p, job(t, "a/hello.ts", `import { name } from "../lib/name"; const n: string = name; console.log(n)`, "lib/name.ts", `export const name = "shared"`), "shared\n")
	expect(t, p, job(t, "b/main.lua", `print(require("lib.name"))`, "b/lib/name.lua", `return "required"`), "required\n")
}

func TestRunTellsWhatFailed(t *testing.T) {
	p := newPool(t, worker.Options{})
	for _, c := range []struct {
		name, code string
		want       worker.Error
	}{
		{"bad.lua", "local x = nil\nprint(x.y)", worker.Error{Kind: "runtime", File: "bad.lua", Line: 2, SourceLine: "print(x.y)"}},
		{"dir/bad.ts", "const x: any = null\nfunction f() { return x.y }\nf()", worker.Error{Kind: "runtime", File: "dir/bad.ts", Line: 2, SourceLine: "function f() { return x.y }"}},
		{"syntax.js", "let = 3 =", worker.Error{Kind: "compile", File: "syntax.js", Line: 1, SourceLine: "let = 3 ="}},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcome, _ := run(t, p, job(t, c.name, c.code))
			if outcome.State != state.Failed || outcome.Error == nil {
				t.Fatalf("%s, %+v", outcome.State, outcome.Error)
			}
			got := *outcome.Error
			if got.Message == "" || got.Column == 0 {
				t.Errorf("without message or column: %+v", got)
			}
			got.Message, got.Hint, got.Trace, got.Column = "", "", "", 0
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestRunCallsTheAPI(t *testing.T) {
	p := newPool(t, worker.Options{Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID})
	outcome, r := run(t, p, job(t, "api.lua", `
		local list = crisp.conversations.list({ limit = 3 })
		print(#list)
		local sent = crisp.conversations.messages.send(list[1].session_id, "hi")
		print(sent.fingerprint ~= nil)
		print(crisp.websites.exists({ domain = "nowhere.example" }))
		local ok, err = pcall(crisp.conversations.get, "session_00000000-0000-4000-8000-000000000000")
		print(ok, err.status, err.reason, err.operation)
		print(crisp.api.get("website/{website_id}").status)
	`))
	if outcome.State != state.Succeeded {
		t.Fatalf("%s: %+v", outcome.State, outcome.Error)
	}
	if want := "3\ntrue\nfalse\nfalse\t404\tnot_found\twebsite.conversation.get\n200\n"; r.text() != want {
		t.Errorf("printed %q, want %q", r.text(), want)
	}
	var told []string
	for _, c := range r.calls {
		told = append(told, c.Operation+" "+c.Effect+" "+c.Reason)
		if c.Time.IsZero() || c.Duration <= 0 || c.Status == 0 {
			t.Errorf("call without time or status: %+v", c)
		}
	}
	want := []string{"website.conversations.list read ", "website.conversation.message.send send ", "website.exists read not_found", "website.conversation.get read not_found", "website.get read "}
	if !reflect.DeepEqual(told, want) {
		t.Errorf("told %q\nwant %q", told, want)
	}
}

// TestErrorsTellTheAttemptsOfTheHost has a server that fails: the host's client tries again, not the worker's.
func TestErrorsTellTheAttemptsOfTheHost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"error":true,"reason":"unavailable","data":{}}`))
	}))
	defer server.Close()
	client, err := crisp.New(crisp.WithBaseURL(server.URL), crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 3, BaseDelay: time.Millisecond}))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := newPool(t, worker.Options{Client: client, WebsiteID: sandbox.WebsiteID})
	expect(t, p, job(t, "attempts.lua", `local _, err = pcall(crisp.websites.get) print(err.status, err.attempts)`), "503\t3\n")
	expect(t, p, job(t, "attempts.js", `try { await crisp.websites.get() } catch (e) { console.log(e.status, e.attempts) }`), "503 3\n")
}

func TestRunLogs(t *testing.T) {
	p := newPool(t, worker.Options{})
	outcome, r := run(t, p, job(t, "log.lua", `
		log.info("began", { n = 3, list = { 1, 2 } })
		print("two\nlines")
		log.error("bad")
		print(("x"):rep(100000))
	`))
	if outcome.State != state.Succeeded {
		t.Fatalf("%+v", outcome.Error)
	}
	if len(r.lines) != 5 || !strings.HasSuffix(r.lines[4].Message, "... (34504 bytes more)") {
		t.Fatalf("%d lines: %.200q", len(r.lines), r.text())
	}
	for i, l := range r.lines {
		if time.Since(l.Time).Abs() > time.Hour {
			t.Errorf("line %d has the time %s", i+1, l.Time)
		}
	}
	if got := strings.Join(strings.SplitAfter(r.text(), "\n")[:4], ""); got != "info: began\ntwo\nlines\nerror: bad\n" {
		t.Errorf("wrote %q", got)
	}
	if want := map[string]any{"n": 3.0, "list": []any{1.0, 2.0}}; !reflect.DeepEqual(r.lines[0].Fields, want) {
		t.Errorf("fields %v, want %v", r.lines[0].Fields, want)
	}
}

// TestWhatIsKeptIsBounded has scripts that write and throw as much as they like.
func TestWhatIsKeptIsBounded(t *testing.T) {
	p := newPool(t, worker.Options{})
	outcome, r := run(t, p, job(t, "fields.js", `log.warn("many", { text: "x".repeat(2e6) }); log.info("few", { n: 1 }); throw new Error("ü".repeat(5e5))`))
	if len(r.lines) != 2 || r.lines[0].Message != "many" || len(fmt.Sprint(r.lines[0].Fields)) > 100 || fmt.Sprint(r.lines[1].Fields) != "map[n:1]" {
		t.Errorf("%d lines: %.200q", len(r.lines), r.text())
	}
	if e := outcome.Error; e == nil || e.Kind != "runtime" || len(e.Message) > 16<<10 || !strings.HasSuffix(e.Message, " bytes more)") || len(e.SourceLine) > 2<<10 {
		t.Errorf("%.1000s", fmt.Sprint(outcome.Error))
	}
	outcome, _ = run(t, p, job(t, "line.js", "/* "+strings.Repeat("long ", 10e3)+"*/ null.x"))
	if e := outcome.Error; e == nil || len(e.SourceLine) > 2<<10 || len(e.Trace) > 32<<10 {
		t.Errorf("%.1000s", fmt.Sprint(outcome.Error))
	}
}

// TestAFloodOfLinesEnds has scripts that print and log without end, at once and line by line.
func TestAFloodOfLinesEnds(t *testing.T) {
	p := newPool(t, worker.Options{})
	for _, c := range []struct {
		name, code string
		lines      int64
		last       string
	}{
		{"lines.lua", `for i = 1, 30000 do print(i) end`, 30000, "30000"},
		{"long.lua", `local s = ("x"):rep(60000) for i = 1, 1000 do print(s) end print("end")`, 1001, "end"},
		{"once.lua", `print(("x\n"):rep(2000000) .. "end")`, 2000001, "end"},
		{"logged.js", `for (let i = 0; i < 30000; i++) log.info("x"); log.error("end")`, 30001, "end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcome, r := run(t, p, job(t, c.name, c.code))
			if outcome.Error != nil {
				t.Fatalf("%+v", outcome.Error)
			}
			size, omitted := 0, int64(0)
			for _, l := range r.lines {
				size += len(l.Message)
				omitted += l.Omitted
			}
			// The pace lets some more through where the machine is slow.
			if last := r.lines[len(r.lines)-1]; len(r.lines) > 28000 || size > 25<<20 || int64(len(r.lines))+omitted != c.lines || last.Message != c.last {
				t.Errorf("%d lines, %d omitted, %d bytes, the last %+v", len(r.lines), omitted, size, last)
			}
		})
	}
}

func TestRunHasArgumentsAndVariables(t *testing.T) {
	t.Setenv("HOST_SECRET", "not for scripts")
	p := newPool(t, worker.Options{})
	j := job(t, "env.js", `console.log(args.join(), Object.keys(env).filter(n => n !== "get").map(n => n + "=" + env[n]).join(" "))`)
	j.Args, j.Env, j.Vars = []string{"a", "b"}, map[string]string{"ALLOWED": "yes"}, map[string]string{"ABOUT": "the run"}
	expect(t, p, j, "a,b ABOUT=the run ALLOWED=yes\n")
}

func TestRunHasFilesOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	p := newPool(t, worker.Options{Files: filepath.Join(dir, "files")})
	expect(t, p, job(t, "a/one.lua", `files.write("x.txt", "1"); print(files.read("x.txt"), pcall(files.read, "../b/x.txt"))`),
		"1\tfalse\tFileError: files.read: ../b/x.txt: path escapes from parent\n")
	expect(t, p, job(t, "two.lua", `print(files.exists("x.txt"))`), "false\n")
	if data, err := os.ReadFile(filepath.Join(dir, "files", "a%2Fone", "x.txt")); err != nil || string(data) != "1" {
		t.Errorf("%q, %v", data, err)
	}
	none := newPool(t, worker.Options{})
	expect(t, none, job(t, "none.lua", `print(pcall(files.read, "x.txt"))`), "false\tFileError: files.read: x.txt: this host allows no files\n")
}

// TestWorkersServeScriptsThatMayDoTheSame tells by the number of processes what shares one: every script has a VM of its own, and
// a process serves those of one authority only.
func TestWorkersServeScriptsThatMayDoTheSame(t *testing.T) {
	const seen = `seen = (seen or 0) + 1; print(seen)`
	for _, c := range []struct {
		name   string
		first  worker.Job
		second worker.Job
		shared bool
	}{
		{"the same", job(t, "a.lua", seen), job(t, "a.lua", seen), true},
		{"another script", job(t, "a.lua", seen), job(t, "b.lua", seen), true},
		{"another version", job(t, "a.lua", seen), job(t, "a.lua", seen+" --"), true},
		{"another language", job(t, "a.lua", seen), job(t, "b.js", `globalThis.seen = (globalThis.seen ?? 0) + 1; console.log(seen)`), true},
		{"permissions in another order", job(t, "a.lua", "-- @permissions people store\n"+seen), job(t, "b.lua", "-- @permissions store people\n"+seen), true},
		{"more permissions", job(t, "a.lua", "-- @permissions people\n"+seen), job(t, "b.lua", "-- @permissions people store\n"+seen), false},
		{"permissions and none", job(t, "a.lua", "-- @permissions people\n"+seen), job(t, "b.lua", seen), false},
		{"a host to fetch from", job(t, "a.lua", "-- @permissions fetch:a.example\n"+seen), job(t, "b.lua", "-- @permissions fetch:b.example\n"+seen), false},
		{"another variable", job(t, "a.lua", "-- @env A\n"+seen), job(t, "b.lua", "-- @env B\n"+seen), false},
		{"another memory", job(t, "a.lua", "-- @memory 64MiB\n"+seen), job(t, "b.lua", "-- @memory 128MiB\n"+seen), false},
		{"the memory that is the default", job(t, "a.lua", "-- @memory 256MiB\n"+seen), job(t, "b.lua", seen), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, worker.Options{})
			expect(t, p, c.first, "1\n")
			expect(t, p, c.second, "1\n")
			if s := p.Stats(); (s.Reused == 1) != c.shared {
				t.Errorf("%+v, want a shared process: %t", s, c.shared)
			}
		})
	}
}

func TestRunStopsInTime(t *testing.T) {
	p := newPool(t, worker.Options{})
	for _, c := range []struct{ name, code string }{
		{"loop.lua", "print('in')\nwhile true do end"},
		{"loop.js", "console.log('in')\nfor (;;) { Math.random() }"},
		{"sleep.js", "console.log('in')\nawait time.sleep(60000)"},
		{"caught.lua", "print('in')\nwhile true do pcall(function() while true do end end) end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := newExpiring()
			outcome := start(ctx, p, job(t, c.name, c.code), &record{onLine: func(worker.Line) { ctx.pass() }})
			if outcome.State != state.TimedOut || outcome.Error == nil || outcome.Error.Kind != "timeout" {
				t.Fatalf("%s: %+v", outcome.State, outcome.Error)
			}
			if outcome.Error.File != c.name || outcome.Error.Line == 0 {
				t.Errorf("no place: %+v", outcome.Error)
			}
		})
	}
	if s := p.Stats(); s.Killed != 0 {
		t.Errorf("%d workers had to be killed", s.Killed)
	}
}

func TestRunIsCancelled(t *testing.T) {
	p := newPool(t, worker.Options{})
	cause := errors.New("cancelled by ann")
	ctx, cancel := context.WithCancelCause(context.Background())
	r := &record{onLine: func(worker.Line) { cancel(cause) }}
	outcome := start(ctx, p, job(t, "loop.lua", `print("in") while true do end`), r)
	if outcome.State != state.Cancelled || outcome.Error == nil || outcome.Error.Kind != "interrupt" || !strings.Contains(outcome.Error.Message, "cancelled by ann") {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
	outcome = start(ctx, p, job(t, "loop.lua", `print("in")`), r)
	if outcome.State != state.Cancelled || len(r.lines) != 1 {
		t.Errorf("a run whose context had ended: %s, %d lines", outcome.State, len(r.lines))
	}
}

func TestRunKeepsValues(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	p := newPool(t, worker.Options{Store: func(script string) bindings.Store { return db.ScriptStore(script) }, SharedStore: db.SharedStore()})
	expect(t, p, job(t, "first.lua", `
		print(store.get("a", "none"))
		store.set("a", { list = { 1, 2 }, text = "ü" }, { expires_in = "1h" })
		print(store.get("a").list[2], store.get("a").text)
		print(store.compare_and_set("b", nil, 1), store.compare_and_set("b", nil, 2), store.get("b"))
		print(store.increment("n"), store.increment("n", 2.5))
		print(pcall(store.increment, "a"))
		print(#store.list(), store.list("b")[1].key)
		print(store.delete("b"), store.delete("b"))
		store.shared.set("k", "for all")
	`), "none\n2\tü\ntrue\tfalse\t1\n1\t3.5\nfalse\tStoreError: store.increment: \"a\" is not a number\n3\tb\ntrue\tfalse\n")
	expect(t, p, job(t, "second.js", `console.log(await store.get("a"), await store.shared.get("k"))`), "null for all\n")
	if stored, err := db.ScriptStore("first").Get(t.Context(), "a"); err != nil || stored == nil || stored.Expires.IsZero() {
		t.Errorf("stored %+v, %v", stored, err)
	}
	without := newPool(t, worker.Options{})
	expect(t, without, job(t, "none.lua", `print(pcall(store.get, "a"))`), "false\tStoreError: store.get: store is not available here\n")
}

func TestRunMakesManyCallsAtOnce(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	p := newPool(t, worker.Options{
		Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID, SharedStore: db.SharedStore(),
	})
	expect(t, p, job(t, "many.js", `
		const all = []
		for (let i = 0; i < 300; i++) {
			all.push(crisp.conversations.list({ limit: 1 }).then(l => l.length))
			all.push(store.shared.increment("n").then(() => 1))
		}
		console.log((await Promise.all(all)).reduce((a, b) => a + b), await store.shared.get("n"))
	`), "600 300\n")
}
