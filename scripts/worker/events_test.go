//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/eventstest"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// eventsPool is a pool whose scripts listen to a feed.
func eventsPool(t *testing.T) (*worker.Pool, *eventstest.Feed) {
	feed := &eventstest.Feed{}
	return newPool(t, worker.Options{
		Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID, Events: feed,
	}), feed
}

// emitAtReady emits when a script prints "ready".
func emitAtReady(emit func()) *record {
	return &record{onLine: func(l worker.Line) {
		if l.Message == "ready" {
			emit()
		}
	}}
}

func TestEventsReachScripts(t *testing.T) {
	p, feed := eventsPool(t)
	const n, want = 3000, "ready\n3000 message 2999\nnil\n"
	for name, code := range map[string]string{
		"listen.lua": `-- @permissions events
			local events, count, last = crisp.events.each({"message:send", "session:set_state"})
			print("ready")
			count = 0
			for e in events do
				if e.event == "session:set_state" then break end
				count, last = count + 1, e.content
			end
			print(count .. " " .. last)
			print(crisp.events.wait("message:send", { timeout = 10 }))`,
		"listen.js": `// @permissions events
			const events = crisp.events.each(["message:send", "session:set_state"]);
			console.log("ready");
			let count = 0, last;
			for await (const e of events) {
				if (e.event === "session:set_state") break;
				count++;
				last = e.content;
			}
			console.log(count + " " + last);
			console.log(await crisp.events.wait("message:send", { timeout: 10 }) ?? "nil");`,
	} {
		r := emitAtReady(func() {
			feed.Emit("00000000-0000-4000-8000-000000000002", "message:send", `{"content":"elsewhere"}`)
			for i := range n {
				feed.Emit(sandbox.WebsiteID, "message:send", fmt.Sprintf(`{"content":"message %d"}`, i))
			}
			feed.Emit(sandbox.WebsiteID, "message:received", `{"content":"not asked for"}`)
			feed.Emit(sandbox.WebsiteID, "session:set_state", `{"state":"resolved"}`)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		o := start(ctx, p, job(t, name, code), r)
		cancel()
		if o.State != state.Succeeded || r.text() != want {
			t.Errorf("%s: %s, %+v, printed %q, want %q", name, o.State, o.Error, r.text(), want)
		}
	}
	expectQuiet(t, feed)
	if s := p.Stats(); s.Idle != 1 || s.Killed+s.Died > 0 {
		t.Errorf("after two runs of one authority there are %+v, want one process that can be used again", s)
	}
}

// expectQuiet waits until nobody listens.
func expectQuiet(t *testing.T, feed *eventstest.Feed) {
	t.Helper()
	testwait.Until(t, "nobody listens", func() bool { begun, ended := feed.Counts(); return begun > 0 && begun == ended })
}

func TestEventsAreRefused(t *testing.T) {
	p, feed := eventsPool(t)
	const code = `print(select(2, pcall(crisp.events.each, "message:send")))
		print(select(2, pcall(crisp.events.wait, "message:send")))`
	expect(t, p, job(t, "forbidden.lua", "-- @permissions conversations\n"+code),
		"PermissionError: crisp.events.each: needs the permission events:read\nPermissionError: crisp.events.wait: needs the permission events:read\n")
	if begun, _ := feed.Counts(); begun > 0 {
		t.Error("a script without the permission listened")
	}
	feed.Refuse = errors.New("crisp refused the key")
	expect(t, p, job(t, "refused.lua", `print(select(2, pcall(crisp.events.each, "message:send")))`),
		"CrispError: crisp.events.each: crisp refused the key\n")
	without := newPool(t, worker.Options{Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID})
	expect(t, without, job(t, "without.lua", code),
		"CrispError: crisp.events.each: this host does not listen to events\nCrispError: crisp.events.wait: this host does not listen to events\n")
}

func TestTooManyStreams(t *testing.T) {
	p, feed := eventsPool(t)
	outcome, r := run(t, p, job(t, "many.lua", `
		local open = {}
		for i = 1, 16 do open[i] = crisp.events.each("message:send") end
		print(select(2, pcall(crisp.events.each, "message:send")))`))
	if outcome.State != state.Succeeded || !strings.Contains(r.text(), "listens to events in 16 loops already") {
		t.Errorf("%+v, printed %q", outcome, r.text())
	}
	expectQuiet(t, feed)
}

// TestLeftLoopsMakeRoom leaves more loops than may listen at a time.
func TestLeftLoopsMakeRoom(t *testing.T) {
	p, feed := eventsPool(t)
	r := emitAtReady(func() { feed.Emit(sandbox.WebsiteID, "message:send", `{}`) })
	o := start(t.Context(), p, job(t, "left.lua", `
		local function one()
			local events = crisp.events.each("message:send")
			print("ready")
			for e in events do break end
		end
		for i = 1, 40 do one() end`), r)
	if o.State != state.Succeeded {
		t.Errorf("%+v", o.Error)
	}
	expectQuiet(t, feed)
}

// TestEventsEndWithTheRun stops scripts that listen, in ways that leave them no time to say so.
func TestEventsEndWithTheRun(t *testing.T) {
	p, feed := eventsPool(t)
	for _, c := range []struct{ name, code, message string }{
		{"thrown.lua", `for e in crisp.events.each("message:send") do error("no") end`, "no"},
		{"thrown.js", `for await (const e of crisp.events.each("message:send")) throw new Error("no");`, "no"},
		{"stopped.lua", `for e in crisp.events.each("message:send") do print("ready") end`, "stopped"},
		{"stopped.js", `for await (const e of crisp.events.each("message:send")) console.log("ready");`, "stopped"},
		{"waiting.js", `console.log("ready"); await crisp.events.wait("message:received");`, "stopped"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		r := emitAtReady(cancel)
		emitted := make(chan struct{})
		begun, _ := feed.Counts()
		go func() {
			defer close(emitted)
			for now := begun; now == begun && ctx.Err() == nil; time.Sleep(time.Millisecond) {
				now, _ = feed.Counts()
			}
			feed.Emit(sandbox.WebsiteID, "message:send", `{"content":"go"}`)
		}()
		o := start(ctx, p, job(t, c.name, c.code), r)
		cancel()
		<-emitted
		if o.State == state.Succeeded || !strings.Contains(o.Error.Message, c.message) {
			t.Errorf("%s: %s, %+v", c.name, o.State, o.Error)
		}
		expectQuiet(t, feed)
	}
}
