//go:build unix

package host_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

// billing is a module of this binary. Hosts and workers have it.
var billing = &engine.Module{
	Name: "billing", Doc: "Invoices of customers.",
	Functions: []engine.Function{{
		Name: "open_invoices", Doc: "Counts the open invoices of a customer.",
		Params: []engine.Param{{Name: "email", Type: "string", Required: true}},
		Call: func(_ context.Context, args []any) (any, error) {
			email, _ := args[0].(string)
			return int64(len(email)), nil
		},
	}},
	Values: []engine.Constant{{Name: "CURRENCY", Value: "EUR"}},
}

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
				if run.Trigger.Kind == state.BySchedule {
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
