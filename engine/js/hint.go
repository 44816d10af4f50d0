package js

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// memberHint explains an error that came of a host module's name written wrongly: JavaScript itself only says that it
// cannot use undefined.
func (r *run) memberHint(e *engine.Error) string {
	switch e.Name {
	case "TypeError":
		return r.pathHint(e)
	case "ReferenceError":
		name, _, _ := strings.Cut(e.Message, " ")
		return r.globalHint(name)
	default:
		return ""
	}
}

// globalHint is about a global name that does not exist.
func (r *run) globalHint(name string) string {
	switch name {
	case "process", "Buffer", "__dirname", "__filename", "global":
		return name + " belongs to Node: scripts run in an engine of their own"
	case "Intl", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics":
		return "the script engine does not have " + name
	case "window", "document", "localStorage", "navigator", "XMLHttpRequest":
		return name + " belongs to browsers: scripts run in an engine of their own"
	}
	names := slices.Sorted(maps.Keys(r.vm.globals.modules))
	if near := nearest.To(name, append(names, "console", "map", "parallel")); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// pathHint looks at the source line for a path into a host module that leads nowhere.
func (r *run) pathHint(e *engine.Error) string {
	for _, path := range dottedPaths(e.SourceLine) {
		m := r.vm.globals.modules[path[0]]
		if m == nil {
			continue
		}
		at := path[0]
		for _, name := range path[1:] {
			f, next, value := m.Member(name, camelCase)
			if f == nil && next == nil && value == nil {
				hint := fmt.Sprintf("%s has no member %s", at, name)
				if near := nearest.To(name, memberNames(m)); near != "" {
					hint += fmt.Sprintf(": did you mean %s.%s?", at, near)
				}
				return hint
			}
			if next == nil {
				break
			}
			m, at = next, at+"."+name
		}
	}
	return ""
}

// memberNames are the names of what a module has.
func memberNames(m *engine.Module) []string {
	var names []string
	for _, inner := range m.Modules {
		names = append(names, camelCase(inner.Name))
	}
	for i := range m.Functions {
		names = append(names, camelCase(m.Functions[i].Name))
	}
	for _, value := range m.Values {
		names = append(names, value.Name)
	}
	return names
}

// dottedPaths finds names joined by dots in a line.
func dottedPaths(line string) [][]string {
	words := strings.FieldsFunc(line, func(r rune) bool {
		return r != '.' && r != '_' && r != '$' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	var paths [][]string
	for _, word := range words {
		if path := strings.Split(word, "."); len(path) > 1 && path[0] != "" {
			paths = append(paths, path)
		}
	}
	return paths
}
