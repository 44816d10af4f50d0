package js

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Check implements engine.Session.
func (s *session) Check(code string) engine.Completeness {
	if s.checkSize("", code) != nil {
		return engine.Complete
	}
	tokens := rewrite.Lex(code)
	switch {
	case tokens.Unbalanced:
		return engine.Complete
	case tokens.Open:
		return engine.Incomplete
	}
	if s.language == engine.JavaScript {
		if _, ok := rewrite.ParseEntry(code); ok {
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
	if strings.HasSuffix(code, "?.") {
		code += "\n" // esbuild takes a question mark and a dot at the very end for two operators
	}
	texts := []string{code}
	if strings.HasPrefix(strings.TrimSpace(code), "{") {
		texts = append(texts, "("+code)
		if len(bundle.Transform("("+code+"\n)", s.loader(), false).Errors) == 0 {
			return false
		}
	}
	for _, text := range texts {
		result := bundle.Transform(text, s.loader(), false)
		if len(result.Errors) > 0 && strings.Contains(result.Errors[0].Text, "end of file") {
			return true
		}
	}
	return false
}
