package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

type website struct {
	WebsiteID     string `json:"website_id"`
	Name          string `json:"name"`
	Domain        string `json:"domain"`
	Logo          string `json:"logo"`
	Verified      bool   `json:"verified"`
	Institutional bool   `json:"institutional"`
}

// deletionDelay is how far ahead a deletion is scheduled. The documentation says some days.
const deletionDelay = 7 * day

func websiteExists(req *request) (answer, error) {
	domain := req.query.Get("domain")
	if req.sites.withDomain(domain) == nil {
		return answer{}, notFound("website", domain)
	}
	return answer{}, nil
}

// withDomain finds a website by its domain, or nil.
func (s *sites) withDomain(domain string) *site {
	for _, site := range s.byID {
		if strings.EqualFold(site.website.Domain, domain) && !site.expired(s.now()) {
			return site
		}
	}
	return nil
}

// createWebsite adds an empty website whose only operator is the caller. That a taken domain is refused is a guess.
func createWebsite(req *request) (answer, error) {
	var body struct {
		Name   string `json:"name"`
		Domain string `json:"domain"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if req.sites.withDomain(body.Domain) != nil {
		return answer{}, &apiError{status: http.StatusConflict, reason: "not_allowed", message: "the domain " + body.Domain + " belongs to another website"}
	}
	return answer{data: encode(req.sites.add(body.Name, body.Domain, req.now).website)}, nil
}

func getWebsite(req *request) (answer, error) {
	return answer{data: encode(req.site.website)}, nil
}

// ownerPassword is the password of the account.
const ownerPassword = "sandbox"

type ownerProof struct {
	Method string `json:"method"`
	Secret string `json:"secret"`
}

// deleteWebsite schedules the deletion. Until then the website works as before.
func deleteWebsite(req *request) (answer, error) {
	var body struct {
		Verify ownerProof `json:"verify"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if err := verify(body.Verify.Method, body.Verify.Secret); err != nil {
		return answer{}, err
	}
	if req.site.deletion == 0 {
		req.site.deletion = req.now + deletionDelay
	}
	return answer{}, nil
}

// abortDeletion takes the schedule back. That it fails without one is a guess.
func abortDeletion(req *request) (answer, error) {
	if req.site.deletion == 0 {
		return answer{}, notFound("a scheduled deletion of website", req.site.websiteID)
	}
	req.site.deletion = 0
	return answer{}, nil
}

// expired reports whether the deletion is done.
func (s *site) expired(now time.Time) bool {
	return s.deletion != 0 && s.deletion <= now.UnixMilli()
}

func getAvailability(req *request) (answer, error) {
	status := "offline"
	for _, o := range req.site.operators {
		if !o.gone && o.Availability == "online" {
			status = "online"
		}
	}
	return answer{data: encode(struct {
		Status string `json:"status"`
		Since  int64  `json:"since"`
	}{status, req.site.anchor - 3*hour})}, nil
}

func listAvailabilities(req *request) (answer, error) {
	type span struct {
		For   int64 `json:"for"`
		Since int64 `json:"since"`
	}
	var items []jsontext.Value
	for i, o := range req.site.operators {
		if o.gone || o.invited {
			continue
		}
		since := req.site.anchor - int64(i+1)*47*minute
		items = append(items, encode(struct {
			UserID string `json:"user_id"`
			Type   string `json:"type"`
			Time   span   `json:"time"`
		}{o.UserID, o.Availability, span{max(req.now-since, 0), since}}))
	}
	return listed(items), nil
}

func getSettings(req *request) (answer, error) {
	return answer{data: encode(req.site.settings)}, nil
}

// updateSettings merges: what the body does not name stays.
func updateSettings(req *request) (answer, error) {
	s := req.site
	changed := s.settings
	if err := req.decode(&changed); err != nil {
		return answer{}, err
	}
	changed.WebsiteID = s.websiteID
	if other := req.sites.withDomain(changed.Domain); other != nil && other != s {
		return answer{}, &apiError{status: http.StatusConflict, reason: "not_allowed", message: fmt.Sprintf("the domain %s belongs to another website", changed.Domain)}
	}
	s.settings = changed
	s.website.Name, s.website.Domain, s.website.Logo = changed.Name, changed.Domain, changed.Logo
	return answer{}, nil
}

// sites are the websites of a sandbox.
type sites struct {
	seed source
	now  func() time.Time
	// first is the seeded website, which tokens of websites and plugins are bound to.
	first *site
	byID  map[string]*site
	// made counts the added websites, so that each one's ids are different.
	made int
}

// newSites makes the seeded website of a world.
func newSites(w world, now func() time.Time) *sites {
	first := newSite(w, companyName, companyDomain)
	first.operators, first.spams = first.newTeam(), first.newSpams()
	first.blocked = map[string]int{"ips": 3, "countries": 11}
	return &sites{seed: w.source, now: now, first: first, byID: map[string]*site{w.websiteID: first}}
}

// find returns a website by its id, or nil when there is none or its deletion is done.
func (s *sites) find(id string) *site {
	found := s.byID[strings.ToLower(id)]
	if found == nil || found.expired(s.now()) {
		return nil
	}
	return found
}

// add makes an empty website whose only operator is the owner of the first one.
func (s *sites) add(name, domain string, now int64) *site {
	s.made++
	id := s.seed.uuid(kindWebsite, s.made)
	d := s.seed.dice(kindWebsite, -s.made)
	added := newSite(world{source: source(d.next()), websiteID: id, anchor: now}, name, domain)
	added.operators = slices.Clone(s.first.operators[:1])
	s.byID[id] = added
	return added
}
