package sandbox

import (
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// site is a website with its inbox. Generated records stay in the world until a write touches them; the maps hold only
// those and the ones that were added, which are numbered on from the generated ones.
type site struct {
	world
	website  website
	settings settings
	// deletion is when the website goes away, in Unix milliseconds, or 0.
	deletion  int64
	operators []operator
	flushed   map[string]bool // operators whose activity was forgotten

	records map[int]*record
	added   int
	// sessions are the visitors' sessions that became conversations, by session id.
	sessions map[string]int

	profiles      map[int]*contact
	addedProfiles int
	emails        map[string]int // addresses that a write has given to a profile

	spams   []spam
	blocked map[string]int
	// forgotten are the suggestions that were deleted, until the word is used again.
	forgotten map[suggestion]bool
	imports   int
	calls     int

	// version counts the writes. What was computed for another version is stale.
	version uint64

	summing       sync.Mutex
	summaries     []summary
	peopleSums    []peopleSummary
	encoded       *cache[int, jsontext.Value]
	encodedPeople *cache[int, jsontext.Value]
	selections    *cache[selectionKey, []int32]
}

// selectionKey is a list's filters and order at a version.
type selectionKey struct {
	version uint64
	query   string
}

// selected returns what a query selects at this version. The result is shared and must not be changed.
func (s *site) selected(query string, run func(*site) []int32) []int32 {
	return s.selections.get(selectionKey{s.version, query}, func() []int32 { return run(s) })
}

func newSite(w world, name, domain string) *site {
	s := &site{
		world: w, records: map[int]*record{}, sessions: map[string]int{}, profiles: map[int]*contact{}, emails: map[string]int{},
		flushed: map[string]bool{}, forgotten: map[suggestion]bool{},
		encoded: newCache[int, jsontext.Value](4096), encodedPeople: newCache[int, jsontext.Value](4096), selections: newCache[selectionKey, []int32](8),
	}
	s.website = website{WebsiteID: w.websiteID, Name: name, Domain: domain, Logo: "https://" + domain + "/logo.png", Verified: true}
	s.settings = newSettings(&s.website)
	return s
}

// total is the number of conversations with the deleted ones.
func (s *site) total() int { return s.conversations + s.added }

// locate finds the number of a conversation that exists.
func (s *site) locate(sessionID string) (int, bool) {
	index, ok := s.sessions[sessionID]
	if !ok {
		uuid, prefixed := strings.CutPrefix(sessionID, "session_")
		if index, ok = s.source.index(kindConversation, uuid); !ok || !prefixed || index >= s.total() {
			return 0, false
		}
	}
	if r := s.records[index]; r != nil && (r.deleted || r.SessionID != sessionID) {
		return 0, false
	}
	return index, true
}

// record returns a conversation for reading. A generated one is made anew and must not be changed.
func (s *site) record(index int) *record {
	if r := s.records[index]; r != nil {
		return r
	}
	return s.generate(index)
}

func (s *site) generate(index int) *record {
	p := s.plan(index)
	r := &record{index: index, plan: p, visible: !p.empty, owner: p.person}
	r.messages = s.world.messages(index, &p)
	r.conversation = s.world.conversation(index, &p, r.messages)
	if r.Assigned != nil && s.operatorPlace(r.Assigned.UserID) < 0 {
		r.Assigned = nil
	}
	return r
}

// touch returns a conversation for changing. The caller holds the write lock and calls changed afterwards.
func (s *site) touch(index int) *record {
	r := s.records[index]
	if r == nil {
		r = s.generate(index)
		s.records[index] = r
	}
	return r
}

// changed brings the list in line with a changed conversation.
func (s *site) changed(index int) {
	s.version++
	s.encoded.drop(index)
	if s.summaries == nil {
		return
	}
	sum := s.summary(s.records[index])
	if index < len(s.summaries) {
		s.summaries[index] = sum
	} else {
		s.summaries = append(s.summaries, sum)
	}
}

// overview returns the summaries of all conversations, made on the first call. Callers hold at least the read lock.
func (s *site) overview() []summary {
	s.summing.Lock()
	defer s.summing.Unlock()
	if s.summaries == nil {
		sums := make([]summary, s.total())
		inParallel(len(sums), func(from, to int) {
			for i := from; i < to; i++ {
				if r := s.records[i]; r != nil {
					sums[i] = s.summary(r)
					continue
				}
				p := s.plan(i)
				sums[i] = plannedSummary(&p)
			}
		})
		s.summaries = sums
	}
	return s.summaries
}

// item is a conversation as the API shows it.
func (s *site) item(index int) jsontext.Value {
	return s.encoded.get(index, func() jsontext.Value { return encode(&s.record(index).conversation) })
}

// add makes a new conversation without messages.
func (s *site) add(sessionID string, now int64) (*record, int) {
	index := s.total()
	s.added++
	if sessionID == "" {
		sessionID = "session_" + s.uuid(kindConversation, index)
	} else {
		s.sessions[sessionID] = index
	}
	r := &record{index: index, owner: -1, conversation: conversation{
		SessionID: sessionID, WebsiteID: s.websiteID, State: stateNames[statePending], Availability: "offline",
		Verifications: []verification{}, Participants: []participant{}, Mentions: []string{}, CreatedAt: now, UpdatedAt: now,
		Active: activity{Last: now},
		Meta:   meta{Nickname: s.visitorName(index), Data: data{}, Segments: []string{}, Origin: origins[0]},
	}}
	s.records[index] = r
	return r, index
}

// inboxNumber is the number of an inbox of this website, or 0 for the main one.
func (s *site) inboxNumber(id *string) uint8 {
	if id != nil {
		if index, ok := s.source.index(kindInbox, *id); ok && index <= inboxes {
			return uint8(index)
		}
	}
	return 0
}

// operatorPlace is the place of an operator in the team, or -1.
func (s *site) operatorPlace(userID string) int {
	return slices.IndexFunc(s.operators, func(o operator) bool { return o.UserID == userID && !o.gone })
}
