package events

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/payload"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/eventtext"
)

func testWorld() *world {
	now := time.UnixMilli(1_800_000_000_000)
	return &world{
		website: "22222222-2222-4222-8222-222222222222", session: "session_33333333-3333-4333-8333-333333333333", visitor: "Grace",
		people: "44444444-4444-4444-8444-444444444444", operator: "55555555-5555-4555-8555-555555555555", operatorName: "Jane Doe",
		sent: 111, received: 222, now: func() time.Time { now = now.Add(time.Millisecond); return now },
	}
}

// TestExamplesAreFitted makes each event twice: both must fit, and be two events where the class of the event can tell.
func TestExamplesAreFitted(t *testing.T) {
	w := testWorld()
	for _, event := range spec.Events() {
		var before map[string]any
		for range 2 {
			text, err := (&EmitOptions{event: event}).makePayload(w, nil, nil)
			if err != nil {
				t.Errorf("%s: %v", event.Name, err)
				break
			}
			members, err := eventtext.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"website_id": w.website, "session_id": w.session} {
				if got, has := members[name]; has && got != want && (name != "session_id" || event.Name != "session:removed") {
					t.Errorf("%s: %s is %v", event.Name, name, got)
				}
			}
			told := event.Class == spec.ClassUnique || event.Class == spec.ClassTimed
			if told && before != nil && reflect.DeepEqual(identity(event, before), identity(event, members)) {
				t.Errorf("%s: the second is taken for the first: %s", event.Name, text)
			}
			before = members
		}
	}
}

func identity(event *spec.Event, members map[string]any) (values []any) {
	for _, path := range event.Identity {
		var value any = members
		for step := range strings.SplitSeq(path, ".") {
			object, _ := value.(map[string]any)
			value = object[step]
		}
		values = append(values, value)
	}
	return values
}

func TestPayload(t *testing.T) {
	for _, c := range []struct {
		event        string
		plain, typed []string
		want         string // a part of the payload, or an error when it begins with "error: "
	}{
		{"message:send", nil, nil, `"user":{"user_id":"session_33333333-3333-4333-8333-333333333333","nickname":"Grace"}`},
		{"message:send", []string{"content=Hello?"}, nil, `"content":"Hello?"`},
		{"message:send", []string{"content=1"}, nil, `"content":"1"`},
		{"message:send", []string{"content={is no JSON"}, nil, `"content":"{is no JSON"`},
		{"message:send", []string{`content={"name":"a","url":"https://a.b","type":"t"}`, "type=file"}, nil, `"content":{"name":"a","type":"t","url":"https://a.b"}`},
		{"message:send", []string{"user.nickname=Ada"}, nil, `"user":{"user_id":"session_33333333-3333-4333-8333-333333333333","nickname":"Ada"}`},
		{"message:send", []string{"user[nickname]=Ada"}, nil, `"nickname":"Ada"`},
		{"message:send", []string{"fingerprint=123"}, nil, `"fingerprint":123,`},
		{"message:send", []string{"automated=true"}, nil, `"automated":true`},
		{"message:send", []string{"inbox_id=null"}, nil, `"inbox_id":null`},
		{"message:received", nil, nil, `"user":{"user_id":"55555555-5555-4555-8555-555555555555","nickname":"Jane Doe"}`},
		{"message:updated", nil, nil, `"fingerprint":222,`},
		{"message:acknowledge:read:send", nil, nil, `"fingerprints":[111]}`},
		{"message:acknowledge:read:received", nil, nil, `"fingerprints":[222]}`},
		{"session:set_segments", []string{"segments[]=a", "segments[]=b"}, nil, `"segments":["a","b"]`},
		{"session:set_segments", []string{`segments=["a"]`}, nil, `"segments":["a"]`},
		{"session:set_data", []string{"data.plan=pro", "data.trial=false", "data.zip=01"}, []string{"data[seats]=3"}, `"data":{"plan":"pro","seats":3,"trial":false,"zip":"01"}`},
		{"plugin:channel", []string{"payload.order.id=1"}, nil, `"payload":{"order":{"id":"1"}}`},
		{"plan:subscription:updated", []string{"plan.price=12.50"}, nil, `"plan":{"id":"essentials","name":"Essentials","price":12.50,"trialing":false}`},
		{"session:set_routing", []string{"routing_id=null"}, nil, `"routing_id":null`},

		{"message:send", []string{"contnt=x"}, nil, `error: -f contnt=x: message:send has no field "contnt"; hint: did you mean "content"?`},
		{"message:send", []string{"user.nick=x"}, nil, `error: -f user.nick=x: user of message:send has no field "nick"; hint: did you mean "nickname"?`},
		{"message:send", []string{"from.who=x"}, nil, `error: -f from.who=x: from of message:send has no members`},
		{"message:send", []string{"from=bot"}, nil, `error: the payload does not fit message:send: from`},
		{"message:send", []string{"automated=maybe"}, nil, `error: -f automated=maybe: it takes boolean; hint: write it as JSON`},
		{"session:set_segments", []string{"segments=a"}, nil, `error: -f segments=a: it takes string[]; hint: write -f segments[]=a for each item, or JSON`},
		{"session:set_segments", []string{"segments.a=1"}, nil, `error: -f segments.a=1: segments is a list; hint: write segments[]`},
		{"session:set_state", []string{"state[]=1"}, nil, `error: -f state[]=1: state is not a list`},
		{"session:set_state", []string{"state=a", "state=b"}, nil, `error: -f state=b: state is given twice`},
		{"session:set_state", []string{"state=done"}, nil, `error: the payload does not fit session:set_state: state`},
		{"session:set_email", []string{"session_id=x"}, nil, `error: the payload does not fit session:set_email: session_id`},
	} {
		o := &EmitOptions{event: spec.FindEvent(c.event)}
		got, err := func() ([]byte, error) {
			list, err := fields.Parse(c.plain, c.typed)
			if err != nil {
				return nil, err
			}
			changes, err := payload.Changes(t.Context(), nil, o.event, list)
			if err != nil {
				return nil, err
			}
			return o.makePayload(testWorld(), changes, nil)
		}()
		if text := shownError(err); err != nil {
			got = []byte("error: " + text)
		}
		if !strings.Contains(string(got), c.want) {
			t.Errorf("%s %q %q\n got %s\nwant %s", c.event, c.plain, c.typed, got, c.want)
		}
	}
}
