package naming

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// Hint looks in a source line for a path into a host module that leads nowhere, and returns what was meant, or "". Module
// finds a module by its global name, and spell is as for Module.Member. Of a wrong name languages only say that nothing is
// there.
func Hint(line string, module func(name string) *engine.Module, spell func(string) string) string {
	for _, path := range dottedPaths(line) {
		m := module(path[0])
		if m == nil {
			continue
		}
		at := path[0]
		for _, name := range path[1:] {
			f, next, value := m.Member(name, spell)
			if name != "" && f == nil && next == nil && value == nil {
				hint := fmt.Sprintf("%s has no member %s", at, name)
				if near := near(m, at, name, spell); near != "" {
					hint += ": " + near
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

func near(m *engine.Module, at, name string, spell func(string) string) string {
	if near := nearest.To(name, names(m, spell)); near != "" {
		return fmt.Sprintf("did you mean %s.%s?", at, near)
	}
	return ""
}

// Missing is the error of reading a member that a strict module does not have, or nil where another module has no member, or where a
// language or a library asks for a name of its own. At is the module as scripts write it.
func Missing(m *engine.Module, at, name string, spell func(string) string) *engine.HostError {
	if !m.Strict || name == "" || strings.ContainsAny(name[:1], "_$@") || slices.Contains(protocol, name) {
		return nil
	}
	hint := near(m, at, name, spell)
	if hint == "" {
		hint = fmt.Sprintf("`crisphost help %s` lists what it has.", at)
	}
	return &engine.HostError{Name: "TypeError", Message: fmt.Sprintf("%s has no member %s", at, name), Hint: hint}
}

// protocol are the names by which JavaScript and its libraries find out what an object is.
var protocol = []string{
	"then", "toJSON", "constructor", "toString", "toLocaleString", "valueOf", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "default", "length",
	"inspect", "nodeType", "asymmetricMatch", "prototype",
}

// names returns the names of what a module has.
func names(m *engine.Module, spell func(string) string) []string {
	if spell == nil {
		spell = func(name string) string { return name }
	}
	var names []string
	for _, inner := range m.Modules {
		names = append(names, spell(inner.Name))
	}
	for i := range m.Functions {
		names = append(names, spell(m.Functions[i].Name))
	}
	for i := range m.Values {
		names = append(names, m.Values[i].Name)
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
		if path := strings.Split(strings.TrimLeft(word, "."), "."); len(path) > 1 {
			paths = append(paths, path)
		}
	}
	return paths
}
