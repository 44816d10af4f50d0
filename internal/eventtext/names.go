// Package eventtext writes events for people, and reads the names that people write for them.
package eventtext

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/nearest"
)

// Names returns the names of all known events.
func Names() []string {
	var names []string
	for _, event := range spec.Events() {
		names = append(names, event.Name)
	}
	return names
}

// NameError is a text that stands for no event.
type NameError struct{ Problem, Hint string }

func (e *NameError) Error() string { return e.Problem }

// Match returns the names that texts stand for: names of events, or beginnings of some with a star at the end. Errors are a *NameError.
func Match(texts []string) ([]string, error) {
	var names []string
	for _, text := range texts {
		prefix, pattern := strings.CutSuffix(text, "*")
		if !pattern {
			if spec.FindEvent(text) == nil {
				return nil, &NameError{fmt.Sprintf("unknown event %q", text), Near(text)}
			}
			names = append(names, text)
			continue
		}
		before := len(names)
		for _, name := range Names() {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
		if len(names) == before {
			return nil, &NameError{fmt.Sprintf("no event has a name like %q", text), "names begin with " + strings.Join(namespaces(), ", ")}
		}
	}
	return names, nil
}

// Near is the hint for a name that no event has, or empty.
func Near(name string) string {
	if near := nearest.To(name, Names()); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// namespaces are the first words of the names.
func namespaces() []string {
	var list []string
	for _, name := range Names() {
		word, _, _ := strings.Cut(name, ":")
		list = append(list, word)
	}
	return slices.Compact(list)
}
