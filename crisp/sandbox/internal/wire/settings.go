package wire

// Settings are those of a website and its chatbox; the description in package spec has their meaning.
type Settings struct {
	WebsiteID        string          `json:"website_id"`
	Name             string          `json:"name"`
	Domain           string          `json:"domain"`
	DomainAlternates []string        `json:"domain_alternates"`
	Logo             string          `json:"logo"`
	Audit            settingsAudit   `json:"audit"`
	Contact          settingsContact `json:"contact"`
	Inbox            settingsInbox   `json:"inbox"`
	Emails           settingsEmails  `json:"emails"`
	Chatbox          settingsChatbox `json:"chatbox"`
}

type settingsAudit struct {
	Log bool `json:"log"`
}

type settingsContact struct {
	Email     string `json:"email"`
	Phone     string `json:"phone"`
	Messenger string `json:"messenger"`
	Telegram  string `json:"telegram"`
	Twitter   string `json:"twitter"`
	Whatsapp  string `json:"whatsapp"`
	Instagram string `json:"instagram"`
}

type settingsInbox struct {
	LockRemoval        bool   `json:"lock_removal"`
	ForceOperatorToken bool   `json:"force_operator_token"`
	Locale             string `json:"locale"`
}

type settingsEmails struct {
	Rating     bool `json:"rating"`
	Transcript bool `json:"transcript"`
	Trackers   bool `json:"trackers"`
	JunkFilter bool `json:"junk_filter"`
	Enrich     bool `json:"enrich"`
}

type settingsChatbox struct {
	Tile                string   `json:"tile"`
	Conversations       bool     `json:"conversations"`
	WaitGame            bool     `json:"wait_game"`
	WebsiteLogo         bool     `json:"website_logo"`
	LastOperatorFace    bool     `json:"last_operator_face"`
	OngoingOperatorFace bool     `json:"ongoing_operator_face"`
	ActivityMetrics     bool     `json:"activity_metrics"`
	OperatorPrivacy     bool     `json:"operator_privacy"`
	VisitorPrivacy      bool     `json:"visitor_privacy"`
	AvailabilityTooltip bool     `json:"availability_tooltip"`
	HideVacation        bool     `json:"hide_vacation"`
	HideOnAway          bool     `json:"hide_on_away"`
	HideOnMobile        bool     `json:"hide_on_mobile"`
	PositionReverse     bool     `json:"position_reverse"`
	EmailVisitors       bool     `json:"email_visitors"`
	PhoneVisitors       bool     `json:"phone_visitors"`
	ForceIdentify       bool     `json:"force_identify"`
	IgnorePrivacy       bool     `json:"ignore_privacy"`
	VisitorCompose      bool     `json:"visitor_compose"`
	FileTransfer        bool     `json:"file_transfer"`
	AudioRecord         bool     `json:"audio_record"`
	GuardLevel          string   `json:"guard_level"`
	ModeInitial         string   `json:"mode_initial"`
	Home                bool     `json:"home"`
	OverlaySearch       bool     `json:"overlay_search"`
	OverlayMode         bool     `json:"overlay_mode"`
	HelpdeskLink        bool     `json:"helpdesk_link"`
	HelpdeskOnly        bool     `json:"helpdesk_only"`
	HelpdeskNavigate    string   `json:"helpdesk_navigate"`
	StatusHealthDead    bool     `json:"status_health_dead"`
	CheckDomain         bool     `json:"check_domain"`
	ColorTheme          string   `json:"color_theme"`
	ColorMode           string   `json:"color_mode"`
	LayoutTheme         string   `json:"layout_theme"`
	TextTheme           string   `json:"text_theme"`
	WelcomeMessage      string   `json:"welcome_message"`
	Locale              string   `json:"locale"`
	AllowedPages        []string `json:"allowed_pages"`
	BlockedPages        []string `json:"blocked_pages"`
	BlockedCountries    []string `json:"blocked_countries"`
	BlockedLocales      []string `json:"blocked_locales"`
	BlockedIPs          []string `json:"blocked_ips"`
}

// NewSettings are the settings that a website starts with.
func NewSettings(w *Website) Settings {
	return Settings{
		WebsiteID: w.WebsiteID, Name: w.Name, Domain: w.Domain, DomainAlternates: []string{}, Logo: w.Logo,
		Audit:   settingsAudit{Log: true},
		Contact: settingsContact{Email: "hello@" + w.Domain},
		Inbox:   settingsInbox{Locale: "en"},
		Emails:  settingsEmails{Rating: true, Transcript: true, JunkFilter: true},
		Chatbox: settingsChatbox{
			Tile: "default", WebsiteLogo: true, LastOperatorFace: true, ActivityMetrics: true,
			AvailabilityTooltip: true, EmailVisitors: true,
			VisitorCompose: true, FileTransfer: true, AudioRecord: true, GuardLevel: "standard", ModeInitial: "chat",
			Home: true, HelpdeskLink: true,
			HelpdeskNavigate: "same", CheckDomain: true, ColorTheme: "green", ColorMode: "auto", LayoutTheme: "default",
			TextTheme:      "default",
			WelcomeMessage: "default", AllowedPages: []string{}, BlockedPages: []string{}, BlockedCountries: []string{},
			BlockedLocales: []string{},
			BlockedIPs:     []string{"198.51.100.7"},
		},
	}
}
