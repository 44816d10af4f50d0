package store

import (
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// Sites are the websites of a sandbox.
type Sites struct {
	seed seed.Source
	now  func() time.Time
	// first is the seeded website, which tokens of websites are bound to, and has the plugin installed.
	first   *Site
	byID    map[string]*Site
	inOrder []*Site
	// made counts the added websites, so that each one's ids are different.
	made int
	// installed counts how often the plugin was, so that each installation has a token of its own.
	installed int
}

// NewSites makes the seeded website of a world.
func NewSites(w seed.World, now func() time.Time) *Sites {
	first := newSite(w, seed.CompanyName, seed.CompanyDomain)
	first.Operators, first.Spams = first.NewTeam(), first.NewSpams()
	first.Blocked = map[string]int{"ips": 3, "countries": 11}
	s := &Sites{seed: w.Source, now: now, first: first, byID: map[string]*Site{w.WebsiteID: first}, inOrder: []*Site{first}}
	s.Install(first, w.Anchor-90*seed.Day)
	return s
}

// Find returns a website by its id, or nil when there is none or its deletion is done.
func (s *Sites) Find(id string) *Site {
	found := s.byID[strings.ToLower(id)]
	if found == nil || found.expired(s.now()) {
		return nil
	}
	return found
}

// Install has a website get the plugin.
func (s *Sites) Install(site *Site, now int64) {
	site.Plugin = &Plugin{Token: s.seed.UUID(seed.KindPluginToken, s.installed), Since: now}
	s.installed++
}

// First returns the website that tokens of websites are bound to, or nil when its deletion is done.
func (s *Sites) First() *Site {
	if s.first.expired(s.now()) {
		return nil
	}
	return s.first
}

// All returns the websites in the order in which they were made.
func (s *Sites) All() []*Site {
	return slices.DeleteFunc(slices.Clone(s.inOrder), func(site *Site) bool { return site.expired(s.now()) })
}

// WithDomain finds a website by its domain, or nil.
func (s *Sites) WithDomain(domain string) *Site {
	for _, site := range s.byID {
		if strings.EqualFold(site.Website.Domain, domain) && !site.expired(s.now()) {
			return site
		}
	}
	return nil
}

// Add makes an empty website whose only operator is the owner of the first one.
func (s *Sites) Add(name, domain string, now int64) *Site {
	s.made++
	id := s.seed.UUID(seed.KindWebsite, s.made)
	d := s.seed.Dice(seed.KindWebsite, -s.made)
	added := newSite(seed.World{Source: seed.Source(d.Next()), WebsiteID: id, Anchor: now}, name, domain)
	added.Operators = slices.Clone(s.first.Operators[:1])
	s.byID[id], s.inOrder = added, append(s.inOrder, added)
	return added
}

// expired reports whether the deletion is done.
func (s *Site) expired(now time.Time) bool {
	return s.Deletion != 0 && s.Deletion <= now.UnixMilli()
}
