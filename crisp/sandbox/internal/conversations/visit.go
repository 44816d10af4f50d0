package conversations

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// What visitors do has no operations: the chatbox on the website tells Crisp of it by other ways than the API.

// Enter begins the conversation of a visitor who is on the site, with what the chatbox and the profile tell.
func Enter(req *api.Request, sessionID string, scene *seed.Scene) {
	r, index := begin(req, sessionID)
	appear(req, r)
	old, m := r.Meta, &r.Meta
	m.Nickname, m.Email, m.Segments, m.Device = scene.Nickname, scene.Email, scene.Segments, scene.Device
	emitMeta(req, r, &old)
	bind(req, r)
	req.Site.Changed(index)
}

// bind gives a conversation the profile that has its address, unless it has one.
func bind(req *api.Request, r *store.Record) {
	if owner, known := req.Site.FindEmail(r.Meta.Email); known && r.Owner < 0 {
		r.Owner, r.PeopleID = owner, req.Site.UUID(seed.KindPerson, owner)
		emitBinding(req, r)
	}
}

// pagesKept is the number of pages that a conversation remembers beside the seeded ones.
const pagesKept = 100

// Browse notes a page that the visitor sees. That the event has the new page alone is a guess.
func Browse(page wire.Page) api.Handler {
	return writing(func(req *api.Request, r *store.Record) (api.Answer, error) {
		page.Timestamp, r.Active.Last = req.Now, req.Now
		if len(r.Pages) > 0 {
			page.Referrer = r.Pages[0].URL
		}
		r.Pages = append([]wire.Page{page}, r.Pages[:min(len(r.Pages), pagesKept-1)]...)
		req.EmitSession(&r.Conversation, "session:sync:pages", "pages", []struct {
			URL       string `json:"page_url"`
			Title     string `json:"page_title"`
			Timestamp int64  `json:"timestamp"`
		}{{page.URL, page.Title, page.Timestamp}})
		return api.Answer{}, nil
	})
}

// Rate lets the contact say how it was. No operation shows a rating.
func Rate(stars int, comment string) api.Handler {
	return reading(func(req *api.Request, r *store.Record) (api.Answer, error) {
		req.EmitSession(&r.Conversation, "session:sync:rating", "rating", struct {
			Stars   int    `json:"stars"`
			Comment string `json:"comment,omitempty"`
		}{stars, comment})
		return api.Answer{}, nil
	})
}

// Leave takes the visitor off the site.
func Leave() api.Handler {
	return writing(func(req *api.Request, r *store.Record) (api.Answer, error) {
		r.Active.Now, r.Compose.Visitor = false, nil
		if r.Availability != "offline" {
			r.Availability = "offline"
			req.EmitSession(&r.Conversation, "session:update_availability", "availability", r.Availability)
		}
		return api.Answer{}, nil
	})
}

// Answered reports whether somebody has answered the last message of the contact.
func Answered(answered *bool) api.Handler {
	return reading(func(_ *api.Request, r *store.Record) (api.Answer, error) {
		*answered = r.WaitingSince == nil
		return api.Answer{}, nil
	})
}
