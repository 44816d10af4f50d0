package js

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

func TestSession(t *testing.T) { enginetest.TestSession(t, NewRuntime(), engine.JavaScript) }

func TestSessionEval(t *testing.T) {
	enginetest.CheckEntries(t, NewRuntime(), []enginetest.EntriesCase{
		{"hoisted", []string{"const x = f(); function f() { return 7 }", "x"}, "7", ""},
		{"names of functions", []string{"const f = () => 1; function g() {}; class C {}", "[f.name, g.name, C.name]"}, "[ 'f', 'g', 'C' ]", ""},
		{"object literal", []string{"{a: 1}"}, "{ a: 1 }", ""},
		{"block", []string{"{ let a = 1; a + 1 }"}, "2", ""},
		{"list", []string{"crisp.people.list()"}, "[\n  { person_id: 'a', email: 'a@x.test' },\n  { person_id: 'b', email: 'b@x.test' }\n]", "await crisp.people.list()"},
		{"length", []string{"crisp.people.list().length"}, "2", "(await crisp.people.list()).length"},
		{"spread", []string{"[...crisp.people.list()].length"}, "2", "[...await crisp.people.list()].length"},
		{"loop", []string{"let s = ''\nfor (const p of crisp.people.list()) s += crisp.people.get(p.person_id).email + ' '", "s"}, "'a@x.test b@x.test '", ""},
		{"stream", []string{"let s = ''; for (const p of crisp.people.each()) { if (p.person_id == 'c') break; s += p.person_id }", "s"}, "'ab'", ""},
		{"written await", []string{"let s = ''; for await (const p of crisp.people.each()) s += p.person_id", "s"}, "'abc'", ""},
		{"condition", []string{"if (crisp.people.exists('x')) 'yes'; else 'no'"}, "'no'", "if (await crisp.people.exists('x')) 'yes'; else 'no'"},
		{"template", []string{"`${crisp.people.list().length} people`"}, "'2 people'", "`${(await crisp.people.list()).length} people`"},
		{"argument", []string{"Math.max(crisp.people.list().length, 1)"}, "2", "Math.max((await crisp.people.list()).length, 1)"},
		{"destructuring", []string{"const [{email}] = crisp.people.list()", "email"}, "'a@x.test'", ""},
		{"object pattern", []string{"const {a, b: {c = 3, ...d}, ...e} = {a: 1, b: {x: 5}, z: 6}", "[a, c, d, e]"}, "[ 1, 3, { x: 5 }, { z: 6 } ]", ""},
		{"or assign", []string{"let x; x ??= crisp.people.list()", "x.length"}, "2", ""},
		{"map of calls", []string{"['a', 'b'].map(id => crisp.people.get(id)).length"}, "2", ""},
		{"map outcome", []string{"['a', 'b'].map(id => crisp.people.get(id))[0]", "const all = ['a', 'b'].map(id => crisp.people.get(id))", "all[1].email"}, "'b@x.test'", ""},
		{"explicit", []string{"(await crisp.people.list()).length"}, "2", ""},
		{"then", []string{"crisp.people.list().then(l => l.length)"}, "2", "await crisp.people.list().then(l => l.length)"},
		{"all", []string{"Promise.all([crisp.people.list(), crisp.people.get('q')]).length"}, "2", "(await Promise.all([crisp.people.list(), crisp.people.get('q')])).length"},
		{"optional", []string{"crisp?.people.list().length"}, "2", "(await crisp?.people.list())?.length"},
		{"var", []string{"for (var i = 0; i < 3; i++) {}", "i"}, "3", ""},
		{"line before", []string{"let y = {a: 1}\ncrisp.people.list().length"}, "2", "let y = {a: 1}\n;(await crisp.people.list()).length"},
	})
}

// TestSessionInsideEval has host functions that use the session which called them.
func TestSessionInsideEval(t *testing.T) {
	enginetest.CheckSessionInsideEval(t, NewRuntime(), []string{"back.eval()", "back.get()", "back.getNow()", "back.set()"})
}
