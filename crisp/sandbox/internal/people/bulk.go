package people

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// getPeopleStats counts the profiles.
func getPeopleStats(req *api.Request) (api.Answer, error) {
	total := 0
	for _, sum := range req.Site.PeopleOverview() {
		if !sum.Deleted {
			total++
		}
	}
	return api.Answer{Data: wire.Encode(struct {
		Total int `json:"total"`
	}{total})}, nil
}

// listPeopleCampaigns shows what a generated contact was sent.
func listPeopleCampaigns(req *api.Request, c *store.Contact) (api.Answer, error) {
	s := req.Site
	if c.Index >= s.People {
		return api.PagesOf(req, []wire.Campaign{})
	}
	return api.PagesOf(req, s.Campaigns(c.Index))
}

// maxExport is the number of profiles that an export may name.
const maxExport = 100

// exportProfiles mails nothing.
func exportProfiles(req *api.Request) (api.Answer, error) {
	var body struct {
		Profiles []string `json:"profiles"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if len(body.Profiles) > maxExport {
		return api.Answer{}, api.Invalid("data.profiles", "should NOT have more than 100 items")
	}
	return api.Answer{}, nil
}
