package sandbox

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

type spam struct {
	SpamID    string `json:"spam_id"`
	Type      string `json:"type"`
	Reason    string `json:"reason"`
	Metadata  data   `json:"metadata"`
	Headers   data   `json:"headers"`
	Timestamp int64  `json:"timestamp"`

	content jsontext.Value
	// session is the conversation that was reported, or empty for an email that never became one.
	session string
}

var junk = [...]struct{ sender, subject, text string }{
	{"offers@seo.example", "Your site is missing 14,000 visitors", "Dear owner, we have analysed your website and found severe problems."},
	{"winner@lottery.example", "You have been selected", "Congratulations! Reply with your details to receive the prize."},
	{"sales@lists.example", "Email list of plant lovers", "We offer 2 million verified addresses at a special price today only."},
	{"crypto@coin.example", "Guaranteed returns", "Invest now and double your money until Friday."},
	{"no-reply@parcel.example", "Delivery failed", "Please pay the customs fee with the link below."},
}

// newSpams makes the seeded spam.
func (w *world) newSpams() []spam {
	spams := make([]spam, len(junk))
	at := w.anchor
	for i, j := range junk {
		d := w.dice(kindSpam, i)
		at -= spread(&d, hour, 3*day)
		spams[i] = spam{
			SpamID: w.uuid(kindSpam, i), Type: "email", Reason: "content", Timestamp: at,
			Metadata: data{"subject": j.subject}, Headers: data{"from": j.sender, "to": "hello@" + companyDomain, "subject": j.subject},
			content: encode(struct {
				Text string `json:"text"`
			}{j.text}),
		}
	}
	return spams
}

// listSpams takes the filter as the type of the spam; the values that Crisp takes are not established.
func listSpams(req *request) (answer, error) {
	kind := req.query.Get("filter_type")
	var shown []spam
	for _, sp := range req.site.spams {
		if kind == "" || sp.Type == kind {
			shown = append(shown, sp)
		}
	}
	return pagesOf(req, shown)
}

func findSpam(req *request) (int, error) {
	id := req.params["spam_id"]
	place := slices.IndexFunc(req.site.spams, func(sp spam) bool { return sp.SpamID == id })
	if place < 0 {
		return 0, notFound("spam", id)
	}
	return place, nil
}

func getSpam(req *request) (answer, error) {
	place, err := findSpam(req)
	if err != nil {
		return answer{}, err
	}
	sp := req.site.spams[place]
	return answer{data: encode(struct {
		spam
		Content jsontext.Value `json:"content"`
	}{sp, sp.content})}, nil
}

// decideSpam takes the spam off the list. An accepted one that was a conversation comes back to the inbox; an accepted
// email becomes a conversation.
func decideSpam(req *request) (answer, error) {
	place, err := findSpam(req)
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Action string `json:"action"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	s, sp := req.site, req.site.spams[place]
	s.spams = slices.Delete(slices.Clone(s.spams), place, place+1)
	if body.Action == "reject" {
		return answer{}, nil
	}
	if sp.session != "" {
		s.restore(sp.session)
		return answer{}, nil
	}
	r, index := s.add("", req.now)
	r.Meta.Origin, r.Meta.Email = "email", sp.Headers["from"].(string)
	r.Meta.Nickname, r.Meta.Subject = r.Meta.Email, sp.Metadata["subject"].(string)
	r.Topic = r.Meta.Subject
	s.receive(r, message{
		Type: "text", From: "user", Origin: "email", Timestamp: sp.Timestamp, Fingerprint: s.newFingerprint(r),
		Content: textContent(contentText("event", sp.content)),
	})
	s.changed(index)
	return answer{}, nil
}

// restore brings a deleted conversation back.
func (s *site) restore(sessionID string) {
	for index, r := range s.records {
		if r.SessionID == sessionID && r.deleted {
			r.deleted = false
			s.changed(index)
		}
	}
}
