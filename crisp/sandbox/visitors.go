package sandbox

import (
	"math"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

type visitor struct {
	SessionID    string       `json:"session_id"`
	InboxID      *string      `json:"inbox_id"`
	Nickname     string       `json:"nickname"`
	Email        string       `json:"email,omitempty"`
	Avatar       string       `json:"avatar,omitempty"`
	Useragent    string       `json:"useragent"`
	Initiated    bool         `json:"initiated"`
	Active       bool         `json:"active"`
	LastPage     visitorPage  `json:"last_page"`
	Geolocation  *geolocation `json:"geolocation,omitempty"`
	Timezone     int          `json:"timezone"`
	Capabilities []string     `json:"capabilities"`
	Locales      []string     `json:"locales"`
}

type visitorPage struct {
	Title string `json:"page_title"`
	URL   string `json:"page_url"`
}

// visitor makes somebody who is on the site. Those of online conversations have the conversation's session.
func (s *site) visitor(number int) visitor {
	d := s.dice(kindVisitor, number)
	v := visitor{SessionID: "session_" + s.uuid(kindVisitor, number), Active: d.chance(70)}
	home := &cultures()[d.below(len(cultures()))]
	place := pick(&d, home.cities)
	dev := deviceOf(&d, home, &place)
	seen := &sitePages[d.below(len(sitePages))]
	v.LastPage = visitorPage{seen.title, "https://" + companyDomain + seen.path}
	v.Nickname = s.visitorName(-2 - number)
	if index, begun := s.sessions[v.SessionID]; begun {
		v.take(&s.record(index).conversation, &dev)
	}
	if s.online(number) {
		v.take(&s.record(number).conversation, &dev)
	}
	v.Useragent = dev.System.Useragent
	v.Geolocation, v.Timezone, v.Capabilities, v.Locales = dev.Geolocation, dev.Timezone, dev.Capabilities, dev.Locales
	return v
}

// take makes the visitor the contact of a conversation.
func (v *visitor) take(c *conversation, dev **device) {
	v.SessionID, v.InboxID, v.Initiated = c.SessionID, c.InboxID, true
	v.Nickname, v.Email, v.Avatar = c.Meta.Nickname, c.Meta.Email, c.Meta.Avatar
	if c.Meta.Device != nil && c.Meta.Device.System != nil {
		*dev = c.Meta.Device
	}
}

func countVisitors(req *request) (answer, error) {
	active := 0
	for number := range req.site.visitors {
		if req.site.visitor(number).Active {
			active++
		}
	}
	return answer{data: encode(struct {
		Count   int  `json:"count"`
		Active  int  `json:"active"`
		Limited bool `json:"limited"`
	}{req.site.visitors, active, false})}, nil
}

func listVisitors(req *request) (answer, error) {
	numbers := make([]int, req.site.visitors)
	for i := range numbers {
		numbers[i] = i
	}
	var items []jsontext.Value
	for _, number := range pageOf(req, pageSize, numbers) {
		items = append(items, encode(req.site.visitor(number)))
	}
	return listed(items), nil
}

type mapSession struct {
	SessionID    string      `json:"session_id"`
	Nickname     string      `json:"nickname"`
	Email        string      `json:"email,omitempty"`
	Initiated    bool        `json:"initiated"`
	Active       bool        `json:"active"`
	LastPage     visitorPage `json:"last_page"`
	Timezone     int         `json:"timezone"`
	Capabilities []string    `json:"capabilities"`
	Locales      []string    `json:"locales"`
}

type mapPoint struct {
	Visitors struct {
		Count     int          `json:"count"`
		Threshold int          `json:"threshold"`
		Sessions  []mapSession `json:"sessions"`
	} `json:"visitors"`
	Geolocation *geolocation `json:"geolocation"`
}

// mapThreshold is the number of visitors at a place from which on the answer leaves further sessions out.
const mapThreshold = 20

// pinpointVisitors groups visitors by place. With a centre and a radius only places inside it are shown. The radius is
// taken as kilometres, which is a guess.
func pinpointVisitors(req *request) (answer, error) {
	circle := 0
	for _, name := range [...]string{"center_longitude", "center_latitude", "center_radius"} {
		if req.query.Has(name) {
			circle++
		}
	}
	if circle != 0 && circle != 3 {
		return answer{}, invalid("query", "should have center_longitude, center_latitude and center_radius together")
	}
	longitude, latitude, radius := number(req, "center_longitude"), number(req, "center_latitude"), number(req, "center_radius")
	points := map[string]int{}
	var found []*mapPoint
	for i := range req.site.visitors {
		v := req.site.visitor(i)
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
			p.Visitors.Sessions = append(p.Visitors.Sessions, mapSession{v.SessionID, v.Nickname, v.Email, v.Initiated, v.Active, v.LastPage, v.Timezone, v.Capabilities, v.Locales})
		}
	}
	var items []jsontext.Value
	for _, p := range found {
		items = append(items, encode(p))
	}
	return listed(items), nil
}

// number is a checked number of the query.
func number(req *request, name string) float64 {
	n, _ := strconv.ParseFloat(req.query.Get(name), 64)
	return n
}

// distance is the length of the great circle in kilometres.
func distance(latitude, longitude float64, to *coordinates) float64 {
	const earth, degree = 6371, math.Pi / 180
	a, b := latitude*degree, to.Latitude*degree
	h := math.Pow(math.Sin((b-a)/2), 2) + math.Cos(a)*math.Cos(b)*math.Pow(math.Sin((to.Longitude-longitude)*degree/2), 2)
	return 2 * earth * math.Asin(math.Sqrt(h))
}

// resolveToken finds the session behind a chatbox token. In the sandbox the token of a session is its UUID.
func resolveToken(req *request) (answer, error) {
	token := req.params["token_id"]
	session := "session_" + strings.ToLower(token)
	_, conversing := req.site.locate(session)
	v, visiting := req.site.source.index(kindVisitor, token)
	if !conversing && (!visiting || v >= req.site.visitors) {
		return answer{}, notFound("token", token)
	}
	return answer{data: encode(sessionRef{session})}, nil
}

// blockRules are the rules that a website can block visitors by. The words are guesses from the names of the settings.
var blockRules = [...]string{"ips", "countries", "locales", "pages"}

func countBlocked(req *request) (answer, error) {
	total := 0
	rules := []string{}
	for _, rule := range blockRules {
		if n := req.site.blocked[rule]; n > 0 {
			rules = append(rules, rule)
			total += n
		}
	}
	return answer{data: encode(struct {
		Rule    []string `json:"rule"`
		Blocked int      `json:"blocked"`
	}{rules, total})}, nil
}

func findBlockRule(req *request) (string, error) {
	rule := req.params["block_rule"]
	for _, known := range blockRules {
		if rule == known {
			return rule, nil
		}
	}
	return "", notFound("block rule", rule)
}

func countBlockedByRule(req *request) (answer, error) {
	rule, err := findBlockRule(req)
	if err != nil {
		return answer{}, err
	}
	return answer{data: encode(req.site.blocked[rule])}, nil
}

func clearBlocked(req *request) (answer, error) {
	rule, err := findBlockRule(req)
	if err != nil {
		return answer{}, err
	}
	delete(req.site.blocked, rule)
	return answer{}, nil
}
