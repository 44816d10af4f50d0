package store

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// summary is what lists are ordered and filtered by. Segments and data keys are sets of the seeded names; records that
// were changed are asked themselves.
type summary struct {
	created, updated, waiting int64
	segments                  uint32
	unread                    int32
	assigned                  int16 // place of the operator, or -1
	data                      uint32
	inbox                     uint8
	state                     seed.State
	visible, deleted          bool
	mention                   uint8 // place of the mentioned operator plus one; 255 for others or several
}

// MentionsMany stands for a mention of others than the seeded operators, or for several.
const MentionsMany = 255

func plannedSummary(p *seed.Plan) summary {
	return summary{
		created: p.Created, updated: p.Updated, waiting: p.Waiting, segments: p.Segments,
		unread:   int32(p.UnreadOperator),
		assigned: int16(p.Assigned), data: p.Data, inbox: p.Inbox, state: p.State, visible: !p.Empty,
		mention: uint8(p.Mention + 1),
	}
}

// summary brings a changed record into the form of the list.
func (s *Site) summary(r *Record) summary {
	sum := summary{
		created: r.CreatedAt, updated: r.UpdatedAt, unread: int32(r.Unread.Operator), assigned: -1,
		inbox:   s.InboxNumber(r.InboxID),
		visible: r.visible, deleted: r.Deleted, state: seed.State(slices.Index(seed.StateNames[:], r.State)),
	}
	if r.WaitingSince != nil {
		sum.waiting = *r.WaitingSince
	}
	if r.Assigned != nil {
		sum.assigned = int16(s.OperatorPlace(r.Assigned.UserID))
	}
	switch len(r.Mentions) {
	case 0:
	case 1:
		sum.mention = MentionsMany
		if place := s.OperatorPlace(r.Mentions[0]); place >= 0 && place < MentionsMany-1 {
			sum.mention = uint8(place + 1)
		}
	default:
		sum.mention = MentionsMany
	}
	return sum
}

// inParallel calls f for every number below n, in pieces on all processors.
func inParallel(n int, f func(from, to int)) {
	const piece = 2048
	workers := min(runtime.GOMAXPROCS(0), n/piece+1)
	if workers == 1 {
		f(0, n)
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				from := int(next.Add(piece)) - piece
				if from >= n {
					return
				}
				f(from, min(from+piece, n))
			}
		})
	}
	wg.Wait()
}
