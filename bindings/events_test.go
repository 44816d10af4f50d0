package bindings_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/eventstest"
	"github.com/crisphost/crisphost/internal/testwait"
)

const (
	here  = "00000000-0000-4000-8000-000000000001"
	there = "00000000-0000-4000-8000-000000000002"
)

// stage lets scripts emit: stage.emit("message:send", {...}), and stage.emit_at for another website.
func stage(f *eventstest.Feed) *engine.ModuleBuilder {
	emit := func(website, name string, payload any) error {
		text, err := json.Marshal(payload)
		f.Emit(website, name, string(text))
		return err
	}
	return engine.NewModule("stage").
		Func("emit", func(name string, payload any) error { return emit(here, name, payload) }, engine.Needs(engine.NoPermission)).
		Func("emit_text", func(name, payload string) { f.Emit(here, name, payload) }, engine.Needs(engine.NoPermission)).
		Func("emit_at", emit, engine.Needs(engine.NoPermission)).
		Func("fail", func(text string) { f.Fail(errors.New(text)) }, engine.Needs(engine.NoPermission)).
		Func("collect", func() { runtime.GC() }, engine.Needs(engine.NoPermission)).
		Func("open", func() int { begun, ended := f.Counts(); return begun - ended }, engine.Needs(engine.NoPermission))
}

// runEvents runs a script with a feed of its own and returns what it prints.
func runEvents(t *testing.T, file, code string, options ...engine.InstanceOption) (string, *eventstest.Feed, error) {
	t.Helper()
	f := &eventstest.Feed{}
	client, err := crisp.New(crisp.WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules(), engine.WithModules(stage(f)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	options = append([]engine.InstanceOption{
		bindings.WithConnection(client, here), bindings.WithEvents(f), engine.WithStdout(&out), engine.WithStderr(&out),
	}, options...)
	_, err = engine.Eval[any](ctx, eng, file, code, options...)
	return strings.ReplaceAll(out.String(), "\t", " "), f, err
}

func TestEachEvent(t *testing.T) {
	const want = "message:send one\nmessage:send two\nsession:set_state resolved\nmessage:send x7\nnothing\n"
	for file, code := range map[string]string{
		"each.lua": `
			local events = crisp.events.each({"message:send", "session:set_state"})
			stage.emit("message:send", { content = "one" })
			stage.emit("message:received", { content = "not asked for" })
			stage.emit_at("` + there + `", "message:send", { content = "elsewhere" })
			stage.emit_at("", "message:send", { content = "two" })
			stage.emit("session:set_state", { state = "resolved" })
			stage.emit("message:send", { content = "x7" })
			for e in events do
				print(e.event, e.content or e.state)
				if e.content == "x7" then break end
			end
			for e in crisp.events.each("message:send", { timeout = 10 }) do print(e) end
			print("nothing")`,
		"each.js": `
			const events = crisp.events.each(["message:send", "session:set_state"]);
			await stage.emit("message:send", { content: "one" });
			await stage.emit("message:received", { content: "not asked for" });
			await stage.emitAt("` + there + `", "message:send", { content: "elsewhere" });
			await stage.emitAt("", "message:send", { content: "two" });
			await stage.emit("session:set_state", { state: "resolved" });
			await stage.emit("message:send", { content: "x7" });
			for await (const e of events) {
				console.log(e.event, e.content ?? e.state);
				if (e.content === "x7") break;
			}
			for await (const e of crisp.events.each("message:send", { timeout: 10 })) console.log(e);
			console.log("nothing");`,
	} {
		got, f, err := runEvents(t, file, code)
		if err != nil || got != want {
			t.Errorf("%s: %v, printed\n%s\nwant\n%s", file, err, got, want)
		}
		testwait.Until(t, "nobody listens after the run", func() bool { begun, ended := f.Counts(); return begun == 2 && ended == begun })
	}
}

// TestEventIsItsPayload compares what scripts get with what came.
func TestEventIsItsPayload(t *testing.T) {
	for payload, want := range map[string]string{
		`{}`:                                   `{"event":"message:send"}`,
		` { "b" : 1, "a":{"event":"inner"} } `: `{"event":"message:send","b":1,"a":{"event":"inner"}}`,
		`{"a":"<&>\u00e9","event":"its own"}`:  `{"event":"message:send","a":"<&>é"}`,
		`[1]`:                                  `{"event":"message:send","data":[1]}`,
		`null`:                                 `{"event":"message:send","data":null}`,
		``:                                     `{"event":"message:send"}`,
	} {
		text, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := runEvents(t, "payload.js", `const events = crisp.events.each("message:send");
			await stage.emitText("message:send", `+string(text)+`);
			console.log(JSON.stringify((await events.next()).value));`)
		if err != nil || got != want+"\n" {
			t.Errorf("%s: %v, is %s want %s", payload, err, got, want)
		}
	}
}

// TestWaitHearsWhatFollows causes the event before the promise is awaited.
func TestWaitHearsWhatFollows(t *testing.T) {
	got, _, err := runEvents(t, "wait.js", `
		for (let i = 0; i < 200; i++) {
			const event = crisp.events.wait("message:send", { timeout: "20s" });
			await stage.emit("message:send", { content: i });
			const e = await event;
			if (e?.content !== i) throw new Error("is " + e?.content);
		}
		const events = [1, 2].map(() => crisp.events.wait("message:send", { where: 'content == "x"' }));
		await stage.emit("message:send", { content: "x" });
		console.log((await Promise.all(events)).map((e) => e.content).join());
		await crisp.events.wait("message:sent").catch((err) => console.log(err.message));`)
	const want = "x,x\ncrisp.events.wait: events names an unknown event: \"message:sent\"\n"
	if err != nil || got != want {
		t.Errorf("%v, printed %q", err, got)
	}
}

// TestSeveralLoops listens in several tasks at once, and waits in others.
func TestSeveralLoops(t *testing.T) {
	const want = "2 of a, 1 of b, then c\n"
	for file, code := range map[string]string{
		"several.lua": `
			local a, b, c = crisp.events.each("message:send"), crisp.events.each("message:received"), crisp.events.each("session:removed")
			local counts, last = { a = 0, b = 0 }, nil
			parallel(function() for e in a do counts.a = counts.a + 1 if e.last then break end end end,
				function() for e in b do counts.b = counts.b + 1 if e.last then break end end end,
				function() last = c:next().content end,
				function()
					stage.emit("message:send", { content = 1 })
					stage.emit("message:received", { last = true })
					stage.emit("message:send", { last = true })
					stage.emit("session:removed", { content = "c" })
				end)
			print(counts.a .. " of a, " .. counts.b .. " of b, then " .. last)`,
		"several.js": `
			const counts = { a: 0, b: 0 };
			const count = async (name, events) => {
				for await (const e of events) {
					counts[name]++;
					if (e.last) return;
				}
			};
			const all = [count("a", crisp.events.each("message:send")), count("b", crisp.events.each("message:received")),
				crisp.events.each("session:removed").next()];
			await stage.emit("message:send", { content: 1 });
			await stage.emit("message:received", { last: true });
			await stage.emit("message:send", { last: true });
			await stage.emit("session:removed", { content: "c" });
			const [, , last] = await Promise.all(all);
			console.log(counts.a + " of a, " + counts.b + " of b, then " + last.value.content);`,
	} {
		got, _, err := runEvents(t, file, code)
		if err != nil || got != want {
			t.Errorf("%s: %v, printed %q, want %q", file, err, got, want)
		}
	}
}

// TestEventsUnsubscribe leaves loops in all ways while the script continues.
func TestEventsUnsubscribe(t *testing.T) {
	const want = "1\n1\n1\n0\n"
	for file, code := range map[string]string{
		"leave.lua": `
			local function quiet()
				for i = 1, 500 do
					if stage.open() == 0 then return 0 end
					stage.collect() time.sleep(5)
				end
				return stage.open()
			end
			local function listen(f)
				local events = crisp.events.each("message:send")
				print(stage.open())
				stage.emit("message:send", {})
				return f(events)
			end
			listen(function(events) for e in events do break end end) quiet()
			listen(function(events) for e in events do return e end end) quiet()
			pcall(listen, function(events) for e in events do error("no") end end)
			print(quiet())`,
		"leave.js": `
			const quiet = async () => {
				for (let i = 0; i < 500 && await stage.open() > 0; i++) await time.sleep(5);
				return stage.open();
			};
			const listen = async (f) => {
				const events = crisp.events.each("message:send");
				console.log(await stage.open());
				await stage.emit("message:send", {});
				return f(events);
			};
			await listen(async (events) => { for await (const e of events) break; });
			await quiet();
			await listen(async (events) => { for await (const e of events) return e; });
			await quiet();
			await listen(async (events) => { for await (const e of events) throw new Error("no"); }).catch(() => {});
			console.log(await quiet());`,
	} {
		got, _, err := runEvents(t, file, code)
		if err != nil || got != want {
			t.Errorf("%s: %v, printed %q, want %q", file, err, got, want)
		}
	}
}

func TestEventsThatAreNotTaken(t *testing.T) {
	const want = "10000 events, then crisp.events.each: the script is too slow: more than 10000 events or 16 MiB wait to be read\n"
	for file, code := range map[string]string{
		"slow.lua": `
			local events, count = crisp.events.each("message:send"), 0
			for i = 1, 10100 do stage.emit("message:send", {}) end
			while stage.open() > 0 do time.sleep(1) end
			local ok, err = pcall(function() for e in events do count = count + 1 end end)
			print(count .. " events, then " .. err.message)`,
		"slow.js": `
			const events = crisp.events.each("message:send");
			for (let i = 0; i < 10100; i++) await stage.emit("message:send", {});
			while (await stage.open() > 0) await time.sleep(1);
			let count = 0;
			try {
				for await (const e of events) count++;
			} catch (err) {
				console.log(count + " events, then " + err.message);
			}`,
	} {
		got, _, err := runEvents(t, file, code)
		if err != nil || got != want {
			t.Errorf("%s: %v, printed %q, want %q", file, err, got, want)
		}
	}
}

// TestEventsThatFail has a connection that is lost for a while, and then for good.
func TestEventsThatFail(t *testing.T) {
	const want = "one\ntwo\nrtm:connected 2\nCrispError: the key was refused\n"
	for file, code := range map[string]string{
		"fail.lua": `
			local events, marked = crisp.events.each("message:send"), crisp.events.each({ "message:send", "rtm:connected" })
			stage.emit("message:send", { content = "one" })
			stage.emit("rtm:connected", { connection = 2, gap = { since = 1000, ["until"] = 2000, reason = "the server went away" } })
			stage.emit("message:send", { content = "two" })
			stage.fail("the key was refused")
			print(events:next().content) print(events:next().content)
			marked:next()
			local gap = marked:next()
			print(gap.event, gap.connection)
			local ok, err = pcall(events.next, events)
			print(err.name .. ": " .. err.message:gsub("crisp.events.each: ", ""))`,
		"fail.js": `
			const events = crisp.events.each("message:send"), marked = crisp.events.each(["message:send", "rtm:connected"]);
			await stage.emit("message:send", { content: "one" });
			await stage.emit("rtm:connected", { connection: 2, gap: { since: 1000, until: 2000, reason: "the server went away" } });
			await stage.emit("message:send", { content: "two" });
			await stage.fail("the key was refused");
			console.log((await events.next()).value.content);
			console.log((await events.next()).value.content);
			await marked.next();
			const { value: gap } = await marked.next();
			console.log(gap.event, gap.connection);
			await events.next().catch((err) => console.log(err.name + ": " + err.message.replace("crisp.events.each: ", "")));`,
	} {
		var log strings.Builder
		got, _, err := runEvents(t, file, code, bindings.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		if err != nil || got != want {
			t.Errorf("%s: %v, printed %q, want %q", file, err, got, want)
		}
		if n := strings.Count(log.String(), `level=WARN msg="crisp.events.each: events may be missing, since the connection was down" `+
			`since=1970-01-01T00:00:01Z until=1970-01-01T00:00:02Z reason="the server went away"`); n != 2 {
			t.Errorf("%s logged %q", file, log.String())
		}
	}
}

// TestEventsOfOthers has no connection, or one of another website.
func TestEventsOfOthers(t *testing.T) {
	_, _, err := runEvents(t, "none.js", `crisp.events.each("message:send")`, bindings.WithEvents(nil))
	if err == nil || !strings.Contains(err.Error(), "crisp.events.each: this host does not listen to events") {
		t.Error(err)
	}
	_, _, err = runEvents(t, "none.lua", `crisp.events.each("message:send")`, bindings.WithEvents(nil), bindings.WithConnection(nil, ""))
	if err == nil || !strings.Contains(err.Error(), "crisp.events.each: this host has no connection to Crisp") {
		t.Error(err)
	}
	got, _, err := runEvents(t, "other.js", `
		const events = crisp.website("`+there+`").events.each("message:send");
		await stage.emit("message:send", { content: "here" });
		await stage.emitAt("`+there+`", "message:send", { content: "there" });
		console.log((await events.next()).value.content);`)
	if err != nil || got != "there\n" {
		t.Errorf("%v, printed %q", err, got)
	}
}

// TestWaitingEndsWithTheCall cancels the caller's context while a script waits, in all ways.
func TestWaitingEndsWithTheCall(t *testing.T) {
	for file, code := range map[string]string{
		"each.lua": `for e in crisp.events.each("message:send") do end`,
		"each.js":  `for await (const e of crisp.events.each("message:send")) {}`,
		"wait.lua": `crisp.events.wait("message:send")`,
		"wait.js":  `await crisp.events.wait("message:send")`,
	} {
		f := &eventstest.Feed{}
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			defer cancel(errors.New("enough"))
			for begun := 0; begun == 0; begun, _ = f.Counts() {
				time.Sleep(time.Millisecond)
			}
		}()
		eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
		if err != nil {
			t.Fatal(err)
		}
		if _, err = engine.Eval[any](ctx, eng, file, code, bindings.WithEvents(f)); err == nil || !strings.Contains(err.Error(), "enough") {
			t.Errorf("%s: %v", file, err)
		}
		testwait.Until(t, "nobody listens", func() bool { begun, ended := f.Counts(); return begun == ended })
	}
}
