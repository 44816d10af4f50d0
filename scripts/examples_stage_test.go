package scripts_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/filter"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts"
	"github.com/go-json-experiment/json/jsontext"
)

// stage is an inbox with a script that its events start.
type stage struct {
	t        *testing.T
	host     *scripttest.Host
	file     string
	options  []engine.InstanceOption
	triggers []trigger
	next     func() (crisp.Event, error, bool)
	sessions map[string]string
	// serve answers the script's requests to the network.
	serve func(r *http.Request, body string) (status int, answer string)
}

type trigger struct {
	event string
	where *filter.Filter
}

func newStage(t *testing.T, file string, header scripts.Header, env map[string]string) *stage {
	t.Helper()
	s := &stage{
		t: t, file: file, host: scripttest.NewHost(t, spec.TierWebsite, sandbox.Config{Seed: 1}), sessions: map[string]string{},
	}
	vocabulary, err := engine.NewVocabulary(bindings.List()...)
	if err != nil {
		t.Fatal(err)
	}
	access, err := header.Access(vocabulary)
	if err != nil {
		t.Fatal(err)
	}
	db := statetest.Open(t, statetest.SQLite(t))
	s.options = []engine.InstanceOption{
		engine.WithPermissions(access), bindings.WithEnv(env), engine.WithFetch(s.network()),
		bindings.WithStores(db.ScriptStore("example"), db.SharedStore()),
	}
	names := []string{rtm.Connected, sentinel}
	for _, on := range header.On {
		where, err := filter.Compile(on.Where, spec.FindEvent(on.Event))
		if err != nil {
			t.Fatal(err)
		}
		s.triggers = append(s.triggers, trigger{on.Event, where})
		names = append(names, on.Event)
	}
	s.listen(names)
	return s
}

// listen connects to the events of the sandbox.
func (s *stage) listen(names []string) {
	s.t.Helper()
	client, err := rtm.New(s.host.Client, rtm.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	next, stop := iter.Pull2(client.Listen(ctx, names))
	s.t.Cleanup(func() {
		cancel()
		stop()
		if err := client.Close(); err != nil {
			s.t.Error(err)
		}
	})
	s.next = next
	if e := s.event(); e.Name != rtm.Connected {
		s.t.Fatalf("%s comes first", e.Name)
	}
}

func (s *stage) event() crisp.Event {
	s.t.Helper()
	e, err, ok := s.next()
	if err != nil || !ok {
		s.t.Fatalf("the events end: %v", err)
	}
	return e
}

// network is a transport that has a server of the test behind every name below example.com.
func (s *stage) network() http.RoundTripper {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			s.t.Error(err)
		}
		if text := jsontext.Value(body); text.Canonicalize() == nil { // JavaScript keeps the order of members
			body = text
		}
		status, answer := s.serve(r, string(body))
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	s.t.Cleanup(server.Close)
	transport := server.Client().Transport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	s.t.Cleanup(transport.CloseIdleConnections)
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	return transport
}

func (s *stage) print(line string) { fmt.Fprintln(s.host.Out, line) }

// session is the conversation that the test has a name for, which begins when it is first named.
func (s *stage) session(name string) string {
	s.t.Helper()
	if id, begun := s.sessions[name]; begun {
		return id
	}
	c, err := s.host.Client.Conversations.Create(s.t.Context(), sandbox.WebsiteID)
	if err != nil {
		s.t.Fatal(err)
	}
	s.sessions[name] = c.SessionID
	return c.SessionID
}

// known is the address of somebody who has a profile.
func (s *stage) known() string {
	s.t.Helper()
	for p, err := range s.host.Client.People.List(s.t.Context(), sandbox.WebsiteID, nil) {
		if err != nil {
			s.t.Fatal(err)
		}
		return p.Email
	}
	s.t.Fatal("there are no profiles")
	return ""
}

// call sends a request about a conversation.
func (s *stage) call(method, session, path, body string) {
	s.t.Helper()
	address := s.host.Sandbox.URL() + "website/" + sandbox.WebsiteID + "/conversation/" + s.session(session) + path
	req, err := http.NewRequestWithContext(s.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer res.Body.Close()
	if answer, err := io.ReadAll(res.Body); err != nil || res.StatusCode > 299 {
		s.t.Fatalf("%s %s: %d %s %v", method, path, res.StatusCode, answer, err)
	}
}

// change changes what is known about a contact.
func (s *stage) change(session, meta string) { s.call("PATCH", session, "/meta", meta) }

// write has a visitor write, and lets the script run.
func (s *stage) write(session, text string, at time.Time) {
	s.t.Helper()
	content, err := json.Marshal(text)
	if err != nil {
		s.t.Fatal(err)
	}
	s.call("POST", session, "/message",
		fmt.Sprintf(`{"type":"text","from":"user","origin":"chat","content":%s,"timestamp":%d}`, content, at.UnixMilli()))
	s.settle()
}

// answer has an operator answer, and lets the script run.
func (s *stage) answer(session, text string, automated bool) {
	s.t.Helper()
	s.call("POST", session, "/message",
		fmt.Sprintf(`{"type":"text","from":"operator","origin":"chat","content":%q,"automated":%t}`, text, automated))
	s.settle()
}

// sentinel is an event that no example listens to. What came before it has come when it comes.
const sentinel = "plugin:event"

// settle runs the script for the events that have come, and for those that it causes itself.
func (s *stage) settle() {
	s.t.Helper()
	for ran := true; ran; {
		ran = false
		err := s.host.Sandbox.Emit(sandbox.WebsiteID, sentinel, json.RawMessage(`{"name":"end"}`))
		if err != nil {
			s.t.Fatal(err)
		}
		for e := s.event(); e.Name != sentinel; e = s.event() {
			if s.starts(e) {
				s.run(e.Data)
				ran = true
			}
		}
	}
}

func (s *stage) starts(e crisp.Event) bool {
	s.t.Helper()
	return slices.ContainsFunc(s.triggers, func(trigger trigger) bool {
		match, err := trigger.where.Match(e.Data)
		if err != nil {
			s.t.Fatal(err)
		}
		return trigger.event == e.Name && match
	})
}

// tick runs the script as its schedule does, at a time.
func (s *stage) tick(at time.Time) {
	s.t.Helper()
	s.host.Now = func() time.Time { return at }
	s.run(nil)
	s.settle()
}

// run runs the script. What it throws is printed.
func (s *stage) run(event json.RawMessage) {
	s.t.Helper()
	options := append([]engine.InstanceOption{bindings.WithEvent(event)}, s.options...)
	if _, err := s.host.Run(s.t, s.file, options...); err != nil {
		// The place differs between languages.
		_, message, _ := strings.Cut(err.Error(), ": ")
		message, _, _ = strings.Cut(message, "\n")
		s.print("failed: " + message)
	}
}

// show prints what the inbox shows of a conversation.
func (s *stage) show(session string) {
	s.t.Helper()
	id := s.session(session)
	c, err := s.host.Client.Conversations.Get(s.t.Context(), sandbox.WebsiteID, id)
	if err != nil {
		s.t.Fatal(err)
	}
	assigned := ""
	if c.Assigned != nil {
		assigned = ", assigned"
	}
	blocked := ""
	if c.IsBlocked {
		blocked = ", blocked"
	}
	s.print(fmt.Sprintf("%s: %s%s%s %v %v", session, c.State, assigned, blocked, c.Meta.Segments, c.Meta.Data))
	var messages []crisp.Message
	for m, err := range s.host.Client.Conversations.Messages.List(s.t.Context(), sandbox.WebsiteID, id, nil) {
		if err != nil {
			s.t.Fatal(err)
		}
		messages = append(messages, *m)
	}
	slices.SortFunc(messages, func(a, b crisp.Message) int { return int(a.Timestamp - b.Timestamp) })
	for _, m := range messages {
		s.print(fmt.Sprintf("  %s %s: %s", m.From, m.Type, m.Content))
	}
}
