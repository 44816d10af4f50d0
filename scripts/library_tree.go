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
}

// maxDepth bounds the nesting of directories, which links can make endless.
const maxDepth = 40

// walk reads a directory and all below it, behind symbolic links, but not directories that are above it.
func (t *tree) walk(dir string, info os.FileInfo, above []os.FileInfo) error {
	if len(above) > maxDepth {
		return fmt.Errorf("%s: directories are nested more than %d levels deep", dir, maxDepth)
	}
	for _, a := range above {
		if os.SameFile(a, info) {
			return nil
		}
	}
	above = append(above[:len(above):len(above)], info)
	t.visit(dir, info)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) && len(above) > 1 {
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
			continue
		case !entry.Type().IsRegular() && !entry.IsDir() && !isLink:
			continue
		}
		// Stat follows links. A file that vanished meanwhile, or a link to nowhere, is not there.
		info, err := os.Stat(path)
		switch {
		case err != nil:
		case info.IsDir():
			if err := t.walk(path, info, above); err != nil {
				return err
			}
		case info.Mode().IsRegular() && isCandidate(entry.Name()):
			t.files[path] = info
			if isLink {
				if target, err := filepath.EvalSymlinks(path); err == nil {
					t.linked(filepath.Dir(target))
				}
			}
		}
	}
	return nil
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
