package rtm

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/testwait"
)

// inbox is a service whose REST API is that of a sandbox.
type inbox struct {
	*service
	api      *crisp.Client
	sessions []string
}

func newInbox(t *testing.T, config sandbox.Config) *inbox {
	t.Helper()
	s := newService(t)
	config.Conversations, config.People, config.Visitors = 30, -1, -1
	s.rest = sandbox.New(config)
	in := &inbox{service: s, api: s.api(crisp.WithCredentials(sandbox.Identifier, sandbox.Key))}
	for conversation, err := range in.api.Conversations.List(t.Context(), sandbox.WebsiteID, nil) {
		if err != nil {
			t.Fatal(err)
		}
		in.sessions = append(in.sessions, conversation.SessionID)
	}
	return in
}

func (in *inbox) connect(opts Options) *Client {
	opts.CatchUp, opts.Websites = true, []string{sandbox.WebsiteID}
	return in.client(opts, crisp.WithCredentials(sandbox.Identifier, sandbox.Key))
}

// send sends a message over the REST API, and returns its fingerprint.
func (in *inbox) send(from crisp.MessageFrom, session, text string) int64 {
	in.t.Helper()
	sent, err := in.api.Conversations.Messages.Send(in.t.Context(), sandbox.WebsiteID, session, &crisp.MessageNew{
		Type: "text", Content: crisp.TextContent(text), From: from, Origin: "chat",
	})
	if err != nil {
		in.t.Fatal(err)
	}
	return sent.Fingerprint
}

// live is the payload of a message as RTM has it.
func live(session string, fingerprint int64) string {
	return fmt.Sprintf(`{"website_id":%q,"session_id":%q,"inbox_id":null,"fingerprint":%d,"from":"user","timestamp":1}`,
		sandbox.WebsiteID, session, fingerprint)
}

func fingerprintOf(t *testing.T, event crisp.Event) int64 {
	t.Helper()
	var m message
	if err := json.Unmarshal(event.Data, &m); err != nil || m.SessionID == "" || m.Timestamp == 0 {
		t.Fatalf("%s: %v", event.Data, err)
	}
	return m.Fingerprint
}

// gate lets something happen when it is opened.
type gate struct {
	once sync.Once
	c    chan struct{}
}

func newGate() *gate     { return &gate{c: make(chan struct{})} }
func (g *gate) open()    { g.once.Do(func() { close(g.c) }) }
func (g *gate) through() { <-g.c }

// slowRest has all reading requests to the REST API wait for a gate.
func (in *inbox) slowRest(g *gate) {
	in.t.Cleanup(g.open)
	rest := in.rest
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			select {
			case <-g.c:
			case <-r.Context().Done():
			}
		}
		rest.ServeHTTP(w, r)
	})
	in.set(func() { in.rest = slow })
}

func TestCatchUp(t *testing.T) {
	for name, config := range map[string]sandbox.Config{
		"same clock": {},
		"slow clock": {Now: func() time.Time { return time.Now().Add(-20 * time.Minute) }},
		"fast clock": {Now: func() time.Time { return time.Now().Add(20 * time.Minute) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInbox(t, config)
			usual := in.discovery
			in.discovery = func(w http.ResponseWriter, r *http.Request) {
				if config.Now != nil {
					w.Header().Set("Date", config.Now().UTC().Format(http.TimeFormat))
				}
				usual(w, r)
			}
			again, read := newGate(), newGate()
			t.Cleanup(again.open)
			in.serve = func(p *peer) {
				if p.number == 2 {
					again.through()
				}
				p.welcome()
				p.idle()
			}
			a, b := in.sessions[3], in.sessions[17]
			client := in.connect(Options{})
			events := listen(t, client, messageSend, messageReceived)
			before := in.send("user", a, "before the gap")
			in.connections()[0].emit(messageSend, live(a, before))
			if got := fingerprintOf(t, next(t, events)); got != before {
				t.Fatalf("got message %d", got)
			}
			in.connections()[0].ws.CloseNow()

			var want []int64
			for i := range 45 { // more than a batch
				want = append(want, in.send("user", a, fmt.Sprint("missed ", i)))
				time.Sleep(time.Millisecond) // a time of its own
			}
			want = append(want, in.send("operator", b, "answered"))
			in.slowRest(read)
			again.open()
			testwait.Until(t, "the second connection is accepted", func() bool {
				client.mu.Lock()
				defer client.mu.Unlock()
				return client.session != nil && client.session.number == 2
			})
			p := in.connections()[1]
			p.emit(messageSend, live(a, want[44])) // stored before it was told
			p.emit(messageSend, live(a, 424242))
			testwait.Until(t, "both wait", func() bool {
				client.mu.Lock()
				defer client.mu.Unlock()
				return len(client.backlog.events) == 2
			})
			read.open()

			got := marker(t, events)
			if got.Gap == nil || got.Gap.CaughtUp == nil || *got.Gap.CaughtUp != (CaughtUp{Messages: 46, Complete: true}) {
				t.Errorf("the marker is %s", got.raw())
			}
			want = append(want, 424242)
			var names []string
			for i, want := range want {
				event := next(t, events)
				if got := fingerprintOf(t, event); got != want || event.WebsiteID != sandbox.WebsiteID {
					t.Fatalf("message %d is %d, want %d: %s", i, got, want, event.Data)
				}
				names = append(names, event.Name)
			}
			if names[0] != messageSend || names[44] != messageSend || names[45] != messageReceived {
				t.Errorf("got %q", names)
			}
			p.emit(messageSend, live(b, 1))
			if got := fingerprintOf(t, next(t, events)); got != 1 {
				t.Errorf("message %d is one too many", got)
			}
		})
	}
}

// TestCatchUpIncomplete: the marker says what was not read, and events go on.
func TestCatchUpIncomplete(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*inbox)
		opts Options
		want string
	}{
		"refused": {func(in *inbox) {
			in.rest = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(423) })
		}, Options{}, "locked"},
		"not a list": {func(in *inbox) {
			in.rest = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = w.Write([]byte(`{"error":false,"reason":"listed","data":[{"session_id":7}]}`))
			})
		}, Options{}, "the list of conversations"},
		"too many": {func(*inbox) {}, Options{MaxEvents: 8}, "more than 4 messages were missed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInbox(t, sandbox.Config{})
			events := listen(t, in.connect(c.opts), messageSend)
			for i := range 6 {
				in.send("user", in.sessions[0], fmt.Sprint(i))
			}
			in.set(func() { c.set(in) })
			in.connections()[0].ws.CloseNow()
			got := marker(t, events)
			if got.Gap == nil || got.Gap.CaughtUp == nil || got.Gap.CaughtUp.Complete ||
				!strings.Contains(got.Gap.CaughtUp.Error, c.want) {
				t.Fatalf("the marker is %s", got.raw())
			}
			for range got.Gap.CaughtUp.Messages {
				if event := next(t, events); event.Name != messageSend {
					t.Errorf("got %s", event.Name)
				}
			}
			in.connections()[1].emit(messageSend, live("s", 99))
			if got := fingerprintOf(t, next(t, events)); got != 99 {
				t.Errorf("got message %d", got)
			}
		})
	}
}

// TestCatchUpInterrupted: what was not read because the connection was lost again is read over the next, and what
// waited meanwhile waits on.
func TestCatchUpInterrupted(t *testing.T) {
	in := newInbox(t, sandbox.Config{})
	read := newGate()
	client := in.connect(Options{})
	events := listen(t, client, messageSend, "session:set_state")
	in.slowRest(read)
	in.connections()[0].ws.CloseNow()
	testwait.Until(t, "the second connection waits for messages", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return client.backlog != nil
	})
	missed := in.send("user", in.sessions[2], "missed")
	p := in.connections()[1]
	p.emit("session:set_state", payload(7))
	testwait.Until(t, "the event waits", func() bool {
		client.mu.Lock()
		defer client.mu.Unlock()
		return len(client.backlog.events) == 1
	})
	until := time.Now().UnixMilli()
	p.ws.CloseNow()
	testwait.Until(t, "there is a third connection", func() bool { return len(in.connections()) == 3 })
	read.open()
	got := marker(t, events)
	if got.Connection != 3 || *got.Gap.CaughtUp != (CaughtUp{Messages: 1, Complete: true}) || got.Gap.Since > until {
		t.Errorf("the marker is %s", got.raw())
	}
	if got := fingerprintOf(t, next(t, events)); got != missed {
		t.Errorf("got message %d, want %d", got, missed)
	}
	if got := numberOf(t, next(t, events)); got != 7 {
		t.Errorf("got %d", got)
	}
}

// TestCatchUpStorm: events that come while messages are read wait within the limits, and end the reading beyond them.
func TestCatchUpStorm(t *testing.T) {
	in := newInbox(t, sandbox.Config{})
	client := in.connect(Options{MaxEvents: 20})
	events := listen(t, client, messageSend, "session:set_state")
	in.slowRest(newGate())
	in.set(func() {
		in.serve = func(p *peer) {
			p.welcome()
			for n := range 10 {
				p.emit("session:set_state", payload(n))
			}
			p.idle()
		}
	})
	in.connections()[0].ws.CloseNow()
	got := marker(t, events)
	if got.Gap.CaughtUp.Complete || !strings.Contains(got.Gap.CaughtUp.Error, "too many events") {
		t.Errorf("the marker is %s", got.raw())
	}
	for n := range 10 {
		if got := numberOf(t, next(t, events)); got != n {
			t.Errorf("event %d is %d", n, got)
		}
	}
}

// TestSince: a client that takes over from another reads what came since, for those who listen from its beginning.
func TestSince(t *testing.T) {
	in := newInbox(t, sandbox.Config{})
	since := time.Now()
	missed := in.send("user", in.sessions[2], "missed")
	// So that the connection's own times differ from this one.
	testwait.Until(t, "the next millisecond", func() bool { return time.Now().UnixMilli() > since.UnixMilli() })
	in.set(func() {
		in.serve = func(p *peer) {
			p.welcome()
			if p.number == 1 {
				p.emit(messageSend, live("s", 1))
			}
			p.idle()
		}
	})
	client := in.connect(Options{Since: since})
	events := start(t, client, messageSend, Connected)
	first := marker(t, events)
	if first.Connection != 1 || first.Gap == nil || first.Gap.Since != since.UnixMilli() ||
		*first.Gap.CaughtUp != (CaughtUp{Messages: 1, Complete: true}) {
		t.Errorf("the marker is %s", first.raw())
	}
	for _, want := range []int64{missed, 1} {
		if got := fingerprintOf(t, next(t, events)); got != want {
			t.Errorf("got message %d, want %d", got, want)
		}
	}
	in.connections()[0].ws.CloseNow()
	if second := marker(t, events); second.Connection != 2 || second.Gap.Since == since.UnixMilli() {
		t.Errorf("the marker is %s", second.raw())
	}
	late := start(t, client, messageSend, Connected)
	if got := marker(t, late); got.Gap != nil {
		t.Errorf("the marker is %s", got.raw())
	}
}

// TestRecent: as many messages are remembered as are promised, and no more.
func TestRecent(t *testing.T) {
	r := newRecent()
	event := func(n int) crisp.Event {
		return crisp.Event{Name: messageSend, Data: json.RawMessage(live("s", int64(n+1)))}
	}
	for n := range 3 * recentMessages {
		r.note(event(n))
		r.note(event(n))
	}
	if r.has(event(2*recentMessages-1)) || !r.has(event(2*recentMessages)) || !r.has(event(3*recentMessages-1)) {
		t.Error("the wrong messages are remembered")
	}
	if len(r.hashes) != recentMessages || len(r.order) != recentMessages {
		t.Errorf("%d and %d", len(r.hashes), len(r.order))
	}
	others := []crisp.Event{
		{Name: "message:updated", Data: event(1).Data}, {Name: messageSend, Data: json.RawMessage(`[]`)},
		{Name: messageSend, Data: json.RawMessage(`{"session_id":"s"}`)},
	}
	for _, other := range others {
		r.note(other)
	}
	if len(r.order) != recentMessages || slices.ContainsFunc(others, r.has) {
		t.Error("what is no message is remembered")
	}
}
