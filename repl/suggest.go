package repl

import (
	"errors"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// suggest looks for a mistyped name in an entry that failed: one that its object does not have, while another is near. The
// engines say so themselves where they can tell what was meant.
func (s *Shell) suggest(code string, err error) string {
	var script *engine.Error
	if !errors.As(err, &script) || script.Kind != engine.KindRuntime || errors.As(err, new(*crisp.Error)) {
		return ""
	}
	session := s.current().ready()
	if session == nil {
		return ""
	}
	for _, path := range pathsIn(code) {
		names := strings.Split(path, ".")
		for i, name := range names {
			if name == "" || !strings.Contains(script.Message, name) {
				continue
			}
			parent := strings.Join(names[:i], ".")
			members := session.Members(parent)
			known := make([]string, len(members))
			for j, m := range members {
				known[j] = m.Name
			}
			if len(known) == 0 || slices.Contains(known, name) {
				continue
			}
			near := nearest.To(name, known)
			if near == "" {
				continue
			}
			if parent != "" {
				near = parent + "." + near
			}
			return "did you mean " + near + "?"
		}
	}
	return ""
}

// pathsIn lists the dotted names of a piece of code.
func pathsIn(code string) []string {
	const most = 64
	var paths []string
	fields := strings.FieldsFunc(code, func(r rune) bool { return !isWord(r) && r != '.' && r != ':' })
	for _, field := range fields {
		field = strings.Trim(strings.ReplaceAll(field, ":", "."), ".")
		if field != "" && (field[0] < '0' || field[0] > '9') && len(paths) < most {
			paths = append(paths, field)
		}
	}
	return paths
}
