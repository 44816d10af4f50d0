package store

import (
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Visitor makes somebody who is on the site. Those of online conversations have the conversation's session.
func (s *Site) Visitor(number int) wire.Visitor {
	d := s.Dice(seed.KindVisitor, number)
	v := wire.Visitor{SessionID: "session_" + s.UUID(seed.KindVisitor, number), Active: d.Chance(70)}
	home := &seed.Cultures()[d.Below(len(seed.Cultures()))]
	place := seed.Pick(&d, home.Cities)
	dev := seed.DeviceOf(&d, home, &place)
	seen := &seed.SitePages[d.Below(len(seed.SitePages))]
	v.LastPage = wire.VisitorPage{Title: seen.Title, URL: "https://" + seed.CompanyDomain + seen.Path}
	v.Nickname = s.VisitorName(-2 - number)
	if index, begun := s.sessions[v.SessionID]; begun {
		v.Take(&s.Record(index).Conversation, &dev)
	}
	if s.Online(number) {
		v.Take(&s.Record(number).Conversation, &dev)
	}
	v.Useragent = dev.System.Useragent
	v.Geolocation, v.Timezone, v.Capabilities, v.Locales = dev.Geolocation, dev.Timezone, dev.Capabilities, dev.Locales
	return v
}

// Present returns the numbers of those who are on the site. The result must not be changed.
func (s *Site) Present() []int {
	if s.present != nil {
		return s.present
	}
	all := make([]int, s.Visitors)
	for i := range all {
		all[i] = i
	}
	return all
}

// IsPresent reports whether somebody is on the site.
func (s *Site) IsPresent(number int) bool {
	if s.present != nil {
		return slices.Contains(s.present, number)
	}
	return number < s.Visitors
}

// Arrive puts somebody on the site.
func (s *Site) Arrive(number int) { s.present = append(slices.Clone(s.Present()), number) }

// Depart takes somebody off the site.
func (s *Site) Depart(number int) {
	s.present = slices.DeleteFunc(slices.Clone(s.Present()), func(n int) bool { return n == number })
}
