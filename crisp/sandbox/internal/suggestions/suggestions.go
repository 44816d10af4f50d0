// Package suggestions has the operations on the words that the inbox offers. Conversations and profiles share them.
package suggestions

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// List shows the words in use, the most used first.
func List(people bool, what string) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		type entry struct {
			word  string
			count int
		}
		var entries []entry
		for word, n := range req.Site.Words(people, what) {
			if !req.Site.Forgotten[store.Suggestion{People: people, What: what, Word: word}] {
				entries = append(entries, entry{word, n})
			}
		}
		slices.SortFunc(entries, func(a, b entry) int {
			return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.word, b.word))
		})
		var items []jsontext.Value
		for _, e := range api.PageOf(req, api.PageSize, entries) {
			// The word stands first, as in every answer here.
			items = append(items,
				jsontext.Value(`{"`+what+`":`+string(wire.Encode(e.word))+`,"count":`+string(wire.Encode(e.count))+`}`))
		}
		return api.Listed(items), nil
	}
}

// Delete forgets a word until it is used again. What uses it now keeps it; a guess.
func Delete(people bool, what string) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		body := map[string]string{}
		if err := req.Decode(&body); err != nil {
			return api.Answer{}, err
		}
		s, word := req.Site, body[what]
		key := store.Suggestion{People: people, What: what, Word: word}
		if s.Words(people, what)[word] == 0 || s.Forgotten[key] {
			return api.Answer{}, api.NotFound(what, word)
		}
		s.Forgotten[key] = true
		return api.Answer{}, nil
	}
}
