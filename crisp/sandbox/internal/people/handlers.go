// Package people has the operations on profiles.
package people

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/suggestions"
)

// Handlers returns the operations of profiles by their ID in the description. Imports read what was uploaded to files.
func Handlers(files Files) map[string]api.Handler {
	return map[string]api.Handler{
		"website.people.stats.get":              getPeopleStats,
		"website.people.suggest.segments.list":  suggestions.List(true, "segment"),
		"website.people.suggest.segment.delete": suggestions.Delete(true, "segment"),
		"website.people.suggest.data.list":      suggestions.List(true, "key"),
		"website.people.suggest.data.delete":    suggestions.Delete(true, "key"),
		"website.people.suggest.events.list":    suggestions.List(true, "text"),
		"website.people.suggest.event.delete":   suggestions.Delete(true, "text"),
		"website.people.profiles.list":          listProfiles,
		"website.people.profile.create":         createProfile,
		"website.people.profile.exists":         profileExists,
		"website.people.profile.get":            getProfile,
		"website.people.profile.save":           writingProfile(saveProfile),
		"website.people.profile.update":         writingProfile(updateProfile),
		"website.people.profile.delete":         writingProfile(deleteProfile),
		"website.people.conversations.list":     listProfileConversations,
		"website.people.campaigns.list":         readingProfile(listPeopleCampaigns),
		"website.people.events.create":          writingProfile(createPeopleEvent),
		"website.people.events.list":            readingProfile(listPeopleEvents),
		"website.people.data.get":               readingProfile(getPeopleData),
		"website.people.data.save":              writingProfile(savePeopleData),
		"website.people.data.update":            writingProfile(updatePeopleData),
		"website.people.subscription.get":       readingProfile(getSubscription),
		"website.people.subscription.update":    writingProfile(updateSubscription),
		"website.people.export.profiles.export": exportProfiles,
		"website.people.import.profiles.import": importing(files),
	}
}

// findProfile finds the number of the profile that the path names by id or by address.
func findProfile(req *api.Request) (int, error) {
	id, s := req.Params["people_id"], req.Site
	if strings.Contains(id, "@") {
		if index, ok := s.FindEmail(id); ok {
			return index, nil
		}
		return 0, api.NotFound("profile", id)
	}
	index, ok := s.Source.Index(seed.KindPerson, id)
	if !ok || index >= s.TotalPeople() || s.Profiles[index] != nil && s.Profiles[index].Deleted {
		return 0, api.NotFound("profile", id)
	}
	return index, nil
}

func readingProfile(f func(req *api.Request, c *store.Contact) (api.Answer, error)) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		index, err := findProfile(req)
		if err != nil {
			return api.Answer{}, err
		}
		return f(req, req.Site.Contact(index))
	}
}

// writingProfile runs f on the profile of the path, which f may change unless it fails.
func writingProfile(f func(req *api.Request, c *store.Contact) (api.Answer, error)) api.Handler {
	return func(req *api.Request) (api.Answer, error) {
		index, err := findProfile(req)
		if err != nil {
			return api.Answer{}, err
		}
		a, err := f(req, req.Site.TouchContact(index))
		if err == nil {
			req.Site.ChangedContact(index)
		}
		return a, err
	}
}
