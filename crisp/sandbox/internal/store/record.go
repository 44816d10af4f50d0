package store

import (
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// Record is a conversation with everything that belongs to it. Untouched ones are made anew for each request.
type Record struct {
	wire.Conversation
	Index    int
	Plan     seed.Plan // of a generated conversation
	Messages []wire.Message
	// visible reports whether the inbox shows it: a message of the contact has come in.
	visible bool
	Deleted bool
	// Owner is the number of the profile, or -1.
	Owner     int
	Browsings []wire.Browsing
	Call      string
	// Pages are those that the visitor saw since the seeded ones, newest first.
	Pages []wire.Page
	// Verifying are the identities that a code was sent for.
	Verifying []string
}

// Find returns the place of a message, or -1.
func (r *Record) Find(fingerprint int64) int {
	return slices.IndexFunc(r.Messages, func(m wire.Message) bool { return m.Fingerprint == fingerprint })
}

// Count brings unread, waiting and the preview in line with the messages.
func (r *Record) Count() {
	r.Unread, r.WaitingSince = wire.Unread{}, nil
	for i := range r.Messages {
		m := &r.Messages[i]
		switch {
		case m.Type == "note" || m.Type == "event":
		case m.From == "user":
			if m.Read == "" && !m.Stealth {
				r.Unread.Operator++
			}
			if r.WaitingSince == nil && !m.Stealth {
				since := m.Timestamp
				r.WaitingSince = &since
			}
		default:
			r.WaitingSince = nil
			if m.Read == "" && !m.Stealth {
				r.Unread.Visitor++
			}
		}
	}
	if r.State == seed.StateNames[seed.StateResolved] {
		r.WaitingSince = nil
	}
	r.Show(r.Messages)
}

// insert puts a message in its place in time.
func (r *Record) insert(m wire.Message) {
	at := len(r.Messages)
	for at > 0 && r.Messages[at-1].Timestamp > m.Timestamp {
		at--
	}
	r.Messages = slices.Insert(r.Messages, at, m)
	if m.From == "user" {
		r.visible = true
	}
	r.UpdatedAt = max(r.UpdatedAt, m.Timestamp)
	for _, id := range m.Mentions {
		if !slices.Contains(r.Mentions, id) {
			r.Mentions = append(r.Mentions, id)
		}
	}
	r.Count()
}

// contains reports whether a text in lower case occurs in what the conversation says of the contact.
func (r *Record) contains(text string) bool {
	return anyContains(text, r.Meta.Nickname, r.Meta.Email, r.Meta.Subject, r.Meta.Phone, r.Topic)
}
