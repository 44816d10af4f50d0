package lua

import (
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/lua/internal/scopes"
	"github.com/crisphost/crisphost/internal/calls"
)

// Calls implements calls.Finder.
func (rt *runtime) Calls(src engine.Source, modules []string) (list []calls.Call, err error) {
	defer recovered(src.Name, "read the calls of", &err)
	text, _, _, err := parseText(src.Name, src.Code)
	if err != nil {
		return nil, err
	}
	tokens, err := tokens(text)
	if err != nil {
		return nil, err
	}
	list, err = scopes.Calls(text, tokens, modules)
	for i := range list {
		list[i].File = src.Name
	}
	calls.CountCharacters(list, scopes.Lines(text), func(_ rune, bytes int) int { return bytes })
	return list, err
}
