package plugins

import (
	"maps"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// settings are a website's settings for the plugin, with what belongs to them. The sandbox's plugin takes every object.
type settings struct {
	PluginID  string         `json:"plugin_id"`
	WebsiteID string         `json:"website_id"`
	Token     string         `json:"token"`
	Schema    jsontext.Value `json:"schema"`
	Settings  jsontext.Value `json:"settings"`
}

func getSettings(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	plugin := req.Site.Plugin
	return api.Answer{Data: wire.Encode(settings{
		PluginID: ID, WebsiteID: req.Site.WebsiteID, Token: plugin.Token, Schema: jsontext.Value(`{"type":"object"}`),
		Settings: plugin.SettingsJSON(),
	})}, nil
}

// saveSettings replaces all settings.
func saveSettings(req *api.Request) (api.Answer, error) {
	return changeSettings(req, map[string]jsontext.Value{})
}

// updateSettings replaces the settings that the body names. That it goes no deeper is a guess.
func updateSettings(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	return changeSettings(req, maps.Clone(req.Site.Plugin.Settings))
}

func changeSettings(req *api.Request, all map[string]jsontext.Value) (api.Answer, error) {
	if all == nil {
		all = map[string]jsontext.Value{}
	}
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	if err := req.Decode(&all); err != nil {
		return api.Answer{}, err
	}
	plugin := req.Site.Plugin
	plugin.Settings, plugin.Saved = all, req.Now
	req.EmitSite("plugin:settings:saved", "plugin_id", ID, "settings", plugin.SettingsJSON())
	return api.Answer{}, nil
}
