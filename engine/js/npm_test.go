package js

import (
	"errors"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// npmTree has a package that wants other files, or none, in place of its own and of others for browsers.
var npmTree = map[string]string{
	"node_modules/a/package.json": `{"main": "index.js", "browser": {
		"./util.inspect.js": false, "./real.js": false, "./lib/bare": false, "fs": false, "crypto": false, "b": false, "./swap.js": "./swapped.js", "./two.node.js": "./two.js"}}`,
	"node_modules/a/index.js": `module.exports = [require("./util.inspect"), require("./util.inspect.js"), require("./real.js"), require("./real"), require("./lib/bare"),
		require("./lib/bare.js"), require("fs"), require("crypto"), require("b")].map((x) => Object.keys(x).length).join("") + require("./swap") + require("./two.node")`,
	"node_modules/a/util.inspect.js": `module.exports = require("util").inspect`,
	"node_modules/a/real.js":         "exports.real = 1",
	"node_modules/a/lib/bare.js":     "exports.bare = 1",
	"node_modules/a/swap.js":         "module.exports = 'swap'",
	"node_modules/a/swapped.js":      "module.exports = 'swapped'",
	"node_modules/a/two.node.js":     "module.exports = 'node'",
	"node_modules/a/two.js":          "module.exports = 'two'",
	"node_modules/b/index.js":        "exports.b = 1",
	"node_modules/c/index.js":        `module.exports = Object.keys(require("b")).length + typeof require("a")`,
}

// TestMaskedFiles imports packages whose package.json masks files, with and without their extensions.
func TestMaskedFiles(t *testing.T) {
	for code, want := range map[string]string{
		`import a from "a"; console.log(a)`:        "000000000swappedtwo\n",
		`console.log(require("a"))`:                "000000000swappedtwo\n",
		`import b from "b"; console.log(b)`:        "{ b: 1 }\n", // masked for the package alone
		`import c from "c"; console.log(c)`:        "1string\n",
		`console.log(self === globalThis)`:         "true\n",
		`console.log(typeof self.structuredClone)`: "function\n",
	} {
		if out := (script{code: code, files: npmTree}).run(t); out.stdout != want || out.err != nil {
			t.Errorf("%s: printed %q, %v, want %q", code, out.stdout, out.err, want)
		}
	}
}

// TestModulesOfNode imports what belongs to Node, and the host's modules of such names.
func TestModulesOfNode(t *testing.T) {
	module := func(name string) *engine.Module {
		return &engine.Module{Name: name, Values: []engine.Constant{{Name: "own", Value: name}}}
	}
	config := engine.Config{Modules: []*engine.Module{module("crisp"), module("crypto"), module("files"), module("store")}}
	for code, want := range map[string]string{
		`import { own } from "crisphost:crypto"; console.log(own)`:       "crypto\n",
		`import { own } from "crisphost:store"; console.log(own)`:        "store\n",
		`import { own } from "store"; console.log(own)`:                  "store\n",
		`console.log(require("crisphost:crypto").own, crypto.own)`:       "crypto crypto\n",
		`const name = "crisphost:store"; console.log(require(name).own)`: "store\n",
	} {
		if out := (script{code: code, config: config}).run(t); out.stdout != want || out.err != nil {
			t.Errorf("%s: printed %q, %v, want %q", code, out.stdout, out.err, want)
		}
	}
	for name, want := range map[string][2]string{
		"crypto":          {`"crypto" belongs to Node`, "crisphost:crypto"},
		"node:crypto":     {`"node:crypto" belongs to Node`, "crisphost:crypto"},
		"fs":              {`"fs" belongs to Node`, "module files"},
		"node:fs":         {`"node:fs" belongs to Node`, "module files"},
		"fs/promises":     {`"fs/promises" belongs to Node`, "module files"},
		"https":           {`"https" belongs to Node`, "fetch"},
		"buffer":          {`"buffer" belongs to Node`, "Uint8Array"},
		"timers/promises": {`"timers/promises" belongs to Node`, "nothing in its place"}, // this host has no module time
		"crisp-api":       {`"crisp-api" is not installed, and not needed`, "the global crisp"},
		"crisphost:fs":    {`"crisphost:fs"`, "the host modules are"},
		"left-pad":        {"neither a host module nor a package", "the host modules are"},
	} {
		for _, code := range []string{`import x from "` + name + `"; console.log(x)`, `console.log(require("` + name + `"))`} {
			out := (script{code: code, config: config}).run(t)
			var failed *engine.Error
			if !errors.As(out.err, &failed) || !strings.Contains(failed.Message, want[0]) || !strings.Contains(failed.Hint, want[1]) {
				t.Errorf("%s: %v (%+v), want %q", code, out.err, failed, want)
			}
		}
	}
}

// TestGlobalsOfNode uses globals of Node: each error names what to use here.
func TestGlobalsOfNode(t *testing.T) {
	for code, want := range map[string]string{
		"process.env.HOME": "env has", "Buffer.from('x')": "Uint8Array", "global.x": "globalThis", "__dirname": "working directory", "__filename": "working directory",
	} {
		var failed *engine.Error
		if out := (script{name: "test.js", code: code}).run(t); !errors.As(out.err, &failed) || !strings.Contains(failed.Hint, want) {
			t.Errorf("%s: %v (%+v), want %q", code, out.err, failed, want)
		}
	}
}
