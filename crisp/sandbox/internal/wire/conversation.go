// Package wire has the shapes of the JSON that the sandbox answers.
package wire

type SessionRef struct {
	SessionID string `json:"session_id"`
}

type Browsing struct {
	BrowsingID    string `json:"browsing_id"`
	BrowsingToken string `json:"browsing_token"`
	Useragent     string `json:"useragent"`
}

type Page struct {
	Title     string `json:"page_title"`
	URL       string `json:"page_url"`
	Referrer  string `json:"page_referrer"`
	Timestamp int64  `json:"timestamp"`
}

// The shapes of the wire, in the order in which answers show them. The description in package spec has their meaning.

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

type Verification struct {
	Identity   string `json:"identity"`
	Method     string `json:"method"`
	Annotation string `json:"annotation,omitempty"`
}

type Participant struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

type compose struct {
	Operator *ComposeAtom `json:"operator,omitempty"`
	Visitor  *ComposeAtom `json:"visitor,omitempty"`
}

type ComposeAtom struct {
	Type      string       `json:"type"`
	Excerpt   string       `json:"excerpt,omitempty"`
	Timestamp int64        `json:"timestamp"`
	User      *ComposeUser `json:"user,omitempty"`
	Automated bool         `json:"automated"`
}

type ComposeUser struct {
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Avatar   string `json:"avatar,omitempty"`
}

type Unread struct {
	Operator int `json:"operator"`
	Visitor  int `json:"visitor"`
}

type Assigned struct {
	UserID string `json:"user_id"`
}

// Data is custom data: strings, numbers and booleans.
type Data map[string]any

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

type Connection struct {
	ISP string `json:"isp"`
	ASN string `json:"asn"`
}

type Device struct {
	Capabilities []string     `json:"capabilities,omitempty"`
	Geolocation  *Geolocation `json:"geolocation,omitempty"`
	System       *System      `json:"system,omitempty"`
	Timezone     int          `json:"timezone"`
	Locales      []string     `json:"locales,omitempty"`
}

type Geolocation struct {
	Country     string       `json:"country,omitempty"`
	Region      string       `json:"region,omitempty"`
	City        string       `json:"city,omitempty"`
	Coordinates *Coordinates `json:"coordinates,omitempty"`
}

type Coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type System struct {
	OS        Software `json:"os"`
	Engine    Software `json:"engine"`
	Browser   Software `json:"browser"`
	Useragent string   `json:"useragent"`
}

type Software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   string `json:"major,omitempty"`
}
