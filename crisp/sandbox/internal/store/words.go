package store

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Suggestion is a word that the inbox offers: a segment, a custom data key or an event of a profile.
type Suggestion struct {
	People bool
	What   string // "segment", "key" or "text", as the member of the answer
	Word   string
}

// Used brings forgotten suggestions back.
func (s *Site) Used(people bool, what string, words ...string) {
	for _, word := range words {
		delete(s.Forgotten, Suggestion{people, what, word})
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
func (s *Site) conversationWords(what string) counts {
	c := counts{}
	for i, sum := range s.overview() {
		if sum.deleted {
			continue
		}
		r := s.records[i]
		switch {
		case r == nil && what == "segment":
			c.addSet(seed.SegmentNames[:], sum.segments)
		case r == nil:
			c.addSet(seed.DataKeys[:], sum.data)
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
func (s *Site) peopleWords(what string) counts {
	c := counts{}
	for i, sum := range s.PeopleOverview() {
		if sum.Deleted {
			continue
		}
		contact := s.Profiles[i]
		switch {
		case what == "text":
			events := []wire.Event(nil)
			if contact != nil {
				events = contact.Events
			} else {
				events = s.World.Events(i)
			}
			for _, e := range events {
				c.add(e.Text)
			}
		case contact == nil && what == "segment":
			c.addSet(seed.SegmentNames[:], sum.traits)
		case contact == nil:
			c.addSet(seed.DataKeys[:], sum.data)
		case what == "segment":
			c.add(contact.Segments...)
		default:
			for key := range contact.Data {
				c.add(key)
			}
		}
	}
	return c
}

// Words counts the words in use: those of profiles, or of conversations.
func (s *Site) Words(people bool, what string) counts {
	if people {
		return s.peopleWords(what)
	}
	return s.conversationWords(what)
}
