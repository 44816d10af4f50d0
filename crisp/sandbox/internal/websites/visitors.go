package websites

import (
	"math"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

func countVisitors(req *api.Request) (api.Answer, error) {
	active := 0
	present := req.Site.Present()
	for _, number := range present {
		if req.Site.Visitor(number).Active {
			active++
		}
	}
	return api.Answer{Data: wire.Encode(struct {
		Count   int  `json:"count"`
		Active  int  `json:"active"`
		Limited bool `json:"limited"`
	}{len(present), active, false})}, nil
}

func listVisitors(req *api.Request) (api.Answer, error) {
	var items []jsontext.Value
	for _, number := range api.PageOf(req, api.PageSize, req.Site.Present()) {
		items = append(items, wire.Encode(req.Site.Visitor(number)))
	}
	return api.Listed(items), nil
}

type mapSession struct {
	SessionID    string           `json:"session_id"`
	Nickname     string           `json:"nickname"`
	Email        string           `json:"email,omitempty"`
	Initiated    bool             `json:"initiated"`
	Active       bool             `json:"active"`
	LastPage     wire.VisitorPage `json:"last_page"`
	Timezone     int              `json:"timezone"`
	Capabilities []string         `json:"capabilities"`
	Locales      []string         `json:"locales"`
}

type mapPoint struct {
	Visitors struct {
		Count     int          `json:"count"`
		Threshold int          `json:"threshold"`
		Sessions  []mapSession `json:"sessions"`
	} `json:"visitors"`
	Geolocation *wire.Geolocation `json:"geolocation"`
}

// mapThreshold is the number of visitors at a place from which on the answer leaves further sessions out.
const mapThreshold = 20

// pinpointVisitors groups visitors by place. With a centre and a radius only places inside it are shown. The radius is
// taken as kilometres, which is a guess.
func pinpointVisitors(req *api.Request) (api.Answer, error) {
	circle := 0
	for _, name := range [...]string{"center_longitude", "center_latitude", "center_radius"} {
		if req.Query.Has(name) {
			circle++
		}
	}
	if circle != 0 && circle != 3 {
		return api.Answer{}, api.Invalid("query",
			"should have center_longitude, center_latitude and center_radius together")
	}
	longitude, latitude := number(req, "center_longitude"), number(req, "center_latitude")
	radius := number(req, "center_radius")
	points := map[string]int{}
	var found []*mapPoint
	for _, i := range req.Site.Present() {
		v := req.Site.Visitor(i)
		if v.Geolocation == nil || v.Geolocation.Coordinates == nil {
			continue
		}
		if circle == 3 && distance(latitude, longitude, v.Geolocation.Coordinates) > radius {
			continue
		}
		place := v.Geolocation.Country + "/" + v.Geolocation.City
		at, known := points[place]
		if !known {
			at = len(found)
			points[place] = at
			p := &mapPoint{Geolocation: v.Geolocation}
			p.Visitors.Threshold = mapThreshold
			found = append(found, p)
		}
		p := found[at]
		p.Visitors.Count++
		if len(p.Visitors.Sessions) < mapThreshold {
			p.Visitors.Sessions = append(p.Visitors.Sessions, mapSession{
				v.SessionID, v.Nickname, v.Email, v.Initiated, v.Active, v.LastPage, v.Timezone, v.Capabilities,
				v.Locales,
			})
		}
	}
	var items []jsontext.Value
	for _, p := range found {
		items = append(items, wire.Encode(p))
	}
	return api.Listed(items), nil
}

// number is a checked number of the query.
func number(req *api.Request, name string) float64 {
	n, _ := strconv.ParseFloat(req.Query.Get(name), 64)
	return n
}

// distance is the length of the great circle in kilometres.
func distance(latitude, longitude float64, to *wire.Coordinates) float64 {
	const earth, degree = 6371, math.Pi / 180
	a, b := latitude*degree, to.Latitude*degree
	h := math.Pow(math.Sin((b-a)/2), 2) +
		math.Cos(a)*math.Cos(b)*math.Pow(math.Sin((to.Longitude-longitude)*degree/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(h))
}

// resolveToken finds the session behind a chatbox token. In the sandbox the token of a session is its UUID.
func resolveToken(req *api.Request) (api.Answer, error) {
	token := req.Params["token_id"]
	session := "session_" + strings.ToLower(token)
	_, conversing := req.Site.Locate(session)
	v, visiting := req.Site.Source.Index(seed.KindVisitor, token)
	if !conversing && (!visiting || !req.Site.IsPresent(v)) {
		return api.Answer{}, api.NotFound("token", token)
	}
	return api.Answer{Data: wire.Encode(wire.SessionRef{SessionID: session})}, nil
}

// blockRules are the rules that a website can block visitors by. The words are guesses from the names of the settings.
var blockRules = [...]string{"ips", "countries", "locales", "pages"}

func countBlocked(req *api.Request) (api.Answer, error) {
	total := 0
	rules := []string{}
	for _, rule := range blockRules {
		if n := req.Site.Blocked[rule]; n > 0 {
			rules = append(rules, rule)
			total += n
		}
	}
	return api.Answer{Data: wire.Encode(struct {
		Rule    []string `json:"rule"`
		Blocked int      `json:"blocked"`
	}{rules, total})}, nil
}

func findBlockRule(req *api.Request) (string, error) {
	rule := req.Params["block_rule"]
	for _, known := range blockRules {
		if rule == known {
			return rule, nil
		}
	}
	return "", api.NotFound("block rule", rule)
}

func countBlockedByRule(req *api.Request) (api.Answer, error) {
	rule, err := findBlockRule(req)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: wire.Encode(req.Site.Blocked[rule])}, nil
}

func clearBlocked(req *api.Request) (api.Answer, error) {
	rule, err := findBlockRule(req)
	if err != nil {
		return api.Answer{}, err
	}
	delete(req.Site.Blocked, rule)
	return api.Answer{}, nil
}
