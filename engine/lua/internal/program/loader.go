package program

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/regular"
	"github.com/crisphost/crisphost/internal/sourceline"
)

// Loader finds the files that a script requires. It reads below the script's root only, symbolic links included: a directory, or a file
// system that the host gave.
type Loader struct {
	cache *Cache
	root  string // the directory, or empty
	fsys  fs.FS  // in place of the directory, or nil
	Dir   string // the script's directory relative to the root, with slashes
	show  string // the directory part of the script's name as its user wrote it
	// files are the ones that were compiled with the script, by their path relative to the root.
	files map[string]*syntax.Chunk
	// broken is why the root and dir cannot be used.
	broken error
}

// NewLoader returns a loader of the files that a source requires.
func (c *Cache) NewLoader(src engine.Source) *Loader {
	ld := &Loader{cache: c, show: filepath.Dir(src.Name), files: map[string]*syntax.Chunk{}}
	if src.FS != nil {
		ld.fsys, ld.Dir = src.FS, path.Clean(src.Dir)
		if !fs.ValidPath(ld.Dir) {
			ld.broken = fmt.Errorf("the script's directory %s is not a path in its file system", src.Dir)
		}
		return ld
	}
	if src.Root == "" {
		return ld
	}
	dir := src.Dir
	if dir == "" {
		dir = src.Root
	}
	root, err := filepath.Abs(src.Root)
	if err != nil {
		ld.broken = err
		return ld
	}
	if dir, err = filepath.Abs(dir); err != nil {
		ld.broken = err
		return ld
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil || !filepath.IsLocal(rel) {
		ld.broken = fmt.Errorf("the script's directory %s is not below its root %s", dir, root)
		return ld
	}
	ld.root, ld.Dir = root, filepath.ToSlash(rel)
	return ld
}

// collect compiles the files that c, a file in dir, names in require calls, and theirs in turn.
func (ld *Loader) collect(ctx context.Context, c *syntax.Chunk, dir string, modules []string) error {
	for _, req := range c.Requires {
		if slices.Contains(modules, req.Name) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		rel, required, err := ld.Find(dir, req.Name)
		if err != nil {
			var mistake *engine.Error
			if errors.As(err, &mistake) {
				return err
			}
			line := sourceline.At(c.Code, req.Line)
			return &engine.Error{
				Kind:       engine.KindCompile,
				Position:   engine.Position{File: c.Name, Line: req.Line, Column: wordColumn(line, "require")},
				Message:    err.Error(),
				SourceLine: line,
				Err:        err,
			}
		}
		if _, ok := ld.files[rel]; ok {
			continue
		}
		ld.files[rel] = required
		if err := ld.collect(ctx, required, path.Dir(rel), modules); err != nil {
			return err
		}
	}
	return nil
}

// hash identifies the script and all files compiled with it.
func (ld *Loader) hash(main *syntax.Chunk) string {
	h := sha256.New()
	h.Write(main.Sum[:])
	names := make([]string, 0, len(ld.files))
	for rel := range ld.files {
		names = append(names, rel)
	}
	slices.Sort(names)
	for _, rel := range names {
		fmt.Fprintf(h, "\n%s\n", rel)
		sum := ld.files[rel].Sum
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// reads reports whether there is anything to load files from.
func (ld *Loader) reads() bool { return ld.fsys != nil || ld.root != "" }

// open opens the root. The caller closes it.
func (ld *Loader) open() (fsys fs.FS, closeRoot func(), err error) {
	if ld.fsys != nil {
		return ld.fsys, func() {}, nil
	}
	root, err := os.OpenRoot(ld.root)
	if err != nil {
		return nil, nil, err
	}
	return regular.RootFS(root), func() { _ = root.Close() }, nil
}

// readFile reads a regular file. A directory is no file that exists.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	data, info, err := regular.ReadFS(fsys, name, engine.MaxSourceSize)
	switch {
	case info != nil && info.IsDir():
		return nil, fs.ErrNotExist
	case errors.Is(err, regular.ErrIrregular):
		return nil, regular.ErrIrregular
	case err == nil && len(data) > engine.MaxSourceSize:
		return nil, errors.New("it is larger than the 16 MiB limit for scripts")
	}
	return data, err
}

// Find resolves a name that a file in dir requires, and answers the file's path relative to the root. "lib.util" and "lib/util"
// mean lib/util.lua or lib/util/init.lua, next to the requiring file or else below the root. "./" and "../" start from the
// requiring file alone.
func (ld *Loader) Find(dir, name string) (string, *syntax.Chunk, error) {
	if ld.broken != nil {
		return "", nil, ld.broken
	}
	if !ld.reads() {
		return "", nil, &MissingError{name, "there is no such host module, and this script has no directory to load files from"}
	}
	candidates, err := requireCandidates(dir, name)
	if err != nil {
		return "", nil, err
	}
	var fsys fs.FS
	for _, rel := range candidates {
		if c, ok := ld.files[rel]; ok {
			return rel, c, nil
		}
		if fsys == nil {
			opened, closeRoot, err := ld.open()
			if err != nil {
				return "", nil, fmt.Errorf("cannot require %q: %w", name, err)
			}
			defer closeRoot() //nolint:gocritic // opened once, at the first candidate that is not cached
			fsys = opened
		}
		code, err := readFile(fsys, rel)
		switch {
		case err == nil:
			c, err := ld.cache.chunk(ld.display(rel), code)
			return rel, c, err
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		default:
			return "", nil, ld.unreadable(name, rel, err)
		}
	}
	return "", nil, &MissingError{name, "no host module has this name, and there is no file " + listFiles(candidates)}
}

// MissingError is the error of a require whose name nothing has.
type MissingError struct {
	Name    string
	problem string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("cannot require %q: %s", e.Name, e.problem)
}

// unreadable is the error for a file that is there and cannot be read.
func (ld *Loader) unreadable(name, rel string, err error) error {
	var path *fs.PathError
	switch {
	case !errors.As(err, &path):
	case strings.Contains(path.Err.Error(), "escapes from parent"): // os.Root has no value to compare with
		return fmt.Errorf("cannot require %q: %s leads out of the script's root directory %s", name, rel, ld.root)
	default:
		err = path.Err
	}
	return fmt.Errorf("cannot require %q: %s cannot be read: %w", name, rel, err)
}

// requireCandidates are the paths below the root that a name may mean, in the order to try.
func requireCandidates(dir, name string) ([]string, error) {
	if name == "" {
		return nil, errors.New(`cannot require "": give a module's name or a file, for example require("lib.util")`)
	}
	if path.IsAbs(name) || filepath.IsAbs(name) || strings.ContainsAny(name, "\\\x00") {
		return nil, fmt.Errorf("cannot require %q: names are relative to the script, with dots or slashes", name)
	}
	relative := strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../")
	stem := name
	if !strings.Contains(name, "/") {
		stem = strings.ReplaceAll(name, ".", "/")
	}
	dirs := []string{dir}
	if !relative && dir != "." {
		dirs = append(dirs, ".")
	}
	var list []string
	add := func(p string) {
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	for _, d := range dirs {
		p := path.Join(d, stem)
		if p == ".." || strings.HasPrefix(p, "../") {
			return nil, fmt.Errorf("cannot require %q: it is outside the directory that this script may read", name)
		}
		if strings.HasSuffix(name, ".lua") {
			add(path.Join(d, name))
		}
		add(p + ".lua")
		add(path.Join(p, "init.lua"))
	}
	return list, nil
}

// display is how errors name a file: from the directory that the user started from.
func (ld *Loader) display(rel string) string {
	fromDir, err := filepath.Rel(filepath.FromSlash(ld.Dir), filepath.FromSlash(rel))
	if err != nil {
		return rel
	}
	return filepath.Join(ld.show, fromDir)
}

func listFiles(paths []string) string {
	if len(paths) == 1 {
		return paths[0]
	}
	return strings.Join(paths[:len(paths)-1], ", ") + " or " + paths[len(paths)-1]
}

// wordColumn is the column of the first occurrence of a word in a line, else of the line's first character.
func wordColumn(line, word string) int {
	if i := strings.Index(line, word); i >= 0 {
		return syntax.CharColumn(line, i+1)
	}
	return syntax.FirstColumn(line)
}

// Key tells required files apart: those of directories by their absolute path, those of other file systems by their path for the
// program's loader.
type Key struct {
	loader *Loader
	path   string
}

// Key returns the key of a file.
func (ld *Loader) Key(rel string) Key {
	if ld.fsys != nil {
		return Key{ld, rel}
	}
	return Key{path: filepath.Join(ld.root, filepath.FromSlash(rel))}
}
