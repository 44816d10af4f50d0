package wire

import (
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Message is a message of a conversation.
type Message struct {
	SessionID   string         `json:"session_id"`
	WebsiteID   string         `json:"website_id"`
	Fingerprint int64          `json:"fingerprint"`
	Type        string         `json:"type"`
	From        string         `json:"from"`
	Origin      string         `json:"origin"`
	Content     jsontext.Value `json:"content"`
	Timestamp   int64          `json:"timestamp"`
	User        *MessageUser   `json:"user,omitempty"`
	Read        string         `json:"read"`
	Delivered   string         `json:"delivered"`
	Stamped     bool           `json:"stamped"`
	Edited      bool           `json:"edited"`
	Translated  bool           `json:"translated"`
	Automated   bool           `json:"automated"`
	Mentions    []string       `json:"mentions"`
	Preview     []LinkPreview  `json:"preview"`
	References  []reference    `json:"references,omitempty"`
	Original    *OriginalRef   `json:"original,omitempty"`
	Properties  Data           `json:"properties,omitempty"`

	// Text is the content of a text or a note, and the words of other types, for excerpts and the search.
	Text string `json:"-"`
	// Stealth messages reach nobody: they count neither as unread nor as waiting.
	Stealth bool `json:"-"`
}

// MessageUser is who a message is shown to come from.
type MessageUser struct {
	Type     string `json:"type,omitempty"`
	UserID   string `json:"user_id,omitempty"`
	Nickname string `json:"nickname,omitempty"`
	Avatar   string `json:"avatar,omitempty"`
}

// LinkPreview is the preview of a link in a message.
type LinkPreview struct {
	URL     string `json:"url"`
	Website string `json:"website"`
	Title   string `json:"title"`
	Stamped bool   `json:"stamped"`
}

type reference struct {
	Type   string `json:"type,omitempty"`
	Name   string `json:"name,omitempty"`
	Target string `json:"target,omitempty"`
}

// OriginalRef names the email that a message came as.
type OriginalRef struct {
	OriginalID string `json:"original_id"`
}

// words are what a message says, or its kind where it says nothing.
func (m *Message) words() string {
	if m.Text == "" {
		return "(" + m.Type + ")"
	}
	return m.Text
}

// Show puts the newest message that counts into the conversation: notes and events are the team's own.
func (c *Conversation) Show(messages []Message) {
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

const excerptLength = 160

func excerpt(text string) string {
	if utf8.RuneCountInString(text) <= excerptLength {
		return text
	}
	return string([]rune(text)[:excerptLength-1]) + "…"
}
