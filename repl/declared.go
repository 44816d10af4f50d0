package repl

import (
	"regexp"
	"strings"
	"sync"

	"github.com/crisphost/crisphost/engine"
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

// declares tells whether an entry made a name: by a declaration or, as Lua does, by an assignment.
func declares(entry, name string) bool {
	if _, declared, ok := declaration(entry); ok && declared == name {
		return true
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(entry), name)
	rest = strings.TrimSpace(rest)
	return ok && strings.HasPrefix(rest, "=") && !strings.HasPrefix(rest, "==") || strings.HasPrefix(strings.TrimSpace(entry), "function "+name+"(")
}

// redeclared makes entries fit for one script, where JavaScript lets a name be declared once only: the first declaration of
// a name that comes again is a variable, and the further ones assign.
func redeclared(entries []string, language engine.Language) []string {
	if language == engine.Lua {
		return entries
	}
	count := map[string]int{}
	for _, entry := range entries {
		if _, name, ok := declaration(entry); ok {
			count[name]++
		}
	}
	seen := map[string]bool{}
	out := make([]string, len(entries))
	for i, entry := range entries {
		out[i] = entry
		word, name, ok := declaration(entry)
		if !ok || count[name] < 2 {
			continue
		}
		isVariable := word == "const" || word == "let" || word == "var"
		text := strings.TrimLeft(entry, " \t\n")
		switch {
		case !seen[name] && isVariable:
			out[i] = "let" + strings.TrimPrefix(text, word)
		case !seen[name]:
			out[i] = "let " + name + " = " + text
		case isVariable:
			out[i] = strings.TrimLeft(strings.TrimPrefix(text, word), " \t\n")
		default:
			out[i] = name + " = " + text
		}
		seen[name] = true
	}
	return out
}
