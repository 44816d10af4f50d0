package bindings_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/tape"
)

// TestArgumentErrors says what a script author reads after an error.
func TestArgumentErrors(t *testing.T) {
	host := scripttest.NewHost(t, spec.TierWebsite, sandbox.Config{Seed: 1, Conversations: 2, People: 2, Visitors: 1})
	modules := modulesOf(t, host.Options...)
	const id = "session_00000000-0000-4000-8000-000000000000"
	tests := []struct {
		call string
		args args
		want string
		hint string
	}{
		{"crisp.conversations.get", nil, "session_id takes string (session_ and a UUID), not nothing", "see `crisphost help conversations.get`"},
		{"crisp.conversations.get", args{id, object{}, 1}, "was given one argument too many", "see `crisphost help conversations.get`"},
		{"crisp.conversations.get", args{id, nil, 1, 2}, "was given 2 arguments too many", "see `crisphost help conversations.get`"},
		{"crisp.conversations.list", args{object{"page": int64(2)}}, `has no option "page"`, `did you mean "page_number"?`},
		{"crisp.conversations.list", args{object{"filterUnread": true}}, `has no option "filterUnread"`, `did you mean "filter_unread"?`},
		{"crisp.conversations.list", args{object{"query": "a", "search_query": "b"}}, `query and search_query are the same option: give one of them`, ""},
		{"crisp.conversations.list", args{object{"unread": true, "filter_unread": true}}, `filter_unread and unread are the same option: give one of them`, ""},
		{"crisp.conversations.list", args{object{"order": "created", "order_date_created": false}}, `order and order_date_created are the same option: give one of them`, ""},
		{"crisp.conversations.list", args{object{"limit": 1.5}}, `limit takes a number from 1, or "all", not the number 1.5`, ""},
		{"crisp.conversations.list", args{object{"date_start": float64(1e300)}}, "date_start 1e+300 is out of range: times are Unix milliseconds in the years 1 to 9999", "see `crisphost help conversations.list`"},
		{"crisp.conversations.list", args{object{"assigned": "é" + strings.Repeat("x", 99)}}, `assigned "é` + strings.Repeat("x", 58) + `..." has the wrong form: it takes string (UUID)`, "see `crisphost help conversations.list`"},
		{"crisp.conversations.list", args{strings.Repeat("é", 99)}, `options takes an object { ... }, not the string "` + strings.Repeat("é", 40) + `…"`, "see `crisphost help conversations.list`"},
		{"crisp.conversations.search", args{[]any{object{"model": "people", "criterion": "email"}}}, `search_query[0].operator is missing: it takes "eq" | "neq" | "gte" | "lte" | "gt" | "lt" | another string`, "see `crisphost help conversations.list`"},
		{"crisp.conversations.state.update", args{id, "resolved", object{"state": "pending"}}, "state is given twice, alone and among the options", "see `crisphost help conversations.state.update`"},
		{"crisp.conversations.resolve", args{id, object{"state": "pending"}}, `has no option "state"`, `it is always "resolved" here`},
		{"crisp.conversations.messages.get", args{id, "x1"}, `fingerprint takes integer, not the string "x1"`, "see `crisphost help conversations.messages.get`"},
		{"crisp.conversations.messages.send", args{id, "\xff\xfe"}, "content is not UTF-8 text: it takes string", "string.sub counts bytes and may cut a letter in two: s:sub(1, utf8.offset(s, n + 1) - 1) has the first n letters"},
		{"crisp.conversations.messages.send", args{id, object{"content": []byte{0xff}}}, "content is not UTF-8 text: it takes string", "string.sub counts bytes and may cut a letter in two: s:sub(1, utf8.offset(s, n + 1) - 1) has the first n letters"},
		{"crisp.websites.exists", args{"example.com", object{"website_id": sandbox.WebsiteID}}, `has no option "website_id"`, "it takes domain"},
		{"crisp.api.call", args{"GET", "website"}, "takes one argument at most, not 2", ""},
		{"crisp.api.get", args{"a", object{"header": object{}}}, `has no option "header"`, `did you mean "headers"?`},
		{"crisp.api.get", args{"a", object{"headers": object{"x-b": int64(1), "x-a": true}}}, `headers.x-a takes a string, not true`, ""},
		{"crypto.uuid", args{int64(1)}, "takes no arguments, not 1", ""},
	}
	for _, test := range tests {
		_, err := find(t, modules, test.call).Call(t.Context(), test.args)
		host, ok := errors.AsType[*engine.HostError](err)
		if !ok {
			t.Errorf("%s%v: %v", test.call, test.args, err)
			continue
		}
		if host.Error() != test.call+": "+test.want || host.Hint != test.hint {
			t.Errorf("%s%v\ngot  %s (%s)\nwant %s: %s (%s)", test.call, test.args, host.Error(), host.Hint, test.call, test.want, test.hint)
		}
	}
}

// TestArgumentForms sends values in the forms in which scripts have them.
func TestArgumentForms(t *testing.T) {
	host := scripttest.NewHost(t, spec.TierWebsite, sandbox.Config{Seed: 1, Conversations: 5, People: 5, Visitors: 1})
	modules := modulesOf(t, host.Options...)
	call := func(name string, list ...any) string {
		t.Helper()
		got, err := find(t, modules, name).Call(t.Context(), list)
		if err != nil {
			t.Fatalf("%s%v: %v", name, list, err)
		}
		doc, ok := got.(*tape.Document)
		if !ok {
			return ""
		}
		return string(doc.Bytes())
	}
	created := call("crisp.conversations.create")
	start := strings.Index(created, `"session_id":"`) + len(`"session_id":"`)
	id := created[start : start+44]
	call("crisp.conversations.messages.send", id, object{
		"content": []byte("bytes"), "fingerprint": int64(-77), "timestamp": float64(1772442000000.7),
		"properties": object{"when": time.Date(2026, 3, 2, 9, 0, 0, 0, time.FixedZone("", 3600))},
	})
	got := call("crisp.conversations.messages.get", id, "-77")
	for _, part := range []string{`"content":"bytes"`, `"timestamp":1772442000000,`, `"when":"2026-03-02T08:00:00.000Z"`} {
		if !strings.Contains(got, part) {
			t.Errorf("the message %s has no %s", got, part)
		}
	}
	for _, date := range []any{"2020-01-01", int64(0), 0.5, time.UnixMilli(0)} {
		if got := call("crisp.conversations.list", object{"date_start": date, "limit": int64(1)}); got == "[]" {
			t.Errorf("nothing since %v", date)
		}
	}
	if got := call("crisp.conversations.list", object{"date_start": time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)}); got != "[]" {
		t.Errorf("got %s for a date to come", got)
	}
}

// A handle on another website has all that crisp has, and fills in its own id.
func TestWebsiteHandle(t *testing.T) {
	const other = "22222222-2222-4222-8222-222222222222"
	var asked []string
	host := hostAt(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		fmt.Fprint(w, `{"error":false,"reason":"resolved","data":{}}`)
	})
	got, err := find(t, modulesOf(t, host), "crisp.website").Call(t.Context(), args{other})
	if err != nil {
		t.Fatal(err)
	}
	handle := bound(t, []*engine.Module{got.(*engine.Module)}, host)
	for _, call := range []struct {
		name string
		args args
	}{
		{"crisp.websites.get", nil},
		{"crisp.people.stats.get", nil},
		{"crisp.people.stats.get", args{object{"website_id": sandbox.WebsiteID}}},
		{"crisp.api.get", args{"website/{website_id}/x"}},
	} {
		if _, err := find(t, handle, call.name).Call(t.Context(), call.args); err != nil {
			t.Errorf("%s: %v", call.name, err)
		}
	}
	want := []string{"/website/" + other, "/website/" + other + "/people/stats", "/website/" + sandbox.WebsiteID + "/people/stats", "/website/" + other + "/x"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %q, want %q", asked, want)
	}
}

func TestCallsWithoutWebsite(t *testing.T) {
	client, err := crisp.New(crisp.WithBaseURL("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	modules := modulesOf(t, bindings.WithConnection(client, ""))
	for call, list := range map[string]args{"crisp.people.list": nil, "crisp.websites.get": nil, "crisp.api.get": {"website/{website_id}/x"}} {
		_, err := find(t, modules, call).Call(t.Context(), list)
		if err == nil || err.Error() != call+": does not know which website to use" {
			t.Errorf("%s: %v", call, err)
		}
	}
}
