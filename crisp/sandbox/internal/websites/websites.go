package websites

import (
	"net/http"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// deletionDelay is how far ahead a deletion is scheduled. The documentation says some days.
const deletionDelay = 7 * seed.Day

func websiteExists(req *api.Request) (api.Answer, error) {
	domain := req.Query.Get("domain")
	if req.Sites.WithDomain(domain) == nil {
		return api.Answer{}, api.NotFound("website", domain)
	}
	return api.Answer{}, nil
}

// createWebsite adds an empty website whose only operator is the caller. That a taken domain is refused is a guess.
func createWebsite(req *api.Request) (api.Answer, error) {
	var body struct {
		Name   string `json:"name"`
		Domain string `json:"domain"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if req.Sites.WithDomain(body.Domain) != nil {
		return api.Answer{}, &api.Error{
			Status: http.StatusConflict, Reason: "not_allowed",
			Message: "the domain " + body.Domain + " belongs to another website",
		}
	}
	return api.Answer{Data: wire.Encode(req.Sites.Add(body.Name, body.Domain, req.Now).Website)}, nil
}

func getWebsite(req *api.Request) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(req.Site.Website)}, nil
}

// deleteWebsite schedules the deletion. Until then the website works as before.
func deleteWebsite(req *api.Request) (api.Answer, error) {
	var body struct {
		Verify ownerProof `json:"verify"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if err := verify(body.Verify.Method, body.Verify.Secret); err != nil {
		return api.Answer{}, err
	}
	if req.Site.Deletion == 0 {
		req.Site.Deletion = req.Now + deletionDelay
	}
	return api.Answer{}, nil
}

// abortDeletion takes the schedule back. That it fails without one is a guess.
func abortDeletion(req *api.Request) (api.Answer, error) {
	if req.Site.Deletion == 0 {
		return api.Answer{}, api.NotFound("a scheduled deletion of website", req.Site.WebsiteID)
	}
	req.Site.Deletion = 0
	return api.Answer{}, nil
}

func getAvailability(req *api.Request) (api.Answer, error) {
	status := "offline"
	if req.Site.AnyOnline() {
		status = "online"
	}
	return api.Answer{Data: wire.Encode(struct {
		Status string `json:"status"`
		Since  int64  `json:"since"`
	}{status, req.Site.Anchor - 3*seed.Hour})}, nil
}

func listAvailabilities(req *api.Request) (api.Answer, error) {
	type span struct {
		For   int64 `json:"for"`
		Since int64 `json:"since"`
	}
	var items []jsontext.Value
	for i, o := range req.Site.Operators {
		if o.Gone || o.Invited {
			continue
		}
		since := req.Site.Anchor - int64(i+1)*47*seed.Minute
		items = append(items, wire.Encode(struct {
			UserID string `json:"user_id"`
			Type   string `json:"type"`
			Time   span   `json:"time"`
		}{o.UserID, o.Availability, span{max(req.Now-since, 0), since}}))
	}
	return api.Listed(items), nil
}
