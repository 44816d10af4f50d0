package wire

import (
	"github.com/go-json-experiment/json/jsontext"
)

// Website is a website.
type Website struct {
	WebsiteID     string `json:"website_id"`
	Name          string `json:"name"`
	Domain        string `json:"domain"`
	Logo          string `json:"logo"`
	Verified      bool   `json:"verified"`
	Institutional bool   `json:"institutional"`
}

// Operator is a member of the team, or somebody who was invited to it.
type Operator struct {
	UserID       string `json:"user_id"`
	Email        string `json:"email"`
	Avatar       string `json:"avatar,omitempty"`
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Role         string `json:"role"`
	Title        string `json:"title,omitempty"`
	Availability string `json:"availability"`
	HasToken     bool   `json:"has_token"`

	Invited bool `json:"-"`
	Gone    bool `json:"-"`
}

// Visitor is somebody who is on the site.
type Visitor struct {
	SessionID    string       `json:"session_id"`
	InboxID      *string      `json:"inbox_id"`
	Nickname     string       `json:"nickname"`
	Email        string       `json:"email,omitempty"`
	Avatar       string       `json:"avatar,omitempty"`
	Useragent    string       `json:"useragent"`
	Initiated    bool         `json:"initiated"`
	Active       bool         `json:"active"`
	LastPage     VisitorPage  `json:"last_page"`
	Geolocation  *Geolocation `json:"geolocation,omitempty"`
	Timezone     int          `json:"timezone"`
	Capabilities []string     `json:"capabilities"`
	Locales      []string     `json:"locales"`
}

// VisitorPage is the page that a visitor sees.
type VisitorPage struct {
	Title string `json:"page_title"`
	URL   string `json:"page_url"`
}

// Take makes the visitor the contact of a conversation.
func (v *Visitor) Take(c *Conversation, dev **Device) {
	v.SessionID, v.InboxID, v.Initiated = c.SessionID, c.InboxID, true
	v.Nickname, v.Email, v.Avatar = c.Meta.Nickname, c.Meta.Email, c.Meta.Avatar
	if c.Meta.Device != nil && c.Meta.Device.System != nil {
		*dev = c.Meta.Device
	}
}

// Spam is an entry of the list of spam.
type Spam struct {
	SpamID    string `json:"spam_id"`
	Type      string `json:"type"`
	Reason    string `json:"reason"`
	Metadata  Data   `json:"metadata"`
	Headers   Data   `json:"headers"`
	Timestamp int64  `json:"timestamp"`

	Content jsontext.Value `json:"-"`
	// Session is the conversation that was reported, or empty for an email that never became one.
	Session string `json:"-"`
}
