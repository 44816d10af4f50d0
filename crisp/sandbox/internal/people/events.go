package people

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// emitUpdate tells that a profile was saved. That a save which changes nothing but the time is told too, as is one of
// the custom data, and that the event has the whole person, are guesses.
func emitUpdate(req *api.Request, c *store.Contact) {
	req.EmitSite("people:profile:updated", "people_id", c.PeopleID, "email", known(c.Email), "update", struct {
		UpdatedAt int64          `json:"updated_at"`
		Person    *wire.Personal `json:"person"`
	}{c.UpdatedAt, &c.Person})
}

// known leaves out what is empty.
func known(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// emitEvent tells the conversations of a contact of an event of the contact; a guess, as the conversations show it. It
// looks only where the visitor is on the site, since what is synchronised comes from there.
func emitEvent(req *api.Request, c *store.Contact, e *wire.Event) {
	if !req.Listened {
		return
	}
	s := req.Site
	for _, index := range s.ConversationsOf(c.Index, &store.Selection{Inbox: -1, Until: 1 << 62}) {
		if r := s.Record(index); r.Active.Now {
			req.EmitSession(&r.Conversation, "session:sync:events", "events", []*wire.Event{e})
		}
	}
}
