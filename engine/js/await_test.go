package js

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// awaitConfig has host functions of all kinds that scripts must await or not.
func awaitConfig() engine.Config {
	class := &engine.Class{Name: "Cursor", Methods: []engine.Function{{Name: "next_page", Result: "Person[]"}, {Name: "size", Sync: true}}}
	return engine.Config{Modules: []*engine.Module{
		{
			Name: "crisp", Functions: []engine.Function{{Name: "website", Sync: true, Result: "Crisp"}},
			Modules: []*engine.Module{
				{Name: "people", Functions: []engine.Function{
					{Name: "exists", Result: "boolean"}, {Name: "get", Result: "Person"}, {Name: "list", Result: "Person[]"}, {Name: "each", Sync: true},
				}},
				{Name: "conversations", Functions: []engine.Function{
					{Name: "get", Result: "Conversation"}, {Name: "list", Result: "Conversation[]"}, {Name: "each", Sync: true},
				}, Modules: []*engine.Module{{Name: "messages", Functions: []engine.Function{{Name: "list", Result: "Message[]"}, {Name: "send"}}}}},
				{Name: "visitors", Functions: []engine.Function{{Name: "count", Result: "Count"}}},
			},
		},
		{Name: "db", Classes: []*engine.Class{class}, Functions: []engine.Function{{Name: "open", Result: "Cursor"}, {Name: "find"}}},
		{Name: "store", Functions: []engine.Function{{Name: "get", Result: "any"}, {Name: "list", Result: "{ key }[]"}}},
		{Name: "csv", Functions: []engine.Function{{Name: "parse", Sync: true, Result: "table[]"}}},
	}}
}

// mistakes returns the mistakes of a script that the compiler finds, as "line:column message | hint".
func mistakes(t *testing.T, s script) []string {
	t.Helper()
	s.config = awaitConfig()
	_, err := s.compile(t, NewRuntime())
	if err == nil {
		return nil
	}
	var e *engine.Error
	if !errors.As(err, &e) || e.Name != "TypeError" {
		return []string{err.Error()}
	}
	hint, more, _ := strings.Cut(e.Hint, "\n")
	list := []string{fmt.Sprintf("%s:%d:%d %s | %s", e.File, e.Line, e.Column, e.Message, hint)}
	if more != "" {
		list = append(list, strings.Split(more, "\n")[1:]...)
	}
	return list
}

// TestMissingAwait compiles scripts in which a call lacks await. They want the column of the mistake in the first line, and the message
// with the hint.
func TestMissingAwait(t *testing.T) {
	const (
		exists  = "crisp.people.exists(...) gives a promise, which is always true | write await crisp.people.exists(...)"
		noItems = "crisp.people.list() gives a promise, which has no items | write await crisp.people.list()"
		text    = "crisp.visitors.count() gives a promise, which is no text and no number | write await crisp.visitors.count()"
		equal   = "crisp.visitors.count() gives a promise, which equals nothing else | write await crisp.visitors.count()"
	)
	member := func(member, expression string) string {
		return "crisp.people.list() gives a promise, which has no member " + member + " | write (await crisp.people.list())" + expression
	}
	takes := func(name string) string {
		return "crisp.people.list() gives a promise, and " + name + " takes the result | write await crisp.people.list()"
	}
	for _, c := range []struct{ code, want string }{
		// Conditions.
		{`if (crisp.people.exists("a")) x()`, "5 " + exists},
		{`if (a) {} else if (crisp.people.exists("a")) x()`, "20 " + exists},
		{`while (crisp.people.exists("a")) x()`, "8 " + exists},
		{`do { x() } while (crisp.people.exists("a"))`, "19 " + exists},
		{`for (; crisp.people.exists("a");) x()`, "8 " + exists},
		{`x(crisp.people.exists("a") ? 1 : 2)`, "3 " + exists},
		{`x(!crisp.people.exists("a"))`, "4 " + exists},
		{`x(crisp.people.exists("a") && y)`, "3 " + exists},
		{`x(crisp.people.exists("a") || y)`, "3 " + exists},
		{`if (a && crisp.people.exists("a")) x()`, "10 " + exists},
		{`if (a || b && !(crisp.people.exists("a"))) x()`, "17 " + exists},
		{`if (a ? crisp.people.exists("a") : b) x()`, "9 " + exists},
		{`if ((a, crisp.people.exists("a"))) x()`, "9 " + exists},
		{`crisp.people.exists("a") && x()`, "1 " + exists},
		{`x(crisp.people.get("a") ?? {})`, "3 crisp.people.get(...) gives a promise, which is never null | write await crisp.people.get(...)"},
		// Operands.
		{`x(crisp.visitors.count() + 1)`, "3 " + text},
		{`x(1 + crisp.visitors.count())`, "7 " + text},
		{`x("a" + crisp.visitors.count() + "b")`, "9 " + text},
		{`x(crisp.visitors.count() > 3)`, "3 " + text},
		{`x(-crisp.visitors.count(), 1)`, "4 " + text},
		{"x(`${1} ${crisp.visitors.count()}`)", "11 " + text},
		{`n += crisp.visitors.count()`, "6 " + text},
		{`x({}[crisp.visitors.count()])`, "6 " + text},
		{`x(crisp.visitors.count() === 3)`, "3 " + equal},
		{`x(y != crisp.visitors.count())`, "8 " + equal},
		{`switch (crisp.visitors.count()) { case 1: x() }`, "9 " + equal},
		{`x("a" in crisp.people.list())`, "10 crisp.people.list() gives a promise, which has no members | write await crisp.people.list()"},
		// Objects.
		{`x(crisp.people.list().length)`, "3 " + member("length", ".length")},
		{`x(crisp.people.list()?.length)`, "3 " + member("length", ".length")},
		{`x(crisp.people.list()[0])`, "3 " + member("0", "[0]")},
		{`x(crisp.people.list()[y])`, "3 crisp.people.list() gives a promise, which has no member | write (await crisp.people.list())[...]"},
		{`crisp.people.list().map(x)`, "1 " + member("map", ".map")},
		{`crisp.people?.list().map(x)`, "1 " + member("map", ".map")},
		{`x(await crisp.people.list().length)`, "9 " + member("length", ".length")},
		{`const {length} = crisp.people.list()`, "18 " + member("length", ".length")},
		{`({length: n} = crisp.people.list())`, "16 " + member("length", ".length")},
		{`const {...all} = crisp.people.list(); x(all)`, "18 crisp.people.list() gives a promise, which has no members | write await crisp.people.list()"},
		{`x({...crisp.people.list()})`, "7 crisp.people.list() gives a promise, which has no members | write await crisp.people.list()"},
		{`for (const k in crisp.people.list()) x(k)`, "17 crisp.people.list() gives a promise, which has no members | write await crisp.people.list()"},
		// Lists.
		{`for (const p of crisp.people.list()) x(p)`, "17 " + noItems},
		{`for await (const p of crisp.people.list()) x(p)`, "23 " + noItems},
		{`async function f() { for await (const p of crisp.people.list()) x(p) } f()`, "44 " + noItems},
		{`x([...crisp.people.list()])`, "7 " + noItems},
		{`x(...crisp.people.list())`, "6 " + noItems},
		{`const [first] = crisp.people.list()`, "17 " + noItems},
		{`[n] = crisp.people.list()`, "7 " + noItems},
		{`function* g() { yield* crisp.people.list() } x(g())`, "24 " + noItems},
		// Functions of the language.
		{`x(JSON.stringify(crisp.people.list()))`, "18 " + takes("JSON.stringify")},
		{`x(String(crisp.people.list()))`, "10 " + takes("String")},
		{`x(Boolean(crisp.people.list()))`, "11 " + takes("Boolean")},
		{`x(Object.keys(crisp.people.list()))`, "15 " + takes("Object.keys")},
		{`x(Object.entries(crisp.people.list()))`, "18 " + takes("Object.entries")},
		{`x(Object.assign({}, crisp.people.list()))`, "21 " + takes("Object.assign")},
		{`x(Array.from(crisp.people.list()))`, "14 " + takes("Array.from")},
		{`x(Array.isArray(crisp.people.list()))`, "17 " + takes("Array.isArray")},
		{`x(Math.max(1, crisp.people.list()))`, "15 " + takes("Math.max")},
		{`await map(crisp.people.list(), x)`, "11 " + takes("map")},
		{`await Promise.all(crisp.people.list())`, "19 " + takes("Promise.all")},
		{`csv.parse(crisp.people.list())`, "11 " + takes("csv.parse")},
		{`const {conversations: c} = crisp; await c.get(1, crisp.people.list())`, "50 " + takes("crisp.conversations.get")},
		{`const p = crisp.people.list(); csv.parse(p)`, "42 p is a promise, and csv.parse takes the result | write await crisp.people.list() in line 1"},
		{`x(new Map(crisp.people.list()))`, "11 " + takes("Map")},
		// What methods decide by.
		{`y.filter((p) => crisp.people.exists(p))`, "10 filter does not wait: crisp.people.exists() gives a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.some((p) => { x(); return crisp.people.exists(p) })`, "8 some does not wait: crisp.people.exists() gives a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.every(function (p) { return p && crisp.people.exists(p) })`, "9 every does not wait: crisp.people.exists() gives a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.find(crisp.people.exists)`, "8 find does not wait: crisp.people.exists() gives a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.findIndex(async (p) => true)`, "13 findIndex does not wait: what its function gives is a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.filter(async (p) => (await crisp.people.get(p)).ok)`, "10 filter does not wait: what its function gives is a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.sort((a, b) => crisp.people.get(a))`, "8 sort does not wait: crisp.people.get() gives a promise, and no number | get what it compares by before: await Promise.all(list.map(...))"},
		{`await (await crisp.people.list()).filter(async (p) => true)`, "42 filter does not wait: what its function gives is a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`y.filter((p) => !crisp.people.exists(p))`, "18 crisp.people.exists(...) gives a promise, which is always true | write await crisp.people.exists(...)"},
		{`y.map((c) => crisp.conversations.get(c).state)`, "14 crisp.conversations.get(...) gives a promise, which has no member state | write (await crisp.conversations.get(...)).state"},
		// Variables.
		{`const list = crisp.people.list(); x(list.length)`, "37 list is a promise, which has no member length | write await crisp.people.list() in line 1"},
		{`const ok = crisp.people.exists("a"); if (ok) x()`, "42 ok is a promise, which is always true | write await crisp.people.exists() in line 1"},
		{`let list = crisp.people.list(); for (const p of list) x(p)`, "49 list is a promise, which has no items | write await crisp.people.list() in line 1"},
		{`const k = crisp.visitors.count(); x("k: " + k)`, "45 k is a promise, which is no text and no number | write await crisp.visitors.count() in line 1"},
		{`const k = crisp.visitors.count(); x(k === 3)`, "37 k is a promise, which equals nothing else | write await crisp.visitors.count() in line 1"},
		{`function f() { var p = crisp.people.get("a"); return p.email } x(f())`, "54 p is a promise, which has no member email | write await crisp.people.get() in line 1"},
		{`let p; p = crisp.people.get("a"); x(p.email)`, "37 p is a promise, which has no member email | write await crisp.people.get() in line 1"},
		// Functions of the script.
		{`const ex = (e) => crisp.people.exists(e); x(ex("a") ? 1 : 2)`, "45 ex(...) gives a promise, which is always true | write await ex(...)"},
		{`function st(c) { return crisp.conversations.get(c) } x(st(1).state)`, "56 st(...) gives a promise, which has no member state | write (await st(...)).state"},
		{`async function f() {} x(f().y)`, "25 f() gives a promise, which has no member y | write (await f()).y"},
		{`const f = async (a) => a; if (f(1)) x()`, "31 f(...) gives a promise, which is always true | write await f(...)"},
		{`const ex = async (e) => true; x(y.filter(ex))`, "42 filter does not wait: what its function gives is a promise, which is always true | use a loop: for (const item of list) if (await ...) found.push(item)"},
		{`async function f() {} const v = f(); x(v.y)`, "40 v is a promise, which has no member y | write await before the call in line 1"},
		{`x((async () => {})().y)`, "4 the async function gives a promise, which has no member y | write await before the call"},
		// Lists of promises.
		{`x(y.map((c) => crisp.people.get(c)).join())`, "3 map gives a list of promises, and join takes the results | write await Promise.all(list.map(...))"},
		{`x((await y.map(async (c) => c)).join())`, "10 map gives a list of promises, and join takes the results | write await Promise.all(list.map(...))"},
		{"x(`${y.map(crisp.people.get)}`)", "6 map gives a list of promises, and an operator or template takes the results | write await Promise.all(list.map(...))"},
		{`const all = y.map(async (c) => c); x(JSON.stringify(all))`, "53 all is a list of promises, and JSON.stringify takes the results | write await Promise.all(list.map(...))"},
		{`const all = (await crisp.people.list()).map((c) => crisp.people.get(c)); x(all.includes(1))`, "76 all is a list of promises, and includes takes the results | write await Promise.all(list.map(...))"},
		// Other names for the same.
		{`const {people} = crisp; if (people.exists("a")) x()`, "29 " + exists},
		{`const api = crisp.people; if (api.exists("a")) x()`, "31 " + exists},
		{`const {exists} = crisp.people; if (exists("a")) x()`, "36 " + exists},
		{`import {people} from "crisp"; if (people.exists("a")) x()`, "35 " + exists},
		{`import c from "crisp"; if (c.people.exists("a")) x()`, "28 " + exists},
		{`import * as c from "crisp"; if (c.people.exists("a")) x()`, "35 " + exists},
		{`const c = require("crisp"); if (c.people.exists("a")) x()`, "33 " + exists},
		{`if (globalThis.crisp["people"].exists("a")) x()`, "5 " + exists},
		{`if (crisp.people?.exists("a")) x()`, "5 " + exists},
		{`if (crisp.people.exists?.("a")) x()`, "5 " + exists},
		{`if (crisp.website("w").people.exists("a")) x()`, "5 crisp.website().people.exists(...) gives a promise, which is always true | write await crisp.website().people.exists(...)"},
		{`const w = crisp.website("w"); x(w.people.list().length)`, "33 w.people.list() gives a promise, which has no member length | write (await w.people.list()).length"},
		{`x(db.open().size())`, "3 db.open() gives a promise, which has no member size | write (await db.open()).size"},
		{`const c = await db.open(); x(c.nextPage().length)`, "30 c.nextPage() gives a promise, which has no member length | write (await c.nextPage()).length"},
		{`x(fetch("https://a.b").ok)`, "3 fetch(...) gives a promise, which has no member ok | write (await fetch(...)).ok"},
		{`x(map([1], x).length)`, "3 map(...) gives a promise, which has no member length | write (await map(...)).length"},
		{`x(Promise.all([]).length)`, "3 Promise.all(...) gives a promise, which has no member length | write (await Promise.all(...)).length"},
		{`x(crisp.people.list().then((l) => l).length)`, "3 crisp.people.list().then(...) gives a promise, which has no member length | write (await crisp.people.list().then(...)).length"},
	} {
		got := mistakes(t, script{name: "a.js", code: "const x = console.log, y = [1]; let n = 0, a, b;\n" + strings.Replace(c.code, "in line 1", "", 1)})
		want := "a.js:2:" + strings.Replace(c.want, "in line 1", "in line 2", 1)
		if len(got) != 1 || got[0] != want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, strings.Join(got, "\n"), want)
		}
	}
}
