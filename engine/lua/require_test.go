package lua

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/enginetest"
)

// write makes files below a new directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	enginetest.WriteFiles(t, dir, files)
	return dir
}

// fileIn is a file below dir as a script.
func fileIn(t *testing.T, dir, name string) enginetest.Script {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return enginetest.Script{
		Source: engine.Source{Name: filepath.ToSlash(filepath.Join("scripts", name)), Code: code, Root: dir, Dir: filepath.Dir(path)},
		Config: engine.Config{Modules: []*engine.Module{testHost()}},
	}
}

func TestRequire(t *testing.T) {
	dir := write(t, map[string]string{
		"main.lua": `
			local util = require("lib.util")
			print(util.name, util == require("lib/util"), util == require "./lib/util.lua")
			print(require("lib").kind, require("lib.sub.deep"), require("empty"))
			print(require("host") == host, require("string") == string)
			local dynamic = "lib." .. "util"
			print(require(dynamic) == util, ...)`,
		"lib/util.lua":     `print("loading", ...) local M = {name = require("names").util} return M`,
		"lib/init.lua":     `return {kind = "init"}`,
		"lib/names.lua":    `return {util = "the util next door"}`,
		"names.lua":        `return {util = "the util above"}`,
		"lib/sub/deep.lua": `return require("../names").util .. ", " .. require("names").util`,
		"empty.lua":        ``,
	})
	o := fileIn(t, dir, "main.lua").Run(t, NewRuntime())
	want := "loading\tlib.util\nthe util next door\ttrue\ttrue\ninit\tthe util next door, the util above\ttrue\ntrue\ttrue\ntrue\n"
	if o.Err != nil || o.Stdout != want {
		t.Errorf("printed\n%s\nwant\n%s\nerror %v", o.Stdout, want, o.Err)
	}
}

func TestRequireMistakes(t *testing.T) {
	outside := write(t, map[string]string{"secret.lua": `return "secret"`})
	for name, test := range map[string]struct {
		files   map[string]string
		kind    engine.Kind
		at      string
		message string
	}{
		"missing":         {map[string]string{"main.lua": "\nlocal x = require('nope')"}, engine.KindCompile, "scripts/main.lua:2:11", `cannot require "nope": no host module has this name, and there is no file nope.lua or nope/init.lua`},
		"missing dynamic": {map[string]string{"main.lua": "local n = 'nope'\n local x = require(n)"}, engine.KindRuntime, "scripts/main.lua:2:12", `cannot require "nope"`},
		"syntax":          {map[string]string{"main.lua": "require('lib.a')", "lib/a.lua": "local x = 1\nlocal y ="}, engine.KindCompile, "scripts/lib/a.lua:2:10", "unexpected symbol near '<end of file>'"},
		"syntax below":    {map[string]string{"main.lua": "require('a')", "a.lua": "require('b')", "b.lua": "x ="}, engine.KindCompile, "scripts/b.lua:1:4", "unexpected symbol"},
		"syntax dynamic":  {map[string]string{"main.lua": "local n = 'a'\nrequire(n)", "a.lua": "x ="}, engine.KindRuntime, "scripts/main.lua:2:1", "SyntaxError: scripts/a.lua:1:4: unexpected symbol"},
		"runtime":         {map[string]string{"main.lua": "require('a')", "a.lua": "\nerror('inside')"}, engine.KindRuntime, "scripts/a.lua:2:1", "inside"},
		"above root":      {map[string]string{"main.lua": "require('../secret')"}, engine.KindCompile, "scripts/main.lua:1:1", "outside the directory"},
		"absolute":        {map[string]string{"main.lua": "require('/etc/passwd')"}, engine.KindCompile, "scripts/main.lua:1:1", "relative"},
		"backslash":       {map[string]string{"main.lua": `require('..\\secret')`}, engine.KindCompile, "scripts/main.lua:1:1", "relative"},
		"symbolic link":   {map[string]string{"main.lua": "require('link.secret')"}, engine.KindCompile, "scripts/main.lua:1:1", `cannot require "link.secret": link/secret.lua leads out of the script's root directory `},
		"empty name":      {map[string]string{"main.lua": "require('')"}, engine.KindCompile, "scripts/main.lua:1:1", "give a module's name"},
		"circle":          {map[string]string{"main.lua": "require('a')", "a.lua": "require('b')", "b.lua": "\nrequire('a')"}, engine.KindRuntime, "scripts/b.lua:2:1", "files require each other in a circle: scripts/a.lua -> scripts/b.lua -> scripts/a.lua"},
		"circle in tasks": {map[string]string{"main.lua": "parallel(function() require('a') end, function() require('b') end)", "a.lua": "host.sleep(5) require('b')", "b.lua": "host.sleep(5) require('a')"}, engine.KindRuntime, "", "files require each other in a circle"},
		"circle of child": {map[string]string{"main.lua": "require('a')", "a.lua": "parallel(function() require('a') end)"}, engine.KindRuntime, "", "files require each other in a circle"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := write(t, test.files)
			if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
				t.Skip(err)
			}
			err := fileIn(t, dir, "main.lua").Run(t, NewRuntime()).Err
			var e *engine.Error
			if !errors.As(err, &e) {
				t.Fatalf("error %v", err)
			}
			if e.Kind != test.kind || !strings.Contains(e.Error(), test.message) || test.at != "" && e.Position.String() != test.at {
				t.Errorf("%v error at %s: %s", e.Kind, e.Position, e.Error())
			}
			if e.Line > 0 && e.SourceLine == "" && test.kind == engine.KindCompile {
				t.Error("no source line")
			}
		})
	}
}

// TestRequireFromFS reads what a script requires from a file system, for names in place and for computed ones.
func TestRequireFromFS(t *testing.T) {
	fsys := fstest.MapFS{
		"tenant/main.lua": {Data: []byte(`
			local x, y = require("lib.x"), require("../shared/y")
			local computed = "shared." .. "z"
			print(x, y, require(computed), require("lib"), x == require("./lib/x.lua"), runs)`)},
		"tenant/lib/x.lua": {Data: []byte(`runs = (runs or 0) + 1 return "x of the tenant"`)},
		"lib/x.lua":        {Data: []byte(`return "x of all"`)},
		"lib/init.lua":     {Data: []byte(`return "lib"`)},
		"shared/y.lua":     {Data: []byte(`return "y next to " .. require("z")`)},
		"shared/z.lua":     {Data: []byte(`return "z"`)},
		"lib.lua/init.lua": {Data: []byte(`return "lib.lua is a directory"`)},
	}
	s := enginetest.Script{Source: engine.FromFS(fsys, "tenant/main.lua")}
	rt := NewRuntime()
	o := s.Run(t, rt)
	if want := "x of the tenant\ty next to z\tz\tlib\ttrue\t1\n"; o.Err != nil || o.Stdout != want {
		t.Errorf("printed %q, error %v", o.Stdout, o.Err)
	}
	compile := func() engine.Program {
		p, err := s.Compile(rt)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	before := compile()
	names := strings.Join(slices.Sorted(maps.Keys(before.(engine.Bundled).Files())), " ")
	if names != "lib/init.lua shared/y.lua shared/z.lua tenant/lib/x.lua tenant/main.lua" {
		t.Errorf("files %s", names)
	}
	if again := compile(); again.Hash() != before.Hash() {
		t.Error("the hash of the same files differs")
	}
	fsys["shared/z.lua"].Data = []byte(`return "zz"`)
	if changed := compile(); changed.Hash() == before.Hash() {
		t.Error("a changed import gives the same hash")
	}
	// One VM tells the files of two programs apart.
	vm, _ := s.Start(t, rt)
	for want, fsys := range map[string]fstest.MapFS{
		"one": {"a.lua": {Data: []byte(`return require("b")`)}, "b.lua": {Data: []byte(`return "one"`)}},
		"two": {"a.lua": {Data: []byte(`return require("b")`)}, "b.lua": {Data: []byte(`return "two"`)}},
	} {
		p, err := enginetest.Script{Source: engine.FromFS(fsys, "a.lua")}.Compile(rt)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := vm.Run(t.Context(), p); err != nil || got != want {
			t.Errorf("%v, error %v, want %s", got, err, want)
		}
	}
}

// brokenFS has files that cannot be read.
type brokenFS struct{ fs.FS }

func (f brokenFS) Open(name string) (fs.File, error) {
	if name == "broken.lua" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("the disk is gone")}
	}
	return f.FS.Open(name)
}

func TestRequireFromFSMistakes(t *testing.T) {
	for name, c := range map[string]struct{ code, dir, message string }{
		"missing":          {"require('nope')", "sub", `sub/a.lua:1:1: cannot require "nope": no host module has this name, and there is no file sub/nope.lua, sub/nope/init.lua, nope.lua or nope/init.lua`},
		"missing computed": {"local n = 'nope' require(n)", "sub", `sub/a.lua:1:18: cannot require "nope": no host module`},
		"above":            {"require('../../b')", "sub", `sub/a.lua:1:1: cannot require "../../b": it is outside the directory that this script may read`},
		"above computed":   {"local n = '../../b' require(n)", "sub", `sub/a.lua:1:21: cannot require "../../b": it is outside`},
		"absolute":         {"require('/b')", "sub", `names are relative to the script`},
		"syntax":           {"require('bad')", "sub", `sub/bad.lua:1:4: unexpected symbol`},
		"unreadable":       {"require('../broken')", "sub", `sub/a.lua:1:1: cannot require "../broken": broken.lua cannot be read: the disk is gone`},
		"no regular file":  {"require('../device')", "sub", `cannot require "../device": device.lua cannot be read: it is not a regular file`},
		"directory above":  {"require('b')", "../sub", `the script's directory ../sub is not a path in its file system`},
		"absolute place":   {"require('b')", "/sub", `the script's directory /sub is not a path in its file system`},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := brokenFS{fstest.MapFS{
				"b.lua":       {Data: []byte("return 1")},
				"sub/bad.lua": {Data: []byte("x =")},
				"device.lua":  {Mode: fs.ModeDevice},
			}}
			src := engine.Source{Name: "sub/a.lua", Code: []byte(c.code), FS: fsys, Dir: c.dir}
			if err := (enginetest.Script{Source: src}).Run(t, NewRuntime()).Err; err == nil || !strings.Contains(err.Error(), c.message) {
				t.Errorf("%v, want %s", err, c.message)
			}
		})
	}
}

// A failed file may be tried again, and two tasks that want the same file run it once.
func TestRequireOnce(t *testing.T) {
	dir := write(t, map[string]string{
		"main.lua": `
			local once = "once"
			local a, b = parallel(function() return require(once) end, function() return require(once) end)
			print(a == b, runs)
			local bad = "bad"
			print(pcall(require, bad))
			fixed = true
			print(pcall(require, bad))`,
		"once.lua": `runs = (runs or 0) + 1 host.sleep(2) return {}`,
		"bad.lua":  `if not fixed then error("not yet", 0) end return "fine"`,
	})
	o := fileIn(t, dir, "main.lua").Run(t, NewRuntime())
	if want := "true\t1\nfalse\tnot yet\ntrue\tfine\n"; o.Err != nil || o.Stdout != want {
		t.Errorf("printed %q, error %v", o.Stdout, o.Err)
	}
}

// The hash of a program tells when it or a file that it imports has changed.
func TestHash(t *testing.T) {
	dir := write(t, map[string]string{"main.lua": `return require("a")`, "a.lua": `return require("b")`, "b.lua": `return 1`})
	rt := NewRuntime()
	hash := func() string {
		p, err := fileIn(t, dir, "main.lua").Compile(rt)
		if err != nil {
			t.Fatal(err)
		}
		return p.Hash()
	}
	before := hash()
	if again := hash(); again != before || len(before) != 64 {
		t.Errorf("hash %q, then %q", before, again)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.lua"), []byte(`return 2`), 0o644); err != nil {
		t.Fatal(err)
	}
	if changed := hash(); changed == before {
		t.Error("a changed import gives the same hash")
	}
}

func TestRequireWithoutRoot(t *testing.T) {
	_, _, err := script(t, engine.Config{}, `local n = "lib.a" require(n)`)
	if err == nil || !strings.Contains(err.Error(), "no directory to load files from") {
		t.Errorf("error %v", err)
	}
}
