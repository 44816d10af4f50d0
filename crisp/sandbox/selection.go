package sandbox

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
)

// selection is which conversations a list shows, and in which order.
type selection struct {
	perPage                       int
	text, segment                 string
	filters                       []filter
	any                           bool // one fitting filter is enough
	empty, unread, resolved, open bool
	inbox                         int // number of the inbox, or -1 for all
	mention                       int // mentioned operator plus one, mentionsMany for anyone, or 0 for all
	mentioned                     string
	assigned, unassigned          bool
	assignee                      int
	from, until                   int64
	order                         order
}

type order uint8

const (
	orderUpdated order = iota
	orderCreated
	orderWaiting
)

// readSelection reads the query. Filters narrow the list together. Without an order the newest change comes first; when several
// orders are given, waiting goes before created before updated. Both are guesses.
func readSelection(req *request) (*selection, error) {
	sel := &selection{
		perPage: req.perPage(), inbox: -1, until: math.MaxInt64, any: req.query.Get("search_operator") == "or",
		empty: req.flag("include_empty"), unread: req.flag("filter_unread"),
		resolved: req.flag("filter_resolved"), open: req.flag("filter_not_resolved"), unassigned: req.flag("filter_unassigned"),
	}
	if err := readSearch(req, sel); err != nil {
		return nil, err
	}
	if id := req.query.Get("filter_inbox_id"); id != "" {
		number := req.site.inboxNumber(&id)
		if number == 0 {
			return nil, notFound("inbox", id)
		}
		sel.inbox = int(number)
	}
	if req.flag("filter_mention") {
		// Only the user tier has a caller who can be mentioned. That other tiers see the mentions of everybody is a guess.
		sel.mention = mentionsMany
		if req.tier == spec.TierUser {
			sel.mention, sel.mentioned = 1, req.site.operators[0].UserID
		}
	}
	if id := req.query.Get("filter_assigned"); id != "" {
		sel.assigned, sel.assignee = true, req.site.operatorPlace(id)
		if sel.assignee < 0 {
			sel.assignee = math.MaxInt // nobody has conversations of an unknown operator
		}
	}
	var err error
	if sel.from, _, err = req.date("filter_date_start"); err != nil {
		return nil, err
	}
	until, given, err := req.date("filter_date_end")
	if err != nil {
		return nil, err
	}
	if given {
		sel.until = until
	}
	switch {
	case req.flag("order_date_waiting"):
		sel.order = orderWaiting
	case req.flag("order_date_created"):
		sel.order = orderCreated
	}
	return sel, nil
}

func readSearch(req *request, sel *selection) error {
	query := req.query.Get("search_query")
	switch req.query.Get("search_type") {
	case "filter":
		if query == "" {
			return nil
		}
		schema := req.op.Param("search_query").Schema.OneOf
		if err := validate(schema[len(schema)-1], "query.search_query", []byte(query)); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(query), &sel.filters); err != nil {
			return invalid("query.search_query", "cannot be read: "+err.Error())
		}
		if place, problem := checkFilters(sel.filters, conversationCriterionNames); problem != "" {
			return invalid("query.search_query"+place, problem)
		}
	case "segment":
		sel.segment = query
	default:
		sel.text = strings.ToLower(strings.TrimSpace(query))
	}
	return nil
}

// fits applies everything that the summary alone can tell.
func (sel *selection) fits(s *site, sum *summary) bool {
	assigned := sum.assigned >= 0 && !s.operators[sum.assigned].gone
	switch {
	case sum.deleted,
		!sum.visible && !sel.empty,
		sel.unread && sum.unread == 0,
		sel.resolved && sum.state != stateResolved,
		sel.open && sum.state == stateResolved,
		sel.inbox >= 0 && int(sum.inbox) != sel.inbox,
		sel.mention == mentionsMany && sum.mention == 0,
		sel.assigned && (!assigned || int(sum.assigned) != sel.assignee),
		sel.unassigned && assigned,
		sum.updated < sel.from, sum.updated > sel.until,
		sel.order == orderWaiting && sum.waiting == 0:
		return false
	}
	return true
}

// deep applies what needs the record.
func (sel *selection) deep(s *site, index int, sum *summary) bool {
	if sel.mentioned != "" && int(sum.mention) != sel.mention {
		if sum.mention != mentionsMany || !slices.Contains(s.record(index).Mentions, sel.mentioned) {
			return false
		}
	}
	if sel.segment != "" && !s.hasSegment(index, sum, sel.segment) {
		return false
	}
	if sel.text != "" && !s.mentions(index, sel.text) {
		return false
	}
	return len(sel.filters) == 0 || matchAll(sel.filters, sel.any, s.criteria(index))
}

// run selects and orders. The result is shared and must not be changed.
func (sel *selection) run(s *site) []int32 {
	sums := s.overview()
	type entry struct {
		key   int64
		index int32
	}
	fitting := make([]bool, len(sums))
	inParallel(len(sums), func(from, to int) {
		for i := from; i < to; i++ {
			fitting[i] = sel.fits(s, &sums[i]) && sel.deep(s, i, &sums[i])
		}
	})
	var entries []entry
	for i, fits := range fitting {
		if !fits {
			continue
		}
		e := entry{index: int32(i)}
		switch sel.order {
		case orderUpdated:
			e.key = -sums[i].updated
		case orderCreated:
			e.key = -sums[i].created
		case orderWaiting:
			e.key = sums[i].waiting
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.index, b.index))
	})
	found := make([]int32, len(entries))
	for i, e := range entries {
		found[i] = e.index
	}
	return found
}

// hasSegment compares names without regard to case.
func (s *site) hasSegment(index int, sum *summary, name string) bool {
	if r := s.records[index]; r != nil {
		return slices.ContainsFunc(r.Meta.Segments, func(segment string) bool { return strings.EqualFold(segment, name) })
	}
	for i, segment := range segmentNames {
		if sum.segments&(1<<i) != 0 && strings.EqualFold(segment, name) {
			return true
		}
	}
	return false
}

// anyContains reports whether a text in lower case occurs in one of the fields.
func anyContains(text string, fields ...string) bool {
	return slices.ContainsFunc(fields, func(field string) bool { return strings.Contains(strings.ToLower(field), text) })
}

// mentions reports whether a text in lower case occurs in the messages or in the details of the contact. Words of
// generated conversations are made and thrown away one at a time.
func (s *site) mentions(index int, text string) bool {
	if r := s.records[index]; r != nil {
		return r.contains(text) || slices.ContainsFunc(r.messages, func(m message) bool { return strings.Contains(strings.ToLower(m.text), text) })
	}
	p := s.plan(index)
	found := false
	s.texts(index, &p, func(words string) bool {
		found = strings.Contains(words, text)
		return !found
	})
	if found {
		return true
	}
	face := s.face(index, &p)
	return anyContains(text, face[:]...)
}
