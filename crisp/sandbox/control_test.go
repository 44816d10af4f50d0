package sandbox_test

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

func listenOn(t testing.TB, address string) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// control calls a route below /sandbox/.
func control(t *testing.T, server *sandbox.Running, method, path, body string) *reply {
	t.Helper()
	a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/v1/")}
	return a.send(request(t, a, method, "/sandbox/"+path, body, nil))
}

func TestControl(t *testing.T) {
	r := newReceiver(t, nil)
	server := sandboxtest.Start(t, sandbox.Config{})
	set := control(t, server, "PUT", "hooks", `[{"url":"`+r.URL+`","secret":"a","events":["session:set_email","message:send"]}]`)
	if set.Status != 200 || set.Reason != "updated" {
		t.Fatalf("%d %s", set.Status, set.Raw)
	}
	p := dial(t, server, 4)
	p.login(4, "plugin", `,"events":["session:set_email","message:send"]`)
	a := control(t, server, "POST", "events", `{"event":"session:set_email","data":{"email":"ada@example.com"}}`)
	if a.Status != http.StatusAccepted {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	p.expect(`42["session:set_email",{"email":"ada@example.com"}]`)
	a = control(t, server, "POST", "events", `{"event":"message:send","website_id":"`+sandbox.WebsiteID+`","data":{"content":"Hello?"}}`)
	if a.Status != http.StatusAccepted {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	if got := p.next(); !strings.Contains(got, `"content":"Hello?"`) {
		t.Errorf("frame %s", got)
	}
	r.got(t, 2)
	settled(t, server)
	var list []sandbox.HookState
	control(t, server, "GET", "hooks", "").decode(t, &list)
	if len(list) != 1 || list[0].Delivered != 2 || list[0].Secret != "a" {
		t.Errorf("%+v", list)
	}
	control(t, server, "PUT", "hooks", `[]`)
	if got := server.Hooks(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestControlRefuses(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	for _, c := range []struct {
		method, path, body string
		status             int
		message            string
	}{
		{"POST", "events", `{"event":"session:set_email","data":[]}`, 400, "not a JSON object"},
		{"POST", "events", `{"event":"session:set_email"}`, 400, "JSON"},
		{"POST", "events", `{"data":{}}`, 400, "no name"},
		{"POST", "events", `{"event":"session:set_email","data":{"website_id":"another"}}`, 400, "names the website another"},
		{"POST", "events", `{"event":"session:set_email","website_id":"another","data":{}}`, 403, "no access"},
		{"POST", "events", `{"event":"message:send","data":{}}`, 400, "content"},
		{"POST", "events", `{"event":"message:send","data":{"content":"\ud800"}}`, 400, "data"},
		{"POST", "events", `{"event":"session:set_email","payload":{}}`, 400, "unknown field"},
		{"POST", "events", `{}{}`, 400, "followed"},
		{"POST", "events", `{`, 400, "cannot be read"},
		{"PUT", "hooks", `{}`, 400, "cannot be read"},
		{"PUT", "hooks", `[{"url":"nowhere"}]`, 400, "http or https"},
		{"DELETE", "hooks", ``, 404, "does not exist"},
		{"GET", "nothing", ``, 404, "does not exist"},
	} {
		r := control(t, server, c.method, c.path, c.body)
		if r.Status != c.status || !strings.Contains(r.message(t), c.message) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, r.Status, r.Raw)
		}
	}
}

// TestControlIsLocal has callers that are not on this machine, or reach it under another name.
func TestControlIsLocal(t *testing.T) {
	server := sandbox.New(sandbox.Config{})
	for _, c := range []struct {
		remote, host, key string
		status            int
	}{
		{"127.0.0.1:5000", "127.0.0.1:8787", sandbox.Key, 200},
		{"[::1]:5000", "[::1]:8787", sandbox.Key, 200},
		{"[::ffff:127.0.0.1]:5000", "localhost:8787", sandbox.Key, 200},
		{"127.0.0.1:5000", "localhost", sandbox.Key, 200},
		{"127.0.0.1:5000", "127.0.0.1:8787", "wrong", 401},
		{"127.0.0.1:5000", "evil.example:8787", sandbox.Key, 403},
		{"127.0.0.1:5000", "", sandbox.Key, 403},
		{"192.0.2.7:5000", "127.0.0.1:8787", sandbox.Key, 403},
		{"192.0.2.7:5000", "192.0.2.1:8787", sandbox.Key, 403},
		{"@", "localhost", sandbox.Key, 403},
	} {
		r := httptest.NewRequest("GET", "/sandbox/hooks", http.NoBody)
		r.RemoteAddr, r.Host = c.remote, c.host
		r.SetBasicAuth(sandbox.Identifier, c.key)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		if w.Code != c.status || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}
