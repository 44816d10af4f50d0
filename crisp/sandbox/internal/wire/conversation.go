// Package wire has the shapes of the JSON that the sandbox answers, with their members in the order in which answers
// show them. The description in package spec has their meaning.
package wire

// Conversation is a conversation of the inbox.
type Conversation struct {
	SessionID     string         `json:"session_id"`
	WebsiteID     string         `json:"website_id"`
	InboxID       *string        `json:"inbox_id"`
	PeopleID      string         `json:"people_id,omitempty"`
	State         string         `json:"state"`
	Status        int            `json:"status"`
	IsVerified    bool           `json:"is_verified"`
	IsBlocked     bool           `json:"is_blocked"`
	Availability  string         `json:"availability"`
	Active        Activity       `json:"active"`
	LastMessage   string         `json:"last_message"`
	Preview       *preview       `json:"preview_message,omitempty"`
	Topic         string         `json:"topic,omitempty"`
	Verifications []Verification `json:"verifications"`
	Participants  []Participant  `json:"participants"`
	Mentions      []string       `json:"mentions"`
	Compose       compose        `json:"compose"`
	Unread        Unread         `json:"unread"`
	Assigned      *Assigned      `json:"assigned"`
	Meta          Meta           `json:"meta"`
	CreatedAt     int64          `json:"created_at"`
	UpdatedAt     int64          `json:"updated_at"`
	WaitingSince  *int64         `json:"waiting_since"`
}

// Activity is when somebody was last active.
type Activity struct {
	Now  bool  `json:"now"`
	Last int64 `json:"last"`
}

type preview struct {
	Type        string `json:"type"`
	From        string `json:"from"`
	Excerpt     string `json:"excerpt"`
	Fingerprint int64  `json:"fingerprint"`
}

// Verification is a way in which an identity was proved.
type Verification struct {
	Identity   string `json:"identity"`
	Method     string `json:"method"`
	Annotation string `json:"annotation,omitempty"`
}

// Participant is somebody else who takes part.
type Participant struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

type compose struct {
	Operator *ComposeAtom `json:"operator,omitempty"`
	Visitor  *ComposeAtom `json:"visitor,omitempty"`
}

// ComposeAtom is what one side is typing.
type ComposeAtom struct {
	Type      string       `json:"type"`
	Excerpt   string       `json:"excerpt,omitempty"`
	Timestamp int64        `json:"timestamp"`
	User      *ComposeUser `json:"user,omitempty"`
	Automated bool         `json:"automated"`
}

// ComposeUser is who is typing.
type ComposeUser struct {
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Avatar   string `json:"avatar,omitempty"`
}

// Unread is the number of unread messages of each side.
type Unread struct {
	Operator int `json:"operator"`
	Visitor  int `json:"visitor"`
}

// Assigned is the operator in charge.
type Assigned struct {
	UserID string `json:"user_id"`
}

// Data is custom data: strings, numbers and booleans.
type Data map[string]any

// Meta is what the inbox knows about the contact.
type Meta struct {
	Nickname   string      `json:"nickname"`
	Email      string      `json:"email,omitempty"`
	Phone      string      `json:"phone,omitempty"`
	IP         string      `json:"ip,omitempty"`
	Avatar     string      `json:"avatar,omitempty"`
	Data       Data        `json:"data"`
	Connection *Connection `json:"connection,omitempty"`
	Device     *Device     `json:"device,omitempty"`
	Segments   []string    `json:"segments"`
	Address    string      `json:"address,omitempty"`
	Subject    string      `json:"subject,omitempty"`
	Origin     string      `json:"origin,omitempty"`
}

// Connection is the contact's network.
type Connection struct {
	ISP string `json:"isp"`
	ASN string `json:"asn"`
}

// Device is what the contact uses.
type Device struct {
	Capabilities []string     `json:"capabilities,omitempty"`
	Geolocation  *Geolocation `json:"geolocation,omitempty"`
	System       *System      `json:"system,omitempty"`
	Timezone     int          `json:"timezone"`
	Locales      []string     `json:"locales,omitempty"`
}

// Geolocation is a place.
type Geolocation struct {
	Country     string       `json:"country,omitempty"`
	Region      string       `json:"region,omitempty"`
	City        string       `json:"city,omitempty"`
	Coordinates *Coordinates `json:"coordinates,omitempty"`
}

// Coordinates are those of a place, in degrees.
type Coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// System is the software of a device.
type System struct {
	OS        Software `json:"os"`
	Engine    Software `json:"engine"`
	Browser   Software `json:"browser"`
	Useragent string   `json:"useragent"`
}

// Software is a program and its version.
type Software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   string `json:"major,omitempty"`
}

// Page is a page that a visitor saw.
type Page struct {
	Title     string `json:"page_title"`
	URL       string `json:"page_url"`
	Referrer  string `json:"page_referrer"`
	Timestamp int64  `json:"timestamp"`
}

// Browsing is a co-browsing session.
type Browsing struct {
	BrowsingID    string `json:"browsing_id"`
	BrowsingToken string `json:"browsing_token"`
	Useragent     string `json:"useragent"`
}

// SessionRef names a conversation.
type SessionRef struct {
	SessionID string `json:"session_id"`
}
