package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

func TestWebsiteLife(t *testing.T) {
	at := clock
	a := serve(t, sandbox.Config{Now: func() time.Time { return at }})
	exists := func(domain string) int { return a.call("HEAD", "/website?domain="+domain, "").Status }
	if exists("fernleaf.example") != 200 || exists("moss.example") != 404 {
		t.Fatal("the domains are not what they should be")
	}
	if r := a.send(request(t, a, "HEAD", "/website", "", nil)); r.Status != http.StatusBadRequest {
		t.Errorf("HEAD without a domain: %d", r.Status)
	}
	var site struct {
		ID           string `json:"website_id"`
		Name, Domain string
	}
	if r := a.ok("POST", "/website", `{"name":"Moss","domain":"moss.example"}`, &site); r.Status != 201 {
		t.Errorf("status %d", r.Status)
	}
	path := "/website/" + site.ID
	if a.ok("GET", path, "", &site); site.Name != "Moss" || site.Domain != "moss.example" || exists("MOSS.example") != 200 {
		t.Errorf("created: %+v", site)
	}
	a.refused("POST", "/website", `{"name":"Moss 2","domain":"moss.example"}`, 409, "not_allowed")
	a.refused("POST", "/website", `{"name":"Moss 2"}`, 400, "invalid_data")
	a.as("website").refused("POST", "/website", `{"name":"Lichen","domain":"lichen.example"}`, 403, "restricted_route_tier")

	// It starts empty, with the caller as its operator, and has a life of its own.
	var none []conversation
	if a.ok("GET", path+"/conversations/1?include_empty=1", "", &none); len(none) != 0 {
		t.Errorf("a new website has %d conversations", len(none))
	}
	var c conversation
	a.ok("POST", path+"/conversation", "", &c)
	a.refused("GET", "/conversation/"+c.SessionID, "", 404, "not_found")
	a.ok("POST", path+"/people/profile", `{"email":"ada@example.com","person":{}}`, nil)
	var operators []any
	if a.ok("GET", path+"/operators/list", "", &operators); len(operators) != 1 {
		t.Errorf("%d operators", len(operators))
	}

	proof := func(secret string) string { return `{"verify":{"method":"password","secret":"` + secret + `"}}` }
	if message := a.refused("DELETE", path, proof("guess"), 403, "not_allowed"); strings.Contains(message, "guess") {
		t.Errorf("the message repeats the password: %q", message)
	}
	a.refused("DELETE", path, `{"verify":{"method":"token","secret":"sandbox"}}`, 403, "not_allowed")
	a.refused("DELETE", path, `{"verify":{"method":"none","secret":"sandbox"}}`, 400, "invalid_data")
	a.refused("DELETE", path, ``, 400, "invalid_data")
	a.refused("DELETE", path+"/expunge", "", 404, "not_found")

	// The deletion is scheduled, can be taken back, and is done when its time has come.
	a.ok("DELETE", path, proof(sandbox.Password), nil)
	a.ok("GET", path, "", nil)
	a.ok("DELETE", path+"/expunge", "", nil)
	at = at.AddDate(0, 1, 0)
	a.ok("GET", path, "", nil)
	a.ok("DELETE", path, proof(sandbox.Password), nil)
	at = at.AddDate(0, 1, 0)
	a.refused("GET", path, "", 403, "not_allowed")
	if exists("moss.example") != 404 {
		t.Error("the domain of a deleted website still exists")
	}
}

func TestSettings(t *testing.T) {
	a := serve(t, sandbox.Config{})
	type settings struct {
		Name    string
		Contact struct{ Email, Phone string }
		Chatbox struct {
			ColorTheme   string   `json:"color_theme"`
			Home         bool     `json:"home"`
			AllowedPages []string `json:"allowed_pages"`
		}
	}
	var before, after settings
	a.ok("GET", "/settings", "", &before)
	a.ok("PATCH", "/settings", `{"name":"Fernleaf & Co","contact":{"phone":"+44 1"},"chatbox":{"home":false,"allowed_pages":["/"]}}`, nil)
	a.ok("GET", "/settings", "", &after)
	if after.Name != "Fernleaf & Co" || after.Contact.Phone != "+44 1" || after.Contact.Email != before.Contact.Email ||
		after.Chatbox.Home || after.Chatbox.ColorTheme != before.Chatbox.ColorTheme || !slices.Equal(after.Chatbox.AllowedPages, []string{"/"}) {
		t.Errorf("before %+v, after %+v", before, after)
	}
	var site struct{ Name string }
	if a.ok("GET", "/website/"+sandbox.WebsiteID, "", &site); site.Name != "Fernleaf & Co" {
		t.Errorf("the website is named %q", site.Name)
	}
	a.refused("PATCH", "/settings", `{"chatbox":{"home":"no"}}`, 400, "invalid_data")
	a.refused("PATCH", "/settings", `{"colour":"green"}`, 400, "invalid_data")

	// A website can protect its conversations.
	session := a.conversation()
	a.ok("PATCH", "/settings", `{"inbox":{"lock_removal":true}}`, nil)
	a.refused("DELETE", "/conversation/"+session, "", 403, "not_allowed")
	a.ok("PATCH", "/settings", `{"inbox":{"lock_removal":false}}`, nil)
	a.ok("DELETE", "/conversation/"+session, "", nil)
	a.refused("GET", "/conversation/"+session, "", 404, "not_found")
	if slices.Contains(sessions(a.conversations("")), session) {
		t.Error("a deleted conversation is listed")
	}
}

func TestOperators(t *testing.T) {
	a := serve(t, sandbox.Config{})
	type entry struct {
		Type    string
		Details struct {
			UserID             string `json:"user_id"`
			Email, Role, Title string
		}
	}
	list := func() []entry {
		var all []entry
		a.ok("GET", "/operators/list", "", &all)
		return all
	}
	team := list()
	if len(team) != 5 || team[0].Details.Role != "owner" {
		t.Fatalf("team: %+v", team)
	}
	owner, member := team[0].Details.UserID, team[1].Details.UserID
	a.refused("POST", "/operator", `{"email":"new@fernleaf.example","role":"member","verify":{"method":"password","secret":"no"}}`, 403, "not_allowed")
	a.ok("POST", "/operator", `{"email":"new@fernleaf.example","role":"member","verify":{"method":"password","secret":"sandbox"}}`, nil)
	if all := list(); len(all) != 6 || all[5].Type != "invite" || all[5].Details.Email != "new@fernleaf.example" {
		t.Errorf("after the invitation: %+v", all)
	}
	a.ok("PATCH", "/operator/"+member, `{"role":"owner","title":"Second"}`, nil)
	a.ok("PATCH", "/operator/"+owner, `{"role":"member"}`, nil)
	a.refused("PATCH", "/operator/"+member, `{"role":"member"}`, 403, "not_allowed")
	a.refused("DELETE", "/operator/"+member, "", 403, "not_allowed")

	assigned := sessions(a.conversations("filter_assigned=" + owner))
	unassigned := len(a.conversations("filter_unassigned=1"))
	if len(assigned) == 0 {
		t.Fatal("nothing is assigned to the first operator")
	}
	a.ok("DELETE", "/operator/"+owner, "", nil)
	a.refused("GET", "/operator/"+owner, "", 404, "not_found")
	if left := a.conversations("filter_assigned=" + owner); len(left) != 0 {
		t.Errorf("%d conversations are assigned to an operator who is gone", len(left))
	}
	if now := len(a.conversations("filter_unassigned=1")); now != unassigned+len(assigned) {
		t.Errorf("%d unassigned conversations, want %d", now, unassigned+len(assigned))
	}
	if c := a.show(assigned[0]); c.Assigned != nil {
		t.Errorf("%s is still assigned to %s", c.SessionID, c.Assigned.UserID)
	}
	a.refused("PATCH", "/conversation/"+assigned[0]+"/routing", `{"assigned":{"user_id":"`+owner+`"}}`, 404, "not_found")

	var active []any
	a.ok("DELETE", "/operators/active", "", nil)
	if a.ok("GET", "/operators/active", "", &active); len(active) != 0 {
		t.Errorf("%d active operators after the flush", len(active))
	}
	a.refused("POST", "/operators/email", `{"recipient":"user","subject":"s","message":"m"}`, 400, "invalid_data")
}
