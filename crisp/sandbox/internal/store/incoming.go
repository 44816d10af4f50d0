package store

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Receive completes a message, takes it in and returns it. A message of the contact opens a resolved conversation
// again, and an answer takes a new one out of pending; both are guesses.
func (s *Site) Receive(r *Record, m wire.Message) wire.Message {
	m.SessionID, m.WebsiteID = r.SessionID, r.WebsiteID
	m.Text = wire.ContentText(m.Type, m.Content)
	m.Stamped = true
	m.Mentions = append([]string{}, m.Mentions...)
	m.Preview = []wire.LinkPreview{}
	m.Read, m.Delivered = "", ""
	if m.User == nil {
		m.User = s.Speaker(r, m.From)
	}
	if m.Type != "note" && m.Type != "event" && !m.Stealth {
		switch {
		case m.From == "user" && r.State == seed.StateNames[seed.StateResolved]:
			r.SetState(seed.StateUnresolved)
		case m.From == "operator" && r.State == seed.StateNames[seed.StatePending] && r.visible:
			r.SetState(seed.StateUnresolved)
		}
		if m.From == "user" {
			r.Active.Last = max(r.Active.Last, m.Timestamp)
			r.Compose.Visitor = nil
		} else {
			r.Compose.Operator = nil
		}
	}
	r.insert(m)
	return m
}

// SetState sets the state and the number that goes with it.
func (r *Record) SetState(to seed.State) {
	r.State, r.Status = seed.StateNames[to], int(to)
}

// Speaker is who a message is shown to come from when it does not say.
func (s *Site) Speaker(r *Record, from string) *wire.MessageUser {
	if from == "user" {
		return &wire.MessageUser{UserID: r.SessionID, Nickname: r.Meta.Nickname, Avatar: r.Meta.Avatar}
	}
	o := &s.Operators[0]
	return &wire.MessageUser{UserID: o.UserID, Nickname: o.FirstName, Avatar: o.Avatar}
}

// NewFingerprint makes a number that the conversation does not have.
func (s *Site) NewFingerprint(r *Record) int64 {
	for n := len(r.Messages); ; n++ {
		d := s.Dice(seed.KindMessages, 1<<40+int(s.Version)<<8+n)
		if f := 100_000_000_000 + int64(d.Next()%900_000_000_000); r.Find(f) < 0 {
			return f
		}
	}
}
