// Package plugins has the operations of plugins: which one a token belongs to, the websites that installed it with their
// settings for it, and where events are sent from.
package plugins

import (
	"net/http"
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// ID is the only plugin that there is. The seeded website has it installed.
const ID = "22222222-2222-4222-8222-222222222222"

// urn is how the plugin is called in other identifiers.
const urn = "urn:fernleaf:sandbox:0"

// SocketPath is where the socket of events stands, beside the API.
const SocketPath = "/rtm/"

// Handlers returns the operations by their ID in the description.
func Handlers() map[string]api.Handler {
	return map[string]api.Handler{
		"plugin.connect.account.get":         getAccount,
		"plugin.connect.session.exists":      checkSession,
		"plugin.connect.websites.list":       listWebsites,
		"plugin.connect.websites.since.list": listChanges,

		"plugin.connect.endpoints.get":       getEndpoints,
		"website.connect.endpoints.get":      getEndpoints,
		"website.connect.endpoints.discover": getEndpoints,
		"user.connect.endpoints.discover":    getEndpoints,

		"plugin.subscription.list":            listSubscriptions,
		"plugin.subscription.website.list":    listSubscriptions,
		"plugin.subscription.get":             getSubscription,
		"plugin.subscription.subscribe":       subscribe,
		"plugin.subscription.unsubscribe":     unsubscribe,
		"plugin.subscription.settings.get":    getSettings,
		"plugin.subscription.settings.save":   saveSettings,
		"plugin.subscription.settings.update": updateSettings,
		"plugin.subscription.channel.forward": forwardMessage,
		"plugin.subscription.event.dispatch":  dispatchEvent,
	}
}

func getAccount(*api.Request) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		PluginID string `json:"plugin_id"`
	}{ID})}, nil
}

// checkSession is reached with valid credentials only.
func checkSession(*api.Request) (api.Answer, error) { return api.Answer{}, nil }

// getEndpoints names the server of events, under the address that the client reached this one by. The sandbox has no
// other one for emergencies, and no streams of browsing sessions.
func getEndpoints(req *api.Request) (api.Answer, error) {
	type addresses struct {
		App string `json:"app"`
	}
	here := addresses{req.Origin + SocketPath}
	return api.Answer{Data: wire.Encode(map[string]any{
		"socket": here, "rescue": map[string]any{"socket": here},
	})}, nil
}

// website is an installation as lists of them have it.
type website struct {
	WebsiteID string         `json:"website_id"`
	Token     string         `json:"token"`
	Price     float64        `json:"price"`
	Settings  jsontext.Value `json:"settings"`
	Plan      *plan          `json:"plan,omitempty"`
	// Difference is in lists of changes alone.
	Difference string `json:"difference,omitempty"`
}

type plan struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Trialing bool   `json:"trialing"`
}

// websiteOf describes the installation on a website that has one.
func websiteOf(req *api.Request, site *store.Site) website {
	w := website{WebsiteID: site.WebsiteID, Token: site.Plugin.Token, Settings: site.Plugin.SettingsJSON()}
	if req.Flag("include_plan") {
		w.Plan = &plan{ID: "plus", Name: "Plus"}
	}
	return w
}

func listWebsites(req *api.Request) (api.Answer, error) {
	var all []website
	for _, site := range installed(req) {
		all = append(all, websiteOf(req, site))
	}
	return api.PagesOf(req, all)
}

// listChanges lists each website that changed once, with its last change. The words of differences are guesses.
func listChanges(req *api.Request) (api.Answer, error) {
	since, _, err := req.Date("date_since")
	if err != nil {
		return api.Answer{}, err
	}
	items := []jsontext.Value{}
	for _, site := range installed(req) {
		w := websiteOf(req, site)
		changed := site.Plugin.Since
		w.Difference = "created"
		if site.Plugin.Saved > 0 {
			changed, w.Difference = site.Plugin.Saved, "updated"
		}
		if changed >= since {
			items = append(items, wire.Encode(w))
		}
	}
	return api.Listed(items), nil
}

// installed are the websites that have the plugin, or those of them that are configured where the query asks for these.
func installed(req *api.Request) []*store.Site {
	return slices.DeleteFunc(req.Sites.All(), func(site *store.Site) bool {
		return site.Plugin == nil || site.Plugin.Saved == 0 && req.Flag("filter_configured")
	})
}

// subscription is the plugin as a website has it.
type subscription struct {
	ID           string  `json:"id"`
	URN          string  `json:"urn"`
	Type         string  `json:"type"`
	Category     string  `json:"category"`
	Name         string  `json:"name"`
	Summary      string  `json:"summary"`
	Price        float64 `json:"price"`
	Configurable bool    `json:"configurable"`
	Since        string  `json:"since"`
	Active       bool    `json:"active"`
	WebsiteID    string  `json:"website_id"`
}

func subscriptionOf(site *store.Site) subscription {
	return subscription{
		ID: ID, URN: urn, Type: "external", Category: "other", Name: "Sandbox", Summary: "The plugin of the sandbox",
		Configurable: true, Since: wire.FormatDate(site.Plugin.Since), Active: true, WebsiteID: site.WebsiteID,
	}
}

// listSubscriptions lists the plugins of a website, or of all.
func listSubscriptions(req *api.Request) (api.Answer, error) {
	items := []jsontext.Value{}
	for _, site := range installed(req) {
		if req.Site == nil || req.Site == site {
			items = append(items, wire.Encode(subscriptionOf(site)))
		}
	}
	return api.Listed(items), nil
}

func getSubscription(req *api.Request) (api.Answer, error) {
	if err := checkPlugin(req); err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: wire.Encode(subscriptionOf(req.Site))}, nil
}

// checkPlugin refuses a plugin that the website does not have. The word was seen for websites without the plugin.
func checkPlugin(req *api.Request) error {
	if id := req.Params["plugin_id"]; id != ID || req.Site.Plugin == nil {
		return &api.Error{
			Status: http.StatusNotFound, Reason: "not_subscribed",
			Message: "this website is not subscribed to the plugin " + id,
		}
	}
	return nil
}
