package websites

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// Arrive puts a visitor on the site.
func Arrive(req *api.Request, number int) {
	req.Site.Arrive(number)
	emitVisitors(req)
}

// Depart takes a visitor off the site.
func Depart(req *api.Request, number int) {
	req.Site.Depart(number)
	emitVisitors(req)
}

func emitVisitors(req *api.Request) {
	req.EmitSite("website:update_visitors_count", "visitors_count", len(req.Site.Present()))
}

// SetAvailability lets an operator come or go.
func SetAvailability(req *api.Request, place int, availability string) {
	s := req.Site
	o := &s.Operators[place]
	if o.Availability == availability {
		return
	}
	before := s.AnyOnline()
	o.Availability = availability
	req.EmitSite("website:update_operators_availability", "user_id", o.UserID, "availability", struct {
		Type string `json:"type"`
	}{availability})
	emitAvailable(req, before)
}

// emitAvailable tells when the website has become available or is so no longer.
func emitAvailable(req *api.Request, before bool) {
	if now := req.Site.AnyOnline(); now != before {
		req.EmitSite("website:users:available", "available", now)
	}
}
