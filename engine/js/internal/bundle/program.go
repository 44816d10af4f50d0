package bundle

import (
	"bytes"
	"container/list"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/fsimport"
	"github.com/crisphost/crisphost/internal/regular"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// Program is a compiled script with all its imports.
type Program struct {
	name string
	hash string
	Code *goja.Program
	// Sources are the sources by the name that goja reports for them.
	Sources map[string]*SourceFile
	// Builtins are the additions to goja's objects that the program needs, as bits.
	Builtins uint
	// Fixed are the exports that nothing is assigned to after their declaration.
	Fixed map[string]bool
	// imports are the files read besides the script itself.
	imports []*importedFile
	// seen is what was looked at of the file system of the source, or nil without one.
	seen fsimport.Snapshot
	// contents are the files by their paths below the root, or nil without one.
	contents map[string][]byte
}

// EmptyProgram returns a program without code. A session's entries become sources of one.
func EmptyProgram(name string) *Program {
	return &Program{name: name, Sources: make(map[string]*SourceFile)}
}

// Name implements engine.Program.
func (p *Program) Name() string { return p.name }

// Hash implements engine.Program.
func (p *Program) Hash() string { return p.hash }

// Rename gives a program another name: that of the entry which runs.
func (p *Program) Rename(name string) { p.name = name }

// SourceFile is a source of a program under the name that users see.
type SourceFile struct {
	Name string
	Code []byte
	// place, when set, turns a position in what goja ran, as goja tells it, into one in the code; it is for entries of a session.
	Place func(line, column int) (int, int)
}

// Line returns the line of that number, counted from 1, without its end and without a byte order mark.
func (f *SourceFile) Line(number int) string {
	code := f.Code
	if bytes.ContainsAny(code, "\u2028\u2029") { // which end lines of JavaScript alone
		code = []byte(strings.NewReplacer("\u2028", "\n", "\u2029", "\n").Replace(string(code)))
	}
	return sourceline.At(code, number)
}

// byteOrderMark may stand before the first line. It is no part of it, but esbuild and goja count it.
const byteOrderMark = "\ufeff"

// importedFile remembers the state of a file that went into a program.
type importedFile struct {
	path   string
	size   int64
	mtime  time.Time
	readAt time.Time
	sum    [sha256.Size]byte
}

// unchanged reports whether the file still has the content it was read with. Its size and time answer that alone, unless it
// was written so shortly before it was read that a later write may bear the same time.
func (f *importedFile) unchanged() bool {
	info, err := os.Stat(f.path)
	if err != nil || info.Size() != f.size {
		return false
	}
	const clockGrain = 2 * time.Second
	if info.ModTime().Equal(f.mtime) && f.readAt.Sub(f.mtime) > clockGrain {
		return true
	}
	code, _, err := regular.ReadFile(f.path, maxImportSize)
	return err == nil && sha256.Sum256(code) == f.sum
}

// programHash identifies the script and its imports.
func programHash(src engine.Source, imports []*importedFile) string {
	h := sha256.New()
	writePart(h, []byte(src.Language))
	writePart(h, src.Code)
	sums := make([]string, len(imports))
	for i, f := range imports {
		sums[i] = f.path + "\x00" + string(f.sum[:])
	}
	slices.Sort(sums)
	for _, sum := range sums {
		writePart(h, []byte(sum))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writePart writes data so that no two lists of parts give the same hash.
func writePart(h hash.Hash, data []byte) {
	_, _ = fmt.Fprintf(h, "%d:", len(data))
	_, _ = h.Write(data)
}

// cacheKey identifies what a compilation starts from; what it imports is checked at the hit.
func cacheKey(src engine.Source, modules []*engine.Module) [sha256.Size]byte {
	h := sha256.New()
	place := "directory"
	if src.FS != nil {
		place = "file system"
	}
	for _, part := range []string{src.Name, string(src.Language), place, src.Root, src.Dir} {
		writePart(h, []byte(part))
	}
	writePart(h, src.Code)
	for _, m := range modules {
		writePart(h, fmt.Appendf(nil, "%s %p", m.Name, m))
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// programCache keeps the programs used last.
type programCache struct {
	limit int

	mu      sync.Mutex
	order   list.List // of *cacheEntry, used last first
	entries map[[sha256.Size]byte]*list.Element
}

type cacheEntry struct {
	key     [sha256.Size]byte
	program *Program
}

// get returns the program of a key if what it was made of is the same. Fsys is the file system of the source, or nil.
func (c *programCache) get(key [sha256.Size]byte, fsys fs.FS) *Program {
	c.mu.Lock()
	element := c.entries[key]
	if element == nil {
		c.mu.Unlock()
		return nil
	}
	c.order.MoveToFront(element)
	p := element.Value.(*cacheEntry).program
	c.mu.Unlock()
	if fsys != nil {
		if !p.seen.Unchanged(fsys) {
			return nil
		}
		return p
	}
	for _, f := range p.imports {
		if !f.unchanged() {
			return nil
		}
	}
	return p
}

func (c *programCache) put(key [sha256.Size]byte, p *Program) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit <= 0 {
		return
	}
	if element := c.entries[key]; element != nil {
		element.Value.(*cacheEntry).program = p
		c.order.MoveToFront(element)
		return
	}
	if c.entries == nil {
		c.entries = make(map[[sha256.Size]byte]*list.Element)
	}
	c.entries[key] = c.order.PushFront(&cacheEntry{key: key, program: p})
	for c.order.Len() > c.limit {
		oldest := c.order.Remove(c.order.Back()).(*cacheEntry)
		delete(c.entries, oldest.key)
	}
}

// sourceMap is the part of a source map that matters here.
type sourceMap struct {
	Version  int      `json:"version"`
	Sources  []string `json:"sources"`
	Mappings string   `json:"mappings"`
}

func parseSourceMap(data []byte) (*sourceMap, error) {
	var m sourceMap
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read the source map: %w", err)
	}
	return &m, nil
}
