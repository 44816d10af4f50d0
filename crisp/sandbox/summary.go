package sandbox

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
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
	state                     state
	visible, deleted          bool
	mention                   uint8 // place of the mentioned operator plus one; 255 for others or several
}

const mentionsMany = 255

func plannedSummary(p *plan) summary {
	return summary{
		created: p.created, updated: p.updated, waiting: p.waiting, segments: p.segments, unread: int32(p.unreadOperator),
		assigned: int16(p.assigned), data: p.data, inbox: p.inbox, state: p.state, visible: !p.empty, mention: uint8(p.mention + 1),
	}
}

// summary brings a changed record into the form of the list.
func (s *site) summary(r *record) summary {
	sum := summary{
		created: r.CreatedAt, updated: r.UpdatedAt, unread: int32(r.Unread.Operator), assigned: -1, inbox: s.inboxNumber(r.InboxID),
		visible: r.visible, deleted: r.deleted, state: state(slices.Index(stateNames[:], r.State)),
	}
	if r.WaitingSince != nil {
		sum.waiting = *r.WaitingSince
	}
	if r.Assigned != nil {
		sum.assigned = int16(s.operatorPlace(r.Assigned.UserID))
	}
	switch len(r.Mentions) {
	case 0:
	case 1:
		sum.mention = mentionsMany
		if place := s.operatorPlace(r.Mentions[0]); place >= 0 && place < mentionsMany-1 {
			sum.mention = uint8(place + 1)
		}
	default:
		sum.mention = mentionsMany
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
