package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
)

func request(t *testing.T, a *api, method, path, body string, header map[string]string) *http.Request {
	t.Helper()
	req, err := http.NewRequest(method, a.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	for name, value := range header {
		req.Header.Set(name, value)
	}
	return req
}

func TestCredentials(t *testing.T) {
	a := serve(t, sandbox.Config{})
	path := "/website/" + sandbox.WebsiteID
	for name, header := range map[string]map[string]string{
		"none":          {"Authorization": ""},
		"no Basic":      {"Authorization": "Bearer c2FuZGJveDpzYW5kYm94"},
		"no base64":     {"Authorization": "Basic ***"},
		"wrong key":     {"Authorization": "Basic c2FuZGJveDp3cm9uZw=="},
		"wrong user":    {"Authorization": "Basic d3Jvbmc6c2FuZGJveA=="},
		"unknown tier":  {"X-Crisp-Tier": "admin"},
		"empty, no key": {"Authorization": "Basic c2FuZGJveA=="},
	} {
		r := a.send(request(t, a, "GET", path, "", header))
		if r.Status != 401 || r.Reason != "invalid_session" || !r.Error {
			t.Errorf("%s: %d %s", name, r.Status, r.Raw)
		}
	}
	for _, tier := range []string{"user", "website", "plugin", ""} {
		if r := a.send(request(t, a, "GET", path, "", map[string]string{"X-Crisp-Tier": tier})); r.Status != 200 {
			t.Errorf("tier %q: %d %s", tier, r.Status, r.Raw)
		}
	}
	if r := a.send(request(t, a, "HEAD", path+"/people/profile/a@b.example", "", map[string]string{"Authorization": ""})); r.Status != 401 || len(r.Raw) > 0 {
		t.Errorf("HEAD without credentials: %d %s", r.Status, r.Raw)
	}
}

// TestTiers calls each operation with each tier.
func TestTiers(t *testing.T) {
	a := serve(t, sandbox.Config{})
	ids := known(t, a)
	for _, op := range spec.All() {
		path := op.Path
		for name, value := range ids {
			path = strings.ReplaceAll(path, "{"+name+"}", value)
		}
		for i, tier := range []string{"user", "website", "plugin"} {
			r := a.as(tier).call(op.Method, path, "[]") // a body that no operation takes, so that nothing changes
			open := op.Tiers.Has(spec.TierUser << i)
			if refused := r.Status == http.StatusForbidden && (op.Method == http.MethodHead || r.Reason == "restricted_route_tier"); refused == open {
				t.Errorf("%s as %s: %d %s", op.ID, tier, r.Status, r.Reason)
			}
		}
	}
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	a := serve(t, sandbox.Config{})
	site := "/website/" + sandbox.WebsiteID
	for _, path := range []string{"/", "", "/websites", site + "/", site + "/nothing", site + "/conversation//messages", site + "/conversation/../settings", "/website/%2e%2e"} {
		r := a.send(request(t, a, "GET", path, "", nil))
		if r.Status != 404 || r.Reason != "not_found" || r.message(t) == "" {
			t.Errorf("%s: %d %s", path, r.Status, r.Raw)
		}
	}
	outside := strings.TrimSuffix(a.base, "/v1")
	if r := (&api{t: t, base: outside}).send(request(t, &api{t: t, base: outside}, "GET", site, "", nil)); r.Status != 404 {
		t.Errorf("outside of /v1/: %d", r.Status)
	}
	for _, tc := range []struct{ method, path, allow string }{
		{"POST", site + "/conversations/1", "GET"},
		{"PUT", site, "DELETE, GET"},
		{"GET", site + "/conversation", "POST"},
		{"HEAD", site + "/settings", "GET, PATCH"},
		{"OPTIONS", site + "/settings", "GET, PATCH"},
	} {
		r := a.send(request(t, a, tc.method, tc.path, "", nil))
		if r.Status != 405 || r.Header.Get("Allow") != tc.allow {
			t.Errorf("%s %s: %d, Allow %q, want %q", tc.method, tc.path, r.Status, r.Header.Get("Allow"), tc.allow)
		}
	}
}

func TestBodies(t *testing.T) {
	a := serve(t, sandbox.Config{})
	path := "/website/" + sandbox.WebsiteID + "/conversation/" + a.conversation() + "/state"
	post := func(body, contentType string) *reply {
		return a.send(request(t, a, "PATCH", path, body, map[string]string{"Content-Type": contentType}))
	}
	for name, tc := range map[string]struct {
		body, contentType string
		status            int
		message           string
	}{
		"fine":            {`{"state":"resolved"}`, "application/json", 200, ""},
		"with a charset":  {`{"state":"pending"}`, "application/json; charset=utf-8", 200, ""},
		"empty":           {``, "application/json", 400, "data.state"},
		"cut":             {`{"state":"resolved"`, "application/json", 400, "data should be JSON"},
		"two values":      {`{"state":"resolved"} {}`, "application/json", 400, "data should be JSON"},
		"name twice":      {`{"state":"resolved","state":"pending"}`, "application/json", 400, "data should be JSON"},
		"not UTF-8":       {"{\"state\":\"\xff\"}", "application/json", 400, "data should be JSON"},
		"wrong word":      {`{"state":"closed"}`, "application/json", 400, "data.state"},
		"number":          {`{"state":1}`, "application/json", 400, "data.state"},
		"null":            {`{"state":null}`, "application/json", 400, "data.state"},
		"unknown member":  {`{"state":"resolved","user_name":"x"}`, "application/json", 400, "user_name"},
		"form":            {`state=resolved`, "application/x-www-form-urlencoded", 415, "application/json"},
		"no content type": {`{"state":"resolved"}`, "", 415, "application/json"},
		"text":            {`{"state":"resolved"}`, "text/plain", 415, "application/json"},
		"too large":       {`{"state":"` + strings.Repeat("x", 3<<20) + `"}`, "application/json", 413, "larger"},
		"deep":            {`{"state":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`, "application/json", 400, "data.state"},
	} {
		r := post(tc.body, tc.contentType)
		if r.Status != tc.status {
			t.Errorf("%s: %d %.300s", name, r.Status, r.Raw)
			continue
		}
		if tc.message == "" {
			continue
		}
		if message := r.message(t); !strings.Contains(message, tc.message) || r.Reason != "invalid_data" {
			t.Errorf("%s: %s %q, want %q in it", name, r.Reason, message, tc.message)
		}
		var detail struct{ Namespace string }
		if r.decode(t, &detail); detail.Namespace != "data" {
			t.Errorf("%s: namespace %q", name, detail.Namespace)
		}
	}
}

func TestUnknownThings(t *testing.T) {
	a := serve(t, sandbox.Config{})
	other := "22222222-2222-4222-8222-222222222222"
	a.refused("GET", "/website/"+other, "", 403, "not_allowed")
	a.as("website").refused("GET", "/website/"+other, "", 403, "not_allowed")
	a.as("plugin").refused("GET", "/website/"+other, "", 404, "not_subscribed")
	a.refused("GET", "/website/main", "", 400, "invalid_data")
	missing := "session_2c7a1d1e-0000-4000-8000-000000000000"
	for _, path := range []string{"", "/messages", "/meta", "/state"} {
		if message := a.refused("GET", "/conversation/"+missing+path, "", 404, "not_found"); !strings.Contains(message, missing) {
			t.Errorf("the message does not name the conversation: %q", message)
		}
	}
	a.refused("PATCH", "/conversation/"+missing+"/state", `{"state":"resolved"}`, 404, "not_found")
	a.refused("GET", "/conversation/2c7a1d1e", "", 400, "invalid_data")
	if r := a.call("HEAD", "/conversation/"+missing, ""); r.Status != 404 {
		t.Errorf("HEAD: %d", r.Status)
	}
}

// TestSameSeedSameBytes compares two servers with one seed, and a third with another.
func TestSameSeedSameBytes(t *testing.T) {
	cfg := sandbox.Config{Seed: 42, Conversations: 120, People: 60, Visitors: 10}
	other := cfg
	other.Seed = 43
	first, second, third := serve(t, cfg), serve(t, cfg), serve(t, other)
	paths := []string{"/conversations/1?per_page=50", "/people/profiles/1", "/visitors/list/1", "/operators/list", "/settings", "/conversations/spams/1", "/conversations/suggest/data/1"}
	for _, c := range first.conversations("")[:40] {
		paths = append(paths, "/conversation/"+c.SessionID+"/messages", "/conversation/"+c.SessionID+"/pages/1")
	}
	for _, path := range paths {
		one, two := first.ok("GET", path, "", nil), second.ok("GET", path, "", nil)
		if !bytes.Equal(one.Raw, two.Raw) {
			t.Errorf("%s differs between two servers with one seed", path)
		}
		if three := third.call("GET", path, ""); path != "/settings" && bytes.Equal(one.Raw, three.Raw) {
			t.Errorf("%s is the same for another seed", path)
		}
	}
	// Writes are repeatable too.
	write := func(a *api) string {
		session := a.conversation()
		a.ok("PATCH", "/conversation/"+session+"/state", `{"state":"resolved"}`, nil)
		return string(a.ok("GET", "/conversation/"+session+"/messages", "", nil).Raw)
	}
	if one, two := write(first), write(second); one != two {
		t.Errorf("the same writes give\n%s\n%s", one, two)
	}
}

// TestTimesCountBackFromNow moves the clock by days: only the times move.
func TestTimesCountBackFromNow(t *testing.T) {
	cfg := sandbox.Config{Seed: 42}
	first := serve(t, cfg)
	later := clock.AddDate(0, 0, 40)
	cfg.Now = func() time.Time { return later }
	second := serve(t, cfg)
	shift := later.Sub(clock).Milliseconds()
	one, two := first.conversations("order_date_waiting=1"), second.conversations("order_date_waiting=1")
	for i := range one {
		if one[i].SessionID != two[i].SessionID || one[i].WaitingSince+shift != two[i].WaitingSince || one[i].CreatedAt+shift != two[i].CreatedAt {
			t.Fatalf("%+v\n%+v", one[i], two[i])
		}
		if one[i].WaitingSince > clock.UnixMilli() || one[i].CreatedAt > one[i].UpdatedAt {
			t.Errorf("times out of order: %+v", one[i])
		}
	}
}

func TestListItemsHaveARealisticSize(t *testing.T) {
	a := serve(t, sandbox.Config{})
	r := a.ok("GET", "/conversations/1?per_page=50", "", nil)
	if size := len(r.Raw); size < 115_000 || size > 150_000 {
		t.Errorf("a page of 50 conversations has %d bytes, want about 132,000", size)
	}
	var items []json.RawMessage
	if r.decode(t, &items); len(items) != 50 {
		t.Errorf("%d items", len(items))
	}
}
