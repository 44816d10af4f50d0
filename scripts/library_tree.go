package scripts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/crisphost/crisphost/engine"
)

// tree is what stands in a library's directory.
type tree struct {
	// files are the files that scripts or imports may be, by absolute path.
	files map[string]os.FileInfo
	// visit is called for each directory before it is read.
	visit func(dir string, info os.FileInfo)
	// linked is called with the directory that a linked file is in.
	linked func(dir string)
	// inside is the directory that links stay below, without links itself, or empty for anywhere.
	inside string
	// skipped is what cannot be used, by absolute path.
	skipped map[string]skip
}

// skip is why something below a directory is not used.
type skip struct {
	// reason continues the path.
	reason string
	// unreadable tells that what was there before stays as it was, and harmless that it is nothing to mend.
	unreadable, harmless bool
}

// newTree prepares a walk of a library's directory.
func newTree(l *Library) (*tree, error) {
	t := &tree{
		files: map[string]os.FileInfo{}, skipped: map[string]skip{}, visit: func(string, os.FileInfo) {}, linked: func(string) {},
	}
	if l.options.FollowLinks {
		return t, nil
	}
	var err error
	t.inside, err = filepath.EvalSymlinks(l.root)
	return t, err
}

// unreadable notes why a file or directory cannot be read. What vanished meanwhile, or is a link to nowhere, is not there.
func (t *tree) unreadable(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var place *fs.PathError
	if errors.As(err, &place) {
		err = place.Err
	}
	t.skipped[path] = skip{reason: "cannot be read: " + err.Error(), unreadable: true}
}

// leadsOut reports, and notes, that a link leads where links must not lead.
func (t *tree) leadsOut(path, target string) bool {
	if t.inside == "" {
		return false
	}
	rel, err := filepath.Rel(t.inside, target)
	if err == nil && filepath.IsLocal(rel) {
		return false
	}
	t.skipped[path] = skip{reason: fmt.Sprintf("leads to %s, outside of %s; --follow-symlinks allows that", target, t.inside)}
	return true
}

// maxDepth bounds the nesting of directories, which links can make endless.
const maxDepth = 40

// walk reads a directory and all below it, behind symbolic links, but not directories that are above it. The error is one of the
// directory itself: what is wrong below it is skipped.
func (t *tree) walk(dir string, info os.FileInfo, above []os.FileInfo) error {
	if len(above) > maxDepth {
		t.skipped[dir] = skip{reason: fmt.Sprintf("is not read: directories are nested more than %d levels deep", maxDepth)}
		return nil
	}
	for _, a := range above {
		if os.SameFile(a, info) {
			return nil
		}
	}
	above = append(above[:len(above):len(above)], info)
	t.visit(dir, info)
	entries, err := os.ReadDir(dir)
	if err != nil && len(above) > 1 {
		t.unreadable(dir, err)
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		isLink := entry.Type()&fs.ModeSymlink != 0
		switch {
		case strings.HasPrefix(entry.Name(), "."), entry.Name() == "node_modules":
			continue
		case entry.Type().IsRegular() && !isCandidate(entry.Name()):
			if isForeign(entry.Name()) {
				t.skipped[path] = skip{reason: "is no script: JSX is not supported; end its name in .ts or .js if it has none", harmless: true}
			}
			continue
		case !entry.Type().IsRegular() && !entry.IsDir() && !isLink:
			continue
		}
		// Stat follows links.
		info, err := os.Stat(path)
		target := path
		if err == nil && isLink {
			target, err = filepath.EvalSymlinks(path)
		}
		switch {
		case err != nil:
			t.unreadable(path, err)
		case !info.IsDir() && (!info.Mode().IsRegular() || !isCandidate(entry.Name())):
		case isLink && t.leadsOut(path, target):
		case info.IsDir():
			if err := t.walk(path, info, above); err != nil {
				return err
			}
		default:
			t.files[path] = info
			if isLink {
				t.linked(filepath.Dir(target))
			}
		}
	}
	return nil
}

// isForeign reports whether a file looks like a script of a kind that there is not.
func isForeign(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".tsx", ".jsx":
		return true
	}
	return false
}

// isCandidate reports whether a file may be a script or an import.
func isCandidate(name string) bool {
	if strings.EqualFold(filepath.Ext(name), ".json") {
		return true
	}
	_, err := engine.LanguageOf(name)
	return err == nil
}

// isScript reports whether a path below the library's directory, with slashes, is that of a script.
func isScript(path string) bool {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part[0] == '.' || part[0] == '_' || i < len(parts)-1 && (part == "lib" || part == "node_modules") {
			return false
		}
	}
	name := strings.ToLower(parts[len(parts)-1])
	for _, declaration := range [...]string{".d.ts", ".d.mts", ".d.cts"} {
		if strings.HasSuffix(name, declaration) {
			return false
		}
	}
	_, err := engine.LanguageOf(name)
	return err == nil
}

// stem is what imports may call a file: its name without the extension, or its directory's when it stands for that.
func stem(path string) string {
	base := filepath.Base(path)
	base = strings.TrimSuffix(base, filepath.Ext(base))
	if base == "index" || base == "init" {
		base = filepath.Base(filepath.Dir(path))
	}
	return base
}

// sameState reports whether a file is untouched, as far as its size and time tell.
func sameState(a, b os.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
