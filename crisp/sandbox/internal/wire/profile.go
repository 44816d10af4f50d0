package wire

// Profile is a contact's profile.
type Profile struct {
	PeopleID  string   `json:"people_id"`
	Email     string   `json:"email"`
	Person    Personal `json:"person"`
	Company   *Company `json:"company,omitempty"`
	Segments  []string `json:"segments"`
	Notepad   string   `json:"notepad,omitempty"`
	Active    Activity `json:"active"`
	Score     float64  `json:"score"`
	CreatedAt int64    `json:"created_at"`
	UpdatedAt int64    `json:"updated_at"`
}

// Personal is the person of a profile.
type Personal struct {
	Nickname    string       `json:"nickname,omitempty"`
	Avatar      string       `json:"avatar,omitempty"`
	Gender      string       `json:"gender,omitempty"`
	Phone       string       `json:"phone,omitempty"`
	Address     string       `json:"address,omitempty"`
	Description string       `json:"description,omitempty"`
	Website     string       `json:"website,omitempty"`
	Timezone    *int         `json:"timezone,omitempty"`
	Profiles    []Account    `json:"profiles,omitempty"`
	Employment  *Employment  `json:"employment,omitempty"`
	Geolocation *Geolocation `json:"geolocation,omitempty"`
	Locales     []string     `json:"locales,omitempty"`
}

// Account is an account at a social network.
type Account struct {
	Type   string `json:"type"`
	Handle string `json:"handle"`
	URL    string `json:"url,omitempty"`
}

// Employment is somebody's job.
type Employment struct {
	Name      string `json:"name,omitempty"`
	Domain    string `json:"domain,omitempty"`
	Title     string `json:"title,omitempty"`
	Role      string `json:"role,omitempty"`
	Seniority string `json:"seniority,omitempty"`
}

// Company is the company of a profile.
type Company struct {
	Name        string       `json:"name,omitempty"`
	LegalName   string       `json:"legal_name,omitempty"`
	Domain      string       `json:"domain,omitempty"`
	URL         string       `json:"url,omitempty"`
	Description string       `json:"description,omitempty"`
	Timezone    *int         `json:"timezone,omitempty"`
	Phones      []string     `json:"phones,omitempty"`
	Emails      []string     `json:"emails,omitempty"`
	Geolocation *Geolocation `json:"geolocation,omitempty"`
	Metrics     *Metrics     `json:"metrics,omitempty"`
	Tags        []string     `json:"tags,omitempty"`
}

// Metrics are the figures of a company.
type Metrics struct {
	Employees int     `json:"employees,omitzero"`
	MarketCap float64 `json:"market_cap,omitzero"`
	Raised    float64 `json:"raised,omitzero"`
	ARR       float64 `json:"arr,omitzero"`
}

// Event is an event of a contact.
type Event struct {
	Text      string `json:"text"`
	Data      Data   `json:"data"`
	Color     string `json:"color,omitempty"`
	Timestamp int64  `json:"timestamp"`
}

// Campaign is a campaign that a contact was sent.
type Campaign struct {
	CampaignID   string   `json:"campaign_id"`
	Type         string   `json:"type"`
	Name         string   `json:"name"`
	CreatedAt    int64    `json:"created_at"`
	UpdatedAt    int64    `json:"updated_at"`
	DispatchedAt int64    `json:"dispatched_at"`
	OccurredAt   int64    `json:"occurred_at"`
	Statistics   []string `json:"statistics"`
}
