package sandbox

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The shapes of the wire, in the order in which answers show them. The description in package spec has their meaning.

type conversation struct {
	SessionID     string         `json:"session_id"`
	WebsiteID     string         `json:"website_id"`
	InboxID       *string        `json:"inbox_id"`
	PeopleID      string         `json:"people_id,omitempty"`
	State         string         `json:"state"`
	Status        int            `json:"status"`
	IsVerified    bool           `json:"is_verified"`
	IsBlocked     bool           `json:"is_blocked"`
	Availability  string         `json:"availability"`
	Active        activity       `json:"active"`
	LastMessage   string         `json:"last_message"`
	Preview       *preview       `json:"preview_message,omitempty"`
	Topic         string         `json:"topic,omitempty"`
	Verifications []verification `json:"verifications"`
	Participants  []participant  `json:"participants"`
	Mentions      []string       `json:"mentions"`
	Compose       compose        `json:"compose"`
	Unread        unread         `json:"unread"`
	Assigned      *assigned      `json:"assigned"`
	Meta          meta           `json:"meta"`
	CreatedAt     int64          `json:"created_at"`
	UpdatedAt     int64          `json:"updated_at"`
	WaitingSince  *int64         `json:"waiting_since"`
}

type activity struct {
	Now  bool  `json:"now"`
	Last int64 `json:"last"`
}

type preview struct {
	Type        string `json:"type"`
	From        string `json:"from"`
	Excerpt     string `json:"excerpt"`
	Fingerprint int64  `json:"fingerprint"`
}

type verification struct {
	Identity   string `json:"identity"`
	Method     string `json:"method"`
	Annotation string `json:"annotation,omitempty"`
}

type participant struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

type compose struct {
	Operator *composeAtom `json:"operator,omitempty"`
	Visitor  *composeAtom `json:"visitor,omitempty"`
}

type composeAtom struct {
	Type      string       `json:"type"`
	Excerpt   string       `json:"excerpt,omitempty"`
	Timestamp int64        `json:"timestamp"`
	User      *composeUser `json:"user,omitempty"`
	Automated bool         `json:"automated"`
}

type composeUser struct {
	UserID   string `json:"user_id"`
	Nickname string `json:"nickname"`
	Avatar   string `json:"avatar,omitempty"`
}

type unread struct {
	Operator int `json:"operator"`
	Visitor  int `json:"visitor"`
}

type assigned struct {
	UserID string `json:"user_id"`
}

// data is custom data: strings, numbers and booleans.
type data map[string]any

type meta struct {
	Nickname   string      `json:"nickname"`
	Email      string      `json:"email,omitempty"`
	Phone      string      `json:"phone,omitempty"`
	IP         string      `json:"ip,omitempty"`
	Avatar     string      `json:"avatar,omitempty"`
	Data       data        `json:"data"`
	Connection *connection `json:"connection,omitempty"`
	Device     *device     `json:"device,omitempty"`
	Segments   []string    `json:"segments"`
	Address    string      `json:"address,omitempty"`
	Subject    string      `json:"subject,omitempty"`
	Origin     string      `json:"origin,omitempty"`
}

type connection struct {
	ISP string `json:"isp"`
	ASN string `json:"asn"`
}

type device struct {
	Capabilities []string     `json:"capabilities,omitempty"`
	Geolocation  *geolocation `json:"geolocation,omitempty"`
	System       *system      `json:"system,omitempty"`
	Timezone     int          `json:"timezone"`
	Locales      []string     `json:"locales,omitempty"`
}

type geolocation struct {
	Country     string       `json:"country,omitempty"`
	Region      string       `json:"region,omitempty"`
	City        string       `json:"city,omitempty"`
	Coordinates *coordinates `json:"coordinates,omitempty"`
}

type coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type system struct {
	OS        software `json:"os"`
	Engine    software `json:"engine"`
	Browser   software `json:"browser"`
	Useragent string   `json:"useragent"`
}

type software struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Major   string `json:"major,omitempty"`
}

type message struct {
	SessionID   string         `json:"session_id"`
	WebsiteID   string         `json:"website_id"`
	Fingerprint int64          `json:"fingerprint"`
	Type        string         `json:"type"`
	From        string         `json:"from"`
	Origin      string         `json:"origin"`
	Content     jsontext.Value `json:"content"`
	Timestamp   int64          `json:"timestamp"`
	User        *messageUser   `json:"user,omitempty"`
	Read        string         `json:"read"`
	Delivered   string         `json:"delivered"`
	Stamped     bool           `json:"stamped"`
	Edited      bool           `json:"edited"`
	Translated  bool           `json:"translated"`
	Automated   bool           `json:"automated"`
	Mentions    []string       `json:"mentions"`
	Preview     []linkPreview  `json:"preview"`
	References  []reference    `json:"references,omitempty"`
	Original    *originalRef   `json:"original,omitempty"`
	Properties  data           `json:"properties,omitempty"`

	// text is the content of a text or a note, and the words of other types, for excerpts and the search.
	text string
	// stealth messages reach nobody: they count neither as unread nor as waiting.
	stealth bool
}

type messageUser struct {
	Type     string `json:"type,omitempty"`
	UserID   string `json:"user_id,omitempty"`
	Nickname string `json:"nickname,omitempty"`
	Avatar   string `json:"avatar,omitempty"`
}

type linkPreview struct {
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

type originalRef struct {
	OriginalID string `json:"original_id"`
}

type event struct {
	Text      string `json:"text"`
	Data      data   `json:"data"`
	Color     string `json:"color,omitempty"`
	Timestamp int64  `json:"timestamp"`
}

type profile struct {
	PeopleID  string   `json:"people_id"`
	Email     string   `json:"email"`
	Person    personal `json:"person"`
	Company   *company `json:"company,omitempty"`
	Segments  []string `json:"segments"`
	Notepad   string   `json:"notepad,omitempty"`
	Active    activity `json:"active"`
	Score     float64  `json:"score"`
	CreatedAt int64    `json:"created_at"`
	UpdatedAt int64    `json:"updated_at"`
}

type personal struct {
	Nickname    string       `json:"nickname,omitempty"`
	Avatar      string       `json:"avatar,omitempty"`
	Gender      string       `json:"gender,omitempty"`
	Phone       string       `json:"phone,omitempty"`
	Address     string       `json:"address,omitempty"`
	Description string       `json:"description,omitempty"`
	Website     string       `json:"website,omitempty"`
	Timezone    *int         `json:"timezone,omitempty"`
	Profiles    []account    `json:"profiles,omitempty"`
	Employment  *employment  `json:"employment,omitempty"`
	Geolocation *geolocation `json:"geolocation,omitempty"`
	Locales     []string     `json:"locales,omitempty"`
}

type account struct {
	Type   string `json:"type"`
	Handle string `json:"handle"`
	URL    string `json:"url,omitempty"`
}

type employment struct {
	Name      string `json:"name,omitempty"`
	Domain    string `json:"domain,omitempty"`
	Title     string `json:"title,omitempty"`
	Role      string `json:"role,omitempty"`
	Seniority string `json:"seniority,omitempty"`
}

type company struct {
	Name        string       `json:"name,omitempty"`
	LegalName   string       `json:"legal_name,omitempty"`
	Domain      string       `json:"domain,omitempty"`
	URL         string       `json:"url,omitempty"`
	Description string       `json:"description,omitempty"`
	Timezone    *int         `json:"timezone,omitempty"`
	Phones      []string     `json:"phones,omitempty"`
	Emails      []string     `json:"emails,omitempty"`
	Geolocation *geolocation `json:"geolocation,omitempty"`
	Metrics     *metrics     `json:"metrics,omitempty"`
	Tags        []string     `json:"tags,omitempty"`
}

type metrics struct {
	Employees int     `json:"employees,omitzero"`
	MarketCap float64 `json:"market_cap,omitzero"`
	Raised    float64 `json:"raised,omitzero"`
	ARR       float64 `json:"arr,omitzero"`
}

// encode turns a value of the wire into JSON. All of them can be encoded: a failure is a mistake in this package.
func encode(v any) jsontext.Value {
	text, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return text
}

// textContent is the content of a text message.
func textContent(text string) jsontext.Value {
	quoted, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return quoted
}
