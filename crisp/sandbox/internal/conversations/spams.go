package conversations

import (
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// listSpams takes the filter as the type of the spam; the values that Crisp takes are not established.
func listSpams(req *api.Request) (api.Answer, error) {
	kind := req.Query.Get("filter_type")
	var shown []wire.Spam
	for _, sp := range req.Site.Spams {
		if kind == "" || sp.Type == kind {
			shown = append(shown, sp)
		}
	}
	return api.PagesOf(req, shown)
}

func findSpam(req *api.Request) (int, error) {
	id := req.Params["spam_id"]
	place := slices.IndexFunc(req.Site.Spams, func(sp wire.Spam) bool { return sp.SpamID == id })
	if place < 0 {
		return 0, api.NotFound("spam", id)
	}
	return place, nil
}

func getSpam(req *api.Request) (api.Answer, error) {
	place, err := findSpam(req)
	if err != nil {
		return api.Answer{}, err
	}
	sp := req.Site.Spams[place]
	return api.Answer{Data: wire.Encode(struct {
		wire.Spam
		Content jsontext.Value `json:"content"`
	}{sp, sp.Content})}, nil
}

// decideSpam takes the spam off the list. An accepted one that was a conversation comes back to the inbox; an accepted
// email becomes a conversation.
func decideSpam(req *api.Request) (api.Answer, error) {
	place, err := findSpam(req)
	if err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Action string `json:"action"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	s, sp := req.Site, req.Site.Spams[place]
	s.Spams = slices.Delete(slices.Clone(s.Spams), place, place+1)
	req.EmitSite("spam:decision", "spam_id", sp.SpamID, "action", body.Action)
	if body.Action == "reject" {
		return api.Answer{}, nil
	}
	if sp.Session != "" {
		s.Restore(sp.Session)
		return api.Answer{}, nil
	}
	r, index := begin(req, "")
	r.Meta.Origin, r.Meta.Email = "email", sp.Headers["from"].(string)
	r.Meta.Nickname, r.Meta.Subject = r.Meta.Email, sp.Metadata["subject"].(string)
	r.Topic = r.Meta.Subject
	receive(req, r, wire.Message{
		Type: "text", From: "user", Origin: "email", Timestamp: sp.Timestamp, Fingerprint: s.NewFingerprint(r),
		Content: wire.TextContent(wire.ContentText("event", sp.Content)),
	})
	s.Changed(index)
	return api.Answer{}, nil
}
