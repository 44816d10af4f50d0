package sandbox

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Browsing, calls, tools and widgets: the sandbox keeps who began what and carries no streams.

func listBrowsings(_ *request, r *record) (answer, error) {
	var items []jsontext.Value
	for _, b := range r.browsings {
		items = append(items, encode(b))
	}
	return listed(items), nil
}

func initiateBrowsing(req *request, r *record) (answer, error) {
	if a, err := needsVisitor(req, r); err != nil {
		return a, err
	}
	s := req.site
	s.calls++
	b := browsing{BrowsingID: "browsing_" + s.uuid(kindBrowsing, s.calls), BrowsingToken: s.uuid(kindBrowsing, -s.calls)}
	if r.Meta.Device != nil && r.Meta.Device.System != nil {
		b.Useragent = r.Meta.Device.System.Useragent
	}
	r.browsings = append(r.browsings, b)
	return answer{}, nil
}

func findBrowsing(req *request, r *record) (int, error) {
	id := req.params["browsing_id"]
	place := slices.IndexFunc(r.browsings, func(b browsing) bool { return b.BrowsingID == id })
	if place < 0 {
		return 0, notFound("browsing session", id)
	}
	return place, nil
}

// sendBrowsing starts, keeps or stops a browsing session; a stopped one is gone.
func sendBrowsing(req *request, r *record) (answer, error) {
	place, err := findBrowsing(req, r)
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Action string `json:"action"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Action == "stop" {
		r.browsings = slices.Delete(r.browsings, place, place+1)
	}
	return answer{}, nil
}

// assistBrowsing needs the position of the action that it names; a guess.
func assistBrowsing(req *request, r *record) (answer, error) {
	if _, err := findBrowsing(req, r); err != nil {
		return answer{}, err
	}
	var body struct {
		Action string         `json:"action"`
		Mouse  jsontext.Value `json:"mouse"`
		Click  jsontext.Value `json:"click"`
		Scroll jsontext.Value `json:"scroll"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	positions := map[string]jsontext.Value{"mouse": body.Mouse, "click": body.Click, "scroll": body.Scroll}
	if position, needed := positions[body.Action]; needed && position == nil {
		return answer{}, invalid("data", "should have required property '"+body.Action+"'")
	}
	return answer{}, nil
}

type callRef struct {
	CallID string `json:"call_id"`
}

// initiateCall rings the visitor, who never answers here. A second call replaces the first; a guess.
func initiateCall(req *request, r *record) (answer, error) {
	if a, err := needsVisitor(req, r); err != nil {
		return a, err
	}
	s := req.site
	s.calls++
	r.call = "call_" + s.uuid(kindCall, s.calls)
	return answer{data: encode(callRef{r.call})}, nil
}

func getCall(_ *request, r *record) (answer, error) {
	if r.call == "" {
		return answer{}, notFound("a call in conversation", r.SessionID)
	}
	return answer{data: encode(callRef{r.call})}, nil
}

func abortCall(req *request, r *record) (answer, error) {
	if _, err := transmitCall(req, r); err != nil {
		return answer{}, err
	}
	r.call = ""
	return answer{}, nil
}

// transmitCall accepts a signal and drops it.
func transmitCall(req *request, r *record) (answer, error) {
	if id := req.params["call_id"]; r.call == "" || id != r.call {
		return answer{}, notFound("call", id)
	}
	return answer{}, nil
}

// accepted is for requests whose whole effect would be elsewhere.
func accepted(*request, *record) (answer, error) { return answer{}, nil }

// deliverWidget answers with the id that the outcome, an event, would carry.
func deliverWidget(req *request, _ *record) (answer, error) {
	s := req.site
	s.calls++
	return answer{data: encode(struct {
		CorrelationID string `json:"correlation_id"`
	}{s.uuid(kindCorrelation, s.calls)})}, nil
}
