package bindings_test

import (
	"context"
	"encoding/json"
	"errors"
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
		Func("emit_at", emit, engine.Needs(engine.NoPermission)).
		Func("fail", func(text string) { f.Fail(errors.New(text)) }, engine.Needs(engine.NoPermission)).
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
