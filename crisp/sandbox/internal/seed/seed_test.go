package seed

import (
	"strings"
	"testing"
)

func testWorld(seed uint64, size int) *World {
	return &World{Source: Source(seed), WebsiteID: "11111111-1111-4111-8111-111111111111", Anchor: 1795357800000, Conversations: size, People: size, Visitors: 10}
}

// TestIdsLeadBack takes ids back to their numbers, and no other id.
func TestIdsLeadBack(t *testing.T) {
	for _, seed := range []Source{0, 1, 42, 1 << 63} {
		seen := map[string]bool{}
		for i := range 3000 {
			id := seed.UUID(KindConversation, i)
			if back, ok := seed.Index(KindConversation, strings.ToUpper(id)); !ok || back != i || seen[id] {
				t.Fatalf("seed %d: %s of %d leads to %d, %t", seed, id, i, back, ok)
			}
			seen[id] = true
			if _, ok := seed.Index(KindPerson, id); ok {
				t.Errorf("%s is an id of two kinds", id)
			}
			if _, ok := (seed + 1).Index(KindConversation, id); ok {
				t.Errorf("%s is an id for two seeds", id)
			}
			changed := []byte(id)
			changed[35] ^= 1
			if _, ok := seed.Index(KindConversation, string(changed)); ok {
				t.Errorf("%s is taken for an id", changed)
			}
		}
	}
	for _, text := range []string{"", "x", strings.Repeat("z", 36), strings.Repeat("-", 36)} {
		if _, ok := Source(1).Index(KindConversation, text); ok {
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
			email := w.Person(i).Email
			if other, twice := seen[email]; twice {
				t.Fatalf("seed %d: %s belongs to %d and %d", seed, email, other, i)
			}
			seen[email] = i
			if back, ok := w.PersonByEmail(email); !ok || back != i {
				t.Fatalf("seed %d: %s of %d leads to %d, %t", seed, email, i, back, ok)
			}
			if strings.ContainsFunc(email, func(r rune) bool { return r > '~' || r <= ' ' }) {
				t.Fatalf("%q is not ASCII", email)
			}
		}
		for _, email := range []string{"", "@", "nobody@nowhere.example", "emily.carter", "emily.carter1@postbox.example", "emily.carter999999999999999999999@postbox.example"} {
			if i, ok := w.PersonByEmail(email); ok {
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
	for _, c := range Cultures() {
		if len(c.women) != firstNames || len(c.men) != firstNames || len(c.last) != lastNames || len(c.Cities) == 0 {
			t.Errorf("%s has %d, %d and %d names", c.Country, len(c.women), len(c.men), len(c.last))
		}
	}
}
