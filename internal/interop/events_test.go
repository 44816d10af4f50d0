package interop

import (
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testrequire"
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
func sameJSON(got, want json.RawMessage) bool {
	var g, w map[string]any
	if json.Unmarshal(got, &g) != nil || json.Unmarshal(want, &w) != nil {
		return false
	}
	for name, value := range w {
		if !reflect.DeepEqual(value, g[name]) {
			return false
		}
	}
	return true
}

// expected are the events that a tier hears, or with hooks those that are posted.
func expected(t *testing.T, of func(*spec.Event) bool) []heard {
	t.Helper()
	var list []heard
	for _, event := range spec.Events() {
		if of(event) {
			list = append(list, heard{Event: event.Name, Data: example(t, event)})
		}
	}
	return list
}

// hears compares what a listener hears with what it should, in order. In between come the events that messages cause.
func (l *listener) hears(want []heard) {
	l.t.Helper()
	for _, w := range want {
		h := l.next()
		for h.Event+h.Unverified != w.Event+w.Unverified {
			h = l.next()
		}
		if h.Event != w.Event || w.Data != nil && !sameJSON(h.Data, w.Data) {
			l.t.Fatalf("heard %s %s, want %s %s", h.Event, h.Data, w.Event, w.Data)
		}
	}
}

// TestNodeHearsRTM has the official client listen to every event that it has a type for.
func TestNodeHearsRTM(t *testing.T) {
	for name, tier := range map[string]spec.Tiers{
		"user": spec.TierUser, "website": spec.TierWebsite, "plugin": spec.TierPlugin,
	} {
		t.Run(name, func(t *testing.T) {
			server := sandboxtest.Start(t, sandbox.Config{})
			l := nodeListener(t, server, &listens{Tier: name, Mode: "websockets", Events: eventNames()})
			if _, refused := l.ready(); !slices.Equal(refused, []string{unheard}) {
				t.Errorf("the client refuses %q", refused)
			}
			emitAll(t, server)
			l.hears(expected(t, func(e *spec.Event) bool { return e.Tiers.Has(tier) && e.Name != unheard }))
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
			text, err := hooks.Stringify([]byte(nasty))
			if err != nil {
				t.Fatal(err)
			}
			want := append([]heard{{Event: "session:set_data", Data: text}},
				expected(t, func(e *spec.Event) bool { return e.Hook })...)
			if verify != "" {
				for i, h := range want {
					want[i] = heard{Unverified: h.Event}
				}
			}
			l.hears(want)
		})
	}
}

// pythonListener is python-socketio, of Debian's packages python3-socketio and python3-websocket.
func pythonListener(t *testing.T, server *sandbox.Running, input *listens) *listener {
	t.Helper()
	const python = "/usr/bin/python3" // the one that the packages belong to
	if err := exec.CommandContext(t.Context(), python, "-c", "import socketio, websocket").Run(); err != nil {
		testrequire.Missing(t, "python-socketio", "Debian's python3-socketio and python3-websocket are not installed")
	}
	input.Host, input.Key = strings.TrimSuffix(server.URL(), "/v1/"), cmp.Or(input.Key, sandbox.Key)
	return startListener(t, input, exec.Command(python, "python/rtm.py"))
}

func TestPythonHearsRTM(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	l := pythonListener(t, server, &listens{Tier: "user", Events: eventNames()})
	l.ready()
	emitAll(t, server)
	// It calls its handlers in a thread for each event, in no order.
	missing := expected(t, func(e *spec.Event) bool { return e.Tiers.Has(spec.TierUser) })
	for len(missing) > 0 {
		h := l.next()
		missing = slices.DeleteFunc(missing, func(w heard) bool {
			return w.Event == h.Event && sameJSON(h.Data, w.Data)
		})
	}
}

func TestPythonIsRefused(t *testing.T) {
	l := pythonListener(t, sandboxtest.Start(t, sandbox.Config{}), &listens{Tier: "user", Key: "wrong", Events: []string{}})
	if h := l.next(); string(h.Unauthorized) != `"invalid_session"` {
		t.Errorf("%+v", h)
	}
}

// oldListener is npm's socket.io-client of version 2, which speaks Engine.IO 3.
func oldListener(t *testing.T, server *sandbox.Running, input *listens) *listener {
	t.Helper()
	requireNode(t)
	input.Host, input.Key = strings.TrimSuffix(server.URL(), "/v1/"), cmp.Or(input.Key, sandbox.Key)
	cmd := exec.Command("node", "rtm2.mjs")
	cmd.Dir = "node"
	return startListener(t, input, cmd)
}

func TestEngineIO3HearsRTM(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	l := oldListener(t, server, &listens{Tier: "plugin", Events: eventNames()})
	l.ready()
	emitAll(t, server)
	l.hears(expected(t, func(e *spec.Event) bool { return e.Tiers.Has(spec.TierPlugin) }))
}

// TestListenersComeBack ends the server for a while: clients authenticate again by themselves and hear what follows.
func TestListenersComeBack(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	const event = "session:set_email"
	listeners := []*listener{
		nodeListener(t, server, &listens{Tier: "plugin", Mode: "websockets", Events: []string{event}}),
		pythonListener(t, server, &listens{Tier: "plugin", Events: []string{event}}),
		oldListener(t, server, &listens{Tier: "plugin", Events: []string{event}}),
	}
	for _, l := range listeners {
		l.ready()
	}
	address := strings.TrimSuffix(strings.TrimPrefix(server.URL(), "http://"), "/v1/")
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	for _, l := range listeners {
		if h := l.next(); h.Disconnected == "" {
			t.Errorf("%+v, want that it is disconnected", h)
		}
	}
	again, err := sandbox.Start(t.Context(), address, sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	for _, l := range listeners {
		l.ready()
	}
	data := json.RawMessage(`{"email":"ada@example.com"}`)
	if err := again.Emit(sandbox.WebsiteID, event, data); err != nil {
		t.Fatal(err)
	}
	for _, l := range listeners {
		l.hears([]heard{{Event: event, Data: data}})
	}
}
