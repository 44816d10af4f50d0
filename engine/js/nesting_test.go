package js

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestNestingWithoutEnd compiles texts on which a parser would run out of stack, which ends the process.
func TestNestingWithoutEnd(t *testing.T) {
	many := func(text string) string { return strings.Repeat(text, 300_000) }
	for _, c := range []struct{ name, code string }{
		{"arrow functions", "let f = " + many("a =>") + "1"},
		{"if", many("if(x)") + ";"},
		{"for", many("for(;x;)\n") + ";"},
		{"while", many("while (x) ") + ";"},
		{"do", many("do ") + ";"},
		{"else if", "if(x);" + many("else if(x);")},
		{"assignments", "let x; " + many("x=") + "1"},
		{"conditions", "let x = " + many("1?") + "1" + many(":1")},
		{"powers", "let x = " + many("1**") + "1"},
		{"typeof", "let x = " + many("typeof ") + "1"},
		{"not", "let x = " + many("!") + "1"},
		{"new", "let x = " + many("new ") + "Date"},
		{"labels", many("a:") + ";"},
		{"parentheses", "let x = " + many("(") + "1" + many(")")},
		{"templates", "let x = " + many("`${") + "1" + many("}`")},
		{"members", "let x = a" + many(".b")},
		{"calls", "let x = a" + many("()")},
		{"items", "let x = a" + many("[0]")},
		{"tags", "let x = a" + many("``")},
		{"tags in a call", "let x = a(a" + many("``") + ")"},
		{"or", "let x = a" + many("||a")},
		{"and", "let x = a" + many("&&a")},
		{"sums", "let x = a" + many("+a")},
		{"quotients", "let x = a" + many("/a")},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := script{code: c.code}.compile(t, NewRuntime())
			var failure *engine.Error
			if !errors.As(err, &failure) || failure.Kind != engine.KindCompile || !strings.Contains(failure.Message, "deeper than") {
				t.Errorf("Compile: %v", err)
			}
		})
	}
}

// TestLongScripts compiles long texts that nest nothing.
func TestLongScripts(t *testing.T) {
	for _, line := range []string{
		"if (x === %d) f(x)\n", "if (x === %d) { f(x) } else { f(2) }\n", "x = %d ? await f(x) : 2;\n", "switch (x) { case %d: f(x) }\n",
	} {
		var code strings.Builder
		code.WriteString("let x = 0; async function f() {}\n")
		for i := range 2000 {
			fmt.Fprintf(&code, line, i)
		}
		if _, err := (script{code: code.String()}).compile(t, NewRuntime()); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
}

func TestParseNestedJSON(t *testing.T) {
	out := script{code: `
for (const [open, close, n] of [["[", "]", 4000], ["[", "]", 3000000], ['{"a":', "}", 1000000], ['["', '"]', 1]]) {
  try { console.log(typeof JSON.parse(open.repeat(n) + (open === '{"a":' ? 1 : "") + close.repeat(n))) } catch (e) { console.log(String(e)) }
}
console.log(JSON.parse(JSON.stringify("[".repeat(6000))).length, JSON.parse('[1]', (k, v) => v * 2))`}.run(t)
	const deep = "SyntaxError: JSON.parse: the text is nested deeper than 5000 levels\n"
	if want := "object\n" + deep + deep + "object\n6000 4\n"; out.err != nil || out.stdout != want {
		t.Errorf("printed %q, error %v; want %q", out.stdout, out.err, want)
	}
}
