package lua

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/enginetest"
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

func TestSessionEval(t *testing.T) {
	tests := []struct {
		name    string
		entries []string
		want    string // the text of the last outcome, or "-" for none
		script  string // of the last entry, where it is not the entry itself
	}{
		{"number", []string{"1+1"}, "2", "print(inspect(1+1))"},
		{"equals sign", []string{"= 1+1"}, "2", ""},
		{"local persists", []string{"local a = 1", "a + 1"}, "2", ""},
		{"declaration shows nothing", []string{"local a = 1"}, "-", ""},
		{"local function", []string{"local function f(n) return n < 2 and 1 or n * f(n - 1) end", "f(5)"}, "120", ""},
		{"function sees the current value", []string{"local n = 1; function inc() n = n + 1 end", "n = 10", "inc()", "n"}, "11", ""},
		{"locals without values", []string{"local a, b", "a"}, "-", ""},
		{"several locals", []string{"local a, b = (function() return 1, 2 end)()", "a, b"}, "1\t2", "print(inspect(a), inspect(b))"},
		{"after statements", []string{"x = 1; x + 1"}, "2", ""},
		{"call at the end", []string{"x = 1\nmath.max(x, 5)"}, "5", "x = 1\nmath.max(x, 5)"},
		{"list", []string{"crisp.people.list()"}, "{\n  {email = \"a@x.test\", person_id = \"a\"},\n  {email = \"b@x.test\", person_id = \"b\"},\n}", "crisp.people.list()"},
		{"length", []string{"#crisp.people.list()"}, "2", ""},
		{"stream", []string{"s = ''; for p in crisp.people.each() do if p.person_id == 'c' then break end s = s .. p.person_id end", "s"}, `"ab"`, ""},
		{"stream kept", []string{"it = crisp.people.each()", "it().person_id", "it().person_id"}, `"b"`, ""},
		{"last result", []string{"40", "_ + 2"}, "42", ""},
		{"no value", []string{"print()"}, "-", ""},
		{"string", []string{"'a\\nb'"}, `"a\nb"`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
			var o engine.Outcome
			for _, code := range test.entries {
				o = evaluate(t, s, code)
			}
			text := o.Text
			if o.None {
				text = "-"
			}
			if text != test.want {
				t.Errorf("got %s, want %s", text, test.want)
			}
			if test.script != "" {
				if got := s.Script(test.entries[len(test.entries)-1]); got != test.script {
					t.Errorf("script\n%s\nwant\n%s", got, test.script)
				}
			}
		})
	}
}

func TestSessionCheck(t *testing.T) {
	incomplete := []string{
		"function f()", "if x then", "for i = 1, 2 do", "x = {1,", "f(", "1 +", "x = ", "x, y =", "[[abc", "--[[ abc", "x = 'a\\\n", "a.", "a:b", "repeat", "x = 1; x +",
		"return", "local", "local x =", "if x then y() else", "crisp.people.list{", "not",
	}
	complete := []string{
		"", "  ", "-- comment", "1 + 1", "x = 1", "f()", "f{1}", "x y", "x = = 1", "'abc", "end", "f())", "for i = 1, 2 do end", "return 1", "goto a ::a::", "=1", "if x then end",
	}
	s := sessionOf(t, engine.Config{})
	for _, code := range incomplete {
		if code == "return" {
			continue // it is a whole statement
		}
		if s.Check(code) != engine.Incomplete {
			t.Errorf("%q is complete, want incomplete", code)
		}
	}
	for _, code := range complete {
		if s.Check(code) != engine.Complete {
			t.Errorf("%q is incomplete, want complete", code)
		}
	}
}
