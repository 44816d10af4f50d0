package sandbox

import (
	"slices"
	"unicode/utf8"
)

// record is a conversation with everything that belongs to it. Untouched ones are made anew for each request.
type record struct {
	conversation
	index    int
	plan     plan // of a generated conversation
	messages []message
	// visible tells whether the inbox shows it: a message of the contact has come in.
	visible bool
	deleted bool
	// owner is the number of the profile, or -1.
	owner     int
	browsings []browsing
	call      string
	// verifying are the identities that a code was sent for.
	verifying []string
}

const excerptLength = 160

func excerpt(text string) string {
	if utf8.RuneCountInString(text) <= excerptLength {
		return text
	}
	return string([]rune(text)[:excerptLength-1]) + "…"
}

// show puts the newest message that counts into the conversation: notes and events are the team's own.
func (c *conversation) show(messages []message) {
	c.LastMessage, c.Preview = "", nil
	for i := len(messages) - 1; i >= 0; i-- {
		m := &messages[i]
		if m.Type == "note" || m.Type == "event" {
			continue
		}
		text := excerpt(m.words())
		c.LastMessage = text
		c.Preview = &preview{Type: m.Type, From: m.From, Excerpt: text, Fingerprint: m.Fingerprint}
		return
	}
}

// words are what a message says, or its kind where it says nothing.
func (m *message) words() string {
	if m.text == "" {
		return "(" + m.Type + ")"
	}
	return m.text
}

// find returns the place of a message, or -1.
func (r *record) find(fingerprint int64) int {
	return slices.IndexFunc(r.messages, func(m message) bool { return m.Fingerprint == fingerprint })
}

// count brings unread, waiting and the preview in line with the messages.
func (r *record) count() {
	r.Unread, r.WaitingSince = unread{}, nil
	for i := range r.messages {
		m := &r.messages[i]
		switch {
		case m.Type == "note" || m.Type == "event":
		case m.From == "user":
			if m.Read == "" && !m.stealth {
				r.Unread.Operator++
			}
			if r.WaitingSince == nil && !m.stealth {
				since := m.Timestamp
				r.WaitingSince = &since
			}
		default:
			r.WaitingSince = nil
			if m.Read == "" && !m.stealth {
				r.Unread.Visitor++
			}
		}
	}
	if r.State == stateNames[stateResolved] {
		r.WaitingSince = nil
	}
	r.show(r.messages)
}

// insert puts a message in its place in time.
func (r *record) insert(m message) {
	at := len(r.messages)
	for at > 0 && r.messages[at-1].Timestamp > m.Timestamp {
		at--
	}
	r.messages = slices.Insert(r.messages, at, m)
	if m.From == "user" {
		r.visible = true
	}
	r.UpdatedAt = max(r.UpdatedAt, m.Timestamp)
	for _, id := range m.Mentions {
		if !slices.Contains(r.Mentions, id) {
			r.Mentions = append(r.Mentions, id)
		}
	}
	r.count()
}

// contains reports whether a text in lower case occurs in what the conversation says of the contact.
func (r *record) contains(text string) bool {
	return anyContains(text, r.Meta.Nickname, r.Meta.Email, r.Meta.Subject, r.Meta.Phone, r.Topic)
}

type browsing struct {
	BrowsingID    string `json:"browsing_id"`
	BrowsingToken string `json:"browsing_token"`
	Useragent     string `json:"useragent"`
}
