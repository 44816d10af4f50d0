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
	"crypto/sha256"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	glua "github.com/yuin/gopher-lua"
)

// maxArrayIndex bounds the dense part of a table. gopher-lua fills every slot below the highest number key, up to 67 million
// by default, so that a date such as 20261122 as a key would take 320 MB. Above the bound keys go to the hash part.
const maxArrayIndex = 10_000_000

func init() { glua.MaxArrayIndex = maxArrayIndex }

// runtime caches chunks by their content. VMs share them, since a compiled chunk is never changed.
type runtime struct {
	mu     sync.Mutex
	chunks map[chunkKey]*syntax.Chunk
}

// chunkKey identifies the content of a file and the name it has in errors.
type chunkKey struct {
	name string
	sum  [sha256.Size]byte
}

// maxCachedChunks bounds the cache. A host that reloads scripts forever must not grow forever.
const maxCachedChunks = 512

// NewRuntime makes a runtime. It is safe for concurrent use, and the VMs made by it share compiled scripts.
func NewRuntime() engine.Runtime {
	return &runtime{chunks: make(map[chunkKey]*syntax.Chunk)}
}

// Compile implements engine.Runtime. Files that the script names in require("...") are compiled with it, so that their
// mistakes show before anything runs. Names that are not written in place are resolved when require is called.
func (rt *runtime) Compile(ctx context.Context, src engine.Source, modules []string) (engine.Program, error) {
	p, done, err := syntax.Await(ctx, func() (engine.Program, error) { return rt.compile(ctx, src, modules) })
	if !done { // what was compiled is kept for the next attempt
		e := limits.Stopped(ctx)
		e.File = src.Name
		return nil, e
	}
	return p, err
}

func (rt *runtime) compile(ctx context.Context, src engine.Source, modules []string) (result engine.Program, err error) {
	defer panics.Recover(src.Name, panics.Compiling, &err)
	main, err := rt.chunk(src.Name, src.Code)
	if err != nil {
		return nil, err
	}
	p := &program{rt: rt, main: main, loader: newLoader(rt, src)}
	if err := p.loader.collect(ctx, main, p.loader.dir, modules); err != nil {
		return nil, err
	}
	p.hash = p.loader.hash(main)
	return p, nil
}

// chunk compiles a file's text or finds it in the cache.
func (rt *runtime) chunk(name string, code []byte) (*syntax.Chunk, error) {
	key := chunkKey{name: name, sum: sha256.Sum256(code)}
	rt.mu.Lock()
	c, ok := rt.chunks[key]
	rt.mu.Unlock()
	if ok {
		return c, nil
	}
	c, err := syntax.Compile(name, code)
	if err != nil {
		return nil, err
	}
	c.Sum = key.sum
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if len(rt.chunks) >= maxCachedChunks {
		for old := range rt.chunks {
			delete(rt.chunks, old)
			break
		}
	}
	rt.chunks[key] = c
	return c, nil
}

// program is a compiled script with the files that it imports.
type program struct {
	rt     *runtime
	main   *syntax.Chunk
	loader *loader
	hash   string
}

func (p *program) Name() string { return p.main.Name }
func (p *program) Hash() string { return p.hash }
