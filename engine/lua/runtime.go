// Package lua runs Lua scripts (the language of Lua 5.1 with goto, by gopher-lua).
//
//	eng, err := engine.New(lua.Language)
//	n, err := engine.Eval[int](ctx, eng, "count.lua", `return #{"a", "b"}`)
//
// Calls of host functions look blocking. While one waits, its VM is free for the script's other tasks, which parallel and map
// start. Beyond Lua 5.1 scripts have require for files below their root, utf8, table.pack and table.unpack, and inspect;
// io, debug, package, dofile, loadfile and the parts of os that reach outside the script are left out. A script's JSON arrays
// and objects survive a round trip through host functions, and JSON answers are decoded as far as a script reads them.
//
// Where Lua and JSON differ: null is nil, and in arrays the value json.null, so that # counts it; a table without any key is
// an object unless json.array made it; numbers are 64-bit floats. Lua does not tell when a loop over a sequence ends early: what
// is behind the sequence is released when the garbage collector finds its iterator unused, or else when the VM closes.
//
// One rule is gopher-lua's and not that of Lua 5.1: the bounds and the step of a numeric for must be numbers. Lua converts text there
// (for i = "1", 2; manual of 5.1, section 2.4.5), which gopher-lua's instruction refuses before anything of ours sees it: write
// tonumber(text).
package lua

import (
	"context"
	"slices"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/program"
	"github.com/crisphost/crisphost/engine/lua/internal/scopes"
	"github.com/crisphost/crisphost/internal/calls"
	glua "github.com/yuin/gopher-lua"
)

// Language is the option of engine.New for scripts in Lua.
var Language = engine.Languages(NewRuntime, engine.Lua)

// maxArrayIndex bounds the dense part of a table. gopher-lua fills every slot below the highest number key, up to 67 million
// by default, so that a date such as 20261122 as a key would take 320 MB. Above the bound keys go to the hash part.
const maxArrayIndex = 10_000_000

func init() { glua.MaxArrayIndex = maxArrayIndex }

// runtime makes VMs, which share compiled scripts.
type runtime struct{ cache *program.Cache }

// NewRuntime makes a runtime. It is safe for concurrent use, and the VMs made by it share compiled scripts.
func NewRuntime() engine.Runtime {
	return &runtime{cache: program.NewCache()}
}

// Compile implements engine.Runtime. Files that the script names in require("...") are compiled with it, so that their
// mistakes show before anything runs. Names that are not written in place are resolved when require is called.
func (rt *runtime) Compile(ctx context.Context, src engine.Source, modules []string) (engine.Program, error) {
	p, err := rt.cache.Compile(ctx, src, slices.Concat(modules, libraryNames))
	if err != nil {
		return nil, withRequireHint(err, modules)
	}
	return p, nil
}

// Calls implements calls.Finder.
func (rt *runtime) Calls(src engine.Source, modules []*engine.Module) ([]calls.Call, error) {
	names := []string{"fetch"}
	for _, m := range modules {
		names = append(names, m.Name)
	}
	return scopes.Calls(src, names)
}
