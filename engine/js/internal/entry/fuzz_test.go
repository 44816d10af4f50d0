package entry

import (
	"testing"
)

// FuzzSessionEntry checks that looking at an entry never fails, and that both what runs and what .save writes parse and mean what was entered.
func FuzzSessionEntry(f *testing.F) {
	for _, seed := range []string{
		"crisp.people.list().length", "const {a, b: [c = f(), ...d], ...e} = g()\nfunction h() { return a }\nclass A extends B {}", "for (const p of crisp.people.each()) { if (p) continue; p.x++ }",
		"a?.b().c?.[d()](e())", "`a ${f()} b ${`c ${g()}`}`", "x = async () => { for await (const y of z()) y() }", "l: for (var [a] of f()) break l", "import a, {b as c} from 'crisp'; a(c)",
		"{a: f()}", "switch (f()) { case g(): default: h() }", "try { f() } catch ({message}) { g() } finally { h() }", "if (f()) var a = g(); else for (let b in h()) i()",
		"async function* f() { yield* g() }", "let a = /[/)]/g, b = a / f() / 2", "x ??= f(), [y, z.w] = g()", "export default f()", "new (f())(g())", "f()`${g()}`", "do f(); while (g())", "() => {}\n(f)()", "a\n++\nb", "'use strict'; \u00fcber()", "#!x\n1",
		"f((a, b))", "(((f)))().x", "export {a}", "`${{}}`", "x = {}\n/f()/g", "return f()", "}", "await f() ** 2", "(0()())", "(A=0)",
		"a\nfunction f() {}\n(b); c", "class A {} f()", "let x\n[1].y", "a\nf().b`c`", "a\n;((f().b))", "x = x || {}", "if (a) b = 1; b = 2", "x = function() {} / f() / 2", "1..toString() + 1.5.x", "a\nexport default (b)",
		"l: m: for (const {a = (f())} of (g())) if (a) debugger; else continue l", "for ((a.b) of c) d", "async (x) => x\nasync\nof", "x?.f()\n.y?.[z]()", "c = d\nf().x?.map(a => crisp.people.get(a))", "({get a() { return 1 }, async *b() {}, [c()]: d, ...e})",
		"var a; for (var b = () => 1, c;;) break", "try {} catch ({a}) { a = 1 }", "a = 1; { var a }", "do a = f()\nwhile (0) f().x", "(a, f)((b))", "new (f().x)", "// a\u2028f().x", "class A { static x = 1; #p; static {} }",
	} {
		f.Add(seed)
	}
	s := translator()
	f.Fuzz(func(t *testing.T, code string) {
		s.Check(code)
		checkEntry(t, s, code)
	})
}
