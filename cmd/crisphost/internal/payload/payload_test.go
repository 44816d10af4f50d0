package payload_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp/spec"
)

func makePayload(t *testing.T, event string, changes ...string) ([]byte, error) {
	list, err := fields.Parse(changes, nil)
	if err != nil {
		return nil, err
	}
	return payload.Make(t.Context(), nil, spec.FindEvent(event), list)
}

func TestMake(t *testing.T) {
	for _, c := range []struct {
		event   string
		changes []string
		want    map[string]any // some of the members
	}{
		{"message:send", []string{"content=Hello?", "from=operator", "timestamp=5"}, map[string]any{"content": "Hello?", "from": "operator", "timestamp": 5.0}},
		{"message:send", []string{"content=42", "stamped=true", "inbox_id=null"}, map[string]any{"content": "42", "stamped": true, "inbox_id": nil}},
		{"message:send", []string{"type=file", `content={"name": "a.pdf", "url": "https://example.com/a.pdf", "type": "application/pdf"}`},
			map[string]any{"type": "file", "content": map[string]any{"name": "a.pdf", "url": "https://example.com/a.pdf", "type": "application/pdf"}}},
		{"message:send", []string{"user.nickname=Ann", "mentions=[\"bob\"]"}, map[string]any{"mentions": []any{"bob"}}},
		{"session:set_data", []string{"data.score=5", "data[plan]=pro", "data.note=a=b", "data.vip=true"},
			map[string]any{"data": map[string]any{"score": 5.0, "plan": "pro", "note": "a=b", "vip": true}}},
	} {
		text, err := makePayload(t, c.event, c.changes...)
		if err != nil {
			t.Errorf("%s %q: %v", c.event, c.changes, err)
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		for name, want := range c.want {
			if !reflect.DeepEqual(got[name], want) {
				t.Errorf("%s %q: %s is %#v, want %#v", c.event, c.changes, name, got[name], want)
			}
		}
	}
}

func TestMakeErrors(t *testing.T) {
	for _, c := range []struct {
		change, problem, hint string
	}{
		{"content", "-f content is not name=value", ""},
		{"=x", "is not a member's name", ""},
		{"contnet=x", `-f contnet=x: message:send has no field "contnet"`, `did you mean "content"?`},
		{"from=usr", `the payload does not fit message:send: from "usr"`, ""},
		{"timestamp=now", "-f timestamp=now: it takes integer", "write it as JSON"},
		{"user.nick=x", `-f user.nick=x: user of message:send has no field "nick"`, "nickname"},
	} {
		_, err := makePayload(t, "message:send", c.change)
		var wrong *usage.Error
		if !errors.As(err, &wrong) {
			t.Errorf("-f %s: %v", c.change, err)
		} else if !strings.Contains(wrong.Problem, c.problem) || !strings.Contains(wrong.Hint, c.hint) {
			t.Errorf("-f %s: %v, hint %q; want %s, %s", c.change, err, wrong.Hint, c.problem, c.hint)
		}
	}
	if _, err := payload.FindEvent("message:sent"); err == nil || err.Error() != `unknown event "message:sent"` {
		t.Error(err)
	}
}

// TestExamplesFit has every event's example go through a change.
func TestExamplesFit(t *testing.T) {
	for _, event := range spec.Events() {
		field := event.Payload.Fields[0]
		var example map[string]any
		if err := json.Unmarshal([]byte(event.Example), &example); err != nil {
			t.Fatal(err)
		}
		value, err := json.Marshal(example[field.Name])
		if err != nil {
			t.Fatal(err)
		}
		text, err := makePayload(t, event.Name, field.Name+"="+strings.Trim(string(value), `"`))
		var got map[string]any
		if err := errors.Join(err, json.Unmarshal(text, &got)); err != nil || !reflect.DeepEqual(got, example) {
			t.Errorf("%s: %s, %v", event.Name, text, err)
		}
	}
}
