// Package program compiles scripts with the files that they require, and keeps what was compiled.
package program

import (
	"context"
	"crypto/sha256"
	"sync"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/internal/limits"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
)

// Cache has compiled chunks by their content. VMs share them, since a compiled chunk is never changed.
type Cache struct {
	mu     sync.Mutex
	chunks map[chunkKey]*syntax.Chunk
}

// NewCache makes a cache. It is safe for concurrent use.
func NewCache() *Cache { return &Cache{chunks: make(map[chunkKey]*syntax.Chunk)} }

// chunkKey identifies the content of a file and the name it has in errors.
type chunkKey struct {
	name string
	sum  [sha256.Size]byte
}

// maxCachedChunks bounds the cache. A host that reloads scripts forever must not grow forever.
const maxCachedChunks = 512

// Compile compiles a script with the files that it names in require("..."), other than modules.
func (c *Cache) Compile(ctx context.Context, src engine.Source, modules []string) (*Program, error) {
	p, done, err := syntax.Await(ctx, func() (*Program, error) { return c.compileAll(ctx, src, modules) })
	if !done { // what was compiled is kept for the next attempt
		e := limits.Stopped(ctx)
		e.File = src.Name
		return nil, e
	}
	return p, err
}

func (c *Cache) compileAll(ctx context.Context, src engine.Source, modules []string) (result *Program, err error) {
	defer panics.Recover(src.Name, panics.Compiling, &err)
	main, err := c.chunk(src.Name, src.Code)
	if err != nil {
		return nil, err
	}
	p := &Program{cache: c, Main: main, Loader: c.NewLoader(src)}
	if err := p.Loader.collect(ctx, main, p.Loader.Dir, modules); err != nil {
		return nil, err
	}
	p.hash = p.Loader.hash(main)
	return p, nil
}

// chunk compiles a file's text or finds it in the cache.
func (c *Cache) chunk(name string, code []byte) (*syntax.Chunk, error) {
	key := chunkKey{name: name, sum: sha256.Sum256(code)}
	c.mu.Lock()
	made, ok := c.chunks[key]
	c.mu.Unlock()
	if ok {
		return made, nil
	}
	made, err := syntax.Compile(name, code)
	if err != nil {
		return nil, err
	}
	made.Sum = key.sum
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.chunks) >= maxCachedChunks {
		for old := range c.chunks {
			delete(c.chunks, old)
			break
		}
	}
	c.chunks[key] = made
	return made, nil
}

// Program is a compiled script with the files that it imports.
type Program struct {
	cache  *Cache
	Main   *syntax.Chunk
	Loader *Loader
	hash   string
}

// CompiledIn reports whether the program was compiled in that cache.
func (p *Program) CompiledIn(c *Cache) bool { return p.cache == c }

// Name implements engine.Program.
func (p *Program) Name() string { return p.Main.Name }

// Hash implements engine.Program.
func (p *Program) Hash() string { return p.hash }
