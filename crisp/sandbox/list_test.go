package sandbox_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

// TestConversationFilters compares what the server selects with what the items themselves say.
func TestConversationFilters(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 3, Conversations: 500})
	all := a.conversations("include_empty=1")
	if len(all) != 500 {
		t.Fatalf("%d conversations, want 500", len(all))
	}
	operator := all[slices.IndexFunc(all, func(c conversation) bool { return c.Assigned != nil })].Assigned.UserID
	inbox := all[slices.IndexFunc(all, func(c conversation) bool { return c.InboxID != "" })].InboxID
	middle := time.UnixMilli(all[250].UpdatedAt)
	segment := func(name string) func(conversation) bool {
		return func(c conversation) bool { return slices.Contains(c.Meta.Segments, name) }
	}
	filter := func(json string) string { return "search_type=filter&search_query=" + url.QueryEscape(json) }
	cases := []struct {
		query string
		fits  func(conversation) bool
	}{
		{"", func(conversation) bool { return true }},
		{"filter_unread=1", func(c conversation) bool { return c.Unread.Operator > 0 }},
		{"filter_unread=0", func(conversation) bool { return true }},
		{"filter_resolved=1", func(c conversation) bool { return c.State == "resolved" }},
		{"filter_not_resolved=1", func(c conversation) bool { return c.State != "resolved" }},
		{"filter_unassigned=1", func(c conversation) bool { return c.Assigned == nil }},
		{"filter_assigned=" + operator, func(c conversation) bool { return c.Assigned != nil && c.Assigned.UserID == operator }},
		{"filter_assigned=" + sandbox.WebsiteID, func(conversation) bool { return false }},
		{"filter_inbox_id=" + inbox, func(c conversation) bool { return c.InboxID == inbox }},
		{"filter_date_start=" + middle.UTC().Format("2006-01-02T15:04:05.000Z"), func(c conversation) bool { return c.UpdatedAt >= middle.UnixMilli() }},
		{"filter_date_end=" + middle.UTC().Format("2006-01-02T15:04:05.000Z"), func(c conversation) bool { return c.UpdatedAt <= middle.UnixMilli() }},
		{"filter_not_resolved=1&filter_unassigned=1&filter_unread=1", func(c conversation) bool {
			return c.State != "resolved" && c.Assigned == nil && c.Unread.Operator > 0
		}},
		{"search_type=segment&search_query=VIP", segment("vip")},
		{"search_type=segment&search_query=no-such-segment", func(conversation) bool { return false }},
		{filter(`[{"model":"session","criterion":"segments","operator":"eq","query":["bug","refund"]}]`), func(c conversation) bool { return segment("bug")(c) || segment("refund")(c) }},
		{filter(`[{"model":"session","criterion":"country","operator":"eq","query":["FR"]},{"model":"session","criterion":"state","operator":"neq","query":["resolved"]}]`), func(c conversation) bool {
			return c.Meta.Device.Geolocation.Country == "FR" && c.State != "resolved"
		}},
		{"search_operator=or&" + filter(`[{"model":"session","criterion":"country","operator":"eq","query":["JP"]},{"model":"session","criterion":"segments","operator":"eq","query":["vip"]}]`), func(c conversation) bool {
			return c.Meta.Device.Geolocation.Country == "JP" || segment("vip")(c)
		}},
		{filter(`[{"model":"session","criterion":"unread","operator":"gte","query":[2]}]`), func(c conversation) bool { return c.Unread.Operator >= 2 }},
		{filter(`[{"model":"session","criterion":"data.plan","operator":"eq","query":["Pro"]}]`), func(c conversation) bool { return c.Meta.Data["plan"] == "Pro" }},
	}
	visible := slices.DeleteFunc(slices.Clone(all), func(c conversation) bool { return c.LastMessage == "" })
	if len(visible) == len(all) {
		t.Error("every conversation has a message, so that include_empty is not tested")
	}
	for _, tc := range cases {
		got, want := sessions(a.conversations(tc.query)), sessions(slices.DeleteFunc(slices.Clone(visible), func(c conversation) bool { return !tc.fits(c) }))
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d conversations, want %d", tc.query, len(got), len(want))
		}
		if len(want) == 0 && !strings.Contains(tc.query, "no-such") && !strings.Contains(tc.query, sandbox.WebsiteID) {
			t.Errorf("%s: nothing fits, so that nothing was tested", tc.query)
		}
	}
}

func sessions(list []conversation) []string {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.SessionID
	}
	return ids
}

func TestConversationOrders(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 4, Conversations: 300})
	for query, key := range map[string]func(conversation) int64{
		"":                     func(c conversation) int64 { return -c.UpdatedAt },
		"order_date_updated=1": func(c conversation) int64 { return -c.UpdatedAt },
		"order_date_created=1": func(c conversation) int64 { return -c.CreatedAt },
		"order_date_waiting=1": func(c conversation) int64 { return c.WaitingSince },
	} {
		list := a.conversations(query)
		if !slices.IsSortedFunc(list, func(x, y conversation) int { return cmp.Compare(key(x), key(y)) }) {
			t.Errorf("%q is not in order", query)
		}
		for _, c := range list {
			if query == "order_date_waiting=1" && c.WaitingSince == 0 {
				t.Errorf("%s does not wait and is listed among those who wait", c.SessionID)
			}
		}
		if len(list) < 50 {
			t.Errorf("%q lists %d conversations only", query, len(list))
		}
	}
}

func TestMentionsOfTheCaller(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 4, Conversations: 400})
	var operators []struct {
		Details struct {
			UserID string `json:"user_id"`
		}
	}
	a.ok("GET", "/operators/list", "", &operators)
	caller := operators[0].Details.UserID
	all := a.conversations("")
	count := func(fits func(conversation) bool) int {
		return len(all) - len(slices.DeleteFunc(slices.Clone(all), fits))
	}
	anyone := count(func(c conversation) bool { return len(c.Mentions) > 0 })
	own := count(func(c conversation) bool { return slices.Contains(c.Mentions, caller) })
	if got := len(a.conversations("filter_mention=1")); got != own || own == 0 {
		t.Errorf("tier user: %d conversations mention the caller, want %d", got, own)
	}
	if got := len(a.as("website").conversations("filter_mention=1")); got != anyone || anyone <= own {
		t.Errorf("tier website: %d conversations mention somebody, want %d", got, anyone)
	}
}

func TestTextSearch(t *testing.T) {
	a := serve(t, sandbox.Config{Seed: 9, Conversations: 200})
	all := a.conversations("")
	texts := map[string]string{}
	for _, c := range all {
		words := []string{c.Meta.Nickname, c.Meta.Email, c.Meta.Subject}
		for _, m := range a.allMessages(c.SessionID) {
			words = append(words, wordsOf(t, m))
		}
		texts[c.SessionID] = strings.ToLower(strings.Join(words, "\n"))
	}
	for _, words := range []string{"greenhouse", "abgebucht", "moreau", "グラフ", "مرحباً", "🌿", "no such words anywhere"} {
		want := sessions(slices.DeleteFunc(slices.Clone(all), func(c conversation) bool { return !strings.Contains(texts[c.SessionID], words) }))
		got := sessions(a.conversations("search_query=" + url.QueryEscape(strings.ToUpper(words))))
		if !slices.Equal(got, want) {
			t.Errorf("%q: %d conversations, want %d", words, len(got), len(want))
		}
		if len(want) == 0 && words != "no such words anywhere" {
			t.Errorf("%q occurs nowhere", words)
		}
	}
	session := a.conversation()
	a.ok("POST", "/conversation/"+session+"/message", `{"type":"text","from":"user","origin":"chat","content":"My cat ate the SENSOR cable"}`, nil)
	if got := sessions(a.conversations("search_type=text&search_query=sensor+cable")); !slices.Equal(got, []string{session}) {
		t.Errorf("a new message is found in %v, want %s", got, session)
	}
}

// wordsOf is what a message says.
func wordsOf(t *testing.T, m message) string {
	t.Helper()
	var text string
	if json.Unmarshal(m.Content, &text) == nil {
		return text
	}
	var parts struct{ Text, Name string }
	if err := json.Unmarshal(m.Content, &parts); err != nil {
		t.Fatal(err)
	}
	return parts.Text + parts.Name
}

func TestListPages(t *testing.T) {
	a := serve(t, sandbox.Config{Conversations: 130})
	visible := len(a.conversations(""))
	for _, size := range []int{20, 37, 50} {
		seen := map[string]bool{}
		page := 1
		for ; ; page++ {
			var list []conversation
			r := a.ok("GET", pathOf("/conversations/%d?per_page=%d", page, size), "", &list)
			if r.Status != http.StatusOK {
				t.Fatalf("page %d: status %d", page, r.Status)
			}
			if len(list) == 0 {
				break
			}
			for _, c := range list {
				seen[c.SessionID] = true
			}
		}
		if len(seen) != visible || page != visible/size+2 && page != visible/size+1 {
			t.Errorf("per_page %d: %d different conversations on %d pages, want %d", size, len(seen), page-1, visible)
		}
	}
	var list []conversation
	if a.ok("GET", "/conversations/1", "", &list); len(list) != 20 {
		t.Errorf("%d conversations without per_page, want 20", len(list))
	}
	a.ok("GET", "/conversations/9000000000", "", &list)
}

func TestInvalidQueries(t *testing.T) {
	a := serve(t, sandbox.Config{})
	for query, member := range map[string]string{
		"per_page=51":                          "query.per_page",
		"per_page=0":                           "query.per_page",
		"per_page=many":                        "query.per_page",
		"filter_unread=yes":                    "query.filter_unread",
		"filter_assigned=maya":                 "query.filter_assigned",
		"filter_date_start=yesterday":          "query.filter_date_start",
		"search_type=tags":                     "query.search_type",
		"filter_unred=1":                       "filter_unred",
		"search_type=filter&search_query=text": "query.search_query",
		"search_type=filter&search_query=" + url.QueryEscape(`[{"model":"session","criterion":"state"}]`):                                 "query.search_query[0].",
		"search_type=filter&search_query=" + url.QueryEscape(`[{"model":"session","criterion":"stat","operator":"eq","query":["x"]}]`):    "query.search_query[0].criterion",
		"search_type=filter&search_query=" + url.QueryEscape(`[{"model":"session","criterion":"state","operator":"like","query":["x"]}]`): "query.search_query[0].operator",
	} {
		if message := a.refused("GET", "/conversations/1?"+query, "", 400, "invalid_data"); !strings.Contains(message, member) {
			t.Errorf("%s: %q does not name %s", query, message, member)
		}
	}
	if message := a.refused("GET", "/conversations/0", "", 400, "invalid_data"); !strings.Contains(message, "page_number") {
		t.Errorf("page 0: %q", message)
	}
}
