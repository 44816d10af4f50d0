package lua

import (
	"testing"

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
