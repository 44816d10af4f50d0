package fsimport

import (
	"path"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/internal/tape"
)

// manifest is a package.json.
type manifest struct {
	dir string
	doc *tape.Document // an object
}

const maxManifest = 4 << 20

// manifest reads the package.json of a directory. It is nil when there is none that can be read.
func (f *Files) manifest(dir string) *manifest {
	f.mu.Lock()
	m, known := f.packages[dir]
	f.mu.Unlock()
	if known {
		return m
	}
	if name := path.Join(dir, "package.json"); f.stat(name).file {
		if data, err := f.Read(name, maxManifest); err == nil {
			if doc, err := tape.Parse(data); err == nil && doc.Kind(tape.Root) == tape.Object {
				m = &manifest{dir, doc}
			}
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.packages[dir] = m
	return m
}

// around returns the package.json next to a directory or above it, or nil.
func (f *Files) around(dir string) *manifest {
	for ; path.Base(dir) != nodeModules; dir = path.Dir(dir) {
		if m := f.manifest(dir); m != nil || dir == "." {
			return m
		}
	}
	return nil
}

// text is a member that is a string, or "".
func (m *manifest) text(name string) string {
	if i, ok := m.doc.Member(tape.Root, name); ok && m.doc.Kind(i) == tape.String {
		return m.doc.String(i)
	}
	return ""
}

// replaced is what the map "browser" has in place of a name: another name, or nothing.
func (m *manifest) replaced(name string) (by string, nothing, ok bool) {
	i, found := m.doc.Member(tape.Root, "browser")
	if !found || m.doc.Kind(i) != tape.Object {
		return "", false, false
	}
	if i, found = m.doc.Member(i, name); !found {
		return "", false, false
	}
	switch m.doc.Kind(i) {
	case tape.False:
		return "", true, true
	case tape.String:
		return m.doc.String(i), false, true
	default:
		return "", false, false
	}
}

// keysOf are the names of a file in the map "browser".
func (m *manifest) keysOf(file string) []string {
	name := "./" + strings.TrimPrefix(strings.TrimPrefix(file, m.dir), "/")
	return []string{name, strings.TrimSuffix(name, path.Ext(name)), name + ".js"}
}

// has reports whether the manifest has a member.
func (m *manifest) has(name string) bool {
	i, ok := m.doc.Member(tape.Root, name)
	return ok && m.doc.Kind(i) != tape.Null
}

// mapped finds what "exports" or "imports" has for a name.
func (m *manifest) mapped(field, name string, conditions []string) (target string, ok bool) {
	i, found := m.doc.Member(tape.Root, field)
	if !found {
		return "", false
	}
	if field == "exports" && !m.hasPaths(i) {
		if name != "." {
			return "", false
		}
		return m.target(i, "", conditions)
	}
	if m.doc.Kind(i) != tape.Object {
		return "", false
	}
	if at, exact := m.doc.Member(i, name); exact && !strings.Contains(name, "*") {
		return m.target(at, "", conditions)
	}
	best, rest, at := -1, "", tape.Index(0)
	for k, v := range m.doc.Members(i) {
		before, after, pattern := strings.Cut(m.doc.String(k), "*")
		if pattern && len(before) > best && len(name) >= len(before)+len(after) && strings.HasPrefix(name, before) &&
			strings.HasSuffix(name, after) {
			best, rest, at = len(before), name[len(before):len(name)-len(after)], v
		}
	}
	if best < 0 {
		return "", false
	}
	return m.target(at, rest, conditions)
}

// hasPaths reports whether "exports" is an object of paths, in place of one target.
func (m *manifest) hasPaths(i tape.Index) bool {
	if m.doc.Kind(i) != tape.Object {
		return false
	}
	for k := range m.doc.Members(i) {
		return strings.HasPrefix(m.doc.String(k), ".")
	}
	return true
}

// target reads a target: a path, or the first that applies of conditions or of a list.
func (m *manifest) target(i tape.Index, rest string, conditions []string) (string, bool) {
	switch m.doc.Kind(i) {
	case tape.String:
		return strings.ReplaceAll(m.doc.String(i), "*", rest), true
	case tape.Object:
		for k, v := range m.doc.Members(i) {
			if name := m.doc.String(k); name == "default" || slices.Contains(conditions, name) {
				if target, ok := m.target(v, rest, conditions); ok {
					return target, true
				}
			}
		}
	case tape.Array:
		for _, v := range m.doc.Items(i) {
			if target, ok := m.target(v, rest, conditions); ok {
				return target, true
			}
		}
	}
	return "", false
}
