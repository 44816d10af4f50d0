// Package fsimport finds the files that scripts import in a file system (io/fs), by the rules that bundlers have for browsers.
package fsimport

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"sync"

	"github.com/crisphost/crisphost/internal/regular"
)

// Files reads a file system and remembers what it has seen, so that one can find out later whether that has changed. It is safe for
// concurrent use.
type Files struct {
	fsys fs.FS

	mu       sync.Mutex
	seen     Snapshot
	packages map[string]*manifest
}

// New returns the files of a file system.
func New(fsys fs.FS) *Files {
	return &Files{fsys: fsys, seen: make(Snapshot), packages: make(map[string]*manifest)}
}

// Snapshot is what was seen of a file system, by path.
type Snapshot map[string]state

// state is what was seen at a path: a file or a directory, or neither, and the content of a file that was read.
type state struct {
	file, directory, read bool
	sum                   [sha256.Size]byte
}

// Unchanged reports whether a file system shows the same.
func (s Snapshot) Unchanged(fsys fs.FS) bool {
	f := New(fsys)
	for name, was := range s {
		if was.read {
			data, err := fs.ReadFile(fsys, name)
			if err != nil || sha256.Sum256(data) != was.sum {
				return false
			}
		} else if f.stat(name) != was {
			return false
		}
	}
	return true
}

// Snapshot returns what was seen up to now. The Files must not be used any more.
func (f *Files) Snapshot() Snapshot { return f.seen }

// stat looks at a path.
func (f *Files) stat(name string) state {
	var s state
	if info, err := fs.Stat(f.fsys, name); err == nil {
		s.file, s.directory = info.Mode().IsRegular(), info.IsDir()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.seen[name].read {
		f.seen[name] = s
	}
	return s
}

// ErrTooLarge is the error of Read for a file of more bytes than it may take.
var ErrTooLarge = errors.New("the file is too large")

// Read returns the content of a file of at most limit bytes.
func (f *Files) Read(name string, limit int64) ([]byte, error) {
	data, _, err := regular.ReadFS(f.fsys, name, limit)
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[name] = state{file: true, read: true, sum: sha256.Sum256(data)}
	return data, nil
}
