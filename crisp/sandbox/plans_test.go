package sandbox

import "testing"

// TestPlans checks that the messages keep to their plan.
func TestPlans(t *testing.T) {
	w := world{source: 3, websiteID: "11111111-1111-4111-8111-111111111111", anchor: 1795357800000, conversations: 4000, people: 4000, visitors: 10}
	states := map[state]int{}
	empty, waiting, long := 0, 0, 0
	for i := range w.conversations {
		p := w.plan(i)
		states[p.state]++
		list := w.messages(i, &p)
		if p.empty {
			empty++
			continue
		}
		c := w.conversation(i, &p, list)
		r := record{conversation: c, messages: list}
		planned := r
		r.count()
		if r.Unread != planned.Unread || (r.WaitingSince == nil) != (planned.WaitingSince == nil) || r.WaitingSince != nil && *r.WaitingSince != *planned.WaitingSince || r.LastMessage != planned.LastMessage {
			t.Fatalf("conversation %d: planned %+v waiting %d, the messages say %+v waiting %v", i, planned.Unread, p.waiting, r.Unread, r.WaitingSince)
		}
		if list[0].Timestamp != c.CreatedAt || list[len(list)-1].Timestamp != c.UpdatedAt || c.UpdatedAt > w.anchor || list[0].From != "user" {
			t.Fatalf("conversation %d runs from %d to %d, its messages from %d to %d", i, c.CreatedAt, c.UpdatedAt, list[0].Timestamp, list[len(list)-1].Timestamp)
		}
		for j := 1; j < len(list); j++ {
			if list[j].Timestamp <= list[j-1].Timestamp {
				t.Fatalf("conversation %d: message %d is not later than the one before", i, j)
			}
		}
		if p.waiting > 0 {
			waiting++
		}
		if len(list) > 20 {
			long++
		}
	}
	n := w.conversations
	for name, got := range map[string][3]int{
		"pending": {states[statePending], n * 16 / 100, n * 25 / 100}, "unresolved": {states[stateUnresolved], n * 30 / 100, n * 40 / 100},
		"resolved": {states[stateResolved], n * 40 / 100, n * 50 / 100}, "empty": {empty, n / 100, n * 2 / 100},
		"waiting": {waiting, n * 30 / 100, n * 45 / 100}, "long": {long, n * 2 / 100, n * 8 / 100},
	} {
		if got[0] < got[1] || got[0] > got[2] {
			t.Errorf("%d of %d conversations are %s, want %d to %d", got[0], n, name, got[1], got[2])
		}
	}
}
