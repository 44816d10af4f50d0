package people

import (
	"net/http"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// card is a profile as requests carry it.
type card struct {
	Email    string        `json:"email"`
	Person   wire.Personal `json:"person"`
	Company  *wire.Company `json:"company"`
	Segments []string      `json:"segments"`
	Notepad  string        `json:"notepad"`
	Active   *int64        `json:"active"`
}

// checkEmail refuses an address that another profile has.
func checkEmail(s *store.Site, email string, self int) error {
	if other, taken := s.FindEmail(email); taken && other != self {
		return &api.Error{
			Status: http.StatusConflict, Reason: "people_email_exists",
			Message: "the address " + email + " belongs to another profile",
		}
	}
	return nil
}

// put stores a card in a profile.
func put(s *store.Site, c *store.Contact, with *card, now int64) {
	c.Email, c.Person, c.Company, c.Notepad = with.Email, with.Person, with.Company, with.Notepad
	c.Segments = wire.Unique(with.Segments)
	if with.Active != nil {
		c.Active.Last = *with.Active
	}
	c.UpdatedAt = now
	s.Emails[strings.ToLower(c.Email)] = c.Index
	s.Used(true, "segment", c.Segments...)
}

func createProfile(req *api.Request) (api.Answer, error) {
	var body card
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	s := req.Site
	if err := checkEmail(s, body.Email, -1); err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: wire.Encode(struct {
		PeopleID string `json:"people_id"`
	}{add(req, &body).PeopleID})}, nil
}

// add makes a profile.
func add(req *api.Request, with *card) *store.Contact {
	s := req.Site
	c := s.AddContact(req.Now)
	put(s, c, with, req.Now)
	s.ChangedContact(c.Index)
	req.EmitSite("people:profile:created", "people_id", c.PeopleID, "email", known(c.Email))
	return c
}

func getProfile(req *api.Request) (api.Answer, error) {
	index, err := findProfile(req)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: req.Site.ProfileItem(index)}, nil
}

func profileExists(req *api.Request) (api.Answer, error) {
	_, err := findProfile(req)
	return api.Answer{}, err
}

// saveProfile replaces: what the body does not name is empty afterwards.
func saveProfile(req *api.Request, c *store.Contact) (api.Answer, error) {
	return storeProfile(req, c, card{})
}

// updateProfile merges: what the body does not name stays; a list replaces the old one.
func updateProfile(req *api.Request, c *store.Contact) (api.Answer, error) {
	old := card{
		Email: c.Email, Person: c.Person, Company: wire.ClonePointer(c.Company), Segments: slices.Clone(c.Segments),
		Notepad: c.Notepad,
	}
	p := &old.Person
	p.Timezone, p.Employment = wire.ClonePointer(p.Timezone), wire.ClonePointer(p.Employment)
	p.Geolocation = p.Geolocation.Clone()
	p.Profiles, p.Locales = slices.Clone(p.Profiles), slices.Clone(p.Locales)
	if old.Company != nil {
		o := old.Company
		o.Timezone, o.Metrics = wire.ClonePointer(o.Timezone), wire.ClonePointer(o.Metrics)
		o.Geolocation = o.Geolocation.Clone()
		o.Phones, o.Emails, o.Tags = slices.Clone(o.Phones), slices.Clone(o.Emails), slices.Clone(o.Tags)
	}
	return storeProfile(req, c, old)
}

func storeProfile(req *api.Request, c *store.Contact, onto card) (api.Answer, error) {
	if err := req.Decode(&onto); err != nil {
		return api.Answer{}, err
	}
	if err := checkEmail(req.Site, onto.Email, c.Index); err != nil {
		return api.Answer{}, err
	}
	put(req.Site, c, &onto, req.Now)
	emitUpdate(req, c)
	return api.Answer{}, nil
}

// deleteProfile leaves the conversations of the contact in the inbox.
func deleteProfile(req *api.Request, c *store.Contact) (api.Answer, error) {
	c.Deleted = true
	req.EmitSite("people:profile:removed", "people_id", c.PeopleID)
	return api.Answer{}, nil
}

// listProfileConversations shows the visible conversations of a contact, newest change first.
func listProfileConversations(req *api.Request) (api.Answer, error) {
	person, err := findProfile(req)
	if err != nil {
		return api.Answer{}, err
	}
	s := req.Site
	sel := store.Selection{
		Unread: req.Flag("filter_unread"), Resolved: req.Flag("filter_resolved"), Open: req.Flag("filter_not_resolved"),
		Inbox: -1, Until: 1 << 62,
	}
	var ids []string
	for _, index := range s.ConversationsOf(person, &sel) {
		ids = append(ids, s.Record(index).SessionID)
	}
	return api.PagesOf(req, ids)
}
