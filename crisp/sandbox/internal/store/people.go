package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// peopleSummary is what the list of profiles is ordered and filtered by.
type peopleSummary struct {
	created, updated, active int64
	traits                   uint32
	data                     uint32
	Deleted                  bool
}

func (c *Contact) summary() peopleSummary {
	return peopleSummary{created: c.CreatedAt, updated: c.UpdatedAt, active: c.Active.Last, Deleted: c.Deleted}
}

// PeopleOverview returns the summaries of all profiles, made on the first call.
func (s *Site) PeopleOverview() []peopleSummary {
	s.summing.Lock()
	defer s.summing.Unlock()
	if s.peopleSums == nil {
		sums := make([]peopleSummary, s.TotalPeople())
		inParallel(len(sums), func(from, to int) {
			for i := from; i < to; i++ {
				if c := s.Profiles[i]; c != nil {
					sums[i] = c.summary()
					continue
				}
				sum := &sums[i]
				sum.created, sum.updated, sum.active = s.PeopleTimes(i)
				sum.traits, sum.data = s.Traits(i), s.PeopleKeys(i)
			}
		})
		s.peopleSums = sums
	}
	return s.peopleSums
}

// PeopleSelection is which profiles a list shows, and in which order.
type PeopleSelection struct {
	Text        string
	Filters     []filter
	Any         bool
	From, Until int64
	Field       string
	Descending  bool
}

// PeopleCriterionNames are what filters and orders take. The official clients show email and segments, the reference
// nickname; the others are guesses.
var PeopleCriterionNames = []string{
	"nickname", "email", "segments", "phone", "company", "country", "region", "city", "locales", "notepad", "score",
	"active", "created_at", "updated_at",
}

// Run selects and orders. The result is shared and must not be changed.
func (sel *PeopleSelection) Run(s *Site) []int32 {
	sums := s.PeopleOverview()
	type entry struct {
		index  int32
		number float64
		text   string
	}
	all := make([]entry, len(sums))
	inParallel(len(sums), func(from, to int) {
		for i := from; i < to; i++ {
			all[i].index = -1
			sum := &sums[i]
			if sum.Deleted || sum.created < sel.From || sum.created > sel.Until {
				continue
			}
			of := s.peopleCriteria(i)
			if sel.Text != "" && !s.peopleContains(i, sel.Text) ||
				len(sel.Filters) > 0 && !matchAll(sel.Filters, sel.Any, of) {
				continue
			}
			all[i].index = int32(i)
			switch sel.Field {
			case "created_at":
				all[i].number = float64(sum.created)
			case "updated_at":
				all[i].number = float64(sum.updated)
			case "active":
				all[i].number = float64(sum.active)
			case "score":
				all[i].number, _ = numeric(of(sel.Field)[0])
			default:
				if have := of(sel.Field); len(have) > 0 {
					all[i].text = strings.ToLower(have[0].(string))
				}
			}
		}
	})
	all = slices.DeleteFunc(all, func(e entry) bool { return e.index < 0 })
	slices.SortFunc(all, func(a, b entry) int {
		order := cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.text, b.text))
		if sel.Descending {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.index, b.index))
	})
	found := make([]int32, len(all))
	for i, e := range all {
		found[i] = e.index
	}
	return found
}

// peopleContains reports whether a text in lower case occurs in a profile.
func (s *Site) peopleContains(index int, text string) bool {
	if c := s.Profiles[index]; c != nil {
		fields := []string{c.Person.Nickname, c.Email, c.Person.Phone, c.Notepad}
		if c.Company != nil {
			fields = append(fields, c.Company.Name, c.Company.Domain)
		}
		return anyContains(text, fields...)
	}
	p := s.Person(index)
	if anyContains(text, p.Nickname(), p.Email, s.Notepad(index)) {
		return true
	}
	if p.Employer >= 0 && anyContains(text, seed.Employers[p.Employer].Name, seed.Employers[p.Employer].Domain) {
		return true
	}
	return s.Dice(seed.KindProfile, index).HasPhone() && strings.Contains(s.Phone(index, &p), text)
}

// peopleCriteria are the values of a profile. For the usual ones a generated profile is not made as a whole.
func (s *Site) peopleCriteria(index int) values {
	if c := s.Profiles[index]; c != nil {
		return c.criteria
	}
	return func(criterion string) []any {
		switch criterion {
		case "nickname":
			p := s.Person(index)
			return []any{p.Nickname()}
		case "email":
			return []any{s.Person(index).Email}
		case "segments":
			return anys(seed.SegmentsOf(s.Traits(index)))
		case "country", "region", "city":
			p := s.Person(index)
			return placeValues(p.City.Geolocation(p.Culture.Country), criterion)
		}
		return s.Contact(index).criteria(criterion)
	}
}

// criteria are the values of a profile.
func (c *Contact) criteria(criterion string) []any {
	if key, custom := strings.CutPrefix(criterion, "data."); custom {
		return present(c.Data[key])
	}
	switch criterion {
	case "nickname":
		return present(c.Person.Nickname)
	case "email":
		return present(c.Email)
	case "segments":
		return anys(c.Segments)
	case "phone":
		return present(c.Person.Phone)
	case "company":
		if c.Company != nil {
			return present(c.Company.Name)
		}
	case "country", "region", "city":
		return placeValues(c.Person.Geolocation, criterion)
	case "locales":
		return anys(c.Person.Locales)
	case "notepad":
		return present(c.Notepad)
	case "score":
		return []any{c.Score}
	case "active":
		return []any{c.Active.Last}
	case "created_at":
		return []any{c.CreatedAt}
	case "updated_at":
		return []any{c.UpdatedAt}
	}
	return nil
}

// ConversationsOf are the conversations of a contact that a selection shows, newest change first.
func (s *Site) ConversationsOf(person int, sel *Selection) []int {
	sums := s.overview()
	var own []int
	if person < s.People {
		for index := person; index < s.Conversations; index += s.People {
			if r := s.records[index]; r == nil && s.Plan(index).Person == person {
				own = append(own, index)
			}
		}
	}
	for index, r := range s.records {
		if r.Owner == person {
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
