package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// filter is one condition of a search. Criteria and operators beyond those of the official clients are guesses: a
// condition compares a member of the record, and fits when one of its values compares with one of the query's.
type filter struct {
	Model     string `json:"model"`
	Criterion string `json:"criterion"`
	Operator  string `json:"operator"`
	Query     []any  `json:"query"`
}

var filterOperators = [...]string{"eq", "neq", "gte", "lte", "gt", "lt"}

// CheckFilters finds what could never fit: the place in the list and the problem, which is empty when there is none.
// Criteria that begin with "data." name custom data.
func CheckFilters(filters []filter, criteria []string) (place, problem string) {
	for i, f := range filters {
		place := fmt.Sprintf("[%d]", i)
		if !slices.Contains(filterOperators[:], f.Operator) {
			return place + ".operator", "should be one of " + strings.Join(filterOperators[:], ", ")
		}
		if !strings.HasPrefix(f.Criterion, "data.") && !slices.Contains(criteria, f.Criterion) {
			return place + ".criterion", "should be one of " + strings.Join(criteria, ", ") + ", data.KEY"
		}
	}
	return "", ""
}

// values are what a record has for a criterion.
type values func(criterion string) []any

// matchAll reports whether every filter fits, or one of them when one is enough.
func matchAll(filters []filter, one bool, of values) bool {
	for _, f := range filters {
		if f.match(of(f.Criterion)) == one {
			return one
		}
	}
	return !one
}

func (f *filter) match(have []any) bool {
	test := func(c int) bool { return c == 0 }
	switch f.Operator {
	case "gte":
		test = func(c int) bool { return c >= 0 }
	case "lte":
		test = func(c int) bool { return c <= 0 }
	case "gt":
		test = func(c int) bool { return c > 0 }
	case "lt":
		test = func(c int) bool { return c < 0 }
	}
	fits := slices.ContainsFunc(have, func(v any) bool { return f.one(v, test) })
	return fits != (f.Operator == "neq")
}

// one compares a value with each of the query's.
func (f *filter) one(value any, test func(int) bool) bool {
	return slices.ContainsFunc(f.Query, func(q any) bool {
		c, ordered := compare(value, q)
		return ordered && test(c)
	})
}

// compare orders numbers by size, moments by time and the rest as text without regard to case.
func compare(value, query any) (int, bool) {
	if v, ok := numeric(value); ok {
		q, ok := numeric(query)
		if !ok {
			return 0, false
		}
		switch {
		case v < q:
			return -1, true
		case v > q:
			return 1, true
		}
		return 0, true
	}
	return strings.Compare(strings.ToLower(fmt.Sprint(value)), strings.ToLower(fmt.Sprint(query))), true
}

func numeric(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	case float64:
		return n, true
	case string:
		if f, err := strconv.ParseFloat(n, 64); err == nil {
			return f, true
		}
		if at, err := wire.ParseDate(n); err == nil {
			return float64(at), true
		}
	}
	return 0, false
}

// ConversationCriterionNames are the criteria that filters of conversations take.
var ConversationCriterionNames = []string{
	"state", "segments", "assigned", "inbox_id", "nickname", "email", "phone", "subject", "origin", "country", "region",
	"city", "locales",
	"is_verified", "is_blocked", "availability", "unread", "created_at", "updated_at", "waiting_since", "people_id",
}

// criteria are the values of a conversation.
func (s *Site) criteria(index int) values {
	var c *wire.Conversation
	if r := s.records[index]; r != nil {
		c = &r.Conversation
	} else {
		p := s.Plan(index)
		made := s.World.Conversation(index, &p, nil)
		c = &made
	}
	return func(criterion string) []any {
		if key, custom := strings.CutPrefix(criterion, "data."); custom {
			return present(c.Meta.Data[key])
		}
		return conversationValues(c, criterion)
	}
}

func conversationValues(c *wire.Conversation, criterion string) []any {
	switch criterion {
	case "state":
		return []any{c.State}
	case "segments":
		return anys(c.Meta.Segments)
	case "assigned":
		if c.Assigned != nil {
			return []any{c.Assigned.UserID}
		}
	case "inbox_id":
		if c.InboxID != nil {
			return []any{*c.InboxID}
		}
	case "nickname":
		return []any{c.Meta.Nickname}
	case "email":
		return present(c.Meta.Email)
	case "phone":
		return present(c.Meta.Phone)
	case "subject":
		return present(c.Meta.Subject)
	case "origin":
		return present(c.Meta.Origin)
	case "people_id":
		return present(c.PeopleID)
	case "availability":
		return []any{c.Availability}
	case "is_verified":
		return []any{c.IsVerified}
	case "is_blocked":
		return []any{c.IsBlocked}
	case "unread":
		return []any{c.Unread.Operator}
	case "created_at":
		return []any{c.CreatedAt}
	case "updated_at":
		return []any{c.UpdatedAt}
	case "waiting_since":
		if c.WaitingSince != nil {
			return []any{*c.WaitingSince}
		}
	case "locales":
		if c.Meta.Device != nil {
			return anys(c.Meta.Device.Locales)
		}
	case "country", "region", "city":
		if c.Meta.Device != nil {
			return placeValues(c.Meta.Device.Geolocation, criterion)
		}
	}
	return nil
}

func placeValues(g *wire.Geolocation, criterion string) []any {
	if g == nil {
		return nil
	}
	switch criterion {
	case "country":
		return present(g.Country)
	case "region":
		return present(g.Region)
	}
	return present(g.City)
}

// present is a value, or none when it is missing or empty text.
func present(v any) []any {
	if v == nil || v == "" {
		return nil
	}
	return []any{v}
}

func anys(words []string) []any {
	list := make([]any, len(words))
	for i, word := range words {
		list[i] = word
	}
	return list
}
