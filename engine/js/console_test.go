package js

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestConsoleLikeNode compares what console.log shows with what Node shows. The expectation was written by Node itself, and is
// checked against it where it is installed.
func TestConsoleLikeNode(t *testing.T) {
	path := filepath.Join("testdata", "console", "values.js")
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join("testdata", "console", "values.out"))
	if err != nil {
		t.Fatal(err)
	}
	out := script{name: "values.js", code: string(code)}.run(t)
	if out.err != nil || out.stdout != string(want) {
		t.Errorf("error %v, printed:\n%s\nwant:\n%s", out.err, out.stdout, want)
	}
	if node, err := exec.LookPath("node"); err == nil {
		fresh, err := exec.Command(node, path).Output()
		if err != nil {
			t.Fatal(err)
		}
		if string(fresh) != string(want) {
			t.Logf("this machine's Node prints otherwise:\n%s", fresh)
		}
	}
}

func TestConsole(t *testing.T) {
	checkCases(t, []languageCase{
		{name: "what differs from Node", code: "console.log(new ArrayBuffer(4), { [Symbol('s')]: 1 }, demo.count(1))", stdout: "ArrayBuffer { byteLength: 4 } {} Sequence {}\n"},
		{name: "levels", code: "console.log('out'); console.info('info'); console.debug('debug'); console.dir({ a: 1 })", stdout: "out\ninfo\ndebug\n{ a: 1 }\n"},
		{name: "groups", code: "console.group('A'); console.log('a\\nb'); console.group(); console.log({ x: 1 }); console.groupEnd(); console.groupEnd(); console.groupEnd(); console.log('c')", stdout: "A\n  a\n  b\n    { x: 1 }\nc\n"},
		{name: "counts", code: "console.count(); console.count('x'); console.count()", stdout: "default: 1\nx: 1\ndefault: 2\n"},
		{name: "table without the host's", code: "console.table([{ a: 1 }, { a: 2 }]); console.table(5)", stdout: "{ a: 1 }\n{ a: 2 }\n5\n"},
		{name: "getters run and may throw", code: "console.log({ get a() { return 1 }, get b() { throw new Error('x') } }, new Proxy({}, { ownKeys() { throw new Error('y') } }))", stdout: "{ a: 1, b: [throws: Error: x] } [cannot be shown: Error: y]\n"},
		{name: "lazy documents", code: "console.log(await demo.json(JSON.stringify({ list: [{ id: 1, tags: ['a'] }, { id: 2, tags: [] }], n: null, deep: { a: { b: { c: 1 } } } })))", stdout: "{\n  list: [ { id: 1, tags: [Array] }, { id: 2, tags: [] } ],\n  n: null,\n  deep: { a: { b: [Object] } }\n}\n"},
		{name: "errors", code: "function f() { return new TypeError('bad', { cause: new Error('why') }) }\nconst e = f(); e.code = 5;\nconsole.log(e, [e]);", stdout: "TypeError: bad\n    at f (test.ts:1:23)\n    at test.ts:2:11 {\n  code: 5,\n  [cause]: [Error: why]\n} [ [TypeError: bad] ]\n"},
		{name: "assertions that hold", code: "console.assert(true, 'no'); console.timeLog; console.log('ok')", stdout: "ok\n"},
	})
}

func TestConsoleErrorStream(t *testing.T) {
	out := script{code: "console.error('e', 1); console.warn({ a: 1 }); console.assert(false, 'why', 2); console.timeEnd('t'); function f() { console.trace('here') }\nf()"}.run(t)
	want := "e 1\n{ a: 1 }\nAssertion failed: why 2\nconsole.time was not called for \"t\"\nTrace: here\n    at f (test.ts:1:126)\n    at test.ts:2:1\n"
	if out.err != nil || out.stderr != want || out.stdout != "" {
		t.Errorf("printed %q and %q, want %q (error %v)", out.stdout, out.stderr, want, out.err)
	}
}
