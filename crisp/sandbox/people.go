package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// contact is a profile with everything that belongs to it. Untouched ones are made anew for each request.
type contact struct {
	profile
	index      int
	data       data
	events     []event // newest first
	subscribed bool
	deleted    bool
}

func (s *site) contact(index int) *contact {
	if c := s.profiles[index]; c != nil {
		return c
	}
	return &contact{
		index: index, profile: s.world.profile(index), data: s.peopleData(index), events: s.world.events(index), subscribed: s.world.subscribed(index),
	}
}

func (s *site) touchContact(index int) *contact {
	c := s.profiles[index]
	if c == nil {
		c = s.contact(index)
		s.profiles[index] = c
	}
	return c
}

func (s *site) changedContact(index int) {
	s.version++
	s.encodedPeople.drop(index)
	if s.peopleSums == nil {
		return
	}
	sum := s.profiles[index].summary()
	if index < len(s.peopleSums) {
		s.peopleSums[index] = sum
	} else {
		s.peopleSums = append(s.peopleSums, sum)
	}
}

// addContact makes a new profile without details. The caller calls changedContact afterwards.
func (s *site) addContact(now int64) *contact {
	index := s.totalPeople()
	s.addedProfiles++
	c := &contact{index: index, data: data{}, subscribed: true}
	c.PeopleID, c.CreatedAt = s.uuid(kindPerson, index), now
	c.Active.Last = now
	s.profiles[index] = c
	return c
}

func (s *site) totalPeople() int { return s.people + s.addedProfiles }

// findEmail finds a profile by address, without regard to case.
func (s *site) findEmail(email string) (int, bool) {
	email = strings.ToLower(email)
	index, ok := s.emails[email]
	if !ok {
		index, ok = s.personByEmail(email)
	}
	if !ok {
		return 0, false
	}
	if c := s.profiles[index]; c != nil && (c.deleted || !strings.EqualFold(c.Email, email)) {
		return 0, false
	}
	return index, true
}

// findProfile finds the number of the profile that the path names by id or by address.
func findProfile(req *request) (int, error) {
	id, s := req.params["people_id"], req.site
	if strings.Contains(id, "@") {
		if index, ok := s.findEmail(id); ok {
			return index, nil
		}
		return 0, notFound("profile", id)
	}
	index, ok := s.source.index(kindPerson, id)
	if !ok || index >= s.totalPeople() || s.profiles[index] != nil && s.profiles[index].deleted {
		return 0, notFound("profile", id)
	}
	return index, nil
}

func readingProfile(f func(req *request, c *contact) (answer, error)) handler {
	return func(req *request) (answer, error) {
		index, err := findProfile(req)
		if err != nil {
			return answer{}, err
		}
		return f(req, req.site.contact(index))
	}
}

// writingProfile runs f on the profile of the path, which f may change unless it fails.
func writingProfile(f func(req *request, c *contact) (answer, error)) handler {
	return func(req *request) (answer, error) {
		index, err := findProfile(req)
		if err != nil {
			return answer{}, err
		}
		a, err := f(req, req.site.touchContact(index))
		if err == nil {
			req.site.changedContact(index)
		}
		return a, err
	}
}

// card is a profile as requests carry it.
type card struct {
	Email    string   `json:"email"`
	Person   personal `json:"person"`
	Company  *company `json:"company"`
	Segments []string `json:"segments"`
	Notepad  string   `json:"notepad"`
	Active   *int64   `json:"active"`
}

// checkEmail refuses an address that another profile has.
func checkEmail(s *site, email string, self int) error {
	if other, taken := s.findEmail(email); taken && other != self {
		return &apiError{status: http.StatusConflict, reason: "people_email_exists", message: "the address " + email + " belongs to another profile"}
	}
	return nil
}

// put stores a card in a profile.
func put(s *site, c *contact, with *card, now int64) {
	c.Email, c.Person, c.Company, c.Notepad = with.Email, with.Person, with.Company, with.Notepad
	c.Segments = unique(with.Segments)
	if with.Active != nil {
		c.Active.Last = *with.Active
	}
	c.UpdatedAt = now
	s.emails[strings.ToLower(c.Email)] = c.index
	s.used(true, "segment", c.Segments...)
}

func createProfile(req *request) (answer, error) {
	var body card
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	s := req.site
	if err := checkEmail(s, body.Email, -1); err != nil {
		return answer{}, err
	}
	c := s.addContact(req.now)
	put(s, c, &body, req.now)
	s.changedContact(c.index)
	return answer{data: encode(struct {
		PeopleID string `json:"people_id"`
	}{c.PeopleID})}, nil
}

func getProfile(req *request) (answer, error) {
	index, err := findProfile(req)
	if err != nil {
		return answer{}, err
	}
	return answer{data: req.site.profileItem(index)}, nil
}

func (s *site) profileItem(index int) jsontext.Value {
	return s.encodedPeople.get(index, func() jsontext.Value {
		if c := s.profiles[index]; c != nil {
			return encode(&c.profile)
		}
		return encode(s.world.profile(index))
	})
}

func profileExists(req *request) (answer, error) {
	_, err := findProfile(req)
	return answer{}, err
}

// saveProfile replaces: what the body does not name is empty afterwards.
func saveProfile(req *request, c *contact) (answer, error) {
	return storeProfile(req, c, card{})
}

// updateProfile merges: what the body does not name stays; a list replaces the old one.
func updateProfile(req *request, c *contact) (answer, error) {
	old := card{Email: c.Email, Person: c.Person, Company: clonePointer(c.Company), Segments: slices.Clone(c.Segments), Notepad: c.Notepad}
	p := &old.Person
	p.Timezone, p.Employment, p.Geolocation = clonePointer(p.Timezone), clonePointer(p.Employment), p.Geolocation.clone()
	p.Profiles, p.Locales = slices.Clone(p.Profiles), slices.Clone(p.Locales)
	if old.Company != nil {
		o := old.Company
		o.Timezone, o.Metrics, o.Geolocation = clonePointer(o.Timezone), clonePointer(o.Metrics), o.Geolocation.clone()
		o.Phones, o.Emails, o.Tags = slices.Clone(o.Phones), slices.Clone(o.Emails), slices.Clone(o.Tags)
	}
	return storeProfile(req, c, old)
}

func (g *geolocation) clone() *geolocation {
	c := clonePointer(g)
	if c != nil {
		c.Coordinates = clonePointer(c.Coordinates)
	}
	return c
}

func storeProfile(req *request, c *contact, onto card) (answer, error) {
	if err := req.decode(&onto); err != nil {
		return answer{}, err
	}
	if err := checkEmail(req.site, onto.Email, c.index); err != nil {
		return answer{}, err
	}
	put(req.site, c, &onto, req.now)
	return answer{}, nil
}

// deleteProfile leaves the conversations of the contact in the inbox.
func deleteProfile(_ *request, c *contact) (answer, error) {
	c.deleted = true
	return answer{}, nil
}

// listProfileConversations shows the visible conversations of a contact, newest change first.
func listProfileConversations(req *request) (answer, error) {
	person, err := findProfile(req)
	if err != nil {
		return answer{}, err
	}
	s := req.site
	sel := selection{unread: req.flag("filter_unread"), resolved: req.flag("filter_resolved"), open: req.flag("filter_not_resolved"), inbox: -1, until: 1 << 62}
	var ids []string
	for _, index := range s.conversationsOf(person, &sel) {
		ids = append(ids, s.record(index).SessionID)
	}
	return pagesOf(req, ids)
}

func getPeopleData(_ *request, c *contact) (answer, error) {
	return answer{data: encode(dataBody{c.data})}, nil
}

type dataBody struct {
	Data data `json:"data"`
}

func savePeopleData(req *request, c *contact) (answer, error) { return storeData(req, c, data{}) }

func updatePeopleData(req *request, c *contact) (answer, error) {
	return storeData(req, c, maps.Clone(c.data))
}

func storeData(req *request, c *contact, onto data) (answer, error) {
	body := dataBody{onto}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Data == nil {
		body.Data = data{}
	}
	c.data, c.UpdatedAt = body.Data, req.now
	for key := range c.data {
		req.site.used(true, "key", key)
	}
	return answer{}, nil
}

func createPeopleEvent(req *request, c *contact) (answer, error) {
	e := event{Timestamp: req.now, Color: "grey"}
	if err := req.decode(&e); err != nil {
		return answer{}, err
	}
	if e.Data == nil {
		e.Data = data{}
	}
	at := slices.IndexFunc(c.events, func(other event) bool { return other.Timestamp <= e.Timestamp })
	if at < 0 {
		at = len(c.events)
	}
	c.events = slices.Insert(c.events, at, e)
	req.site.used(true, "text", e.Text)
	return answer{}, nil
}

func listPeopleEvents(req *request, c *contact) (answer, error) { return pagesOf(req, c.events) }

func getSubscription(_ *request, c *contact) (answer, error) {
	return answer{data: encode(struct {
		Email bool `json:"email"`
	}{c.subscribed})}, nil
}

func updateSubscription(req *request, c *contact) (answer, error) {
	body := struct {
		Email bool `json:"email"`
	}{c.subscribed}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	c.subscribed = body.Email
	return answer{}, nil
}

// conversationsOf are the conversations of a contact that a selection shows, newest change first.
func (s *site) conversationsOf(person int, sel *selection) []int {
	sums := s.overview()
	var own []int
	if person < s.people {
		for index := person; index < s.conversations; index += s.people {
			if r := s.records[index]; r == nil && s.plan(index).person == person {
				own = append(own, index)
			}
		}
	}
	for index, r := range s.records {
		if r.owner == person {
			own = append(own, index)
		}
	}
	own = slices.DeleteFunc(own, func(i int) bool { return !sel.fits(s, &sums[i]) })
	slices.SortFunc(own, func(a, b int) int {
		if sums[a].updated != sums[b].updated {
			return int(max(min(sums[b].updated-sums[a].updated, 1), -1))
		}
		return a - b
	})
	return own
}
