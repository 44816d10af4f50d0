package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Selection is which conversations a list shows, and in which order.
type Selection struct {
	PerPage                       int
	Text, Segment                 string
	Filters                       []filter
	Any                           bool // one fitting filter is enough
	Empty, Unread, Resolved, Open bool
	Inbox                         int // number of the inbox, or -1 for all
	Mention                       int // mentioned operator plus one, mentionsMany for anyone, or 0 for all
	Mentioned                     string
	Assigned, Unassigned          bool
	Assignee                      int
	From, Until                   int64
	Order                         order
}

type order uint8

// The orders of a list.
const (
	orderUpdated order = iota
	OrderCreated
	OrderWaiting
)

// fits applies everything that the summary alone can tell.
func (sel *Selection) fits(s *Site, sum *summary) bool {
	assigned := sum.assigned >= 0 && !s.Operators[sum.assigned].Gone
	switch {
	case sum.deleted,
		!sum.visible && !sel.Empty,
		sel.Unread && sum.unread == 0,
		sel.Resolved && sum.state != seed.StateResolved,
		sel.Open && sum.state == seed.StateResolved,
		sel.Inbox >= 0 && int(sum.inbox) != sel.Inbox,
		sel.Mention == MentionsMany && sum.mention == 0,
		sel.Assigned && (!assigned || int(sum.assigned) != sel.Assignee),
		sel.Unassigned && assigned,
		sum.updated < sel.From, sum.updated > sel.Until,
		sel.Order == OrderWaiting && sum.waiting == 0:
		return false
	}
	return true
}

// deep applies what needs the record.
func (sel *Selection) deep(s *Site, index int, sum *summary) bool {
	if sel.Mentioned != "" && int(sum.mention) != sel.Mention {
		if sum.mention != MentionsMany || !slices.Contains(s.Record(index).Mentions, sel.Mentioned) {
			return false
		}
	}
	if sel.Segment != "" && !s.hasSegment(index, sum, sel.Segment) {
		return false
	}
	if sel.Text != "" && !s.mentions(index, sel.Text) {
		return false
	}
	return len(sel.Filters) == 0 || matchAll(sel.Filters, sel.Any, s.criteria(index))
}

// Run selects and orders. The result is shared and must not be changed.
func (sel *Selection) Run(s *Site) []int32 {
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
		switch sel.Order {
		case orderUpdated:
			e.key = -sums[i].updated
		case OrderCreated:
			e.key = -sums[i].created
		case OrderWaiting:
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
func (s *Site) hasSegment(index int, sum *summary, name string) bool {
	if r := s.records[index]; r != nil {
		return slices.ContainsFunc(r.Meta.Segments, func(segment string) bool {
			return strings.EqualFold(segment, name)
		})
	}
	for i, segment := range seed.SegmentNames {
		if sum.segments&(1<<i) != 0 && strings.EqualFold(segment, name) {
			return true
		}
	}
	return false
}

// anyContains reports whether a text in lower case occurs in one of the fields.
func anyContains(text string, fields ...string) bool {
	return slices.ContainsFunc(fields, func(field string) bool {
		return strings.Contains(strings.ToLower(field), text)
	})
}

// mentions reports whether a text in lower case occurs in the messages or in the details of the contact. Words of
// generated conversations are made and thrown away one at a time.
func (s *Site) mentions(index int, text string) bool {
	if r := s.records[index]; r != nil {
		return r.contains(text) || slices.ContainsFunc(r.Messages, func(m wire.Message) bool {
			return strings.Contains(strings.ToLower(m.Text), text)
		})
	}
	p := s.Plan(index)
	found := false
	s.Texts(index, &p, func(words string) bool {
		found = strings.Contains(words, text)
		return !found
	})
	if found {
		return true
	}
	face := s.Face(index, &p)
	return anyContains(text, face[:]...)
}
