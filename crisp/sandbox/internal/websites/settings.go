package websites

import (
	"fmt"
	"net/http"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

func getSettings(req *api.Request) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(req.Site.Settings)}, nil
}

// updateSettings merges: what the body does not name stays.
func updateSettings(req *api.Request) (api.Answer, error) {
	s := req.Site
	changed := s.Settings
	if err := req.Decode(&changed); err != nil {
		return api.Answer{}, err
	}
	changed.WebsiteID = s.WebsiteID
	if other := req.Sites.WithDomain(changed.Domain); other != nil && other != s {
		return api.Answer{}, &api.Error{
			Status: http.StatusConflict, Reason: "not_allowed",
			Message: fmt.Sprintf("the domain %s belongs to another website", changed.Domain),
		}
	}
	s.Settings = changed
	s.Website.Name, s.Website.Domain, s.Website.Logo = changed.Name, changed.Domain, changed.Logo
	return api.Answer{}, nil
}
