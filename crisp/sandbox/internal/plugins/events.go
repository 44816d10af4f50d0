package plugins

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/go-json-experiment/json/jsontext"
)

// forwardMessage tells those who listen. That the event says nothing else, and has an empty identifier where the
// message names none, are guesses.
func forwardMessage(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Namespace  string         `json:"namespace"`
		Identifier string         `json:"identifier"`
		Payload    jsontext.Value `json:"payload"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	req.EmitSite("plugin:channel", "plugin_id", ID, "identifier", body.Identifier, "namespace", body.Namespace,
		"payload", body.Payload)
	return api.Answer{}, nil
}

// dispatchEvent tells those who listen.
func dispatchEvent(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Name string         `json:"name"`
		Data jsontext.Value `json:"data"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	req.EmitSite("plugin:event", "plugin_id", ID, "urn", urn, "name", body.Name, "data", body.Data)
	return api.Answer{}, nil
}
