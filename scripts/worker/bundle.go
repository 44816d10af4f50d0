//go:build unix

package worker

import (
	"container/list"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// keptBundles is how many versions that nobody runs stay on disk for the next run.
const keptBundles = 1024

// bundles are the sources of script versions as files, which the runtimes read. Versions are named by their hash and never
// change, so that all runs share them.
type bundles struct {
	dir string
	// lock tells other hosts that the directory is in use.
	lock *os.File

	mu    sync.Mutex
	known map[string]*bundle
	// unused are the names of those without a user, the latest at the back.
	unused list.List
}

// bundle is a version on disk.
type bundle struct {
	// users counts the runs.
	users int
	// waits is the place among the unused.
	waits *list.Element
}

// bundlePrefix begins the names of the directories.
const bundlePrefix = "crisphost-bundles-"

// newBundles makes a directory of its own, that only this user reads, below dir, and removes those of hosts that were killed.
func newBundles(dir string) (*bundles, error) {
	b := &bundles{known: make(map[string]*bundle)}
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

// acquire puts the program of a script on disk unless it is there. The caller releases it.
func (b *bundles) acquire(script string, prog *Program) error {
	if !filepath.IsLocal(prog.Hash) || filepath.Base(prog.Hash) != prog.Hash || prog.Hash == "." {
		return fmt.Errorf("a version is named %q, which is not a hash", prog.Hash)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	known := b.known[prog.Hash]
	if known == nil {
		if err := write(b.path(prog.Hash), prog); err != nil {
			return errors.Join(fmt.Errorf("put the sources of %s on disk: %w", script, err), os.RemoveAll(b.path(prog.Hash)))
		}
		known = &bundle{}
		b.known[prog.Hash] = known
	}
	if known.waits != nil {
		b.unused.Remove(known.waits)
		known.waits = nil
	}
	known.users++
	return nil
}

func write(target string, prog *Program) error {
	if _, ok := prog.Files[prog.Entry]; !ok {
		return fmt.Errorf("its file %s is not among them", prog.Entry)
	}
	for name, content := range prog.Files {
		local, err := filepath.Localize(name)
		if err != nil || local == "." {
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
	known := b.known[hash]
	if known.users--; known.users > 0 {
		return
	}
	known.waits = b.unused.PushBack(hash)
	if b.unused.Len() > keptBundles {
		oldest, _ := b.unused.Remove(b.unused.Front()).(string)
		delete(b.known, oldest)
		// What cannot be removed now goes with the directory.
		_ = os.RemoveAll(b.path(oldest))
	}
}

func (b *bundles) close() error { return errors.Join(os.RemoveAll(b.dir), b.lock.Close()) }
