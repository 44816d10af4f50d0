package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestPipeIsReadAsAScript gives texts to a shell in a pipe that a script may have, and compares what they print.
func TestPipeIsReadAsAScript(t *testing.T) {
	for _, c := range []struct {
		language   engine.Language
		text, want string
	}{
		{engine.JavaScript, "const text = 'a'\n  + 'b'\nconsole.log(text)\n", "ab\n"},
		{engine.JavaScript, "const n = 1\n  ? 'yes'\n  : 'no'\nconsole.log(n)\n", "yes\n"},
		{engine.JavaScript, "const o = {a: {b: 1}}\nconst v = o\n  ?.a\n\n  // deeper\n  .b\nconsole.log(v)\n", "1\n"},
		{engine.JavaScript, "const b = 1\n  && 2\n  || 3\nconsole.log(b)\n", "2\n"},
		{engine.JavaScript, "const f = console.log\n(1)\n", "1\n"},
		{engine.JavaScript, "let a = [3, 4]\n[1]\nconsole.log(a)\n", "4\n"},
		{engine.JavaScript, "let n = 8\n/2/2\nconsole.log(n)\n", "2\n"},
		{engine.JavaScript, "let n = 8\n++n\nconsole.log(n)\n", "9\n"},
		{engine.JavaScript, "let n\n= 8\n, m = 9\nconsole.log(n, m)\n", "8 9\n"},
		{engine.JavaScript, "function f() { return 1 }\n(console.log)('a')\nif (f()) { f() }\n[1, 2].forEach(n => console.log(n))\n", "a\n1\n2\n"},
		{engine.JavaScript, "let n = 1;\n[5].forEach(x => console.log(x))\nif (n)\n  console.log('b')\nelse\n  console.log('c')\n", "5\nb\n"},
		{engine.JavaScript, "class A { #x = 1; get x() { return this.#x } }\n(console.log)(new A()\n  .x)\n", "1\n"},
		{engine.JavaScript, "let s = String\n.raw`a`\nconsole.log('a'\n  in {a: 1}, s)\n", "true a\n"},
		{engine.TypeScript, "type T = 'a'\n  | 'b'\nlet x: T = 'b'\nconst s = x as string\n  + '!'\nenum E { A }\n(console.log)(s, E.A)\n", "b! 0\n"},
		{engine.Lua, "local t = 'a'\n  .. 'b'\nprint(t)\n", "ab\n"},
		{engine.Lua, "local t = ('a')\n  :upper()\n  -- twice\n\n  :rep(2)\nprint(t)\n", "AA\n"},
		{engine.Lua, "local x = 1 > 2\n  and 'no'\n  or 'yes'\nprint(x)\n", "yes\n"},
		{engine.Lua, "local x = 1\n  + 2\n  - 1\nlocal y\n  , z = 1\n  , 2\nprint(x, y, z)\n", "2\t1\t2\n"},
		{engine.Lua, "local f = print\n(1)\n", "1\n"},
		{engine.Lua, "local t = {{5}}\nlocal v = t\n[1]\n[1]\nprint(v)\nprint(({a = 1})\n  .a)\n", "5\n1\n"},
		{engine.Lua, "x = 1\n-- print\nprint(x)\n;(print)(2)\n", "1\n2\n"},
	} {
		x := newTrial(t, c.language, false, small)
		if err := x.pipe(t, c.text); err != nil {
			t.Errorf("%s\n%v", c.text, err)
		}
		if got := x.out.String(); got != c.want && !onlyAdds(got, c.want) {
			t.Errorf("%s\nprinted\n%swant\n%s", c.text, got, c.want)
		}
		file := filepath.Join(t.TempDir(), "script."+string(c.language))
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := play(t, c.language, ".run "+file); got != c.want {
			t.Errorf("%s\nruns as\n%swant\n%s", c.text, got, c.want)
		}
	}
}

// onlyAdds reports whether a text has the lines of another in their order, besides values of expressions.
func onlyAdds(text, lines string) bool {
	for line := range strings.Lines(lines) {
		_, after, ok := strings.Cut(text, line)
		if !ok {
			return false
		}
		text = after
	}
	return true
}

// TestPipeTakesEntriesApart enters values that could go on with the line before them, but never would.
func TestPipeTakesEntriesApart(t *testing.T) {
	for _, c := range []struct {
		language    engine.Language
		input, want string
	}{
		{engine.JavaScript, "'text'\n({a: 1})\n1 + 1\n.json\n[3]\n", "text\na  1\n2\n[\n  3\n]\n"},
		{engine.JavaScript, "let a = 1\n\n\na\n// end\n", "1\n"},
		{engine.Lua, "1\n'a'\n{5}\n2\n(3)\n.json\n#{}\nnot 1\n", "1\na\n[5]\n2\n3\n0\nfalse\n"},
	} {
		x := newTrial(t, c.language, false, small)
		if err := x.pipe(t, c.input); err != nil || x.out.String() != c.want {
			t.Errorf("%s\nprinted\n%swant\n%s%v", c.input, x.out, c.want, err)
		}
	}
}

// TestPipeEndsWithItsTimers leaves timers and promises behind at the end of the input.
func TestPipeEndsWithItsTimers(t *testing.T) {
	for _, c := range []struct{ input, want, failure string }{
		{input: "let n = 1\nsetTimeout(() => console.log('timer', n), 1000)\nn = 2\n", want: "1\ntimer 2\n"},
		{
			input: "const f = async () => { await new Promise(r => setTimeout(r, 5)); console.log(crisp.people.exists('nobody@x.example')) }\nvoid (() => { f() })()\n",
			want:  "false\n",
		},
		{input: "void setTimeout(() => { throw new Error('late') }, 5)\n", failure: "late"},
		{input: "void setTimeout(() => console.log('timer'), 60_000)\nmissing\n", failure: "missing"},
		{input: "void setTimeout(() => console.log('timer'), 60_000)\n.exit\n"},
	} {
		x := newTrial(t, engine.JavaScript, false, small)
		err := x.pipe(t, c.input)
		if failed := err != nil; failed != (c.failure != "") || failed && !strings.Contains(err.Error(), c.failure) {
			t.Errorf("%s\n%v, want %q", c.input, err, c.failure)
		}
		if got := x.out.String(); got != c.want {
			t.Errorf("%s\nprinted\n%swant\n%s", c.input, got, c.want)
		}
	}
}
