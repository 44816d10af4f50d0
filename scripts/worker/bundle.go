//go:build unix

package worker

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/scripts/state"
)

// keptBundles is how many versions that nobody runs stay on disk for the next run.
const keptBundles = 256

// bundles are the sources of script versions as files, which the runtimes read. Versions are named by their hash and never
// change, so that all runs share them.
type bundles struct {
	dir string
	// lock tells other hosts that the directory is in use.
	lock *os.File

	mu sync.Mutex
	// users counts the workers of a version.
	users map[string]int
	// unused are the versions without a user, the latest last.
	unused []string
}

// bundlePrefix begins the names of the directories.
const bundlePrefix = "crisphost-bundles-"

// newBundles makes a directory of its own, that only this user reads, below dir, and removes those of hosts that were killed.
func newBundles(dir string) (*bundles, error) {
	b := &bundles{users: make(map[string]int)}
	if err := b.open(dir); err != nil {
		return nil, fmt.Errorf("make the directory for the sources of running scripts: %w", err)
	}
	return b, nil
}

func (b *bundles) open(dir string) (err error) {
	if dir == "" {
		dir = os.TempDir()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dir, bundlePrefix+"*"))
	if err != nil {
		return err
	}
	for _, path := range old {
		if lock, err := lockDirectory(path); err == nil {
			// What another user has left is not ours to remove.
			_ = os.RemoveAll(path)
			_ = lock.Close()
		}
	}
	// A host that starts at the same time can take the new directory for an old one before it is locked.
	for range 3 {
		if b.dir, err = os.MkdirTemp(dir, bundlePrefix); err != nil {
			return err
		}
		if b.lock, err = lockDirectory(b.dir); err == nil {
			break
		}
	}
	if err != nil {
		return err
	}
	// Import paths are compared without symbolic links.
	b.dir, err = filepath.EvalSymlinks(b.dir)
	return err
}

// lockDirectory fails when another process holds the directory. The lock ends with the file, at the latest with the process.
func lockDirectory(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
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

func (b *bundles) close() error { return errors.Join(os.RemoveAll(b.dir), b.lock.Close()) }
