package repl

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/testoutput"
)

// billing is a module of an embedder's own.
func billing(canceled *[]any) *engine.Module {
	return &engine.Module{
		Name: "billing", Doc: "What customers pay.",
		Functions: []engine.Function{
			{
				Name: "get_customer", Doc: "Finds a customer by an email address.", Result: "Customer",
				Params: []engine.Param{{Name: "email", Type: "string", Required: true, Doc: "as on the invoice"}, {Name: "options.plan", Type: `"free" | "pro"`}},
				Call: func(_ context.Context, args []any) (any, error) {
					return map[string]any{"email": args[0], "plan": "pro"}, nil
				},
			},
			{
				Name: "cancel", Effect: engine.Delete, Doc: "Cancels an invoice.",
				Call: func(_ context.Context, args []any) (any, error) {
					*canceled = append(*canceled, args...)
					return nil, nil
				},
				Plan: func(context.Context, []any) (any, error) { return nil, nil },
			},
		},
	}
}

func withBilling(t *testing.T, x *trial) (canceled *[]any) {
	t.Helper()
	canceled = &[]any{}
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules(), engine.WithModules(billing(canceled)))
	if err != nil {
		t.Fatal(err)
	}
	x.cfg.Engine = eng
	return canceled
}

// TestOwnModule calls a module of an embedder's, in both languages and in a script of .run.
func TestOwnModule(t *testing.T) {
	for language, code := range map[engine.Language][2]string{
		engine.JavaScript: {"billing.getCustomer('a@b.example')", "console.log(await billing.getCustomer('s@b.example').then(c => c.email))"},
		engine.Lua:        {"billing.get_customer('a@b.example')", "print(billing.get_customer('s@b.example').email)"},
	} {
		x := newTrial(t, language, true, small)
		canceled := withBilling(t, x)
		script := filepath.Join(t.TempDir(), "script."+string(language))
		if err := os.WriteFile(script, []byte(code[1]+"\nbilling.cancel('in_3')\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		text := x.enter(t, code[0], strings.TrimSuffix(code[0], "('a@b.example')")+"?", ".help billing", ".help",
			".plan billing.cancel('in_0')", "billing.cancel('in_1')", "n", "billing.cancel('in_2')", "y", ".run "+script, "y")
		contains(t, text,
			"email  a@b.example\nplan   pro\n",
			"(email, { … }) → Customer\n  Finds a customer by an email address.\n", "email  string  required; as on the invoice\n",
			"billing.cancel", "Cancels an invoice.\n", "billing, ",
			"  billing.cancel \"in_0\"\n1 write would be made, none was\n",
			" LIVE  Fernleaf: this call deletes\n  billing.cancel \"in_1\"\n", "not confirmed, so nothing was sent\n",
			"  billing.cancel \"in_2\"\n", "done\n", "s@b.example\n")
		if n := x.questions(); n != 3 {
			t.Errorf("%s: %d questions\n%s", language, n, text)
		}
		if len(*canceled) != 2 || (*canceled)[0] != "in_2" || (*canceled)[1] != "in_3" {
			t.Errorf("%s: canceled %v", language, *canceled)
		}
	}
}

// TestOwnModuleIsCompleted presses Tab behind names of a module of an embedder's.
func TestOwnModuleIsCompleted(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	withBilling(t, x)
	s, err := newShell(t.Context(), x.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for round := range 2 { // before the session is there, as may be, and behind
		for line, want := range map[string]string{
			"bill": "billing", "billing.ca": "cancel(", "billing.getC": "getCustomer(", "billing.getCustomer('x', {pl": "plan: ", "billing.getCustomer('x', {plan: 'p": "pro'",
			".help billing.c": "billing.cancel",
		} {
			if got := offered(t, s, line); got != want {
				t.Errorf("round %d: %q offers %q, want %q", round, line, got, want)
			}
		}
		if _, err := s.current().wait(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNoEngine(t *testing.T) {
	if err := Run(t.Context(), Config{}); err == nil || err.Error() != "repl: there is no engine: set Config.Engine" {
		t.Error(err)
	}
}

// TestShellWithoutCrisp runs a shell of one language and an own module, with nothing else set.
func TestShellWithoutCrisp(t *testing.T) {
	canceled := []any{}
	eng, err := engine.New(lua.Language, engine.WithModules(billing(&canceled)))
	if err != nil {
		t.Fatal(err)
	}
	var out, remarks testoutput.Buffer
	err = Run(t.Context(), Config{
		Engine: eng, In: strings.NewReader("billing.get_customer('a@b.example').plan\n.js\n.website\n.whoami\n.help\n#'abc'\n"), Out: &out, Err: &remarks,
		Terminal: Terminal{Interactive: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	contains(t, remarks.String(), "Lua. .help tells the rest.\n", "lua> ", "JavaScript cannot be started: this engine does not run js: it has lua\n", "there is no connection to Crisp")
	lacks(t, remarks.String(), "LIVE", "website ", "Tab completes", "JavaScript;")
	contains(t, out.String(), "  Calls: billing\n  billing.cancel? documents a call, .help billing lists a group.\n", "pro\n", "3\n", "safe     deletes\n")
	if err := Run(t.Context(), Config{Engine: eng}); err != nil {
		t.Error(err)
	}
}
