package fsimport

import (
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const nodeModules = "node_modules"

var (
	// ErrOutside is the error of an import that leads above the root of the file system.
	ErrOutside = errors.New("outside of the file system")
	// ErrNotFound is the error of an import that leads nowhere.
	ErrNotFound = errors.New("not found")
)

// Rules says how imports are found.
type Rules struct {
	// MainFields are the members of package.json that name the file of a package, the first first.
	MainFields []string
	// Conditions are those of "exports" and "imports".
	Conditions []string
}

// extensions are tried in this order where a request has none.
var extensions = []string{".ts", ".js", ".json"}

// sources are the endings of the sources from which a file is made that a request names.
var sources = map[string]string{".js": ".ts", ".mjs": ".mts", ".cjs": ".cts"}

// Resolve returns the path of the file that a request in a file of a directory leads to, or "" where package.json says that
// there is to be nothing in its place. Required is for require in place of import.
func (f *Files) Resolve(request, dir string, required bool, rules Rules) (string, error) {
	kind := "import"
	if required {
		kind = "require"
	}
	l := &lookup{Files: f, rules: rules, conditions: append([]string{kind}, rules.Conditions...)}
	return l.resolve(request, dir)
}

// lookup is the search for one request.
type lookup struct {
	*Files
	rules      Rules
	conditions []string
	// depth counts the names that led to other names.
	depth int
}

func (l *lookup) resolve(request, dir string) (string, error) {
	if l.depth++; l.depth > 10 {
		return "", ErrNotFound
	}
	switch {
	case request == "." || request == ".." || strings.HasPrefix(request, "./") || strings.HasPrefix(request, "../"):
		target := path.Join(dir, request)
		if !fs.ValidPath(target) {
			return "", ErrOutside
		}
		found, ok := l.fileOrDirectory(target, strings.HasSuffix(request, "/") || strings.HasSuffix(request, "."))
		if !ok {
			return l.inPlace(target, "", ErrNotFound)
		}
		return l.inPlace(found, found, nil)
	case strings.HasPrefix(request, "/"):
		return "", ErrOutside
	case strings.HasPrefix(request, "#"):
		m := l.around(dir)
		if m == nil {
			return "", ErrNotFound
		}
		target, ok := m.mapped("imports", request, l.conditions)
		if !ok {
			return "", ErrNotFound
		}
		return l.resolve(target, m.dir)
	}
	if m := l.around(dir); m != nil {
		if by, nothing, ok := m.replaced(request); nothing {
			return "", nil
		} else if ok && by != request {
			return l.resolve(by, m.dir)
		}
	}
	return l.inPackages(request, dir)
}

// inPlace looks up what the package of a file has in its place for browsers. Found and err are the answer where it has nothing.
func (l *lookup) inPlace(file, found string, err error) (string, error) {
	m := l.around(path.Dir(file))
	if m == nil {
		return found, err
	}
	for _, key := range m.keysOf(file) {
		by, nothing, ok := m.replaced(key)
		switch {
		case nothing:
			return "", nil
		case ok && path.Join(m.dir, by) != file:
			return l.resolve(by, m.dir)
		}
	}
	return found, err
}

// Masked reports whether the package of a file has nothing in its place for browsers. The file may lack its extension.
func (f *Files) Masked(file string) bool {
	m := f.around(path.Dir(file))
	return m != nil && slices.ContainsFunc(m.keysOf(file), func(key string) bool {
		_, nothing, _ := m.replaced(key)
		return nothing
	})
}

// MaskedIn reports whether the package of a directory has nothing in place of a package of that name.
func (f *Files) MaskedIn(dir, request string) bool {
	m := f.around(dir)
	if m == nil {
		return false
	}
	_, nothing, _ := m.replaced(request)
	return nothing
}

// inPackages looks for a package next to a directory and above it.
func (l *lookup) inPackages(request, dir string) (string, error) {
	name, sub := splitPackage(request)
	for ; ; dir = path.Dir(dir) {
		if path.Base(dir) != nodeModules {
			at := path.Join(dir, nodeModules, name)
			if fs.ValidPath(at) && l.stat(at).directory {
				found, err := l.inPackage(at, sub)
				if m := l.manifest(at); err == nil || m != nil && m.has("exports") {
					return found, err
				}
			}
			if found, ok := l.file(at); sub == "" && ok {
				return found, nil
			}
		}
		if dir == "." {
			return "", ErrNotFound
		}
	}
}

// splitPackage parts the name of a package from the path in it.
func splitPackage(request string) (name, sub string) {
	parts := 1
	if strings.HasPrefix(request, "@") {
		parts = 2
	}
	list := strings.SplitN(request, "/", parts+1)
	if len(list) > parts {
		sub = list[parts]
	}
	return strings.Join(list[:min(parts, len(list))], "/"), sub
}

// inPackage finds a path in the package of a directory.
func (l *lookup) inPackage(dir, sub string) (string, error) {
	m := l.manifest(dir)
	if m != nil && m.has("exports") {
		name := "."
		if sub != "" {
			name = "./" + sub
		}
		target, ok := m.mapped("exports", name, l.conditions)
		if file := path.Join(dir, target); ok && strings.HasPrefix(target, "./") && inside(dir, file) && l.stat(file).file {
			return l.inPlace(file, file, nil)
		}
		return "", ErrNotFound
	}
	target := path.Join(dir, sub)
	if !fs.ValidPath(target) {
		return "", ErrOutside
	}
	found, ok := l.fileOrDirectory(target, sub == "" || strings.HasSuffix(sub, "/"))
	if !ok {
		return l.inPlace(target, "", ErrNotFound)
	}
	return l.inPlace(found, found, nil)
}

// inside reports whether a path is in a directory.
func inside(dir, name string) bool { return fs.ValidPath(name) && strings.HasPrefix(name, dir+"/") }

// fileOrDirectory finds the file that a path means.
func (l *lookup) fileOrDirectory(name string, directory bool) (string, bool) {
	if !directory {
		if found, ok := l.file(name); ok {
			return found, true
		}
	}
	if !l.stat(name).directory {
		return "", false
	}
	if m := l.manifest(name); m != nil {
		for _, field := range l.rules.MainFields {
			main := m.text(field)
			if main == "" {
				continue
			}
			target := path.Join(name, main)
			if !fs.ValidPath(target) {
				continue
			}
			if found, ok := l.file(target); ok {
				return found, true
			}
			if found, ok := l.file(path.Join(target, "index")); ok {
				return found, true
			}
		}
	}
	return l.file(path.Join(name, "index"))
}

// file finds a file by its name, which may lack the extension or be that of what is made of the file.
func (l *lookup) file(name string) (string, bool) {
	if l.stat(name).file {
		return name, true
	}
	for _, extension := range extensions {
		if l.stat(name + extension).file {
			return name + extension, true
		}
	}
	end := path.Ext(name)
	if source := sources[end]; source != "" && !slices.Contains(strings.Split(name, "/"), nodeModules) {
		if name := strings.TrimSuffix(name, end) + source; l.stat(name).file {
			return name, true
		}
	}
	return "", false
}
