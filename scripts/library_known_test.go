package scripts_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crisphost/crisphost/scripts"
)

// TestKnownScriptsAreNotCompiledAgain opens a directory again and again, as starts do, and looks at what is compiled.
func TestKnownScriptsAreNotCompiledAgain(t *testing.T) {
	dir, cache := t.TempDir(), filepath.Join(t.TempDir(), "state", "compiled")
	write := func(name, code string) {
		t.Helper()
		l := &library{t: t, dir: dir}
		l.write(name, code)
	}
	key := "one"
	open := func(want ...string) []*scripts.Script {
		t.Helper()
		h := &hanging{engine: newEngine(t), tried: map[string]int{}}
		l, err := scripts.OpenLibrary(t.Context(), dir, scripts.LibraryOptions{Engine: h.engine, Compile: h.compile, CacheFile: cache, CacheKey: key})
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		var compiled []string
		for name := range h.tried {
			compiled = append(compiled, name)
		}
		if slices.Sort(compiled); !slices.Equal(compiled, want) {
			t.Errorf("compiled %q, want %q", compiled, want)
		}
		return l.Scripts()
	}
	write("alone.lua", "-- @schedule every 1h\nprint(1)")
	write("uses.ts", "import { a } from './lib/a';\nconsole.log(a)")
	write("uses.lua", "-- @name uses_lua\nprint(require 'lib.u')")
	write("soft.cjs", "try { require('./lib/none') } catch {}")
	write("soft.lua", "-- @name soft_lua\nlocal name = 'lib.none'\nprint(pcall(require, name))")
	write("wrong.lua", "-- @name wrong\nprint(")
	write("lib/a.js", "export const a = 1")
	write("lib/u.lua", "return 1")
	always := []string{"soft.cjs", "soft.lua", "wrong.lua"}
	and := func(names ...string) []string {
		return slices.Sorted(slices.Values(append(names, always...)))
	}
	first := open(and("alone.lua", "uses.lua", "uses.ts")...)
	again := open(always...)
	for i, s := range again {
		if s.Version != first[i].Version || len(s.Files) != len(first[i].Files) || len(s.Header.Schedules) != len(first[i].Header.Schedules) {
			t.Errorf("%+v is not %+v", s, first[i])
		}
	}
	// Whatever changes what a script is made of has it compiled.
	write("lib/a.js", "export const a = 2")
	open(and("uses.ts")...)
	open(always...)
	write("lib/a.ts", "export const a = 3") // hides a.js
	for _, s := range open(and("uses.ts")...) {
		if s.Name == "uses" && s.Files["lib/a.ts"] == nil {
			t.Errorf("made of %v", s.Files)
		}
	}
	write("lib/package.json", `{"type": "module"}`)
	open(and("alone.lua", "uses.lua", "uses.ts")...)
	open(always...)
	if err := os.Remove(filepath.Join(dir, "lib", "u.lua")); err != nil {
		t.Fatal(err)
	}
	open(and("uses.lua")...)
	write("lib/u.lua", "return 1")
	open(always...)
	// Another build compiles all again, and so does one whose file is damaged.
	key = "two"
	open(and("alone.lua", "uses.lua", "uses.ts")...)
	open(always...)
	if err := os.WriteFile(cache, []byte("{\"key\":\"two\"}\n{\"source\":\n\x00"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(and("alone.lua", "uses.lua", "uses.ts")...)
}
