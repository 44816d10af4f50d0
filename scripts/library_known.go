package scripts

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/regular"
)

// known remembers in a file which scripts compile, by their content, so that a start need not compile them again. It knows of a script
// which files it imports, and which files of like names there were: one more of them could be what an import means now.
type known struct {
	path, key string

	mu      sync.Mutex
	records map[string]record
	// fresh are the records to write, lines what the file has, and recalled which of them were of use.
	fresh    []record
	lines    int
	recalled map[string]bool

	// names are the files of the directory, below it, by their stems.
	names atomic.Pointer[map[string][]string]
}

// record is what is known of a script: a line of the file.
type record struct {
	// Source is the hash of its path and text, and Version that of its content.
	Source  string `json:"source"`
	Version string `json:"version"`
	// Imports are its further files, and Names is a hash of the files that have their stems.
	Imports []string `json:"imports,omitempty"`
	Names   string   `json:"names"`
}

// head is the first line of the file.
type head struct {
	Key string `json:"key"`
}

// maxKnown bounds the file that is read, in bytes.
const maxKnown = 256 << 20

// openKnown reads what is known. Whatever is wrong with the file, nothing is known then.
func openKnown(o LibraryOptions) *known {
	k := &known{path: o.CacheFile, key: o.CacheKey, records: map[string]record{}, recalled: map[string]bool{}}
	data, _, err := regular.ReadFile(k.path, maxKnown)
	if err != nil || len(data) > maxKnown {
		return k
	}
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	var first head
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil || first.Key != k.key {
		return k
	}
	for k.lines = 1; lines.Scan(); k.lines++ {
		var r record
		if json.Unmarshal(lines.Bytes(), &r) == nil {
			k.records[r.Source] = r
		}
	}
	return k
}

// sourceHash names the text of a script at a path.
func sourceHash(entry string, code []byte) string {
	return contentHash(entry, map[string][]byte{entry: code})
}

// list notes the files that there are.
func (k *known) list(c *compiler, files map[string]os.FileInfo) {
	if k == nil {
		return
	}
	names := map[string][]string{}
	for path := range files {
		s := stem(path)
		names[s] = append(names[s], c.name(path))
	}
	for _, list := range names {
		slices.Sort(list)
	}
	k.names.Store(&names)
}

// namesLike is a hash of all files that an import of one of these could mean, and false when one of them is not listed.
func (k *known) namesLike(files []string) (string, bool) {
	names := *k.names.Load()
	stems := map[string]bool{"package": true} // package.json tells what imports mean
	for _, file := range files {
		s := stem(filepath.FromSlash(file))
		if !slices.Contains(names[s], file) {
			return "", false
		}
		stems[s] = true
	}
	h := sha256.New()
	for _, s := range slices.Sorted(maps.Keys(stems)) {
		_, _ = fmt.Fprintf(h, "%q\n", names[s])
	}
	return hex.EncodeToString(h.Sum(nil)), true
}

// recall returns the files of a script that compiles, or nil.
func (k *known) recall(c *compiler, entry string, code []byte) map[string][]byte {
	if k == nil {
		return nil
	}
	source := sourceHash(entry, code)
	k.mu.Lock()
	r, ok := k.records[source]
	k.mu.Unlock()
	if !ok {
		return nil
	}
	if names, ok := k.namesLike(slices.Concat(r.Imports, []string{entry})); !ok || names != r.Names {
		return nil
	}
	files := map[string][]byte{entry: code}
	for _, name := range r.Imports {
		text, _, err := regular.ReadFile(filepath.Join(c.dir, filepath.FromSlash(name)), engine.MaxSourceSize)
		if err != nil {
			return nil
		}
		files[name] = text
	}
	if contentHash(entry, files) != r.Version {
		return nil
	}
	k.mu.Lock()
	k.recalled[source] = true
	k.mu.Unlock()
	return files
}

// remember notes that a script compiled, unless that depends on more than its files.
func (k *known) remember(c *compiler, b *build) {
	if k == nil || c.root != c.dir {
		return // what is beside the directory is not listed
	}
	r := record{Source: sourceHash(b.entry, b.files[b.entry]), Version: b.version}
	for name, text := range b.files {
		if dependsOnMore(name, text) {
			return
		}
		if name != b.entry {
			r.Imports = append(r.Imports, name)
		}
	}
	slices.Sort(r.Imports)
	var ok bool
	if r.Names, ok = k.namesLike(slices.Concat(r.Imports, []string{b.entry})); !ok {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if before, ok := k.records[r.Source]; ok && before.Version == r.Version && before.Names == r.Names {
		return
	}
	k.records[r.Source], k.recalled[r.Source] = r, true
	k.fresh = append(k.fresh, r)
}

// written is a require of Lua whose name stands there, so that the file must exist.
var written = regexp.MustCompile(`(^|[^.\w])require\s*\(?\s*["']`)

// dependsOnMore reports whether a file may import others that need not exist: one that appears would be part of the script.
func dependsOnMore(name string, text []byte) bool {
	language, err := engine.LanguageOf(name)
	switch {
	case err != nil:
		return false
	case language != engine.Lua:
		return bytes.Contains(text, []byte("require")) || bytes.Contains(text, []byte("import("))
	}
	return bytes.Count(text, []byte("require")) != len(written.FindAll(text, -1))
}

// save writes what is new. What cannot be written is compiled again at the next start.
func (k *known) save() error {
	if k == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	const spare = 1000
	isLong := k.lines > 3*len(k.recalled)+spare
	if len(k.fresh) == 0 && !isLong {
		return nil
	}
	var text strings.Builder
	list, flags := k.fresh, os.O_WRONLY|os.O_CREATE|os.O_APPEND
	if k.lines == 0 || isLong {
		flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		list = nil
		for _, source := range slices.Sorted(maps.Keys(k.recalled)) {
			list = append(list, k.records[source])
		}
		k.lines = 1
		writeLine(&text, head{Key: k.key})
	}
	for _, r := range list {
		writeLine(&text, r)
	}
	k.fresh, k.lines = nil, k.lines+len(list)
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(k.path, flags, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text.String())
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func writeLine(w *strings.Builder, value any) {
	line, err := json.Marshal(value)
	if err != nil {
		return // strings and lists of them have a form
	}
	w.Write(line)
	w.WriteByte('\n')
}
