package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// iso is a moment as queries carry it.
func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

func pathOf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

type conversation struct {
	SessionID string   `json:"session_id"`
	PeopleID  string   `json:"people_id"`
	InboxID   string   `json:"inbox_id"`
	State     string   `json:"state"`
	IsBlocked bool     `json:"is_blocked"`
	Mentions  []string `json:"mentions"`
	Unread    struct{ Operator, Visitor int }
	Assigned  *struct {
		UserID string `json:"user_id"`
	}
	Compose struct {
		Visitor, Operator *struct{ Excerpt string }
	}
	Active struct{ Now bool }
	Meta   struct {
		Nickname, Email, Origin, Subject string
		Data                             map[string]any
		Segments                         []string
		Device                           struct {
			Locales     []string
			Geolocation struct{ Country, City string }
		}
	}
	LastMessage  string `json:"last_message"`
	Participants []struct{ Type, Target string }
	IsVerified   bool  `json:"is_verified"`
	CreatedAt    int64 `json:"created_at"`
	UpdatedAt    int64 `json:"updated_at"`
	WaitingSince int64 `json:"waiting_since"`
}

type message struct {
	Fingerprint     int64
	Type, From      string
	Origin          string
	Content         json.RawMessage
	Timestamp       int64
	Read, Delivered string
	Edited          bool
	Mentions        []string
	User            struct {
		UserID   string `json:"user_id"`
		Nickname string
	}
}

type profile struct {
	PeopleID string `json:"people_id"`
	Email    string
	Person   struct {
		Nickname, Phone, Description string
		Employment                   struct{ Name, Title string }
		Geolocation                  struct{ Country, City string }
	}
	Company  *struct{ Name, Domain string }
	Segments []string
	Notepad  string
	Active   struct{ Last int64 }
	Created  int64 `json:"created_at"`
	Updated  int64 `json:"updated_at"`
}

// conversations reads a list to its end.
func (a *api) conversations(query string) []conversation {
	a.t.Helper()
	var all []conversation
	a.eachConversation(query, func(c conversation) { all = append(all, c) })
	return all
}

func (a *api) eachConversation(query string, f func(conversation)) {
	a.t.Helper()
	for page := 1; ; page++ {
		var list []conversation
		if a.ok("GET", pathOf("/conversations/%d?per_page=50&%s", page, query), "", &list); len(list) == 0 {
			return
		}
		for _, c := range list {
			f(c)
		}
	}
}

func (a *api) eachProfile(query string, f func(profile)) {
	a.t.Helper()
	for page := 1; ; page++ {
		var list []profile
		if a.ok("GET", pathOf("/people/profiles/%d?per_page=50&%s", page, query), "", &list); len(list) == 0 {
			return
		}
		for _, p := range list {
			f(p)
		}
	}
}

func (a *api) profiles(query string) []profile {
	a.t.Helper()
	var all []profile
	a.eachProfile(query, func(p profile) { all = append(all, p) })
	return all
}

// allMessages reads a conversation to its beginning and returns it oldest first.
func (a *api) allMessages(session string) []message {
	a.t.Helper()
	var all []message
	query := ""
	for {
		var batch []message
		r := a.ok("GET", "/conversation/"+session+"/messages"+query, "", &batch)
		all = append(batch, all...)
		if r.Status != http.StatusPartialContent {
			return all
		}
		query = pathOf("?timestamp_before=%d", batch[0].Timestamp)
	}
}

// conversation makes a conversation that the inbox shows, and returns its session.
func (a *api) conversation() string {
	a.t.Helper()
	var c conversation
	a.ok("POST", "/conversation", "{}", &c)
	a.ok("POST", "/conversation/"+c.SessionID+"/message", `{"type":"text","from":"user","origin":"chat","content":"Hello there"}`, nil)
	return c.SessionID
}

func (a *api) show(session string) conversation {
	a.t.Helper()
	var c conversation
	a.ok("GET", "/conversation/"+session, "", &c)
	return c
}
