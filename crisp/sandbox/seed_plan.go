package sandbox

import (
	"math"
	"time"
)

// world generates the records of one website by number. It holds nothing but its parameters and is safe for concurrent use.
type world struct {
	source
	websiteID string
	// anchor is the moment that all generated times count back from, in Unix milliseconds.
	anchor int64
	// The numbers of generated records.
	conversations, people, visitors int
}

type state uint8

const (
	statePending state = iota
	stateUnresolved
	stateResolved
)

var stateNames = [...]string{"pending", "unresolved", "resolved"}

const (
	minute = int64(time.Minute / time.Millisecond)
	hour   = 60 * minute
	day    = 24 * hour
)

// plan is what a conversation is like, without its texts. It costs little, so that a list can be ordered and filtered by
// the plans alone.
type plan struct {
	person   int // -1 is a visitor who left no name
	culture  int
	language int
	dialogue int
	topic    topic
	operator int // who answers
	assigned int // -1 is nobody
	inbox    uint8
	state    state
	// episodes is how many dialogues follow one another; the last one is cut after turns lines.
	episodes, turns int
	// trailing is how many messages of the customer wait for an answer at the end.
	trailing                      int
	created, updated, waiting     int64
	unreadOperator, unreadVisitor int
	mention                       int // the operator who is mentioned, or -1
	empty, blocked, verified      bool
	origin                        uint8
	segments, data                uint32
}

var origins = [...]string{"chat", "email", "urn:crisp.im:whatsapp:0"}

// spread is a length between lo and hi with as many short ones as the logarithm has room for.
func spread(d *dice, lo, hi int64) int64 {
	return int64(float64(lo) * math.Pow(float64(hi)/float64(lo), d.float()))
}

// personOf is the customer of a conversation, or -1. Customers come round in turn, so that the conversations of one can
// be counted out.
func (w *world) personOf(conversation int, d *dice) int {
	if anonymous := d.chance(9); anonymous || w.people == 0 {
		return -1
	}
	return conversation % w.people
}

// online reports whether the visitor of a conversation is on the site. The first visitors are those of the first
// conversations, two of every five.
func (w *world) online(conversation int) bool {
	return conversation < w.visitors && conversation < w.conversations && conversation%5 < 2
}

func (w *world) plan(conversation int) plan {
	d := w.dice(kindPlan, conversation)
	p := plan{assigned: -1, mention: -1}
	all := cultures()
	p.person = w.personOf(conversation, &d)
	if p.person >= 0 {
		p.culture, _ = w.slot(p.person)
	} else {
		p.culture = d.below(len(all))
	}
	p.language = languageOf(all[p.culture].language)
	speech := &languages()[p.language]
	p.dialogue = d.below(len(speech.dialogues))
	p.topic = speech.dialogues[p.dialogue].topic
	p.operator = d.below(len(staff))
	p.origin = originOf(d.below(100))
	p.verified = p.person >= 0 && d.chance(25)
	p.blocked = d.chance(1)
	p.segments = 1 << p.topic
	if d.chance(15) {
		p.segments = 0
	}
	if p.person >= 0 {
		p.segments |= w.traits(p.person) &^ (1<<segmentNewsletter | 1<<segmentBeta)
	}
	p.data = someKeys(&d)
	if d.chance(50) {
		p.inbox = inboxOf[p.topic]
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
func (w *world) planCourse(p *plan, d *dice, turns []turn) {
	throw, waits := d.below(1000), d.chance(55)
	p.episodes = 1
	switch long := d.below(100); {
	case throw < 200: // a pending one has its first message only
	case long < 4:
		p.episodes = d.between(6, 14)
	case long < 12:
		p.episodes = d.between(2, 3)
	}
	p.turns = len(turns)
	length := spread(d, 6*minute, 6*hour)
	if p.episodes > 1 {
		length = int64(p.episodes) * spread(d, 20*hour, 9*day)
	}
	switch {
	case throw < 15:
		p.empty, p.turns = true, 0
		p.updated = w.anchor - spread(d, 20*minute, 6*day)
		p.created = p.updated
		p.state, p.origin = statePending, 0
		return
	case throw < 200:
		p.state = statePending
		p.turns = 1
		w.planWaiting(p, d, 3*day)
		if d.chance(15) {
			p.assigned = p.operator
		}
		if p.created > p.waiting {
			p.created = p.waiting
		}
		return
	case throw < 550 && waits:
		p.state = stateUnresolved
		p.turns = lastTurn(turns, d, true)
		w.planWaiting(p, d, 9*day)
		p.created = p.waiting - length
	case throw < 550:
		p.state = stateUnresolved
		p.turns = lastTurn(turns, d, false)
		p.updated = w.anchor - spread(d, 9*minute, 14*day)
		p.created = p.updated - length
		p.unreadVisitor = d.below(2)
	default:
		p.state = stateResolved
		p.updated = w.anchor - spread(d, hour, 150*day)
		p.created = p.updated - length
	}
	if d.chance([]int{0, 75, 92}[p.state]) {
		p.assigned = p.operator
	}
	if d.chance(9) {
		p.mention = (p.operator + d.between(1, len(staff)-1)) % len(staff)
	}
}

// planWaiting lets the customer wait for up to a longest time, after one message or two.
func (w *world) planWaiting(p *plan, d *dice, longest int64) {
	p.trailing = 1
	wait := spread(d, 2*minute, longest)
	p.waiting = w.anchor - wait
	p.updated = p.waiting
	p.created = p.waiting
	if wait > 40*minute && d.chance(45) {
		p.trailing = 2
		p.updated += spread(d, 2*minute, wait-10*minute)
	}
	if d.chance(72) {
		p.unreadOperator = p.trailing
	}
}

// lastTurn is how many turns to keep so that the last one is the customer's, after an answer, or the operator's.
func lastTurn(turns []turn, d *dice, user bool) int {
	first := 1 + d.below(len(turns)-1)
	for n := range turns {
		if i := (first + n) % len(turns); i > 0 && turns[i].user == user && (user && !turns[i-1].user || !user) {
			return i + 1
		}
	}
	return len(turns)
}
