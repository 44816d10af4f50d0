// Package tapetest makes JSON for tests and benchmarks.
package tapetest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Conversation has the fields of a Crisp conversation in a list, in the order of the wire.
type Conversation struct {
	SessionID    string         `json:"session_id"`
	WebsiteID    string         `json:"website_id"`
	PeopleID     string         `json:"people_id"`
	InboxID      *string        `json:"inbox_id"`
	Status       int            `json:"status"`
	State        string         `json:"state"`
	IsVerified   bool           `json:"is_verified"`
	IsBlocked    bool           `json:"is_blocked"`
	Availability string         `json:"availability"`
	Active       Active         `json:"active"`
	LastMessage  string         `json:"last_message"`
	PreviewMsg   Preview        `json:"preview_message"`
	Topic        string         `json:"topic"`
	Mentions     []string       `json:"mentions"`
	Participants []Participant  `json:"participants"`
	Unread       Unread         `json:"unread"`
	Assigned     map[string]any `json:"assigned"`
	Meta         Meta           `json:"meta"`
	CreatedAt    int64          `json:"created_at"`
	UpdatedAt    int64          `json:"updated_at"`
	WaitingSince int64          `json:"waiting_since"`
	Compose      map[string]any `json:"compose"`
	Visits       []Visit        `json:"visits"`
}

// Visit is a page that a visitor saw.
type Visit struct {
	Title     string `json:"page_title"`
	URL       string `json:"page_url"`
	Referrer  string `json:"page_referrer"`
	Timestamp int64  `json:"timestamp"`
}

// Active is when a visitor was last seen.
type Active struct {
	Now  bool  `json:"now"`
	Last int64 `json:"last"`
}

// Preview is the last message of a conversation in short.
type Preview struct {
	Type        string `json:"type"`
	From        string `json:"from"`
	Excerpt     string `json:"excerpt"`
	Fingerprint int64  `json:"fingerprint"`
}

// Participant is somebody else in a conversation.
type Participant struct {
	Type   string `json:"type"`
	Target string `json:"target"`
}

// Unread counts messages.
type Unread struct {
	Operator int `json:"operator"`
	Visitor  int `json:"visitor"`
}

// Meta is what is known of the visitor.
type Meta struct {
	Nickname string            `json:"nickname"`
	Email    string            `json:"email"`
	Phone    string            `json:"phone"`
	Address  string            `json:"address"`
	Subject  string            `json:"subject"`
	IP       string            `json:"ip"`
	Avatar   string            `json:"avatar"`
	Segments []string          `json:"segments"`
	Data     map[string]string `json:"data"`
	Device   Device            `json:"device"`
	Origin   string            `json:"origin"`
}

// Device is where and with what a visitor browses.
type Device struct {
	Capabilities []string `json:"capabilities"`
	Geolocation  struct {
		Country     string             `json:"country"`
		Region      string             `json:"region"`
		City        string             `json:"city"`
		Coordinates map[string]float64 `json:"coordinates"`
	} `json:"geolocation"`
	System struct {
		OS      map[string]string `json:"os"`
		Engine  map[string]string `json:"engine"`
		Browser map[string]string `json:"browser"`
		Agent   string            `json:"useragent"`
	} `json:"system"`
	Timezone int      `json:"timezone"`
	Locales  []string `json:"locales"`
}

// Conversations is a list of n conversations, the same at every call.
func Conversations(n int) []Conversation {
	nicknames := []string{"Ada Lovelace", "Zoë Müller", "山田 太郎", "Jean-Noël", "Олена Шевченко"}
	texts := []string{
		"Hello, I cannot sign in since this morning. Resetting my password did not help, the mail never arrives. Could you look at my account, please?",
		"Bonjour, ma commande n'est pas arrivée. Elle devait être livrée mardi. Pouvez-vous vérifier où elle se trouve ? Merci d'avance.",
		"Guten Tag,\nkönnten Sie mir bitte die Rechnung für Oktober noch einmal \"als PDF\" schicken?\n\nVielen Dank!",
		"请问你们支持发票吗？我需要为公司报销，谢谢。",
	}
	list := make([]Conversation, n)
	for i := range list {
		c := &list[i]
		at := int64(1_763_800_000_000) - int64(i)*61_337
		*c = Conversation{
			SessionID: fmt.Sprintf("session_%08x-2b1d-4c3e-9f00-%012x", i*7919, i*104729), WebsiteID: "11111111-1111-4111-8111-111111111111",
			PeopleID: fmt.Sprintf("%08x-77aa-4bcd-8e01-%012x", i*6151, i*3571), Status: i % 3, State: []string{"pending", "unresolved", "resolved"}[i%3],
			IsVerified: i%4 == 0, Availability: "offline", Active: Active{Now: i%5 == 0, Last: at}, LastMessage: texts[i%4],
			PreviewMsg: Preview{Type: "text", From: "user", Excerpt: texts[i%4], Fingerprint: 176380000000000 + int64(i)}, Topic: "Support",
			Mentions: []string{}, Participants: []Participant{{Type: "email", Target: fmt.Sprintf("cc%d@example.com", i)}},
			Unread:    Unread{Operator: i % 7, Visitor: i % 2},
			Assigned:  map[string]any{"user_id": "3a2b1c4d-1111-4222-8333-444455556666"},
			CreatedAt: at - 86_400_000, UpdatedAt: at, WaitingSince: at - 3_600_000,
			Compose: map[string]any{"operator": map[string]any{}, "visitor": map[string]any{}},
		}
		for v := range 4 {
			c.Visits = append(c.Visits, Visit{
				Title: "Pricing and plans - Example", URL: fmt.Sprintf("https://www.example.com/pricing?ref=%d&step=%d", i, v),
				Referrer: "https://www.example.com/blog/how-to-choose", Timestamp: at - int64(v)*9_000,
			})
		}
		m := &c.Meta
		m.Nickname, m.Email, m.Phone = nicknames[i%5], fmt.Sprintf("customer.%d@example.com", i), "+33612345678"
		m.Address, m.Subject, m.IP = "12 rue de la République, 44000 Nantes", "Order "+fmt.Sprint(48000+i), "203.0.113.7"
		m.Avatar = fmt.Sprintf("https://storage.example.com/users/avatar/%d/profile.png", i)
		m.Segments = []string{"customer", "newsletter", "vip"}[:i%4]
		m.Data = map[string]string{"plan": "essentials", "order": fmt.Sprint(48000 + i), "customer_since": "2024-03-01"}
		m.Origin = "chat"
		d := &m.Device
		d.Capabilities, d.Locales, d.Timezone = []string{"browsing", "call"}, []string{"fr", "en"}, -60
		d.Geolocation.Country, d.Geolocation.Region, d.Geolocation.City = "FR", "PDL", "Nantes"
		d.Geolocation.Coordinates = map[string]float64{"latitude": 47.218371 + float64(i)/1000, "longitude": -1.553621}
		d.System.OS = map[string]string{"version": "10.15.7", "name": "Mac OS"}
		d.System.Engine = map[string]string{"version": "605.1.15", "name": "WebKit"}
		d.System.Browser = map[string]string{"major": "26", "version": "26.0", "name": "Safari"}
		d.System.Agent = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15"
	}
	return list
}

// Page is Conversations(n) as JSON: about 132 kB for 50.
func Page(n int) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(Conversations(n)); err != nil {
		panic(err)
	}
	return bytes.TrimSpace(b.Bytes())
}
