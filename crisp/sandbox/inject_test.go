package sandbox_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

const stranger = "session_0b4ab9ce-6a4d-4a52-9c1a-7f1f5a3a7f10"

// TestInjectedMessage checks that an emitted message becomes one of the conversation that it names.
func TestInjectedMessage(t *testing.T) {
	s, a, l := listen(t, sandbox.Config{})
	inject := func(event, data string, n int) []heard {
		t.Helper()
		if err := s.Emit(sandbox.WebsiteID, event, json.RawMessage(data)); err != nil {
			t.Fatal(err)
		}
		return l.next(t, n)
	}
	// A session that nobody knows begins a conversation.
	got := inject("message:send", `{"session_id":"`+stranger+`","inbox_id":null,"content":"Hello?","user":{"nickname":"Ada"},"routing_ids":["a"]}`, 3)
	if names(got) != "session:request:initiated session:update_availability message:send" {
		t.Fatal(names(got))
	}
	var sent struct {
		Session string `json:"session_id"`
		Content string
		Type    string
		From    string
		Routing []string `json:"routing_ids"`
		User    struct{ Nickname string }
		Number  int64 `json:"fingerprint"`
		At      int64 `json:"timestamp"`
	}
	got[2].decode(t, &sent)
	if sent.Session != stranger || sent.Content != "Hello?" || sent.Type != "text" || sent.From != "user" || sent.User.Nickname != "Ada" ||
		len(sent.Routing) != 1 || sent.Number == 0 || sent.At != clock.UnixMilli() {
		t.Errorf("emitted %s", got[2].data)
	}
	messages := a.allMessages(stranger)
	if len(messages) != 1 || messages[0].Fingerprint != sent.Number || messages[0].From != "user" {
		t.Errorf("the conversation has %+v", messages)
	}
	if c := a.show(stranger); c.State != "pending" || c.Unread.Operator != 1 || c.Meta.Nickname != "Ada" {
		t.Errorf("the conversation is %+v", c)
	}
	// The answer of an operator goes to the same conversation.
	if got := inject("message:received", `{"session_id":"`+stranger+`","content":"Hi","fingerprint":5}`, 2); names(got) != "message:received session:set_state" {
		t.Error(names(got))
	}
	// The same number is a second delivery.
	if got := inject("message:received", `{"session_id":"`+stranger+`","content":"Hi","fingerprint":5}`, 1); names(got) != "message:received" {
		t.Error(names(got))
	}
	if messages := a.allMessages(stranger); len(messages) != 2 {
		t.Errorf("%d messages, want the question and the answer", len(messages))
	}
	// Without a session each message begins a conversation; other events change nothing.
	inject("message:send", `{"content":"Hello?"}`, 3)
	if got := inject("email:track:view", `{"website_id":"`+sandbox.WebsiteID+`","type":"campaign","identifier":"a","mode":"b"}`, 1); names(got) != "email:track:view" {
		t.Error(names(got))
	}
}

// TestInjectedNonsense checks that what cannot be a message is refused and changes nothing.
func TestInjectedNonsense(t *testing.T) {
	s, _, l := listen(t, sandbox.Config{})
	for _, c := range []struct{ website, event, data, want string }{
		{sandbox.WebsiteID, "message:send", `[]`, "not a JSON object"},
		{sandbox.WebsiteID, "message:send", `{}`, "'content'"},
		{sandbox.WebsiteID, "message:send", `{"content":{"text":"a"}}`, "data.content"},
		{sandbox.WebsiteID, "message:send", `{"content":"a","from":"operator"}`, "data.from should be equal to user"},
		{sandbox.WebsiteID, "message:received", `{"content":"a","from":"user"}`, "data.from should be equal to operator"},
		{sandbox.WebsiteID, "message:send", `{"content":"a","type":"smoke"}`, "data.type"},
		{sandbox.WebsiteID, "message:send", `{"content":"a","session_id":"me"}`, "data.session_id"},
		{sandbox.WebsiteID, "message:send", `{"content":"a","fingerprint":"x"}`, "data"},
		{sandbox.WebsiteID, "message:send", `{"content":"a","website_id":"b"}`, "data.website_id"},
		{stranger[8:], "message:send", `{"content":"a"}`, "not_allowed"},
	} {
		err := s.Emit(c.website, c.event, json.RawMessage(c.data))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, want %s", c.event, c.data, err, c.want)
		}
	}
	if got := l.drain(); len(got) > 0 {
		t.Errorf("%s was emitted", names(got))
	}
}

// FuzzInject checks that no payload breaks the sandbox, and that what is accepted fits the description of its event.
func FuzzInject(f *testing.F) {
	for _, data := range []string{
		`{"content":"Hello?","user":{"nickname":"Ada"}}`, `{"type":"picker","content":{"id":"a","text":"b","choices":[]}}`,
		`{"session_id":"` + stranger + `","content":"a","fingerprint":-1,"timestamp":0,"mentions":["x"],"stealth":true}`,
		`{"content":"a","user":7}`, `{"content":"a","properties":{"a":1}}`, `{"type":"event","content":{"namespace":"a"}}`,
	} {
		f.Add(data)
	}
	s, _, l := listen(f, sandbox.Config{Conversations: 10, People: 10})
	f.Fuzz(func(t *testing.T, data string) {
		err := s.Emit(sandbox.WebsiteID, "message:send", json.RawMessage(data))
		events := l.drain()
		if (err == nil) != (len(events) > 0) {
			t.Errorf("%v, and %d events", err, len(events))
		}
		for _, e := range events {
			if e.name != "message:send" { // whose payload has what was given
				checkPayload(t, e)
			}
		}
	})
}
