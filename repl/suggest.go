package repl

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/nearest"
)

// suggest looks for a mistyped name in an entry that failed: one that its object does not have, while another is near. The
// engines say so themselves where they can tell what was meant.
func (s *shell) suggest(code string, err error) string {
	var script *engine.Error
	if !errors.As(err, &script) || script.Kind != engine.KindRuntime || errors.As(err, new(*crisp.Error)) {
		return ""
	}
	session := s.current().ready()
	if session == nil {
		return ""
	}
	for _, path := range pathsIn(code, s.language) {
		names := strings.Split(path, ".")
		for i, name := range names {
			if name == "" || !namedIn(script.Message, name) {
				continue
			}
			parent := strings.Join(names[:i], ".")
			members := session.Members(parent)
			known := make([]string, 0, len(members))
			for _, m := range members {
				if m.Name != "undefined" { // which nobody means who names something
					known = append(known, m.Name)
				}
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
func pathsIn(code string, language engine.Language) []string {
	const most = 64
	var paths []string
	eachWord(code, language, func(path string) {
		if path[0] != '.' && len(paths) < most {
			paths = append(paths, path)
		}
	})
	return paths
}

// namedIn reports whether a message has a name as a word of its own.
func namedIn(message, name string) bool {
	for at := 0; ; {
		i := strings.Index(message[at:], name)
		if i < 0 {
			return false
		}
		start, end := at+i, at+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(message[:start])
		after, _ := utf8.DecodeRuneInString(message[end:])
		if (start == 0 || !isWord(before)) && (end == len(message) || !isWord(after)) {
			return true
		}
		at = end
	}
}
