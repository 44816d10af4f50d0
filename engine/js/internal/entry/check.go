package entry

import (
	"strings"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js/internal/bundle"
	"github.com/crisphost/crisphost/engine/js/internal/rewrite"
)

// Check reports whether a text is an entry, or the beginning of one.
func (t *Translator) Check(code string) engine.Completeness {
	if t.checkSize("", code) != nil {
		return engine.Complete
	}
	tokens := rewrite.Lex(code)
	switch {
	case tokens.Unbalanced:
		return engine.Complete
	case tokens.Open:
		return engine.Incomplete
	}
	if t.Language == engine.JavaScript {
		if _, ok := rewrite.ParseEntry(code); ok {
			return engine.Complete
		}
	}
	if t.unfinished(code) {
		return engine.Incomplete
	}
	return engine.Complete
}

// unfinished asks esbuild, whose errors tell the end of the text from a mistake in it.
func (t *Translator) unfinished(code string) bool {
	if strings.HasSuffix(code, "?.") {
		code += "\n" // esbuild takes a question mark and a dot at the very end for two operators
	}
	texts := []string{code}
	if strings.HasPrefix(strings.TrimSpace(code), "{") {
		texts = append(texts, "("+code)
		if len(bundle.Transform("("+code+"\n)", t.loader(), false).Errors) == 0 {
			return false
		}
	}
	for _, text := range texts {
		result := bundle.Transform(text, t.loader(), false)
		if len(result.Errors) > 0 && strings.Contains(result.Errors[0].Text, "end of file") {
			return true
		}
	}
	return false
}
