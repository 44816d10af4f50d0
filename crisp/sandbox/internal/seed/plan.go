// Package seed generates the records of a small invented company by number: the same seed gives the same records.
// Nothing is generated or read before the first record is asked for.
package seed

import (
	"math"
	"time"
)

// World generates the records of one website by number. It holds nothing but its parameters and is safe for concurrent
// use.
type World struct {
	Source
	WebsiteID string
	// Anchor is the moment that all generated times count back from, in Unix milliseconds.
	Anchor int64
	// The numbers of generated records.
	Conversations, People, Visitors int
}

// State is the state of a conversation, by the number that the wire calls its status.
type State uint8

// The states of conversations.
const (
	StatePending State = iota
	StateUnresolved
	StateResolved
)

// StateNames are the words of the states.
var StateNames = [...]string{"pending", "unresolved", "resolved"}

// Lengths of time in milliseconds.
const (
	Minute = int64(time.Minute / time.Millisecond)
	Hour   = 60 * Minute
	Day    = 24 * Hour
)

// Plan is what a conversation is like, without its texts. It costs little, so that a list can be ordered and filtered
// by the plans alone.
type Plan struct {
	Person   int // -1 is a visitor who left no name
	culture  int
	language int
	dialogue int
	topic    topic
	operator int // who answers
	Assigned int // -1 is nobody
	Inbox    uint8
	State    State
	// episodes is how many dialogues follow one another; the last one is cut after turns lines.
	episodes, turns int
	// trailing is how many messages of the customer wait for an answer at the end.
	trailing                      int
	Created, Updated, Waiting     int64
	UnreadOperator, unreadVisitor int
	Mention                       int // the operator who is mentioned, or -1
	Empty, blocked, verified      bool
	origin                        uint8
	Segments, Data                uint32
}

// Origins are the channels of generated conversations.
var Origins = [...]string{"chat", "email", "urn:crisp.im:whatsapp:0"}

// spread is a length between lo and hi with as many short ones as the logarithm has room for.
func spread(d *Dice, lo, hi int64) int64 {
	return int64(float64(lo) * math.Pow(float64(hi)/float64(lo), d.Float()))
}

// personOf is the customer of a conversation, or -1. Customers come round in turn, so that the conversations of one can
// be counted out.
func (w *World) personOf(conversation int, d *Dice) int {
	if anonymous := d.Chance(9); anonymous || w.People == 0 {
		return -1
	}
	return conversation % w.People
}

// Online reports whether the visitor of a conversation is on the site. The first visitors are those of the first
// conversations, two of every five.
func (w *World) Online(conversation int) bool {
	return conversation < w.Visitors && conversation < w.Conversations && conversation%5 < 2
}

// Plan decides what a conversation is like.
func (w *World) Plan(conversation int) Plan {
	d := w.Dice(kindPlan, conversation)
	p := Plan{Assigned: -1, Mention: -1}
	all := Cultures()
	p.Person = w.personOf(conversation, &d)
	if p.Person >= 0 {
		p.culture, _ = w.slot(p.Person)
	} else {
		p.culture = d.Below(len(all))
	}
	p.language = languageOf(all[p.culture].language)
	speech := &languages()[p.language]
	p.dialogue = d.Below(len(speech.dialogues))
	p.topic = speech.dialogues[p.dialogue].topic
	p.operator = d.Below(len(staff))
	p.origin = originOf(d.Below(100))
	p.verified = p.Person >= 0 && d.Chance(25)
	p.blocked = d.Chance(1)
	p.Segments = 1 << p.topic
	if d.Chance(15) {
		p.Segments = 0
	}
	if p.Person >= 0 {
		p.Segments |= w.Traits(p.Person) &^ (1<<segmentNewsletter | 1<<segmentBeta)
	}
	p.Data = someKeys(&d)
	if d.Chance(50) {
		p.Inbox = inboxOf[p.topic]
	}
	w.planCourse(&p, &d, speech.dialogues[p.dialogue].turns)
	return p
}

func originOf(throw int) uint8 {
	switch {
	case throw < 78:
		return 0
	case throw < 93:
		return 1
	default:
		return 2
	}
}

// planCourse decides how far a conversation has come and when.
func (w *World) planCourse(p *Plan, d *Dice, turns []turn) {
	throw, waits := d.Below(1000), d.Chance(55)
	p.episodes = 1
	switch long := d.Below(100); {
	case throw < 200: // a pending one has its first message only
	case long < 4:
		p.episodes = d.between(6, 14)
	case long < 12:
		p.episodes = d.between(2, 3)
	}
	p.turns = len(turns)
	length := spread(d, 6*Minute, 6*Hour)
	if p.episodes > 1 {
		length = int64(p.episodes) * spread(d, 20*Hour, 9*Day)
	}
	switch {
	case throw < 15:
		p.Empty, p.turns = true, 0
		p.Updated = w.Anchor - spread(d, 20*Minute, 6*Day)
		p.Created = p.Updated
		p.State, p.origin = StatePending, 0
		return
	case throw < 200:
		p.State = StatePending
		p.turns = 1
		w.planWaiting(p, d, 3*Day)
		if d.Chance(15) {
			p.Assigned = p.operator
		}
		if p.Created > p.Waiting {
			p.Created = p.Waiting
		}
		return
	case throw < 550 && waits:
		p.State = StateUnresolved
		p.turns = lastTurn(turns, d, true)
		w.planWaiting(p, d, 9*Day)
		p.Created = p.Waiting - length
	case throw < 550:
		p.State = StateUnresolved
		p.turns = lastTurn(turns, d, false)
		p.Updated = w.Anchor - spread(d, 9*Minute, 14*Day)
		p.Created = p.Updated - length
		p.unreadVisitor = d.Below(2)
	default:
		p.State = StateResolved
		p.Updated = w.Anchor - spread(d, Hour, 150*Day)
		p.Created = p.Updated - length
	}
	if d.Chance([]int{0, 75, 92}[p.State]) {
		p.Assigned = p.operator
	}
	if d.Chance(9) {
		p.Mention = (p.operator + d.between(1, len(staff)-1)) % len(staff)
	}
}

// planWaiting lets the customer wait for up to a longest time, after one message or two.
func (w *World) planWaiting(p *Plan, d *Dice, longest int64) {
	p.trailing = 1
	wait := spread(d, 2*Minute, longest)
	p.Waiting = w.Anchor - wait
	p.Updated = p.Waiting
	p.Created = p.Waiting
	if wait > 40*Minute && d.Chance(45) {
		p.trailing = 2
		p.Updated += spread(d, 2*Minute, wait-10*Minute)
	}
	if d.Chance(72) {
		p.UnreadOperator = p.trailing
	}
}

// lastTurn is how many turns to keep so that the last one is the customer's, after an answer, or the operator's.
func lastTurn(turns []turn, d *Dice, user bool) int {
	first := 1 + d.Below(len(turns)-1)
	for n := range turns {
		if i := (first + n) % len(turns); i > 0 && turns[i].user == user && (user && !turns[i-1].user || !user) {
			return i + 1
		}
	}
	return len(turns)
}

// Parent is the conversation that a generated one continues.
func (w *World) Parent(index int) (int, bool) {
	before := index - w.People
	if w.People == 0 || before < 0 || index >= w.Conversations {
		return 0, false
	}
	d := w.Dice(kindHistory, -100_000_000-index)
	return before, d.Chance(30) && w.Plan(index).Person >= 0 && w.Plan(before).Person >= 0
}
