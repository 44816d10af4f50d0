package store

import (
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// TestPlans checks that the messages keep to their plan.
func TestPlans(t *testing.T) {
	w := seed.World{Source: 3, WebsiteID: "11111111-1111-4111-8111-111111111111", Anchor: 1795357800000, Conversations: 4000, People: 4000, Visitors: 10}
	states := map[seed.State]int{}
	empty, waiting, long := 0, 0, 0
	for i := range w.Conversations {
		p := w.Plan(i)
		states[p.State]++
		list := w.Messages(i, &p)
		if p.Empty {
			empty++
			continue
		}
		c := w.Conversation(i, &p, list)
		r := Record{Conversation: c, Messages: list}
		planned := r
		r.Count()
		if r.Unread != planned.Unread || (r.WaitingSince == nil) != (planned.WaitingSince == nil) || r.WaitingSince != nil && *r.WaitingSince != *planned.WaitingSince || r.LastMessage != planned.LastMessage {
			t.Fatalf("conversation %d: planned %+v waiting %d, the messages say %+v waiting %v", i, planned.Unread, p.Waiting, r.Unread, r.WaitingSince)
		}
		if list[0].Timestamp != c.CreatedAt || list[len(list)-1].Timestamp != c.UpdatedAt || c.UpdatedAt > w.Anchor || list[0].From != "user" {
			t.Fatalf("conversation %d runs from %d to %d, its messages from %d to %d", i, c.CreatedAt, c.UpdatedAt, list[0].Timestamp, list[len(list)-1].Timestamp)
		}
		for j := 1; j < len(list); j++ {
			if list[j].Timestamp <= list[j-1].Timestamp {
				t.Fatalf("conversation %d: message %d is not later than the one before", i, j)
			}
		}
		if p.Waiting > 0 {
			waiting++
		}
		if len(list) > 20 {
			long++
		}
	}
	n := w.Conversations
	for name, got := range map[string][3]int{
		"pending": {states[seed.StatePending], n * 16 / 100, n * 25 / 100}, "unresolved": {states[seed.StateUnresolved], n * 30 / 100, n * 40 / 100},
		"resolved": {states[seed.StateResolved], n * 40 / 100, n * 50 / 100}, "empty": {empty, n / 100, n * 2 / 100},
		"waiting": {waiting, n * 30 / 100, n * 45 / 100}, "long": {long, n * 2 / 100, n * 8 / 100},
	} {
		if got[0] < got[1] || got[0] > got[2] {
			t.Errorf("%d of %d conversations are %s, want %d to %d", got[0], n, name, got[1], got[2])
		}
	}
}
