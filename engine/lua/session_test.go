package lua

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// sessionOf makes a session for a test.
func sessionOf(t testing.TB, cfg engine.Config) engine.Session {
	t.Helper()
	return enginetest.NewSession(t, NewRuntime(), cfg)
}

// What tests of sessions are full of.
var (
	inbox         = enginetest.Inbox
	evaluate      = enginetest.Evaluate
	evaluateError = enginetest.EvaluateError
)

func TestSession(t *testing.T) { enginetest.TestSession(t, NewRuntime(), engine.Lua) }

func TestSessionEval(t *testing.T) {
	enginetest.CheckEntries(t, NewRuntime(), []enginetest.EntriesCase{
		{"number", []string{"1+1"}, "2", "print(inspect(1+1))"},
		{"equals sign", []string{"= 1+1"}, "2", ""},
		{"several locals", []string{"local a, b = (function() return 1, 2 end)()", "a, b"}, "1\t2", "print(inspect(a), inspect(b))"},
		{"after statements", []string{"x = 1; x + 1"}, "2", ""},
		{"call at the end", []string{"x = 1\nmath.max(x, 5)"}, "5", "x = 1\nmath.max(x, 5)"},
		{"list", []string{"crisp.people.list()"}, "{\n  {email = \"a@x.test\", person_id = \"a\"},\n  {email = \"b@x.test\", person_id = \"b\"},\n}", "crisp.people.list()"},
		{"length", []string{"#crisp.people.list()"}, "2", ""},
		{"stream", []string{"s = ''; for p in crisp.people.each() do if p.person_id == 'c' then break end s = s .. p.person_id end", "s"}, `"ab"`, ""},
		{"stream kept", []string{"it = crisp.people.each()", "it().person_id", "it().person_id"}, `"b"`, ""},
		{"string", []string{"'a\\nb'"}, `"a\nb"`, ""},
	})
}

func TestSessionCheck(t *testing.T) {
	incomplete := []string{
		"function f()", "if x then", "for i = 1, 2 do", "x = {1,", "f(", "1 +", "x = ", "x, y =", "[[abc", "--[[ abc", "x = 'a\\\n", "a.", "a:b", "repeat", "x = 1; x +",
		"local", "local x =", "if x then y() else", "crisp.people.list{", "not",
	}
	complete := []string{
		"", "  ", "-- comment", "1 + 1", "x = 1", "f()", "f{1}", "x y", "x = = 1", "'abc", "end", "f())", "for i = 1, 2 do end", "return", "return 1", "goto a ::a::", "=1", "if x then end",
	}
	s := sessionOf(t, engine.Config{})
	enginetest.CheckCompleteness(t, s, engine.Incomplete, incomplete)
	enginetest.CheckCompleteness(t, s, engine.Complete, complete)
}

// A panic of the host, wherever a value of the script leads to it, is an error, and what was there goes on.
func TestHostPanics(t *testing.T) {
	broken := &engine.Module{Name: "broken", InstanceValues: func(context.Context) []engine.Constant { panic("no connection") }}
	cfg := engine.Config{Modules: []*engine.Module{broken}}
	check := func(name string, err error) {
		t.Helper()
		var p *engine.PanicError
		if !errors.As(err, &p) || p.Value != "no connection" || !strings.Contains(err.Error(), "InternalError: the script engine cannot ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := sessionOf(t, cfg)
	if got := s.Members("broken"); got != nil {
		t.Errorf("members %v", got)
	}
	_, err := s.Eval(t.Context(), "entry", "broken")
	check("Eval", err)
	if got := evaluate(t, s, "1 + 1").Text; got != "2" {
		t.Errorf("the next entry is %s", got)
	}
	vm, p := enginetest.Script{Source: engine.Source{Name: "a.lua", Code: []byte("return broken")}, Config: cfg}.Start(t, NewRuntime())
	check("Load", vm.(interface {
		Load(context.Context, engine.Program) error
	}).Load(t.Context(), p))
	if got := vm.(interface{ Exports() []string }).Exports(); got != nil {
		t.Errorf("exports %q", got)
	}
}

// An entry that takes long to compile is stopped as a program is.
func TestStopEntryThatCompiles(t *testing.T) {
	var code strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&code, "x = 'text %d'\n", i)
	}
	s := sessionOf(t, engine.Config{})
	cause := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Millisecond, cause)
	defer cancel()
	var e *engine.Error
	if _, err := s.Eval(ctx, "entry", code.String()); !errors.As(err, &e) || e.Kind != engine.KindTimeout || e.Error() != "entry: the script was stopped: enough" {
		t.Errorf("error %v", err)
	}
	if got := evaluate(t, s, "1 + 1").Text; got != "2" {
		t.Errorf("the next entry is %s", got)
	}
}

// TestSessionInsideEval has host functions that use the session which called them.
func TestSessionInsideEval(t *testing.T) {
	enginetest.CheckSessionInsideEval(t, NewRuntime(), []string{"back.eval()", "back.get()", "back.get_now()", "back.set()"})
}
