package js

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
)

// Check implements engine.Session.
func (s *session) Check(code string) engine.Completeness {
	tokens := lex(code)
	switch {
	case tokens.unbalanced || tooNested(tokens):
		return engine.Complete
	case tokens.open:
		return engine.Incomplete
	}
	if s.language == engine.JavaScript {
		if _, ok := parseEntry(code); ok {
			return engine.Complete
		}
	}
	if s.unfinished(code) {
		return engine.Incomplete
	}
	return engine.Complete
}

// unfinished asks esbuild, whose errors tell the end of the text from a mistake in it.
func (s *session) unfinished(code string) bool {
	texts := []string{code}
	if strings.HasPrefix(strings.TrimSpace(code), "{") {
		texts = append(texts, "("+code)
		if len(s.transform("("+code+"\n)").Errors) == 0 {
			return false
		}
	}
	for _, text := range texts {
		result := s.transform(text)
		if len(result.Errors) > 0 && strings.Contains(result.Errors[0].Text, "end of file") {
			return true
		}
	}
	return false
}
