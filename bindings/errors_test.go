package bindings_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
)

// TestErrorsNameTheCall says what an uncaught error and a caught one call what failed, in each language's spelling.
func TestErrorsNameTheCall(t *testing.T) {
	const id = `"session_00000000-0000-4000-8000-000000000000"`
	for _, c := range []struct{ file, code, want, printed string }{
		{"a.js", `await crisp.people.eventNames.delete("none")`, "crisp.people.eventNames.delete: 404 not_found: ", ""},
		{"a.lua", `crisp.people.event_names.delete("none")`, "crisp.people.event_names.delete: 404 not_found: ", ""},
		{"a.js", `await crisp.people.eventNames.list({nope: 1})`, `crisp.people.eventNames.list: has no option "nope"`, ""},
		{"a.lua", `crisp.people.event_names.list{nope = 1}`, `crisp.people.event_names.list: has no option "nope"`, ""},
		{"a.js", `await crisp.conversations.resolve(` + id + `)`, "crisp.conversations.resolve: 404 not_found: ", ""},
		{"a.lua", `crisp.conversations.resolve(` + id + `)`, "crisp.conversations.resolve: 404 not_found: ", ""},
		{"a.js", `for await (const m of crisp.conversations.messages.each(` + id + `)) console.log(m)`, "crisp.conversations.messages.each: 404 not_found: ", ""},
		{"a.lua", `for m in crisp.conversations.messages.each(` + id + `) do print(m) end`, "crisp.conversations.messages.each: 404 not_found: ", ""},
		{"a.js", `await crisp.api.get("none")`, "crisp.api.get: GET /none: 404 ", ""},
		{"a.lua", `crisp.api.get("none")`, "crisp.api.get: GET /none: 404 ", ""},
		{"a.js", `await crisp.people.eventNames.delete("none").catch(e => console.log(e.call, e.operation, String(e).slice(0, 42)))`, "",
			"crisp.people.eventNames.delete website.people.suggest.event.delete CrispError: crisp.people.eventNames.delete\n"},
		{"a.lua", `local _, e = pcall(crisp.people.event_names.delete, "none") print(e.call, e.operation, tostring(e):sub(1, 43))`, "",
			"crisp.people.event_names.delete website.people.suggest.event.delete CrispError: crisp.people.event_names.delete\n"},
	} {
		host := scripttest.NewHost(t, spec.TierWebsite, sandbox.Config{Seed: 1, Conversations: 2, People: 2, Visitors: 1})
		path := filepath.Join(t.TempDir(), c.file)
		if err := os.WriteFile(path, []byte(c.code), 0o600); err != nil {
			t.Fatal(err)
		}
		printed, err := host.Run(t, path)
		message := ""
		if failed, ok := errors.AsType[*engine.Error](err); ok {
			message = failed.Message
		}
		if printed != c.printed || len(message) < len(c.want) || message[:len(c.want)] != c.want || c.want == "" && err != nil {
			t.Errorf("%s: %s\nprinted %q, want %q\nerror %v, want %q", c.file, c.code, printed, c.printed, err, c.want)
		}
	}
}
