//go:build unix

package host_test

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

// TestAScheduledScriptCallsAModuleOfTheProgram has a host in this binary whose scripts call a module of it, in both languages, as a
// global and by an import.
func TestAScheduledScriptCallsAModuleOfTheProgram(t *testing.T) {
	m := newMachine(t, map[string]string{
		"lua.lua": "-- @schedule every 1s\nlocal b = require(\"billing\")\nprint(billing.open_invoices(\"a@b.c\"), b.CURRENCY)\n",
		"ts.ts":   "// @schedule every 1s\nimport { openInvoices } from \"billing\"\nconsole.log(await openInvoices(\"a@b.c\"), billing.CURRENCY)\n",
	})
	r := m.start()
	for script, want := range map[string]string{"lua": "5\tEUR", "ts": "5 EUR"} {
		var id string
		testwait.Until(t, "a run of "+script+" by its schedule", func() bool {
			runs, err := r.db.Runs(t.Context(), state.RunFilter{Script: script})
			m.must(err)
			for _, run := range runs {
				if run.Trigger.Kind == state.BySchedule && run.State != state.Scheduled && run.State != state.Skipped { // a busy machine skips ticks
					id = run.ID
				}
			}
			return id != ""
		})
		run, lines := r.ended(id)
		if run.State != state.Succeeded || len(lines) != 1 || lines[0] != want {
			t.Errorf("%s: %s, %+v, printed %s", script, run.State, run.Error, strconv.Quote(want))
		}
	}
	m.write("wrong.lua", "-- @schedule @daily\nrequire(\"billling\")\n")
	testwait.Until(t, "a module that is not there is found when the script is saved", func() bool {
		broken := r.script("wrong").Broken
		return broken != nil && broken.Kind == "compile"
	})
}

// TestRefusedCalls has a script in a worker try what its permissions do not allow: calls of all modules, that of the program included.
// None is a call or a write of the run.
func TestRefusedCalls(t *testing.T) {
	files, outputs := map[string]string{}, map[string]string{}
	for _, language := range []engine.Language{engine.Lua, engine.JavaScript} {
		path, output := scripttest.Refused(t, language, true)
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files["in_"+string(language)+"."+string(language)], outputs["in_"+string(language)] = string(code), output
	}
	m := newMachine(t, files)
	r := m.start(func(c *host.Config) { c.Workers.Files = t.TempDir() })
	for script, want := range outputs {
		run, lines := r.run(script)
		if got := strings.Join(lines, "\n") + "\n"; run.State != state.Succeeded || got != want {
			t.Errorf("%s: %s, %+v, printed\n%s\nwant\n%s", script, run.State, run.Error, got, want)
		}
		calls, err := r.db.Calls(t.Context(), run.ID)
		m.must(err)
		made := slices.DeleteFunc(slices.Clone(calls), func(c state.APICall) bool { return c.Refused() })
		if len(made) != 1 || made[0].Effect != "read" || made[0].Status != 200 {
			t.Errorf("%s: the run made the calls %+v", script, made)
		}
		if len(calls) < 3 {
			t.Errorf("%s: the refused calls are not in the list of calls: %+v", script, calls)
		}
	}
}
