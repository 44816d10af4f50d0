package js

import (
	"testing"

	"github.com/dop251/goja/parser"
	"github.com/evanw/esbuild/pkg/api"

	"github.com/crisphost/crisphost/engine"
)

// FuzzSessionEntry checks that looking at an entry never fails, that what runs parses, and that what .save writes is a module if the
// entry is one.
func FuzzSessionEntry(f *testing.F) {
	for _, seed := range []string{
		"crisp.people.list().length", "const {a, b: [c = f(), ...d], ...e} = g()\nfunction h() { return a }\nclass A extends B {}", "for (const p of crisp.people.each()) { if (p) continue; p.x++ }",
		"a?.b().c?.[d()](e())", "`a ${f()} b ${`c ${g()}`}`", "x = async () => { for await (const y of z()) y() }", "l: for (var [a] of f()) break l", "import a, {b as c} from 'crisp'; a(c)",
		"{a: f()}", "switch (f()) { case g(): default: h() }", "try { f() } catch ({message}) { g() } finally { h() }", "if (f()) var a = g(); else for (let b in h()) i()",
		"async function* f() { yield* g() }", "let a = /[/)]/g, b = a / f() / 2", "x ??= f(), [y, z.w] = g()", "export default f()", "new (f())(g())", "f()`${g()}`", "do f(); while (g())", "() => {}\n(f)()", "a\n++\nb", "'use strict'; \u00fcber()", "#!x\n1",
		"f((a, b))", "(((f)))().x", "export {a}", "`${{}}`", "x = {}\n/f()/g", "return f()", "}", "await f() ** 2", "(0()())",
	} {
		f.Add(seed)
	}
	s := sessionOf(f, engine.Config{Modules: []*engine.Module{inbox()}}).(*session)
	f.Fuzz(func(t *testing.T, code string) {
		s.Check(code)
		script := s.Script(code)
		e, err := s.take("entry", code)
		if err != nil {
			return
		}
		if len(s.transform(code, api.LoaderJS, false).Errors) > 0 {
			return // goja takes some texts that are wrong
		}
		run := e.render(inRun).String()
		if _, err := parser.ParseFile(nil, "", run, 0, parser.WithDisableSourceMaps); err != nil {
			t.Errorf("%q runs as %q: %v", code, run, err)
		}
		asModule := func(text string) bool {
			return len(api.Transform(text+"\n;export {}", api.TransformOptions{Format: api.FormatESModule, LogLevel: api.LogLevelSilent}).Errors) == 0
		}
		if asModule(code) && !asModule(script) {
			t.Errorf("%q is saved as %q, which does not parse", code, script)
		}
	})
}
