package js

import (
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestSessionCheck(t *testing.T) {
	incomplete := []string{
		"foo(", "[1,", "{", "{a: 1", `{"a": 1,`, "`abc", "`a ${", "`a ${b", "`a ${b} c", "/* abc", "'abc\\\n", "\"abc\\\n", "a +", "a =", "const x =", "let a = 1,", "a.", "a?.", "a ?", "a ? b :",
		"if (x)", "if (x) {", "if (x) y(); else", "() =>", "async (a) =>", "(a, b) => {", "function f(", "function f() {", "class A {", "class A extends", "for (const a of", "for (;;)",
		"while (x)", "do {", "do x()", "switch (a) {", "switch (a) { case 1:", "try {", "try {}", "new", "!", "typeof", "await", "a &&", "a ??", "import {a", "import {a} from", "import", "x = {a:",
		"for await (const a of", "async function* f() {", "return (", "throw", "foo(`${a}", "{ a: { b: [",
	}
	complete := []string{
		"", "  \n", "// comment", "/* c */", "1 + 1", "a", "{a: 1}", `{"a": 1}`, "{}", "foo()", "const x = 1", "if (x) y()", "if (x) { y() }", "`abc`", "`a ${b} c`", "'abc'", "'abc", `"abc`, "a b", "foo)", "}",
		"]", "(a]", "/abc/", "/ab", "() => 1", "function f() {}", "class A {}", "for await (const a of b) c()", "async function* f() { yield 1 }", "import a from 'b'", "import {a, b as c} from \"d\"",
		"x = /[/]/.test('a')", "a / b / c", "function () {}", "class {}", "const a", "1 +* 2", "await x", "label: for (;;) break label", "var s = '\\\n'", "})(async function(){", "} , async function() {",
		"\"\\u{110000}\"", "x = `\\u`",
	}
	s := sessionOf(t, engine.Config{})
	for _, language := range []engine.Language{engine.JavaScript, engine.TypeScript} {
		if err := s.(*session).SetLanguage(language); err != nil {
			t.Fatal(err)
		}
		t.Run(string(language), func(t *testing.T) {
			enginetest.CheckCompleteness(t, s, engine.Incomplete, incomplete)
			enginetest.CheckCompleteness(t, s, engine.Complete, complete)
		})
	}
	enginetest.CheckCompleteness(t, s, engine.Incomplete, []string{"let x: number =", "type A = {", "interface A {", "function f(a: string", "x as", "enum E {", "const f = <T>(", "let x: Array<"})
	enginetest.CheckCompleteness(t, s, engine.Complete, []string{"let x: number = 1", "type A = { a: string }", "interface A { a?: string }", "x as any", "enum E { A }", "let x: Array<string>"})
}

// Parsers descend into what is nested, on a stack whose overflow ends the process.
func TestSessionSurvivesNesting(t *testing.T) {
	s := sessionOf(t, engine.Config{})
	for _, part := range []string{"(", "[", "{", "!", "a=>", "if(1)", "x?", "a=", "`${", "a+", "new ", "a.b(", "-", "async()=>", "a**", "for(;;)", "x:", "a,", "a.b.", "/*x*/(", "\"(\"+", "else "} {
		code := strings.Repeat(part, (1<<18)/len(part))
		s.Check(code)
		enginetest.Saved(s, code)
		enginetest.Saved(s, code+"a")
	}
}
