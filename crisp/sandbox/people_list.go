package sandbox

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// peopleSummary is what the list of profiles is ordered and filtered by.
type peopleSummary struct {
	created, updated, active int64
	traits                   uint32
	data                     uint32
	deleted                  bool
}

func (c *contact) summary() peopleSummary {
	return peopleSummary{created: c.CreatedAt, updated: c.UpdatedAt, active: c.Active.Last, deleted: c.deleted}
}

// peopleOverview returns the summaries of all profiles, made on the first call.
func (s *site) peopleOverview() []peopleSummary {
	s.summing.Lock()
	defer s.summing.Unlock()
	if s.peopleSums == nil {
		sums := make([]peopleSummary, s.totalPeople())
		inParallel(len(sums), func(from, to int) {
			for i := from; i < to; i++ {
				if c := s.profiles[i]; c != nil {
					sums[i] = c.summary()
					continue
				}
				sum := &sums[i]
				sum.created, sum.updated, sum.active = s.peopleTimes(i)
				sum.traits, sum.data = s.traits(i), s.peopleKeys(i)
			}
		})
		s.peopleSums = sums
	}
	return s.peopleSums
}

// peopleSelection is which profiles a list shows, and in which order.
type peopleSelection struct {
	text        string
	filters     []filter
	any         bool
	from, until int64
	field       string
	descending  bool
}

// peopleCriterionNames are what filters and orders take. The official clients show email and segments, the reference
// nickname; the others are guesses.
var peopleCriterionNames = []string{
	"nickname", "email", "segments", "phone", "company", "country", "region", "city", "locales", "notepad", "score", "active", "created_at", "updated_at",
}

// readPeopleSelection reads the query. Without a sort the newest profile comes first; a guess.
func readPeopleSelection(req *request) (*peopleSelection, error) {
	sel := &peopleSelection{
		text: strings.ToLower(strings.TrimSpace(req.query.Get("search_text"))), any: req.query.Get("search_operator") == "or",
		until: math.MaxInt64, field: "created_at", descending: true,
	}
	if text := req.query.Get("search_filter"); text != "" {
		if err := json.Unmarshal([]byte(text), &sel.filters); err != nil {
			return nil, invalid("query.search_filter", "cannot be read: "+err.Error())
		}
		if place, problem := checkFilters(sel.filters, peopleCriterionNames); problem != "" {
			return nil, invalid("query.search_filter"+place, problem)
		}
	}
	if field := req.query.Get("sort_field"); field != "" {
		// Members may be named by their path too: person.nickname.
		name := field[strings.LastIndexByte(field, '.')+1:]
		if !slices.Contains(peopleCriterionNames, name) {
			return nil, invalid("query.sort_field", "should be one of "+strings.Join(peopleCriterionNames, ", "))
		}
		sel.field, sel.descending = name, false
	}
	if direction := req.query.Get("sort_order"); direction != "" {
		sel.descending = direction == "descending"
	}
	var err error
	if sel.from, _, err = req.date("filter_date_start"); err != nil {
		return nil, err
	}
	until, given, err := req.date("filter_date_end")
	if given {
		sel.until = until
	}
	return sel, err
}

func listProfiles(req *request) (answer, error) {
	sel, err := readPeopleSelection(req)
	if err != nil {
		return answer{}, err
	}
	size := req.perPage()
	query := req.query
	query.Del("per_page")
	found := req.site.selected("people&"+query.Encode(), sel.run)
	var items []jsontext.Value
	for _, index := range pageOf(req, size, found) {
		items = append(items, req.site.profileItem(int(index)))
	}
	return listed(items), nil
}

func (sel *peopleSelection) run(s *site) []int32 {
	sums := s.peopleOverview()
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
			if sum.deleted || sum.created < sel.from || sum.created > sel.until {
				continue
			}
			of := s.peopleCriteria(i)
			if sel.text != "" && !s.peopleContains(i, sel.text) || len(sel.filters) > 0 && !matchAll(sel.filters, sel.any, of) {
				continue
			}
			all[i].index = int32(i)
			switch sel.field {
			case "created_at":
				all[i].number = float64(sum.created)
			case "updated_at":
				all[i].number = float64(sum.updated)
			case "active":
				all[i].number = float64(sum.active)
			case "score":
				all[i].number, _ = numeric(of(sel.field)[0])
			default:
				if have := of(sel.field); len(have) > 0 {
					all[i].text = strings.ToLower(have[0].(string))
				}
			}
		}
	})
	all = slices.DeleteFunc(all, func(e entry) bool { return e.index < 0 })
	slices.SortFunc(all, func(a, b entry) int {
		order := cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.text, b.text))
		if sel.descending {
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
func (s *site) peopleContains(index int, text string) bool {
	if c := s.profiles[index]; c != nil {
		fields := []string{c.Person.Nickname, c.Email, c.Person.Phone, c.Notepad}
		if c.Company != nil {
			fields = append(fields, c.Company.Name, c.Company.Domain)
		}
		return anyContains(text, fields...)
	}
	p := s.person(index)
	if anyContains(text, p.nickname(), p.email, s.notepad(index)) {
		return true
	}
	if p.employer >= 0 && anyContains(text, employers[p.employer].name, employers[p.employer].domain) {
		return true
	}
	return s.dice(kindProfile, index).hasPhone() && strings.Contains(s.phone(index, &p), text)
}

// peopleCriteria are the values of a profile. For the usual ones a generated profile is not made as a whole.
func (s *site) peopleCriteria(index int) values {
	if c := s.profiles[index]; c != nil {
		return c.criteria
	}
	return func(criterion string) []any {
		switch criterion {
		case "nickname":
			p := s.person(index)
			return []any{p.nickname()}
		case "email":
			return []any{s.person(index).email}
		case "segments":
			return anys(segmentsOf(s.traits(index)))
		case "country", "region", "city":
			p := s.person(index)
			return placeValues(p.city.geolocation(p.culture.country), criterion)
		}
		return s.contact(index).criteria(criterion)
	}
}

// criteria are the values of a profile.
func (c *contact) criteria(criterion string) []any {
	if key, custom := strings.CutPrefix(criterion, "data."); custom {
		return present(c.data[key])
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
