package sandbox_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

func TestProfileLife(t *testing.T) {
	a := serve(t, sandbox.Config{})
	var created struct {
		PeopleID string `json:"people_id"`
	}
	r := a.ok("POST", "/people/profile", `{
		"email": "Ada@Example.com",
		"person": {"nickname": "Ada Lovelace", "description": "Writes programs", "employment": {"name": "Engines Ltd", "title": "Analyst"}, "geolocation": {"country": "GB", "city": "London"}},
		"company": {"name": "Engines Ltd", "domain": "engines.example"},
		"segments": ["vip", "lead", "vip"], "notepad": "First of all", "active": 1700000000000}`, &created)
	if r.Status != http.StatusCreated || r.Reason != "added" {
		t.Errorf("%d %s", r.Status, r.Reason)
	}
	get := func(id string) profile {
		t.Helper()
		var p profile
		a.ok("GET", "/people/profile/"+url.PathEscape(id), "", &p)
		return p
	}
	p := get(created.PeopleID)
	if p.Person.Nickname != "Ada Lovelace" || p.Company.Name != "Engines Ltd" || !slices.Equal(p.Segments, []string{"vip", "lead"}) || p.Active.Last != 1700000000000 {
		t.Errorf("created: %+v", p)
	}
	if byEmail := get("ada@example.COM"); byEmail.PeopleID != created.PeopleID {
		t.Errorf("by address: %+v", byEmail)
	}
	a.refused("POST", "/people/profile", `{"email":"ada@example.com","person":{}}`, 409, "people_email_exists")

	// PATCH keeps what it does not name, inside of objects too; a list replaces the old one.
	a.ok("PATCH", "/people/profile/"+created.PeopleID, `{"person":{"phone":"+44 555","employment":{"title":"Countess"}},"segments":["customer"]}`, nil)
	p = get(created.PeopleID)
	if p.Person.Nickname != "Ada Lovelace" || p.Person.Phone != "+44 555" || p.Person.Employment.Name != "Engines Ltd" || p.Person.Employment.Title != "Countess" ||
		p.Notepad != "First of all" || p.Company == nil || !slices.Equal(p.Segments, []string{"customer"}) {
		t.Errorf("after PATCH: %+v", p)
	}

	// PUT replaces all of it.
	a.ok("PUT", "/people/profile/ada@example.com", `{"email":"countess@example.com","person":{"nickname":"Ada"}}`, nil)
	p = get("countess@example.com")
	if p.PeopleID != created.PeopleID || p.Person.Description != "" || p.Person.Employment.Name != "" || p.Company != nil || len(p.Segments) > 0 || p.Notepad != "" {
		t.Errorf("after PUT: %+v", p)
	}
	a.refused("GET", "/people/profile/ada@example.com", "", 404, "not_found")
	a.ok("POST", "/people/profile", `{"email":"ada@example.com","person":{"nickname":"Another"}}`, nil)
	a.refused("PATCH", "/people/profile/"+created.PeopleID, `{"email":"ada@example.com"}`, 409, "people_email_exists")
	a.ok("PATCH", "/people/profile/"+created.PeopleID, `{"email":"COUNTESS@example.com"}`, nil)

	if r := a.call("HEAD", "/people/profile/countess@example.com", ""); r.Status != 200 {
		t.Errorf("HEAD: %d", r.Status)
	}
	a.ok("DELETE", "/people/profile/"+created.PeopleID, "", nil)
	if r := a.call("HEAD", "/people/profile/"+created.PeopleID, ""); r.Status != 404 || len(r.Raw) > 0 {
		t.Errorf("HEAD after deletion: %d %s", r.Status, r.Raw)
	}
	a.refused("GET", "/people/profile/countess@example.com", "", 404, "not_found")
	a.ok("POST", "/people/profile", `{"email":"countess@example.com","person":{}}`, nil)
}

func TestInvalidProfiles(t *testing.T) {
	a := serve(t, sandbox.Config{})
	for body, member := range map[string]string{
		`{"person":{}}`:                                                  "data.email",
		`{"email":"a@b.example"}`:                                        "data.person",
		`{"email":"nobody","person":{}}`:                                 "data.email",
		`{"email":null,"person":{}}`:                                     "data.email",
		`{"email":"a@b.example","person":{"nickname":7}}`:                "data.person.nickname",
		`{"email":"a@b.example","person":{},"segments":"vip"}`:           "data.segments",
		`{"email":"a@b.example","person":{},"segments":["a",1]}`:         "data.segments[1]",
		`{"email":"a@b.example","person":{"shoe":"x"}}`:                  "data.person.shoe",
		`{"email":"a@b.example","person":{},"people_id":"x"}`:            "data.people_id",
		`{"email":"a@b.example","person":{"geolocation":{"country":1}}}`: "data.person.geolocation.country",
	} {
		if message := a.refused("POST", "/people/profile", body, 400, "invalid_data"); !strings.Contains(message, member) {
			t.Errorf("%s: %q does not name %s", body, message, member)
		}
	}
}

// TestSeededProfiles finds every generated profile by id and by address.
func TestSeededProfiles(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 77, People: 300})
	all := a.profiles("")
	if len(all) != 300 {
		t.Fatalf("%d profiles, want 300", len(all))
	}
	emails := map[string]bool{}
	for _, p := range all {
		var byEmail profile
		a.ok("GET", "/people/profile/"+url.PathEscape(p.Email), "", &byEmail)
		if byEmail.PeopleID != p.PeopleID {
			t.Errorf("%s is %s and %s", p.Email, p.PeopleID, byEmail.PeopleID)
		}
		emails[p.Email] = true
	}
	if len(emails) != len(all) {
		t.Errorf("%d different addresses of %d profiles", len(emails), len(all))
	}
	a.refused("POST", "/people/profile", `{"email":"`+all[7].Email+`","person":{}}`, 409, "people_email_exists")
	a.refused("GET", "/people/profile/2c7a1d1e-0000-4000-8000-000000000000", "", 404, "not_found")
	a.refused("GET", "/people/profile/somebody", "", 400, "invalid_data")
}

func TestPeopleLists(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 8, People: 400})
	all := a.profiles("")
	filter := func(json string) string { return "search_filter=" + url.QueryEscape(json) }
	date := all[200].Created
	for _, tc := range []struct {
		query string
		fits  func(profile) bool
	}{
		{filter(`[{"model":"people","criterion":"segments","operator":"eq","query":["vip"]}]`), func(p profile) bool { return slices.Contains(p.Segments, "vip") }},
		{filter(`[{"model":"people","criterion":"email","operator":"eq","query":["` + all[3].Email + `"]}]`), func(p profile) bool { return p.Email == all[3].Email }},
		{filter(`[{"model":"people","criterion":"country","operator":"eq","query":["JP"]},{"model":"people","criterion":"segments","operator":"eq","query":["newsletter"]}]`), func(p profile) bool {
			return p.Person.Geolocation.Country == "JP" && slices.Contains(p.Segments, "newsletter")
		}},
		{"search_operator=or&" + filter(`[{"model":"people","criterion":"country","operator":"eq","query":["JP"]},{"model":"people","criterion":"segments","operator":"eq","query":["vip"]}]`), func(p profile) bool {
			return p.Person.Geolocation.Country == "JP" || slices.Contains(p.Segments, "vip")
		}},
		{"search_text=HAVENLIGHT", func(p profile) bool {
			return strings.Contains(strings.ToLower(p.Email), "havenlight") || p.Company != nil && strings.Contains(p.Company.Name, "Havenlight")
		}},
		{pathOf("filter_date_start=%s", iso(date)), func(p profile) bool { return p.Created >= date }},
		{pathOf("filter_date_end=%s", iso(date)), func(p profile) bool { return p.Created <= date }},
	} {
		want := slices.DeleteFunc(slices.Clone(all), func(p profile) bool { return !tc.fits(p) })
		got := a.profiles(tc.query)
		if len(want) == 0 || !slices.EqualFunc(got, want, func(x, y profile) bool { return x.PeopleID == y.PeopleID }) {
			t.Errorf("%s: %d profiles, want %d", tc.query, len(got), len(want))
		}
	}
	for query, less := range map[string]func(x, y profile) int{
		"": func(x, y profile) int { return int(y.Created - x.Created) },
		"sort_field=nickname": func(x, y profile) int {
			return strings.Compare(strings.ToLower(x.Person.Nickname), strings.ToLower(y.Person.Nickname))
		},
		"sort_field=email&sort_order=descending": func(x, y profile) int { return strings.Compare(y.Email, x.Email) },
		"sort_field=updated_at":                  func(x, y profile) int { return int(x.Updated - y.Updated) },
	} {
		if list := a.profiles(query); len(list) != len(all) || !slices.IsSortedFunc(list, less) {
			t.Errorf("%q: %d profiles, or not in order", query, len(list))
		}
	}
	a.refused("GET", "/people/profiles/1?sort_field=shoe_size", "", 400, "invalid_data")
	a.refused("GET", "/people/profiles/1?search_filter=oops", "", 400, "invalid_data")
	var stats struct{ Total int }
	if a.ok("GET", "/people/stats", "", &stats); stats.Total != 400 {
		t.Errorf("%d profiles in the statistics", stats.Total)
	}
}

func TestPeopleDataEventsSubscription(t *testing.T) {
	a := serve(t, sandbox.Config{})
	id := a.profiles("")[0].PeopleID
	data := func() map[string]any {
		var body struct{ Data map[string]any }
		a.ok("GET", "/people/data/"+id, "", &body)
		return body.Data
	}
	a.ok("PUT", "/people/data/"+id, `{"data":{"plan":"Pro","seats":3}}`, nil)
	a.ok("PATCH", "/people/data/"+id, `{"data":{"seats":4,"beta":true}}`, nil)
	if got := data(); len(got) != 3 || got["plan"] != "Pro" || got["seats"] != 4.0 || got["beta"] != true {
		t.Errorf("after PUT and PATCH: %v", got)
	}
	a.ok("PUT", "/people/data/"+id, `{"data":{"only":"this"}}`, nil)
	if got := data(); len(got) != 1 || got["only"] != "this" {
		t.Errorf("after another PUT: %v", got)
	}
	a.refused("PUT", "/people/data/"+id, `{"data":{"list":[1]}}`, 400, "invalid_data")

	a.ok("POST", "/people/events/"+id, `{"text":"fern:watered","color":"green","data":{"litres":0.5}}`, nil)
	var events []struct {
		Text, Color string
		Timestamp   int64
	}
	if a.ok("GET", "/people/events/"+id+"/list/1", "", &events); events[0].Text != "fern:watered" || events[0].Timestamp != clock.UnixMilli() {
		t.Errorf("events: %+v", events)
	}
	var counts []struct {
		Text  string
		Count int
	}
	if a.ok("GET", "/people/suggest/events/1", "", &counts); counts[len(counts)-1].Text != "fern:watered" || counts[len(counts)-1].Count != 1 {
		t.Errorf("event names: %+v", counts)
	}
	var subscription struct{ Email bool }
	a.ok("GET", "/people/subscription/"+id, "", &subscription)
	a.ok("PATCH", "/people/subscription/"+id, pathOf(`{"email":%t}`, !subscription.Email), nil)
	before := subscription.Email
	if a.ok("GET", "/people/subscription/"+id, "", &subscription); subscription.Email == before {
		t.Error("the subscription does not change")
	}
}

func TestPeopleConversations(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 2, Conversations: 300, People: 90})
	owned := map[string][]string{}
	states := map[string]string{}
	for _, c := range a.conversations("") {
		if c.PeopleID != "" {
			owned[c.PeopleID] = append(owned[c.PeopleID], c.SessionID)
			states[c.SessionID] = c.State
		}
	}
	for _, p := range a.profiles("") {
		var got []string
		if a.ok("GET", "/people/conversations/"+p.PeopleID+"/list/1", "", &got); !slices.Equal(got, owned[p.PeopleID]) {
			t.Errorf("%s has the conversations %v, want %v", p.Email, got, owned[p.PeopleID])
		}
		a.ok("GET", "/people/conversations/"+p.PeopleID+"/list/1?filter_resolved=1", "", &got)
		for _, id := range got {
			if states[id] != "resolved" {
				t.Errorf("%s is %s", id, states[id])
			}
		}
	}
	session := a.conversation()
	p := a.profiles("")[0]
	a.ok("PATCH", "/conversation/"+session+"/meta", `{"email":"`+p.Email+`"}`, nil)
	var got []string
	if a.ok("GET", "/people/conversations/"+p.PeopleID+"/list/1", "", &got); !slices.Contains(got, session) || a.show(session).PeopleID != p.PeopleID {
		t.Errorf("a conversation with the address of %s is not theirs: %v", p.Email, got)
	}
}

func TestSuggestions(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 6})
	type entry struct {
		Segment, Key string
		Count        int
	}
	list := func(path string) map[string]int {
		words := map[string]int{}
		for page := 1; ; page++ {
			var entries []entry
			if a.ok("GET", pathOf("%s/%d", path, page), "", &entries); len(entries) == 0 {
				return words
			}
			for _, e := range entries {
				words[e.Segment+e.Key] = e.Count
			}
		}
	}
	want, keys := map[string]int{}, map[string]int{}
	for _, c := range a.conversations("include_empty=1") {
		for _, name := range c.Meta.Segments {
			want[name]++
		}
		for key := range c.Meta.Data {
			keys[key]++
		}
	}
	if got := list("/conversations/suggest/segments"); !maps.Equal(got, want) {
		t.Errorf("segments %v, want %v", got, want)
	}
	if got := list("/conversations/suggest/data"); !maps.Equal(got, keys) {
		t.Errorf("keys %v, want %v", got, keys)
	}
	people := map[string]int{}
	for _, p := range a.profiles("") {
		for _, name := range p.Segments {
			people[name]++
		}
	}
	if got := list("/people/suggest/segments"); !maps.Equal(got, people) {
		t.Errorf("segments of people %v, want %v", got, people)
	}

	a.ok("DELETE", "/conversations/suggest/segment", `{"segment":"bug"}`, nil)
	if got := list("/conversations/suggest/segments"); got["bug"] != 0 {
		t.Error("a deleted segment is still suggested")
	}
	a.refused("DELETE", "/conversations/suggest/segment", `{"segment":"bug"}`, 404, "not_found")
	session := a.conversation()
	a.ok("PATCH", "/conversation/"+session+"/meta", `{"segments":["bug","fresh"]}`, nil)
	if got := list("/conversations/suggest/segments"); got["bug"] != want["bug"]+1 || got["fresh"] != 1 {
		t.Errorf("after new use: %v", got)
	}
}
