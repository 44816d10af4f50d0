package store

import (
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
