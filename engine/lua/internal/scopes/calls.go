package scopes

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/panics"
	"github.com/crisphost/crisphost/engine/lua/internal/syntax"
	"github.com/crisphost/crisphost/internal/calls"
)

// Calls finds the calls of modules in a source.
func Calls(src engine.Source, modules []string) (list []calls.Call, err error) {
	defer panics.Recover(src.Name, "read the calls of", &err)
	text, err := syntax.ParserText(src.Name, src.Code)
	if err != nil {
		return nil, err
	}
	tokens, err := syntax.Tokens(text)
	if err != nil {
		return nil, err
	}
	list, err = find(text, tokens, modules)
	for i := range list {
		list[i].File = src.Name
	}
	calls.CountCharacters(list, lines(text), func(_ rune, bytes int) int { return bytes })
	return list, err
}
