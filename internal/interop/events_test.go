package interop

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// unheard is the event that the official client has a type for, and that its on() does not take.
const unheard = "widget:action:processed"

// listens is the input of a listener.
type listens struct {
	// Host and Key are for those that have no client.
	Host string `json:"host,omitempty"`
	Key  string `json:"key,omitempty"`
	Tier string `json:"tier"`
	// Mode is "websockets" or "webhooks", and Verify "without brackets" for a verifier that is wrong.
	Mode   string   `json:"mode"`
	Events []string `json:"events"`
	Secret string   `json:"secret,omitempty"`
	Verify string   `json:"verify,omitempty"`
	// Stop is the event after which it ends.
	Stop string `json:"stop,omitempty"`
}

// nodeListener is the official client.
func nodeListener(t *testing.T, server *sandbox.Running, input *listens) *listener {
	t.Helper()
	requireNode(t)
	cmd := exec.Command("node", "rtm.mjs")
	cmd.Dir = "node"
	cmd.Env = append(os.Environ(), "CRISP_HOST="+strings.TrimSuffix(server.URL(), "/v1/"))
	return startListener(t, input, cmd)
}

func eventNames() []string {
	var names []string
	for _, event := range spec.Events() {
		names = append(names, event.Name)
	}
	return names
}

// example is the example of an event as one of the sandbox's website.
func example(t *testing.T, event *spec.Event) json.RawMessage {
	t.Helper()
	var data map[string]any
	if err := json.Unmarshal([]byte(event.Example), &data); err != nil {
		t.Fatalf("%s: %v", event.Name, err)
	}
	if data["website_id"] != nil {
		data["website_id"] = sandbox.WebsiteID
	}
	text, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// emitAll has every event happen, and returns their names in order.
func emitAll(t *testing.T, server *sandbox.Running) {
	t.Helper()
	for _, event := range spec.Events() {
		if err := server.Emit(sandbox.WebsiteID, event.Name, example(t, event)); err != nil {
			t.Fatalf("%s: %v", event.Name, err)
		}
	}
}

// sameJSON reports whether the members of want are those of got, which may have further ones.
func sameJSON(t *testing.T, got, want json.RawMessage) bool {
	t.Helper()
	var g, w map[string]any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal(want, &w) != nil {
		return false
	}
	for name, value := range w {
		a, _ := json.Marshal(value)
		b, _ := json.Marshal(g[name])
		if string(a) != string(b) {
			t.Logf("%s: %s, want %s", name, b, a)
			return false
		}
	}
	return true
}

// TestNodeHearsRTM has the official client listen to every event that it has a type for.
func TestNodeHearsRTM(t *testing.T) {
	for _, tier := range []string{"user", "website", "plugin"} {
		t.Run(tier, func(t *testing.T) {
			server := sandboxtest.Start(t, sandbox.Config{})
			l := nodeListener(t, server, &listens{Tier: tier, Mode: "websockets", Events: eventNames()})
			ready, refused := l.ready()
			if !slices.Equal(refused, []string{unheard}) {
				t.Errorf("the client refuses %q", refused)
			}
			emitAll(t, server)
			for _, event := range spec.Events() {
				if !slices.Contains(ready.Bound, event.Name) || !slices.Contains(strings.Split(event.Tiers.String(), ", "), tier) {
					continue
				}
				if h := l.next(); h.Event != event.Name || !sameJSON(t, h.Data, example(t, event)) {
					t.Fatalf("heard %s %s, want %s %s", h.Event, h.Data, event.Name, example(t, event))
				}
			}
		})
	}
}

// TestNodeVerifiesHooks has the official client receive and verify every event that is posted to hooks, and a payload
// with everything that JSON.stringify writes in a way of its own.
func TestNodeVerifiesHooks(t *testing.T) {
	const secret = "a secret <&>"
	const nasty = `{"session_id":"s","data":{"b":1.0,"10":-0,"9":1e21,"</script>":"\u2028\b\u007f\ud800","a":1e400,"a":[0.1e-6]}}`
	for _, verify := range []string{"", "without brackets"} {
		t.Run("verify "+verify, func(t *testing.T) {
			server := sandboxtest.Start(t, sandbox.Config{})
			l := nodeListener(t, server, &listens{
				Tier: "plugin", Mode: "webhooks", Events: eventNames(), Secret: secret, Verify: verify,
			})
			ready, _ := l.ready()
			if err := server.SetHooks([]sandbox.Hook{{URL: ready.Ready, Secret: secret}}); err != nil {
				t.Fatal(err)
			}
			if err := server.Emit(sandbox.WebsiteID, "session:set_data", json.RawMessage(nasty)); err != nil {
				t.Fatal(err)
			}
			emitAll(t, server)
			check := func(name string, data json.RawMessage) {
				t.Helper()
				h := l.next()
				switch {
				case verify != "":
					if h.Unverified != name {
						t.Fatalf("%+v, want %s unverified", h, name)
					}
				case h.Event != name || !sameJSON(t, h.Data, data):
					t.Fatalf("received %+v %s, want %s %s", h, h.Data, name, data)
				}
			}
			text, err := hooks.Stringify([]byte(nasty))
			if err != nil {
				t.Fatal(err)
			}
			check("session:set_data", text)
			for _, event := range spec.Events() {
				if event.Hook {
					check(event.Name, example(t, event))
				}
			}
		})
	}
}

// TestNodeComesBack ends the connection, and the server for a while: the client authenticates again by itself.
func TestNodeComesBack(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	l := nodeListener(t, server, &listens{Tier: "plugin", Mode: "websockets", Events: []string{"session:set_email"}})
	l.ready()
	address := strings.TrimSuffix(strings.TrimPrefix(server.URL(), "http://"), "/v1/")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if h := l.next(); h.Disconnected != "transport close" && h.Disconnected != "transport error" {
		t.Errorf("disconnected by %q", h.Disconnected)
	}
	again, err := sandbox.Start(t.Context(), address, sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	if h, _ := l.ready(); h.Ready != "authenticated" {
		t.Errorf("%+v", h)
	}
	if err := again.Emit(sandbox.WebsiteID, "session:set_email", json.RawMessage(`{"email":"a"}`)); err != nil {
		t.Fatal(err)
	}
	if h := l.next(); h.Event != "session:set_email" {
		t.Errorf("%+v", h)
	}
}
