package js

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// mapFS is a file system of texts by their paths.
func mapFS(files map[string]string) fstest.MapFS {
	fsys := make(fstest.MapFS)
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// fromFS is a source of a file system as Engine.Compile gives it to the runtime.
func fromFS(t *testing.T, fsys fstest.MapFS, name string) engine.Source {
	t.Helper()
	src := engine.FromFS(fsys, name)
	var err error
	if src.Language, err = engine.LanguageOf(name); err != nil {
		t.Fatal(err)
	}
	return src
}

// fsTree is a tree of files with every kind of import.
var fsTree = map[string]string{
	"shared/y.js":                             "export const y = 'y'; export { default as deep } from './data.json'",
	"shared/data.json":                        `{ "deep": 1 }`,
	"shared/index.ts":                         "export const index: string = 'index'",
	"tenant/lib/x.ts":                         "import { y } from '../../shared/y'; export const x: string = 'x' + y",
	"tenant/lib/common.cjs":                   "exports.common = require('./x.js').x + typeof require('plain')",
	"node_modules/plain/package.json":         `{ "main": "./lib/main" }`,
	"node_modules/plain/lib/main.js":          "module.exports = () => 'plain'",
	"node_modules/plain/sub/index.js":         "module.exports = 'sub'",
	"node_modules/@own/mapped/package.json":   `{ "exports": { ".": { "require": "./r.js", "import": { "worker": "./i.mjs", "default": "./r.js" } }, "./f/*": "./files/*.js", "./no": null }, "imports": { "#inner": "./files/a.js" } }`,
	"node_modules/@own/mapped/i.mjs":          "export { default } from '#inner'",
	"node_modules/@own/mapped/r.js":           "module.exports = 'required'",
	"node_modules/@own/mapped/files/a.js":     "export default 'a'",
	"node_modules/web/package.json":           `{ "module": "./m.js", "browser": { "./node.js": "./browser.js", "fs": false } }`,
	"node_modules/web/m.js":                   "import fs from 'fs'; import n from './node'; export default n + Object.keys(fs).length",
	"node_modules/web/node.js":                "export default 'node'",
	"node_modules/web/browser.js":             "export default 'browser'",
	"tenant/node_modules/nearer/index.js":     "export default 'nearer'",
	"tenant/node_modules/nearer/package.json": `{ "main": "missing.js" }`,
}

func TestImportsFromFS(t *testing.T) {
	for code, want := range map[string]string{
		`import { x } from "./lib/x"; export default x`:                                                "xy",
		`import { x } from "./lib/x.js"; import { y } from "../shared/y.js"; export default x + y`:     "xyy",
		`import { deep } from "../shared/y.js"; export default deep.deep`:                              "1",
		`import { index } from "../shared"; export default index`:                                      "index",
		`import { common } from "./lib/common.cjs"; export default common`:                             "xyfunction",
		`const x = require("./lib/x"); export default x.x`:                                             "xy",
		`import plain from "plain"; import sub from "plain/sub"; export default plain() + sub`:         "plainsub",
		`import mapped from "@own/mapped"; import f from "@own/mapped/f/a"; export default mapped + f`: "aa",
		`export default require("@own/mapped")`:                                                        "required",
		`import web from "web"; export default web`:                                                    "browser0",
		`import nearer from "nearer"; export default nearer`:                                           "nearer",
		`import { echoNow } from "demo"; export default echoNow(1)[0]`:                                 "1",
		"\nthrow new Error('here')":                                                                    "error tenant/main.ts:2:7: here",
		`import "../../z"`:                                                                             `error tenant/main.ts:1:8: ImportError: "../../z" is outside the script's file system`,
		`import "/etc/passwd"`:                                                                         `error tenant/main.ts:1:8: ImportError: "/etc/passwd" is outside the script's file system`,
		`import "./z"`:                                                                                 `error tenant/main.ts:1:8: ImportError: there is no file "./z" in tenant`,
		`import "z"`:                                                                                   `error tenant/main.ts:1:8: ImportError: "z" is neither a host module nor a package in a node_modules directory of the script's file system`,
		`import "@own/mapped/no"`:                                                                      `error tenant/main.ts:1:8: ImportError: "@own/mapped/no" is neither a host module nor a package in a node_modules directory of the script's file system`,
		`import "@own/mapped/r.js"`:                                                                    `error tenant/main.ts:1:8: ImportError: "@own/mapped/r.js" is neither a host module nor a package in a node_modules directory of the script's file system`,
		`import "https://example.com/x.js"`:                                                            `error tenant/main.ts:1:8: ImportError: "https://example.com/x.js" cannot be imported: scripts import host modules and files`,
	} {
		files := maps.Clone(fsTree)
		files["tenant/main.ts"] = code
		o := enginetest.Script{Source: fromFS(t, mapFS(files), "tenant/main.ts"), Config: demoConfig()}.Run(t, NewRuntime())
		text := fmt.Sprint(o.Result)
		if o.Err != nil {
			text = "error " + o.Err.Error()
		}
		if text != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, text, want)
		}
		if o.Err != nil {
			continue
		}
		// Written to a directory, the same files compile to a program with the same result.
		onDisk := script{name: "tenant/main.ts", code: code, files: fsTree, config: demoConfig()}.run(t)
		if got := fmt.Sprint(onDisk.result); got != want {
			t.Errorf("%s\non disk %s, error %v\nwant    %s", code, got, onDisk.err, want)
		}
	}
}

// TestFilesOfFS compiles what Files gives again, from a directory.
func TestFilesOfFS(t *testing.T) {
	files := maps.Clone(fsTree)
	files["tenant/main.ts"] = `import { x } from "./lib/x"; import mapped from "@own/mapped"; export default x + mapped`
	rt := NewRuntime()
	p, err := rt.Compile(t.Context(), fromFS(t, mapFS(files), "tenant/main.ts"), nil)
	if err != nil {
		t.Fatal(err)
	}
	contents := p.(engine.Bundled).Files()
	const want = "node_modules/@own/mapped/files/a.js node_modules/@own/mapped/i.mjs node_modules/@own/mapped/package.json shared/data.json shared/y.js tenant/lib/x.ts tenant/main.ts"
	if got := strings.Join(slices.Sorted(maps.Keys(contents)), " "); got != want {
		t.Errorf("the files are %s", got)
	}
	kept := make(map[string]string)
	for name, data := range contents {
		kept[name] = string(data)
	}
	if out := (script{name: "tenant/main.ts", code: kept["tenant/main.ts"], files: kept}).run(t); out.result != "xya" || out.err != nil {
		t.Errorf("%v, error %v", out.result, out.err)
	}
}

// TestCacheOfFS changes a file system between two compilations of the same script.
func TestCacheOfFS(t *testing.T) {
	rt := NewRuntime()
	hash := func(files map[string]string) string {
		t.Helper()
		files["main.js"] = `import x from "./x"; export default x`
		p, err := rt.Compile(t.Context(), fromFS(t, mapFS(files), "main.js"), nil)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash()
	}
	first := hash(map[string]string{"x.js": "export default 1"})
	if again := hash(map[string]string{"x.js": "export default 1"}); again != first {
		t.Error("the same files have another hash")
	}
	if hash(map[string]string{"x.js": "export default 2"}) == first {
		t.Error("another content has the same hash")
	}
	if hash(map[string]string{"x.js": "export default 1", "x.ts": "export default 3"}) == first {
		t.Error("a file that comes before the other was not seen")
	}
}
