package store

import (
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json/jsontext"
)

// Contact is a profile with everything that belongs to it. Untouched ones are made anew for each request.
type Contact struct {
	wire.Profile
	Index      int
	Data       wire.Data
	Events     []wire.Event // newest first
	Subscribed bool
	Deleted    bool
}

// Contact returns a profile for reading. A generated one is made anew and must not be changed.
func (s *Site) Contact(index int) *Contact {
	if c := s.Profiles[index]; c != nil {
		return c
	}
	return &Contact{
		Index: index, Profile: s.World.Profile(index), Data: s.PeopleData(index), Events: s.World.Events(index),
		Subscribed: s.World.Subscribed(index),
	}
}

// TouchContact returns a profile for changing. The caller holds the write lock and calls ChangedContact afterwards.
func (s *Site) TouchContact(index int) *Contact {
	c := s.Profiles[index]
	if c == nil {
		c = s.Contact(index)
		s.Profiles[index] = c
	}
	return c
}

// ChangedContact brings the list in line with a changed profile.
func (s *Site) ChangedContact(index int) {
	s.Version++
	s.encodedPeople.drop(index)
	if s.peopleSums == nil {
		return
	}
	sum := s.Profiles[index].summary()
	if index < len(s.peopleSums) {
		s.peopleSums[index] = sum
	} else {
		s.peopleSums = append(s.peopleSums, sum)
	}
}

// AddContact makes a new profile without details. The caller calls changedContact afterwards.
func (s *Site) AddContact(now int64) *Contact {
	index := s.TotalPeople()
	s.addedProfiles++
	c := &Contact{Index: index, Data: wire.Data{}, Subscribed: true}
	c.PeopleID, c.CreatedAt = s.UUID(seed.KindPerson, index), now
	c.Active.Last = now
	s.Profiles[index] = c
	return c
}

// TotalPeople returns the number of profiles with the deleted ones.
func (s *Site) TotalPeople() int { return s.People + s.addedProfiles }

// FindEmail finds a profile by address, without regard to case.
func (s *Site) FindEmail(email string) (int, bool) {
	email = strings.ToLower(email)
	index, ok := s.Emails[email]
	if !ok {
		index, ok = s.PersonByEmail(email)
	}
	if !ok {
		return 0, false
	}
	if c := s.Profiles[index]; c != nil && (c.Deleted || !strings.EqualFold(c.Email, email)) {
		return 0, false
	}
	return index, true
}

// ProfileItem is a profile as the API shows it.
func (s *Site) ProfileItem(index int) jsontext.Value {
	return s.encodedPeople.get(index, func() jsontext.Value {
		if c := s.Profiles[index]; c != nil {
			return wire.Encode(&c.Profile)
		}
		return wire.Encode(s.World.Profile(index))
	})
}
