package scripttest

import (
	"context"
	_ "embed"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// Billing is a module as programs have of their own, for scripts that Refused returns.
var Billing = &engine.Module{
	Name: "billing", Doc: "Invoices of customers.",
	Functions: []engine.Function{
		{
			Name: "open_invoices", Doc: "Counts the open invoices of a customer.",
			Params: []engine.Param{{Name: "email", Type: "string", Required: true}},
			Call: func(_ context.Context, args []any) (any, error) {
				email, _ := args[0].(string)
				return int64(len(email)), nil
			},
		},
		{
			Name: "charge", Doc: "Charges a customer.", Effect: engine.Write,
			Params: []engine.Param{{Name: "email", Type: "string", Required: true}},
			Call:   func(context.Context, []any) (any, error) { return nil, nil },
		},
	},
	Values: []engine.Constant{{Name: "CURRENCY", Value: "EUR"}},
}

//go:embed testdata/refused.txt
var refused string

// Refused returns the path of a script that has the permission conversations:read, and tries calls of all kinds that need
// another one; and what it prints, a line for each call. Own reports whether its engine has the module Billing. Lua has no fetch.
func Refused(t testing.TB, language engine.Language, own bool) (path, output string) {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	path = filepath.Join(filepath.Dir(file), "testdata", "refused."+string(language))
	if _, err := os.Stat(path); !ok || err != nil {
		t.Fatalf("the script is not there: %v", err)
	}
	var b strings.Builder
	for line := range strings.Lines(refused) {
		isFetch, isOwn := strings.Contains(line, ": fetch:"), strings.Contains(line, ": billing.")
		if isFetch && language == engine.Lua || isOwn && !own {
			continue
		}
		b.WriteString(line)
	}
	return path, b.String()
}
