package plugins

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// subscribe installs the plugin on a website. That it is no error where it is installed already is a guess.
func subscribe(req *api.Request) (api.Answer, error) {
	var body struct {
		PluginID string `json:"plugin_id"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if !strings.EqualFold(body.PluginID, ID) {
		return api.Answer{}, api.NotFound("plugin", body.PluginID)
	}
	if req.Site.Plugin == nil {
		req.Sites.Install(req.Site, req.Now)
		emitUpdate(req, true)
	}
	return api.Answer{}, nil
}

func unsubscribe(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	req.Site.Plugin = nil
	emitUpdate(req, false)
	return api.Answer{}, nil
}

// emitUpdate tells that the plugin was installed or removed. What target names is a guess.
func emitUpdate(req *api.Request, bound bool) {
	req.EmitSite(EventUpdated, "plugin_id", ID, "bound", bound, "target", req.Site.WebsiteID)
}

// EventUpdated is how a plugin hears that it was installed on a website, or removed.
const EventUpdated = "plugin:subscription:updated"
