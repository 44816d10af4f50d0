//go:build unix

package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/scripts/state"
)

// keptBundles is how many versions that nobody runs stay on disk for the next run.
const keptBundles = 256

// bundles are the sources of script versions as files, which the runtimes read. Versions are named by their hash and never
// change, so that all runs share them.
type bundles struct {
	dir string

	mu sync.Mutex
	// users counts the workers of a version.
	users map[string]int
	// unused are the versions without a user, the latest last.
	unused []string
}

// newBundles makes a directory of its own, that only this user reads, below dir.
func newBundles(dir string) (*bundles, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("make the directory for the sources of running scripts: %w", err)
		}
	}
	own, err := os.MkdirTemp(dir, "crisphost-bundles-")
	if err == nil {
		// Import paths are compared without symbolic links.
		own, err = filepath.EvalSymlinks(own)
	}
	if err != nil {
		return nil, fmt.Errorf("make the directory for the sources of running scripts: %w", err)
	}
	return &bundles{dir: own, users: make(map[string]int)}, nil
}

// path is where a version is, once it was acquired.
func (b *bundles) path(hash string) string { return filepath.Join(b.dir, hash) }

// acquire puts a version on disk unless it is there. The caller releases it.
func (b *bundles) acquire(v *state.Version) error {
	if !filepath.IsLocal(v.Hash) || filepath.Base(v.Hash) != v.Hash || v.Hash == "." {
		return fmt.Errorf("a version is named %q, which is not a hash", v.Hash)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	target := b.path(v.Hash)
	if _, used := b.users[v.Hash]; !used && !slices.Contains(b.unused, v.Hash) {
		if err := write(target, v); err != nil {
			return errors.Join(fmt.Errorf("put the sources of %s on disk: %w", v.Script, err), os.RemoveAll(target))
		}
	}
	b.unused = slices.DeleteFunc(b.unused, func(hash string) bool { return hash == v.Hash })
	b.users[v.Hash]++
	return nil
}

func write(target string, v *state.Version) error {
	if _, ok := v.Files[v.Entry]; !ok {
		return fmt.Errorf("its file %s is not among them", v.Entry)
	}
	for name, content := range v.Files {
		local, err := filepath.Localize(name)
		if err != nil {
			return fmt.Errorf("the path %q is not below the directory", name)
		}
		path := filepath.Join(target, local)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o400); err != nil {
			return err
		}
	}
	return nil
}

// release ends a use.
func (b *bundles) release(hash string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.users[hash]--; b.users[hash] > 0 {
		return
	}
	delete(b.users, hash)
	b.unused = append(b.unused, hash)
	if len(b.unused) > keptBundles {
		// What cannot be removed now goes with the directory.
		_ = os.RemoveAll(b.path(b.unused[0]))
		b.unused = slices.Delete(b.unused, 0, 1)
	}
}

func (b *bundles) close() error { return os.RemoveAll(b.dir) }
