package scripts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/regular"
	"github.com/crisphost/crisphost/internal/scriptfile"
)

// build is the outcome of reading and compiling a script.
type build struct {
	header  Header
	version string
	entry   string
	files   map[string][]byte
	// used are the files behind it as they were, by absolute path.
	used map[string]os.FileInfo
	// unleased are the owners of files that may be written still.
	unleased []owner
	// err is the script's fault, and errUnsettled when it has to be read again.
	err error
}

// compiler makes scripts of files.
type compiler struct {
	dir, root string
	engine    *engine.Engine
	compile   func(context.Context, engine.Source) (map[string][]byte, error)
	lease     func(*os.File) (free, known bool, release func())
	known     *known // or nil
	limits    *Limits
	// bound is what the limits allow, or nil.
	bound *engine.Permissions
}

// name is the path of a file below the directory, with slashes. Bytes that are not UTF-8 become U+FFFD: no database takes them.
func (c *compiler) name(path string) string {
	rel, ok := strings.CutPrefix(path, c.dir+string(filepath.Separator)) // as nearly all are
	if !ok {
		var err error
		if rel, err = filepath.Rel(c.dir, path); err != nil {
			rel = path
		}
	}
	return strings.ToValidUTF8(filepath.ToSlash(rel), "\ufffd")
}

// build reads and compiles the script at an absolute path, whose file is in the state that info tells. Told is called with its header.
func (c *compiler) build(ctx context.Context, path string, info os.FileInfo, told func(Header)) build {
	b := build{used: map[string]os.FileInfo{path: info}}
	if !utf8.ValidString(path) {
		b.err = fmt.Errorf("%s: the file's name is not UTF-8: rename it", c.name(path))
		return b
	}
	var code []byte
	if code, b.err = c.readSettled(&b, path, info); b.err != nil {
		b.err = unfit(c.name(path), b.err)
		return b
	}
	src := engine.Source{Name: c.name(path), Code: code, Root: c.root, Dir: filepath.Dir(path)}
	src.Language, b.err = engine.LanguageOf(path)
	if b.err != nil {
		return b
	}
	if b.header, b.err = c.readHeader(code, src); b.err != nil {
		return b
	}
	told(b.header)
	if b.err = unfit(src.Name, scriptfile.Check(src.Name, code, src.Language)); b.err != nil {
		return b
	}
	files := c.known.recall(c, c.entry(path), code)
	var err error
	if files == nil {
		files, err = c.compile(ctx, src)
	}
	if err != nil {
		if b.err = err; c.isWritten(err) {
			b.err = errUnsettled
		}
		return b
	}
	c.collect(&b, path, code, files)
	return b
}

// inProcess compiles with an engine.
func inProcess(e *engine.Engine) func(context.Context, engine.Source) (map[string][]byte, error) {
	return func(ctx context.Context, src engine.Source) (map[string][]byte, error) {
		program, err := e.Compile(ctx, src)
		if err != nil {
			return nil, err
		}
		if bundled, ok := program.(engine.Bundled); ok {
			return bundled.Files(), nil
		}
		return nil, nil
	}
}

// unfit is the error of a text that is no script as one of the compiler's. Other errors stay.
func unfit(name string, err error) error {
	var reason *scriptfile.Error
	if !errors.As(err, &reason) {
		return err
	}
	return &engine.Error{
		Kind: engine.KindCompile, Position: engine.Position{File: name}, Message: "the script " + reason.Problem, Hint: reason.Hint, Err: err,
	}
}

// isWritten reports whether the file that an error names is being written, so that it may be half of one.
func (c *compiler) isWritten(err error) bool {
	var wrong *engine.Error
	if !errors.As(err, &wrong) || wrong.File == "" {
		return false
	}
	f, err := regular.Open(filepath.Join(c.dir, filepath.FromSlash(wrong.File)))
	if err != nil {
		return false
	}
	defer f.Close()
	free, known, release := c.lease(f)
	release()
	return known && !free
}

// readHeader reads a header, its permissions included, and compares it with the limits. Positions name the file.
func (c *compiler) readHeader(code []byte, src engine.Source) (Header, error) {
	h, wrong := readTags(code, src.Language)
	if _, err := h.Access(c.engine.Vocabulary()); err != nil {
		var unknown *HeaderError
		if !errors.As(err, &unknown) {
			return Header{}, err
		}
		wrong = wrong.and(unknown)
	}
	wrong = wrong.and(c.limits.check(h, c.bound))
	if wrong != nil {
		return Header{}, wrong.placed(code, src.Name)
	}
	return h, nil
}

// collect finds out what a program is made of, and that none of it was being written.
func (c *compiler) collect(b *build, path string, code []byte, files map[string][]byte) {
	b.entry = c.entry(path)
	if b.files = files; b.files == nil {
		b.files = map[string][]byte{b.entry: code}
	}
	for name, content := range b.files {
		if name == b.entry {
			continue
		}
		imported := filepath.Join(c.root, filepath.FromSlash(name))
		info, err := os.Stat(imported)
		if err != nil {
			b.err = errUnsettled
			return
		}
		now, err := c.readSettled(b, imported, info)
		if err != nil || !bytes.Equal(now, content) {
			b.err = errUnsettled
			return
		}
		b.used[imported] = info
	}
	b.version = contentHash(b.entry, b.files)
	c.known.remember(c, b)
}

// entry is the path of a script's file below the root, with slashes.
func (c *compiler) entry(path string) string {
	rel, err := filepath.Rel(c.root, path)
	if err != nil { // never: the directory is below the root
		return path
	}
	return filepath.ToSlash(rel)
}

// contentHash identifies a script's content.
func contentHash(entry string, files map[string][]byte) string {
	h := sha256.New()
	part := func(data []byte) {
		_, _ = fmt.Fprintf(h, "%d:", len(data))
		_, _ = h.Write(data)
	}
	part([]byte(entry))
	for _, name := range slices.Sorted(maps.Keys(files)) {
		part([]byte(name))
		part(files[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// readSettled reads a file that is in a known state and that nobody writes: errUnsettled tells that it is in another one. Where nobody
// can tell whether it is written, b has the owner.
func (c *compiler) readSettled(b *build, path string, info os.FileInfo) ([]byte, error) {
	f, err := regular.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, errUnsettled
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Writers that come now wait until the file is read.
	free, known, release := c.lease(f)
	if known && !free {
		return nil, errUnsettled
	}
	if !known {
		b.unleased = append(b.unleased, ownerOf(info))
	}
	defer release()
	if now, err := f.Stat(); err != nil || !sameState(info, now) {
		return nil, errUnsettled
	}
	data, err := scriptfile.Read(f, filepath.Base(path))
	if err != nil {
		return nil, err
	}
	if now, err := f.Stat(); err != nil || !sameState(info, now) {
		return nil, errUnsettled
	}
	return data, nil
}

// defaultName is a script's name by its path below the directory.
func defaultName(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path))
}
