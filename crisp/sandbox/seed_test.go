package sandbox

import (
	"strings"
	"testing"
)

func testWorld(seed uint64, size int) *world {
	return &world{source: source(seed), websiteID: WebsiteID, anchor: 1795357800000, conversations: size, people: size, visitors: 10}
}

// TestIdsLeadBack takes ids back to their numbers, and no other id.
func TestIdsLeadBack(t *testing.T) {
	for _, seed := range []source{0, 1, 42, 1 << 63} {
		seen := map[string]bool{}
		for i := range 3000 {
			id := seed.uuid(kindConversation, i)
			if back, ok := seed.index(kindConversation, strings.ToUpper(id)); !ok || back != i || seen[id] {
				t.Fatalf("seed %d: %s of %d leads to %d, %t", seed, id, i, back, ok)
			}
			seen[id] = true
			if _, ok := seed.index(kindPerson, id); ok {
				t.Errorf("%s is an id of two kinds", id)
			}
			if _, ok := (seed + 1).index(kindConversation, id); ok {
				t.Errorf("%s is an id for two seeds", id)
			}
			changed := []byte(id)
			changed[35] ^= 1
			if _, ok := seed.index(kindConversation, string(changed)); ok {
				t.Errorf("%s is taken for an id", changed)
			}
		}
	}
	for _, text := range []string{"", "x", strings.Repeat("z", 36), strings.Repeat("-", 36)} {
		if _, ok := source(1).index(kindConversation, text); ok {
			t.Errorf("%q is taken for an id", text)
		}
	}
}

// TestAddressesAreUnique makes as many people as the largest sandbox has.
func TestAddressesAreUnique(t *testing.T) {
	const size = 100_000
	for _, seed := range []uint64{0, 7} {
		w := testWorld(seed, size)
		seen := make(map[string]int, size)
		for i := range size {
			email := w.person(i).email
			if other, twice := seen[email]; twice {
				t.Fatalf("seed %d: %s belongs to %d and %d", seed, email, other, i)
			}
			seen[email] = i
			if back, ok := w.personByEmail(email); !ok || back != i {
				t.Fatalf("seed %d: %s of %d leads to %d, %t", seed, email, i, back, ok)
			}
			if strings.ContainsFunc(email, func(r rune) bool { return r > '~' || r <= ' ' }) {
				t.Fatalf("%q is not ASCII", email)
			}
		}
		for _, email := range []string{"", "@", "nobody@nowhere.example", "emily.carter", "emily.carter1@postbox.example", "emily.carter999999999999999999999@postbox.example"} {
			if i, ok := w.personByEmail(email); ok {
				t.Errorf("%q leads to %d", email, i)
			}
		}
	}
}

// TestDialogues checks what the generator relies on.
func TestDialogues(t *testing.T) {
	filler := slots{first: "F", agent: "A", order: "O", plan: "P", amount: "9", device: "D", city: "C"}
	for _, speech := range languages() {
		topics := map[topic]bool{}
		for _, d := range speech.dialogues {
			if int(d.topic) >= len(topicNames) {
				t.Fatalf("%s: a dialogue has an unknown topic", speech.code)
			}
			topics[d.topic] = true
			if len(d.turns) < 3 || !d.turns[0].user || d.turns[1].user {
				t.Errorf("%s, %s: a dialogue begins with the customer and has an answer", speech.code, topicNames[d.topic])
			}
			answered := false
			for _, turn := range d.turns {
				filler.fill(turn.text)
				if strings.ContainsAny(filler.fill(turn.lower), "{}") {
					t.Errorf("%s: %q", speech.code, turn.lower)
				}
				answered = answered || turn.user && turn.text != d.turns[0].text
			}
			if !answered {
				t.Errorf("%s, %s: the customer says nothing after the answer", speech.code, topicNames[d.topic])
			}
		}
		if len(topics) < 6 {
			t.Errorf("%s has %d topics", speech.code, len(topics))
		}
	}
	for _, c := range cultures() {
		if len(c.women) != firstNames || len(c.men) != firstNames || len(c.last) != lastNames || len(c.cities) == 0 {
			t.Errorf("%s has %d, %d and %d names", c.country, len(c.women), len(c.men), len(c.last))
		}
	}
}

// TestPlans checks that the messages keep to their plan.
func TestPlans(t *testing.T) {
	w := testWorld(3, 4000)
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
		if len(list) > batch {
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
