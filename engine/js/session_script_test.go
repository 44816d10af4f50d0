package js

import (
	"cmp"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// scriptCase is an entry and the text that .save writes of it. Where nothing needs to be awaited, the text stays as it is.
type scriptCase struct{ code, want string }

func checkScripts(t *testing.T, s engine.Session, tests []scriptCase) {
	t.Helper()
	for _, test := range tests {
		want := cmp.Or(test.want, test.code)
		if got := enginetest.Saved(s, test.code); got != want {
			t.Errorf("%s\n got %s\nwant %s", test.code, got, want)
		}
	}
}

func TestSessionScript(t *testing.T) {
	tests := []scriptCase{
		{"1 + 1", ""},
		{"console.log(1)", ""},
		{"Math.max(1, JSON.parse('2'))", ""},
		{"'a'.toUpperCase().split('')", ""},
		{"crisp.people.countNow()", ""},
		{"crisp.people.list()", "await crisp.people.list()"},
		{"console.log(crisp.people.get('a').email)", "console.log((await crisp.people.get('a')).email)"},
		{"const c = crisp.people.list()", "const c = await crisp.people.list()"},
		{"const [a, {b = crisp.people.get('b')}] = crisp.people.list()", "const [a, {b = await crisp.people.get('b')}] = await crisp.people.list()"},
		{"a = crisp.people.list()", "let a = await crisp.people.list()"},
		{"if (x) y = 1", "let y;\nif (x) y = 1"},
		{"[p, q] = [1, 2]", "let p, q;\n[p, q] = [1, 2]"},
		{"for (const p of crisp.people.each()) console.log(p)", "for await (const p of crisp.people.each()) console.log(p)"},
		{"for (const p of crisp.people.list()) console.log(p)", "for (const p of await crisp.people.list()) console.log(p)"},
		{"ids.map(id => crisp.people.get(id))", "await Promise.all(ids.map(async id => await crisp.people.get(id)))"},
		{"ids.map(async id => 1)", "await Promise.all(ids.map(async id => 1))"},
		{"ids.map(id => crisp.people.get(id)).map(p => p.email)", "(await Promise.all(ids.map(async id => await crisp.people.get(id)))).map(p => p.email)"},
		{"for (const p of ids.map(id => crisp.people.get(id))) f(p)", "for (const p of await Promise.all(ids.map(async id => await crisp.people.get(id)))) await f(p)"},
		{"ids.map(id => id + 1)", ""},
		{"Promise.all(ids.map(id => crisp.people.get(id)))", "await Promise.all(ids.map(id => crisp.people.get(id)))"},
		{"() => crisp.people.list()", "async () => await crisp.people.list()"},
		{"function f() { return crisp.people.list() }", "async function f() { return await crisp.people.list() }"},
		{"async function f() { return (await crisp.people.list()).length }", ""},
		{"class A { b() { return crisp.people.list() } }", "class A { async b() { return await crisp.people.list() } }"},
		{"await crisp.people.list()", ""},
		{"(await crisp.people.list()).length", ""},
		{"crisp.people.list().then(x => x.length).catch(() => 0)", "await crisp.people.list().then(x => x.length).catch(() => 0)"},
		{"f()()", "await (await f())()"},
		{"new Foo(crisp.people.list())", "new Foo(await crisp.people.list())"},
		{"!crisp.people.exists('a') && 1", "!await crisp.people.exists('a') && 1"},
		{"crisp.people.get('a') ** 2", "(await crisp.people.get('a')) ** 2"},
		{"(f)().x", "(await (f)()).x"},
		{"(a, f)((b))", "await (a, f)((b))"},
		{"`${f()} ${g().h}`", "`${await f()} ${(await g()).h}`"},
		{"x?.f().y", "(await x?.f())?.y"},
		{"x?.f()[0]", "(await x?.f())?.[0]"},
		{"while (f()) { g(); break }", "while (await f()) { await g(); break }"},
		{"switch (f()) { case g(): h() }", "switch (await f()) { case await g(): await h() }"},
		{"throw f()", "throw await f()"},
		{"a\nf().b", "a\n;(await f()).b"},
		{"a;\nf().b", "a;\n(await f()).b"},
		{"(f().b)", "((await f()).b)"},
		{"a\n;((f()().b)); c", "a\n;(((await (await f())()).b)); c"},
		{"if (a) f().b\nelse g().c", "if (a) (await f()).b\nelse (await g()).c"},
		{"delete f().x", "delete (await f()).x"},
		{"grüße().länge", "(await grüße()).länge"},
		{"f(/[)]/, ')', `)`).x", "(await f(/[)]/, ')', `)`)).x"},
		{"import {a} from 'crisp'\na()", "import {a} from 'crisp'\nawait a()"},
		{"export const z = f()", "export const z = await f()"},
		{"const {length} = crisp.people.list(), n = length", "const {length} = await crisp.people.list(), n = length"},
		{"if (f().n++) (a)++\nelse (b.c[0])--", "if ((await f()).n++) (a)++\nelse (b.c[0])--"},
		{"f() /* (", "f() /* ("},
		{"(a = 0)", "let a;\n(a = 0)"},
		{"(a) = 0", "let a;\n(a) = 0"},
		{"a = a || {}", "let a;\na = a || {}"},
		{"if (x) a = 1\na = 2", "let a;\nif (x) a = 1\na = 2"},
		{"b.a = 1; a = b.a", "b.a = 1; let a = b.a"},
		{"a = 1; { let a = 2 }", "let a = 1; { let a = 2 }"},
		{"a = 1; { var a = 2 }", ""},
		{"try {} catch (a) { a = 1 }", ""},
		{"export default a = 1", "let a;\nexport default a = 1"},
		{"export default f().a", "export default (await f()).a"},
		{"a\nf().b`c`", "a\n;(await f()).b`c`"},
		{"a\n((f().b))", "await a\n(((await f()).b))"},
		{"a\nf().b.map(c => crisp.people.get(c))", "a\nawait Promise.all((await f()).b.map(async c => await crisp.people.get(c)))"},
		{"const a = 1..b, c = f()", "const a = 1..b, c = await f()"},
		{"const a = function () {} / f() / 2", "const a = function () {} / await f() / 2"},
		{"// a\u2028f().b", "// a\u2028(await f()).b"},
		{"a\u212e().b", "(await a\u212e()).b"},
	}
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	checkScripts(t, s, tests)
}

func TestSessionScriptTypeScript(t *testing.T) {
	tests := []scriptCase{
		{"const c: Person[] = crisp.people.list()", "const c: Person[] = await crisp.people.list()"},
		{"(crisp as any).people.list().length", "(await (crisp as any).people.list()).length"},
		{"interface A { a: string }\nconst n = crisp.people.list().length as number", "interface A { a: string }\nconst n = (await crisp.people.list()).length as number"},
		{"for (const p of crisp.people.each()) console.log(p!.email)", "for await (const p of crisp.people.each()) console.log(p!.email)"},
		{"const f = (a: string): Promise<A> => crisp.people.get(a)", "const f = async (a: string): Promise<A> => await crisp.people.get(a)"},
		{"let x: number", ""},
		{"enum E { A, B = 'b' }", ""},
		{"namespace N { export const a = 1 }", ""},
		{"enum F { A }; crisp.people.list().length", "enum F { A }; (await crisp.people.list()).length"},
		{"class A<T> { constructor(private id: T) {} mail() { return crisp.people.get(this.id).email } }", "class A<T> { constructor(private id: T) {} async mail() { return (await crisp.people.get(this.id)).email } }"},
		{"const label = (e: string): string => crisp.people.exists(e) ? 'yes' : 'no'", "const label = async (e: string): Promise<string> => await crisp.people.exists(e) ? 'yes' : 'no'"},
		{"const two = (): { n: number }[] => [{ n: crisp.people.list().length }]", "const two = async (): Promise<{ n: number }[]> => [{ n: (await crisp.people.list()).length }]"},
		{"function g(): string | { a: 1 } { return crisp.people.list()[0].email }", "async function g(): Promise<string | { a: 1 }> { return (await crisp.people.list())[0].email }"},
		{"const one = e => crisp.people.exists(e)", "const one = async e => await crisp.people.exists(e)"},
		{"function f<T>(x: T): T { crisp.people.list(); return x }", "async function f<T>(x: T): Promise<T> { await crisp.people.list(); return x }"},
		{"crisp.people.get<Person>('a').email", "(await crisp.people.get<Person>('a')).email"},
		{"ids.map((id: string) => crisp.people.get(id))", "await Promise.all(ids.map(async (id: string) => await crisp.people.get(id)))"},
		{"x = 'a' as string", "let x = 'a' as string"},
		{"for await (const p of crisp.people.each()) f(p as any)", "for await (const p of crisp.people.each()) await f(p as any)"},
	}
	s := sessionOf(t, engine.Config{Modules: []*engine.Module{inbox()}})
	if err := s.(*session).SetLanguage(engine.TypeScript); err != nil {
		t.Fatal(err)
	}
	checkScripts(t, s, tests)
}

// TestSessionScripts turns entries into one script, where a name is declared once.
func TestSessionScripts(t *testing.T) {
	for _, test := range []struct {
		entries, want []string
	}{
		{[]string{"const {count} = crisp.people.list()", "const {count} = crisp.people.list()"}, []string{"let {count} = await crisp.people.list()", ";({count} = await crisp.people.list())"}},
		{[]string{"let x = 1, y = 2", "let y = 3"}, []string{"", "y = 3"}},
		{[]string{"let x = 1", "const x = 2, z = 3", "let [z] = [4];", "let z"}, []string{"", "let z; x = 2, z = 3", ";[z] = [4];", "z = undefined"}},
		{[]string{"v = 1", "var v", "let {a, v} = {v: 2}"}, []string{"let v = 1", "v", "let a; ({a, v} = {v: 2})"}},
		{[]string{"function f() { return 1 }", "function f() { return 2 }", "async function f() {}"}, []string{"", "f = function f() { return 2 };", "f = async function f() {};"}},
		{[]string{"class A { }", "class A { b() {} }"}, []string{"", "A = class A { b() {} };"}},
		{[]string{"import {x} from 'y'", "import {x} from 'y' // again", "x"}, []string{"", " // again", ""}},
		{[]string{"{a: 1, b: 2}", "nope nope"}, []string{"({a: 1, b: 2}\n)", ""}},
		{[]string{"const e = import('crisp')", "const f = import('crisp').then(m => m)"}, []string{"const e = await import('crisp')", "const f = await import('crisp').then(m => m)"}},
	} {
		s := enginetest.NewSession(t, NewRuntime(), engine.Config{Modules: []*engine.Module{enginetest.Inbox()}})
		got, err := s.Scripts(test.entries)
		if err != nil {
			t.Errorf("%q: %v", test.entries, err)
			continue
		}
		for i := range got {
			if want := cmp.Or(test.want[i], test.entries[i]); got[i] != want {
				t.Errorf("%s\n got %s\nwant %s", test.entries[i], got[i], want)
			}
		}
	}
}
