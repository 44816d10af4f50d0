package js

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

func TestImports(t *testing.T) {
	checkCases(t, []languageCase{
		{
			name: "neighbouring files of every kind",
			code: "import { a } from './lib/a';\nimport b from './b.js';\nimport data from './data.json';\nconst c = require('./c.cjs');\nconsole.log(a, b, data.list, c.v)",
			files: map[string]string{
				"lib/a.ts":  "import b from '../b.js';\nexport const a: string = 'a+' + b",
				"b.js":      "export default 'b'",
				"data.json": `{"list": [1, 2]}`,
				"c.cjs":     "module.exports = { v: 'c' }",
			},
			stdout: "a+b b [ 1, 2 ] c\n",
		},
		{
			name: "npm packages",
			code: "import main from 'old';\nimport { v } from 'new/sub';\nconsole.log(main.name, v)",
			files: map[string]string{
				"node_modules/old/package.json":    `{"name": "old", "main": "./lib.js"}`,
				"node_modules/old/lib.js":          "exports.name = require('./part').name",
				"node_modules/old/part.js":         "module.exports = { name: process.env.NODE_ENV }",
				"node_modules/new/package.json":    `{"name": "new", "exports": {"./sub": {"import": "./esm.mjs", "require": "./no.cjs"}}}`,
				"node_modules/new/esm.mjs":         "export const v = 'esm'",
				"node_modules/new/no.cjs":          "exports.v = 'cjs'",
				"node_modules/unused/package.json": "{",
			},
			stdout: "production esm\n",
		},
		{
			name: "npm packages with a build for browsers",
			code: "import { a } from 'conditions';\nimport { b } from 'field';\nconsole.log(a, b)",
			files: map[string]string{
				"node_modules/conditions/package.json": `{"name": "conditions", "exports": {".": {"node": "./node.js", "browser": "./browser.js", "default": "./node.js"}}}`,
				"node_modules/conditions/node.js":      "import 'node:crypto'",
				"node_modules/conditions/browser.js":   "export const a = 'condition'",
				"node_modules/field/package.json":      `{"name": "field", "main": "./main.js", "browser": {"./node.js": "./browser.js", "fs": false}}`,
				"node_modules/field/main.js":           "exports.b = require('./node.js').b; require('fs')",
				"node_modules/field/node.js":           "require('node:fs')",
				"node_modules/field/browser.js":        "exports.b = 'field'",
			},
			stdout: "condition field\n",
		},
		{
			name:   "an optional package that is not there",
			code:   "let optional = 'none';\ntry { optional = require('optional') } catch {}\nconsole.log(optional)",
			stdout: "none\n",
		},
		{name: "a URL", code: "import 'https://example.com/x.js'", err: `test.ts:1:8: ImportError: "https://example.com/x.js" cannot be imported: scripts import host modules and files`},
		{name: "a URL without scheme", code: "import '//example.com/x.js'", err: `test.ts:1:8: ImportError: "//example.com/x.js" cannot be imported: scripts import host modules and files`},
		{name: "an unused function", code: "function unused() { return missing }\nconst twice = () => 2;\nconsole.log('kept')", stdout: "kept\n"},
		{
			name:   "dynamic import",
			code:   "const part = 'a';\nconsole.log((await import('./m/' + part + '.js')).v, (await import('./m/b.js')).v)",
			files:  map[string]string{"m/a.js": "export const v = 1", "m/b.js": "export const v = 2"},
			stdout: "1 2\n",
		},
		{name: "dynamic import of a computed name", code: "const name = 'de' + 'mo';\nconsole.log((await import(name)).default === demo);\nawait import(name + 's')", stdout: "true\n", err: `test.ts:3:7: cannot import "demos": a name that is computed while the script runs can be that of a host module alone; import files by names that are written out, such as import("./file.js")`},
		{
			name: "a cycle through the script itself",
			code: "import { second } from './second.js';\nexport function first() { return 'first' }\nconsole.log(second())",
			files: map[string]string{
				"test.ts":   "export const stale = 1",
				"second.js": "import { first } from './test.ts';\nexport function second() { return 'second after ' + first() }",
			},
			stdout: "second after first\n",
		},
		{
			name:  "syntax error in an imported file",
			code:  "import { a } from './lib/a.js';\nconsole.log(a)",
			files: map[string]string{"lib/a.js": "export const a = 1;\nexport const é = [1, ;\n"},
			err:   `lib/a.js:2:22: SyntaxError: Unexpected ";"`,
		},
		{
			name:  "error thrown in an imported file",
			code:  "import { f } from './lib/f.ts';\nf()",
			files: map[string]string{"lib/f.ts": "export function f(): void {\n  throw new RangeError('too far')\n}"},
			err:   "lib/f.ts:2:9: RangeError: too far",
		},
		{
			name:  "error thrown in a CommonJS package",
			code:  "require('pkg')()",
			files: map[string]string{"node_modules/pkg/index.js": "module.exports = () => {\n  null.x\n}"},
			err:   "node_modules/pkg/index.js:2:8: TypeError: Cannot read property 'x' of undefined",
		},
		{
			name:  "missing export",
			code:  "import { b } from './a.js';\nb()",
			files: map[string]string{"a.js": "export const a = 1"},
			err:   `test.ts:1:10: SyntaxError: No matching export in "a.js" for import "b"`,
		},
		{name: "a file that is no script", code: "import './a.png'", files: map[string]string{"a.png": "x"}, err: "test.ts:1:8: ImportError: a.png cannot be imported: scripts import .js, .ts and .json files"},
		{name: "a binary file", code: "import './a.js'", files: map[string]string{"a.js": "x\x00"}, err: "test.ts:1:8: ImportError: a.js is a binary file, not a script"},
	})
}

func TestUnresolvedImports(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.js"), []byte("export default 1"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.Symlink(filepath.Join(outside, "secret.js"), filepath.Join(root, "link.js")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := os.MkdirAll(filepath.Join(root, "m"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.js", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(root, "m", name), []byte("1"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name, code, message, hint string
		column                    int
	}{
		{"a missing file", "import x from './nope.js'; x()", `there is no file "./nope.js" in `, "", 15},
		{"a path above the root", "import x from '../secret.js'; x()", "which is outside the script's root directory " + root, "", 15},
		{"an absolute path", "import x from '" + outside + "/secret.js'; x()", outside + "/secret.js, which is outside the script's root directory " + root, "", 15},
		{"a symbolic link that leads out", "import x from './link.js'; x()", outside + "/secret.js, which is outside the script's root directory " + root, "", 15},
		{"an import above the root in a string", "require('../../secret.js')", "which is outside the script's root directory " + root, "", 9},
		{"a module of Node", "import fs from 'fs'; fs()", `"fs" belongs to Node: scripts run in an engine of their own`, "scripts have nothing in its place", 16},
		{"what may be any file", "const n = 'a'; await import('./m/' + n)", "dir/m/notes.txt cannot be imported: scripts import .js, .ts and .json files", `the import takes each file that its name may mean: write the end of the name too, as in import("./parts/" + name + ".js")`, 29},
		{"a computed name that no file has", "const n = 'a'; await import('./none/' + n)", `Could not resolve import("./none/**/*")`, "write the end of the name too", 29},
		{"a template that may be any file", "const n = 'a'; await import(`./m/${n}`)", "dir/m/notes.txt cannot be imported: scripts import .js, .ts and .json files", "write the end of the name too", 29},
		{"a package that is not there", "import fs from 'fz'; fs()", `"fz" is neither a host module nor a package`, "the host modules are crisp, event_names", 16},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := engine.Source{Name: "dir/main.js", Code: []byte(c.code), Language: engine.JavaScript, Root: root}
			_, err := NewRuntime().Compile(context.Background(), src, []string{"event_names", "crisp"})
			var failure *engine.Error
			if !errors.As(err, &failure) {
				t.Fatalf("Compile: %v, want an *engine.Error", err)
			}
			if failure.Kind != engine.KindCompile || failure.Name != "ImportError" || !strings.Contains(failure.Message, c.message) || !strings.Contains(failure.Hint, c.hint) {
				t.Errorf("Compile: %+v, want message %q and hint %q", failure, c.message, c.hint)
			}
			if failure.File != "dir/main.js" || failure.Line != 1 || failure.Column != c.column || failure.SourceLine != c.code {
				t.Errorf("Compile: place %v with line %q", failure.Position, failure.SourceLine)
			}
		})
	}
}

func TestWithoutRoot(t *testing.T) {
	rt := NewRuntime()
	src := engine.Source{Name: "eval", Code: []byte("import { a } from 'crisp'; export default 1 + 1; a"), Language: engine.TypeScript}
	if _, err := rt.Compile(context.Background(), src, []string{"crisp"}); err != nil {
		t.Errorf("Compile with a host module: %v", err)
	}
	src.Code = []byte("require('./a.js')")
	_, err := rt.Compile(context.Background(), src, nil)
	if err == nil || err.Error() != `eval:1:9: ImportError: "./a.js" is not a host module, and this script has no directory to import files from` {
		t.Errorf("Compile with a file: %v", err)
	}
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct{ name, code, want, line, hint string }{
		{"first of several", "let a = 1;\nlet a = 2;\nfunction (", `test.js:2:5: SyntaxError: The symbol "a" has already been declared`, "let a = 2;", "The symbol \"a\" was originally declared at test.js:1: let a = 1;\n1 more:\ntest.js:3:10: SyntaxError: Expected identifier but found \"(\""},
		{"end of file", "function f() {\n  if (x) {", "test.js:2:11: SyntaxError: Unexpected end of file", "  if (x) {", ""},
		{"column in characters", "const é = '😀'; let x = ;", `test.js:1:24: SyntaxError: Unexpected ";"`, "const é = '😀'; let x = ;", ""},
		{"binary", "a\x00b", "test.js: the file is a binary file, not a script", "", ""},
		{"brackets without end", strings.Repeat("(", 300_000), "test.js: the file nests brackets or operators deeper than 5000 levels", "", ""},
		{"operators without end", strings.Repeat("! ", 300_000) + "1", "test.js: the file nests brackets or operators deeper than 5000 levels", "", ""},
		{"not UTF-8", "a = '\xff'", "test.js: the file is not UTF-8 text: save it as UTF-8", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := script{name: "test.js", code: c.code}.compile(t, NewRuntime())
			var failure *engine.Error
			if !errors.As(err, &failure) || failure.Kind != engine.KindCompile {
				t.Fatalf("Compile: %v, want a compile error", err)
			}
			if failure.Error() != c.want || failure.SourceLine != c.line || failure.Hint != c.hint {
				t.Errorf("Compile: %q\nline %q\nhint %q\nwant %q\nline %q\nhint %q", failure, failure.SourceLine, failure.Hint, c.want, c.line, c.hint)
			}
		})
	}
}

func TestProgramCache(t *testing.T) {
	rt := NewRuntime()
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		enginetest.WriteFiles(t, root, map[string]string{name: text})
	}
	compile := func(code string) engine.Program {
		t.Helper()
		p, err := rt.Compile(context.Background(), engine.Source{Name: "main.js", Code: []byte(code), Language: engine.JavaScript, Root: root}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	write("a.js", "export const a = 1")
	const code = "import { a } from './a.js'; console.log(a)"
	first := compile(code)
	if again := compile(code); again != first {
		t.Error("the same script was compiled twice")
	}
	if other := compile(code + " "); other == first || other.Hash() == first.Hash() {
		t.Error("another script gave the same program")
	}
	write("a.js", "export const a = 2")
	changed := compile(code)
	if changed == first || changed.Hash() == first.Hash() {
		t.Error("a change in an imported file gave the same program")
	}
	// A file that was old when it was read is trusted by its time.
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(root, "a.js"), old, old); err != nil {
		t.Fatal(err)
	}
	if touched := compile(code); touched != changed {
		t.Error("a new time with the old content compiled again")
	}
}

func TestCacheEvictsOldest(t *testing.T) {
	rt := NewRuntime(WithCacheSize(2))
	compile := func(code string) engine.Program {
		p, err := rt.Compile(context.Background(), engine.Source{Name: "a.js", Code: []byte(code), Language: engine.JavaScript}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	one, two := compile("1"), compile("2")
	if compile("1") != one {
		t.Error("program 1 was dropped too early")
	}
	compile("3")
	if compile("1") != one {
		t.Error("program 1 was dropped although it was used last")
	}
	if compile("2") == two {
		t.Error("program 2 was kept beyond the limit")
	}
}

func TestCompileEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := NewRuntime().Compile(ctx, engine.Source{Name: "a.js", Language: engine.JavaScript}, nil)
	var failure *engine.Error
	if !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || !errors.Is(err, context.Canceled) {
		t.Errorf("Compile: %v, want an interrupt", err)
	}
}

func TestOtherLanguagesAreRefused(t *testing.T) {
	_, err := NewRuntime().Compile(context.Background(), engine.Source{Name: "a.lua", Language: engine.Lua}, nil)
	if err == nil || !strings.Contains(err.Error(), `does not take language "lua"`) {
		t.Errorf("Compile: %v", err)
	}
}

// TestReturnAtTopLevel returns from files. A value would be lost; to end early is fine.
func TestReturnAtTopLevel(t *testing.T) {
	for code, want := range map[string]string{
		"return 5":                             "1:1",
		"if (1) { return f() }":                "1:10",
		"exports.x = 1;\n  return {}":          "2:3",
		"return":                               "",
		"class A { m() { return 5 } } return;": "",
		"const f = () => { return 5 }; exports.x = f(); return":  "",
		"import { five } from './five.cjs'; export default five": "",
	} {
		_, err := script{name: "test.js", code: code, files: map[string]string{"five.cjs": "exports.five = 5; return 6"}}.compile(t, NewRuntime())
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", code, err)
			}
			continue
		}
		var e *engine.Error
		text := "test.js:" + want + ": SyntaxError: a script cannot return a value at its top level"
		if !errors.As(err, &e) || e.Error() != text || !strings.Contains(e.Hint, "export default") {
			t.Errorf("%s: %v, want %s", code, err, text)
		}
	}
}
