package js

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestLackingLanguage runs what goja lacks of the language.
func TestLackingLanguage(t *testing.T) {
	code, err := os.ReadFile("testdata/language.mjs")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/language.txt")
	if err != nil {
		t.Fatal(err)
	}
	out := script{name: "language.mjs", code: string(code)}.run(t)
	if out.err != nil || out.stdout != string(want) {
		t.Errorf("error %v, printed\n%s\nwant\n%s", out.err, out.stdout, want)
	}
}

// TestDeclarationsInOrder reads what is declared further down.
func TestDeclarationsInOrder(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"console.log(y); let y = 1", "ReferenceError"},
		{"console.log(y); const y = 1", "ReferenceError"},
		{"new A(); class A { x = 1 }", "ReferenceError"},
		{"f(); let y = 1; function f() { return y }", "ReferenceError"},
		{"console.log(typeof y); export let y = 1", "ReferenceError"},
		{"const { a } = { a: b }; const b = 2", "ReferenceError"},
		{"class A extends B {} class B {} new A()", "ReferenceError"},
		{"console.log(y, typeof f); var y = 1; function f() {}", "undefined function\n"},
		{"const f = () => y; let y = 2, z = 3; console.log(f() + z)", "5\n"},
		{"class A { static a = 1; self() { return A } } console.log(A.a, new A().self() === A)", "1 true\n"},
		{"let x = 1; { let x = 2; console.log(x) } console.log(x); x = 3; export { x }; console.log(x)", "2\n1\n3\n"},
		{"enum E { A = 1 } namespace N { export const q = E.A } interface I {} type T = I; const t: T = {}; console.log(N.q, t)", "1 {}\n"},
		{"/* é */ console.log(f()); function f() { return 1 } let é = 2, b = é; console.log(b)", "1\n2\n"},
	} {
		out := script{name: "order.ts", code: "const first = 0;\n" + c.code}.run(t)
		var failure *engine.Error
		switch {
		case c.want == "ReferenceError":
			if !errors.As(out.err, &failure) || failure.Name != c.want || failure.Line != 2 || out.stdout != "" {
				t.Errorf("%s\nprinted %q, error %v", c.code, out.stdout, out.err)
			}
		case out.err != nil || out.stdout != c.want:
			t.Errorf("%s\nprinted %q, error %v; want %q", c.code, out.stdout, out.err, c.want)
		}
	}
}

// TestPlaceOfFiles has import.meta of each file.
func TestPlaceOfFiles(t *testing.T) {
	out := script{name: "main.js", code: "import { where } from './lib/b.js'; const f = () => import.meta.filename; console.log(JSON.stringify([import.meta.url, f(), import.meta.dirname, import.meta === import.meta, where]))",
		files: map[string]string{"lib/b.js": "export const where = [import.meta.url, import.meta.filename]"}}.run(t)
	if out.err != nil || !strings.Contains(out.stdout, `["file:///`) || !strings.Contains(out.stdout, "/main.js") || strings.Count(out.stdout, "/lib/b.js") != 2 || !strings.Contains(out.stdout, ",true,") {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
}

// TestMessages has errors that said too little.
func TestMessages(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`JSON.parse('{"a":}')`, `SyntaxError: JSON.parse: unexpected "}" at line 1, column 6`},
		{`JSON.parse('{"é":1,\n "b": [1,2,}')`, `SyntaxError: JSON.parse: unexpected "}" at line 2, column 12`},
		{`JSON.parse('')`, `SyntaxError: JSON.parse: the text ends too early`},
		{`JSON.parse('[1')`, `SyntaxError: JSON.parse: the text ends too early`},
		{`JSON.parse('{"a":1} é')`, `SyntaxError: JSON.parse: unexpected "é" at line 1, column 9`},
		{`JSON.parse('{"a": 1e400}')`, `SyntaxError: JSON.parse: the number 1e400 is larger than numbers can be`},
		{`JSON.parse("1".repeat(400))`, `SyntaxError: JSON.parse: the number ` + strings.Repeat("1", 33) + ` is larger than numbers can be`},
		{`JSON.parse(undefined)`, `SyntaxError: `},
		{`const n = "./x.js"; await import(n)`, `Error: cannot import "./x.js": a name that is computed while the script runs can be that of a host module alone; import files by names that are written out, such as import("./file.js")`},
		{`const make = () => new Error("boom"); const e = make(); throw e.stack`, "Error: boom\n    at make (messages.js:2:20)\n    at messages.js:2:49"},
		{`const [s] = [1].map(() => new TypeError("t").stack); throw s`, "TypeError: t\n    at <anonymous> (messages.js:2:27)\n    at messages.js:2:17"},
		{`const e = new Error("a"); e.stack = "mine"; e.stack += "!"; [e.name, e.stack] = ["n", e.stack + e?.stack]; throw e.stack`, "mine!mine!"},
		{`const e = new Error("a"); delete e.stack; throw String(e.stack)`, "undefined"},
		{`const e = { stack: () => "called" }; throw e.stack()`, "called"},
		{`let o = null; o.stack`, "TypeError: Cannot read property 'stack' of null"},
	} {
		code := "try {\n" + c.code + "\n} catch (e) { console.log(String(e)) }"
		out := script{name: "messages.js", code: code}.run(t)
		if out.err != nil || !strings.HasPrefix(out.stdout, c.want) || !strings.HasSuffix(c.want, " ") && out.stdout != c.want+"\n" {
			t.Errorf("%s\nprinted %q, error %v\nwant    %q", c.code, out.stdout, out.err, c.want)
		}
	}
	for _, c := range []struct{ code, message, hint string }{
		{"function f() { await g() }", `"await" can only be used inside an "async" function`, `Consider adding the "async" keyword at messages.js:2: function f() { await g() }`},
		{`await Promise.any([Promise.reject(new Error("a")), Promise.reject(1)])`, "several errors\n  error 1: Error: a (messages.js:2:35)\n  error 2: 1", ""},
		{`throw new AggregateError([new Error("x")], "all failed")`, "all failed\n  error 1: Error: x (messages.js:2:27)", ""},
	} {
		out := script{name: "messages.js", code: "let x;\n" + c.code}.run(t)
		var failure *engine.Error
		if !errors.As(out.err, &failure) || failure.Message != c.message || failure.Hint != c.hint || failure.Line != 2 {
			t.Errorf("%s\nerror %v", c.code, out.err)
		}
	}
	out := script{name: "print.js", code: `console.log(await Promise.any([Promise.reject(new Error("a")), Promise.reject(1)]).catch(e => e))`}.run(t)
	if want := "AggregateError: several errors {\n  [errors]: [ [Error: a], 1 ]\n}\n"; out.stdout != want || out.err != nil {
		t.Errorf("printed %q, error %v", out.stdout, out.err)
	}
}
