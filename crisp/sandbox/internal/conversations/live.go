package conversations

import (
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// Browsing, calls, tools and widgets: the sandbox keeps who began what and carries no streams.

func listBrowsings(_ *api.Request, r *store.Record) (api.Answer, error) {
	var items []jsontext.Value
	for _, b := range r.Browsings {
		items = append(items, wire.Encode(b))
	}
	return api.Listed(items), nil
}

// initiateBrowsing asks the visitor, who always accepts here.
func initiateBrowsing(req *api.Request, r *store.Record) (api.Answer, error) {
	if a, err := needsVisitor(req, r); err != nil {
		return a, err
	}
	s := req.Site
	s.Calls++
	b := wire.Browsing{
		BrowsingID:    "browsing_" + s.UUID(seed.KindBrowsing, s.Calls),
		BrowsingToken: s.UUID(seed.KindBrowsing, -s.Calls),
	}
	if r.Meta.Device != nil && r.Meta.Device.System != nil {
		b.Useragent = r.Meta.Device.System.Useragent
	}
	r.Browsings = append(r.Browsings, b)
	req.EmitSessionLater(&r.Conversation, "browsing:request:initiated",
		"browsing_id", b.BrowsingID, "browsing_token", b.BrowsingToken)
	return api.Answer{}, nil
}

func findBrowsing(req *api.Request, r *store.Record) (int, error) {
	id := req.Params["browsing_id"]
	place := slices.IndexFunc(r.Browsings, func(b wire.Browsing) bool { return b.BrowsingID == id })
	if place < 0 {
		return 0, api.NotFound("browsing session", id)
	}
	return place, nil
}

// sendBrowsing starts, keeps or stops a browsing session; a stopped one is gone.
func sendBrowsing(req *api.Request, r *store.Record) (api.Answer, error) {
	place, err := findBrowsing(req, r)
	if err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Action string `json:"action"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.Action == "stop" {
		r.Browsings = slices.Delete(r.Browsings, place, place+1)
	}
	return api.Answer{}, nil
}

// assistBrowsing needs the position of the action that it names; a guess.
func assistBrowsing(req *api.Request, r *store.Record) (api.Answer, error) {
	if _, err := findBrowsing(req, r); err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Action string         `json:"action"`
		Mouse  jsontext.Value `json:"mouse"`
		Click  jsontext.Value `json:"click"`
		Scroll jsontext.Value `json:"scroll"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	positions := map[string]jsontext.Value{"mouse": body.Mouse, "click": body.Click, "scroll": body.Scroll}
	if position, needed := positions[body.Action]; needed && position == nil {
		return api.Answer{}, api.Invalid("data", "should have required property '"+body.Action+"'")
	}
	return api.Answer{}, nil
}

type callRef struct {
	CallID string `json:"call_id"`
}

// initiateCall rings the visitor, who accepts at once here and never says a word. A second call replaces the first; a
// guess.
func initiateCall(req *api.Request, r *store.Record) (api.Answer, error) {
	if a, err := needsVisitor(req, r); err != nil {
		return a, err
	}
	s := req.Site
	s.Calls++
	r.Call = "call_" + s.UUID(seed.KindCall, s.Calls)
	req.EmitSessionLater(&r.Conversation, "call:request:initiated", "call_id", r.Call)
	return api.Answer{Data: wire.Encode(callRef{r.Call})}, nil
}

func getCall(_ *api.Request, r *store.Record) (api.Answer, error) {
	if r.Call == "" {
		return api.Answer{}, api.NotFound("a call in conversation", r.SessionID)
	}
	return api.Answer{Data: wire.Encode(callRef{r.Call})}, nil
}

func abortCall(req *api.Request, r *store.Record) (api.Answer, error) {
	if _, err := transmitCall(req, r); err != nil {
		return api.Answer{}, err
	}
	r.Call = ""
	return api.Answer{}, nil
}

// transmitCall accepts a signal and drops it.
func transmitCall(req *api.Request, r *store.Record) (api.Answer, error) {
	if id := req.Params["call_id"]; r.Call == "" || id != r.Call {
		return api.Answer{}, api.NotFound("call", id)
	}
	return api.Answer{}, nil
}

// accepted is for requests whose whole effect would be elsewhere.
func accepted(*api.Request, *store.Record) (api.Answer, error) { return api.Answer{}, nil }

// deliverWidget answers with the id that the outcome, an event, carries. Every action succeeds: no plugin runs here.
func deliverWidget(req *api.Request, r *store.Record) (api.Answer, error) {
	s := req.Site
	s.Calls++
	id := s.UUID(seed.KindCorrelation, s.Calls)
	req.EmitSessionLater(&r.Conversation, "widget:action:processed",
		"plugin_id", req.Params["plugin_id"], "correlation_id", id, "outcome", "success")
	return api.Answer{Data: wire.Encode(struct {
		CorrelationID string `json:"correlation_id"`
	}{id})}, nil
}

// openConversation takes note that the caller looks at a conversation or leaves it. Nothing shows it but the event.
func openConversation(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Opened bool `json:"opened"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	event := "session:set_closed"
	if body.Opened {
		event = "session:set_opened"
	}
	o := &req.Site.Operators[0]
	req.EmitSession(&r.Conversation, event, "operator",
		wire.MessageUser{UserID: o.UserID, Nickname: o.FirstName, Avatar: o.Avatar})
	return api.Answer{}, nil
}
