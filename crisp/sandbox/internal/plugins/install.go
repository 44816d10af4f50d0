package plugins

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/go-json-experiment/json/jsontext"
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

func forwardToChannel(req *api.Request) (api.Answer, error) {
	var body struct {
		Namespace  string         `json:"namespace"`
		Identifier string         `json:"identifier"`
		Payload    jsontext.Value `json:"payload"`
	}
	if err := readFor(req, &body); err != nil {
		return api.Answer{}, err
	}
	req.EmitSite("plugin:channel", "plugin_id", ID, "identifier", body.Identifier, "namespace", body.Namespace,
		"payload", body.Payload)
	return api.Answer{}, nil
}

func dispatchEvent(req *api.Request) (api.Answer, error) {
	var body struct {
		Name string         `json:"name"`
		Data jsontext.Value `json:"data"`
	}
	if err := readFor(req, &body); err != nil {
		return api.Answer{}, err
	}
	req.EmitSite("plugin:event", "plugin_id", ID, "urn", urn, "name", body.Name, "data", body.Data)
	return api.Answer{}, nil
}

// readFor reads the body of a request to a plugin that the website has.
func readFor(req *api.Request, body any) error {
	if err := checkPlugin(req); err != nil {
		return err
	}
	return req.Decode(body)
}
