package repl

import (
	"regexp"
	"strings"
	"sync"
)

var declarationPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\s*(?:export\s+)?(const|let|var|class|(?:async\s+)?function\s*\*?|local\s+function|local)\s+([\p{L}_$][\p{L}\p{N}_$]*)`)
})

// declaration returns the word and the name of a declaration that an entry begins with.
func declaration(entry string) (word, name string, ok bool) {
	m := declarationPattern().FindStringSubmatch(entry)
	if m == nil {
		return "", "", false
	}
	return strings.Join(strings.Fields(m[1]), " "), m[2], true
}

// declares reports whether an entry made a name: by a declaration or, as Lua does, by an assignment.
func declares(entry, name string) bool {
	if _, declared, ok := declaration(entry); ok && declared == name {
		return true
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(entry), name)
	rest = strings.TrimSpace(rest)
	return ok && strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==") || strings.HasPrefix(strings.TrimSpace(entry), "function "+name+"(")
}
