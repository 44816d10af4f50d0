package sandbox

import (
	"cmp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// suggestion is a word that the inbox offers: a segment, a custom data key or an event of a profile.
type suggestion struct {
	people bool
	what   string // "segment", "key" or "text", as the member of the answer
	word   string
}

// used brings forgotten suggestions back.
func (s *site) used(people bool, what string, words ...string) {
	for _, word := range words {
		delete(s.forgotten, suggestion{people, what, word})
	}
}

// counts are the uses of words.
type counts map[string]int

func (c counts) add(words ...string) {
	for _, word := range words {
		c[word]++
	}
}

// addSet counts the words of a set of bits.
func (c counts) addSet(names []string, set uint32) {
	for i, name := range names {
		if set&(1<<i) != 0 {
			c[name]++
		}
	}
}

// conversationWords counts the segments or the data keys of all visible conversations.
func (s *site) conversationWords(what string) counts {
	c := counts{}
	for i, sum := range s.overview() {
		if sum.deleted {
			continue
		}
		r := s.records[i]
		switch {
		case r == nil && what == "segment":
			c.addSet(segmentNames[:], sum.segments)
		case r == nil:
			c.addSet(dataKeys[:], sum.data)
		case what == "segment":
			c.add(r.Meta.Segments...)
		default:
			for key := range r.Meta.Data {
				c.add(key)
			}
		}
	}
	return c
}

// peopleWords counts the segments, data keys or events of all profiles.
func (s *site) peopleWords(what string) counts {
	c := counts{}
	for i, sum := range s.peopleOverview() {
		if sum.deleted {
			continue
		}
		contact := s.profiles[i]
		switch {
		case what == "text":
			events := []event(nil)
			if contact != nil {
				events = contact.events
			} else {
				events = s.world.events(i)
			}
			for _, e := range events {
				c.add(e.Text)
			}
		case contact == nil && what == "segment":
			c.addSet(segmentNames[:], sum.traits)
		case contact == nil:
			c.addSet(dataKeys[:], sum.data)
		case what == "segment":
			c.add(contact.Segments...)
		default:
			for key := range contact.data {
				c.add(key)
			}
		}
	}
	return c
}

// words counts the words in use: those of profiles, or of conversations.
func (s *site) words(people bool, what string) counts {
	if people {
		return s.peopleWords(what)
	}
	return s.conversationWords(what)
}

// listSuggestions shows the words in use, the most used first.
func listSuggestions(people bool, what string) handler {
	return func(req *request) (answer, error) {
		type entry struct {
			word  string
			count int
		}
		var entries []entry
		for word, n := range req.site.words(people, what) {
			if !req.site.forgotten[suggestion{people, what, word}] {
				entries = append(entries, entry{word, n})
			}
		}
		slices.SortFunc(entries, func(a, b entry) int {
			return cmp.Or(cmp.Compare(b.count, a.count), strings.Compare(a.word, b.word))
		})
		var items []jsontext.Value
		for _, e := range pageOf(req, pageSize, entries) {
			// The word stands first, as in every answer here.
			items = append(items, jsontext.Value(`{"`+what+`":`+string(encode(e.word))+`,"count":`+string(encode(e.count))+`}`))
		}
		return listed(items), nil
	}
}

// deleteSuggestion forgets a word until it is used again. What uses it now keeps it; a guess.
func deleteSuggestion(people bool, what string) handler {
	return func(req *request) (answer, error) {
		body := map[string]string{}
		if err := req.decode(&body); err != nil {
			return answer{}, err
		}
		s, word := req.site, body[what]
		key := suggestion{people, what, word}
		if s.words(people, what)[word] == 0 || s.forgotten[key] {
			return answer{}, notFound(what, word)
		}
		s.forgotten[key] = true
		return answer{}, nil
	}
}
