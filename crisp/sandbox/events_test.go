package sandbox_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// heard is an event that a sandbox emitted.
type heard struct {
	website, name string
	data          json.RawMessage
}

func (h *heard) decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(h.data, v); err != nil {
		t.Fatalf("%s %s: %v", h.name, h.data, err)
	}
}

// listener collects the events of a sandbox.
type listener struct{ events chan heard }

// listen serves a sandbox and listens to it.
func listen(t testing.TB, cfg sandbox.Config) (*sandbox.Server, *api, *listener) {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = now
	}
	s := sandbox.New(cfg)
	l := &listener{events: make(chan heard, 1000)}
	s.Tap(func(website, event string, data json.RawMessage) { l.events <- heard{website, event, data} })
	return s, serveHandler(t, s), l
}

// next waits for n events and checks that no further one is there already.
func (l *listener) next(t testing.TB, n int) []heard {
	t.Helper()
	var got []heard
	for len(got) < n {
		select {
		case e := <-l.events:
			checkPayload(t, e)
			got = append(got, e)
		case <-time.After(10 * time.Second):
			t.Fatalf("%d events have come, want %d: %s", len(got), n, names(got))
		}
	}
	if more := l.drain(); len(more) > 0 {
		t.Fatalf("%s have come, and %s besides", names(got), names(more))
	}
	return got
}

// drain takes what is there.
func (l *listener) drain() []heard {
	var got []heard
	for {
		select {
		case e := <-l.events:
			got = append(got, e)
		default:
			return got
		}
	}
}

func names(list []heard) string {
	var all []string
	for _, e := range list {
		all = append(all, e.name)
	}
	return strings.Join(all, " ")
}

func checkPayload(t testing.TB, e heard) {
	t.Helper()
	if e.website != sandbox.WebsiteID {
		t.Errorf("%s is an event of the website %q", e.name, e.website)
	}
	event := spec.FindEvent(e.name)
	if event == nil {
		t.Errorf("%s is not an event of the description", e.name)
		return
	}
	if err := event.Payload.ValidateJSON(jsontext.Value(e.data)); err != nil {
		t.Errorf("%s does not fit its description: %v\n%s", e.name, err, e.data)
	}
}

// emitted has the events of each operation's trial, in order. Every operation that changes something stands here; those
// without events cause none at Crisp as far as the list of events tells.
var emitted = map[string]string{
	"website.create": "", "website.delete": "", "website.expunge.abort": "", "website.settings.update": "",
	"website.operators.active.flush": "", "website.operators.email.send": "", "website.operators.email.patch": "",
	"website.operator.invite": "", "website.operator.change": "", "website.operator.unlink": "",
	"website.visitors.blocked.rule.clear":          "",
	"website.conversations.suggest.segment.delete": "", "website.conversations.suggest.data.delete": "",
	"website.people.suggest.segment.delete": "", "website.people.suggest.data.delete": "",
	"website.people.suggest.event.delete": "",

	"website.conversations.spam.decision.submit": "spam:decision session:request:initiated message:send",

	"website.conversation.create":                      "session:request:initiated",
	"website.conversation.delete":                      "session:removed",
	"website.conversation.initiate":                    "session:request:initiated session:update_availability",
	"website.conversation.open.update":                 "session:set_opened",
	"website.conversation.routing.assign":              "", // the trial changes nothing, as nobody is assigned
	"website.conversation.inbox.update":                "", // nor here, and in the next ones that say so
	"website.conversation.meta.update":                 "session:set_nickname session:set_data session:set_segments",
	"website.conversation.state.change":                "", // resolved already
	"website.conversation.participants.save":           "session:set_participants",
	"website.conversation.block":                       "session:set_block",
	"website.conversation.verify.update":               "session:update_verify",
	"website.conversation.verify.identity.request":     "",
	"website.conversation.verify.identity.link.redeem": "session:update_verify",
	"website.conversation.transcript.request":          "",
	"website.conversation.purge.request":               "",
	"website.conversation.feedback.request":            "",
	"website.conversation.reminder.schedule":           "",
	"website.conversation.report":                      "spam:message session:removed",

	"website.conversation.message.send":   "message:received",
	"website.conversation.message.update": "message:updated",
	"website.conversation.message.delete": "message:removed",
	"website.conversation.compose":        "message:compose:receive",
	"website.conversation.read.mark":      "", // read already
	"website.conversation.unread.mark":    "message:acknowledge:unread:send",
	"website.conversation.delivered.mark": "", // the trial names no message of the conversation

	"website.conversation.browsing.initiate":       "browsing:request:initiated",
	"website.conversation.browsing.send":           "",
	"website.conversation.browsing.assist":         "",
	"website.conversation.call.initiate":           "call:request:initiated",
	"website.conversation.call.abort":              "",
	"website.conversation.call.transmit":           "",
	"website.conversation.call.signaling.transmit": "",
	"website.conversation.tool.request":            "",
	"website.conversation.widget.button.deliver":   "widget:action:processed",
	"website.conversation.widget.data.deliver":     "widget:action:processed",

	"website.people.profile.create":         "people:profile:created",
	"website.people.profile.save":           "people:profile:updated",
	"website.people.profile.update":         "people:profile:updated",
	"website.people.profile.delete":         "people:profile:removed",
	"website.people.data.save":              "people:profile:updated",
	"website.people.data.update":            "people:profile:updated",
	"website.people.events.create":          "",
	"website.people.subscription.update":    "", // not subscribed
	"website.people.export.profiles.export": "",
	"website.people.import.profiles.import": "people:import:done",

	"bucket.url.generate":  "bucket:url:upload:generated",
	"media.animation.list": "media:animation:listed",

	"plugin.subscription.subscribe":       "", // installed already
	"plugin.subscription.unsubscribe":     "plugin:subscription:updated",
	"plugin.subscription.channel.forward": "plugin:channel",
	"plugin.subscription.event.dispatch":  "plugin:event",
	"plugin.subscription.settings.save":   "plugin:settings:saved",
	"plugin.subscription.settings.update": "plugin:settings:saved",
}

// TestOperationsEmit calls each operation of the description and listens.
func TestOperationsEmit(t *testing.T) {
	for _, op := range spec.All() {
		want, listed := emitted[op.ID]
		if !listed && op.Effect != spec.EffectRead {
			t.Errorf("%s changes something, and the table does not say which events it causes", op.ID)
		}
		t.Run(op.ID, func(t *testing.T) {
			_, a, l := listen(t, sandbox.Config{})
			_, r := attempt(t, a, op, func() {
				if strings.Contains(op.Path, "{call_id}") || strings.HasSuffix(op.ID, ".call.get") ||
					strings.Contains(op.Path, "{browsing_id}") {
					l.next(t, 1) // of the preparation, whose event follows its answer
				}
				l.drain()
			})
			if r.Status != op.Status {
				t.Fatalf("%d %s", r.Status, r.Raw)
			}
			got := l.next(t, len(strings.Fields(want)))
			if names(got) != want {
				t.Errorf("%s, want %s", names(got), want)
			}
		})
	}
}

// rest is the payload of an event of a conversation without the members that all have, which are checked.
func (h *heard) rest(t testing.TB, session string) string {
	t.Helper()
	members := map[string]any{}
	h.decode(t, &members)
	if members["session_id"] != session || members["website_id"] != sandbox.WebsiteID {
		t.Errorf("%s %s is not of the conversation %s", h.name, h.data, session)
	}
	if _, there := members["inbox_id"]; !there {
		t.Errorf("%s %s has no inbox_id", h.name, h.data)
	}
	for _, name := range []string{"website_id", "session_id", "inbox_id"} {
		delete(members, name)
	}
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestConversationEvents changes one conversation step by step. What is in braces is the payload.
func TestConversationEvents(t *testing.T) {
	_, a, l := listen(t, sandbox.Config{})
	ids := known(t, a)
	inboxes := map[string]int{}
	a.eachConversation("", func(c conversation) {
		if c.InboxID != "" {
			inboxes[c.InboxID]++
		}
	})
	inbox := slices.Sorted(maps.Keys(inboxes))[0]
	var c struct {
		ID string `json:"session_id"`
	}
	a.ok("POST", "/conversation", "{}", &c)
	if got := names(l.next(t, 1)); got != "session:request:initiated" {
		t.Fatal(got)
	}
	user := fmt.Sprintf(`"user":{"avatar":"https://a.example/a.png","nickname":"Ada","user_id":%q}`, c.ID)
	message := `"automated":false,"content":%s,"fingerprint":%d,"from":%q,"mentions":[%s],"origin":"chat","stamped":true,"timestamp":%d,"type":%q`
	for _, step := range []struct {
		name, method, path, body string
		want                     []string
	}{
		{"meta", "PATCH", "/meta", `{"nickname":"Ada","email":"ada@example.com","phone":"+1 555","address":"Here 1","subject":"Engines","avatar":"https://a.example/a.png","data":{"plan":"Pro"},"segments":["vip"],"device":{"timezone":60,"locales":["en"]}}`, []string{
			`session:set_nickname {"nickname":"Ada"}`, `session:set_email {"email":"ada@example.com"}`,
			`session:set_phone {"phone":"+1 555"}`, `session:set_address {"address":"Here 1"}`,
			`session:set_subject {"subject":"Engines"}`, `session:set_avatar {"avatar":"https://a.example/a.png"}`,
			`session:set_data {"data":{"plan":"Pro"}}`, `session:set_segments {"segments":["vip"]}`,
			`session:sync:timezone {"timezone":{"offset":60}}`, `session:sync:locales {"locales":{"locales":["en"]}}`,
			`session:sync:topic {"topic":"Engines"}`,
		}},
		{"the same meta", "PATCH", "/meta", `{"nickname":"Ada","data":{"plan":"Pro"},"segments":["vip"]}`, nil},
		{"a question", "POST", "/message", `{"type":"text","from":"user","origin":"chat","content":"Hello?","fingerprint":1,"timestamp":1700000000000}`, []string{
			"message:send {" + fmt.Sprintf(message, `"Hello?"`, 1, "user", "", 1700000000000, "text") + "," + user + "}",
		}},
		{"the same question", "POST", "/message", `{"type":"text","from":"user","origin":"chat","content":"Hello?","fingerprint":1}`, nil},
		{"a hidden message", "POST", "/message", `{"type":"text","from":"user","origin":"chat","content":"Psst","fingerprint":9,"stealth":true}`, nil},
		{"typing", "PATCH", "/compose", `{"type":"start","from":"user","excerpt":"Hel"}`, []string{
			fmt.Sprintf(`message:compose:send {"excerpt":"Hel","timestamp":%d,"type":"start"}`, clock.UnixMilli()),
		}},
		{"a note", "POST", "/message", `{"type":"note","from":"operator","origin":"chat","content":"Look","fingerprint":2,"timestamp":1700000001000,"user":{"nickname":"Bot"},"mentions":["` + ids["user_id"] + `"]}`, []string{
			"message:received {" + fmt.Sprintf(message, `"Look"`, 2, "operator", `"`+ids["user_id"]+`"`, 1700000001000, "note") + `,"user":{"nickname":"Bot"}}`,
			`session:set_mentions {"mentions":["` + ids["user_id"] + `"]}`,
		}},
		{"an answer", "POST", "/message", `{"type":"text","from":"operator","origin":"chat","content":"Hi","fingerprint":3,"timestamp":1700000002000,"user":{"nickname":"Bot"},"automated":true}`, []string{
			"message:received {" + strings.Replace(fmt.Sprintf(message, `"Hi"`, 3, "operator", "", 1700000002000, "text"), "false", "true", 1) + `,"user":{"nickname":"Bot"}}`,
			`session:set_state {"state":"unresolved"}`,
		}},
		{"an edit", "PATCH", "/message/3", `{"content":"Hi Ada"}`, []string{`message:updated {"content":"Hi Ada","fingerprint":3}`}},
		{"read by the team", "PATCH", "/read", `{"from":"user","origin":"chat","fingerprints":[1]}`, []string{`message:acknowledge:read:send {"fingerprints":[1],"origin":"chat"}`}},
		{"read twice", "PATCH", "/read", `{"from":"user","origin":"chat","fingerprints":[1]}`, nil},
		{"delivered", "PATCH", "/delivered", `{"from":"operator","origin":"chat","fingerprints":[3]}`, []string{`message:acknowledge:delivered {"fingerprints":[3],"origin":"chat"}`}},
		{"read by the contact", "PATCH", "/read", `{"from":"operator","origin":"chat"}`, []string{`message:acknowledge:read:received {"fingerprints":[3],"origin":"chat"}`}},
		{"removed", "DELETE", "/message/3", "", []string{`message:removed {"fingerprint":3}`}},
		{"assigned", "PATCH", "/routing", `{"assigned":{"user_id":"` + ids["user_id"] + `"}}`, []string{`session:set_routing {"previous_routing_id":null,"routing_id":"` + ids["user_id"] + `"}`}},
		{"assigned again", "PATCH", "/routing", `{"assigned":{"user_id":"` + ids["user_id"] + `"}}`, nil},
		{"free", "PATCH", "/routing", `{"assigned":null}`, []string{`session:set_routing {"previous_routing_id":"` + ids["user_id"] + `","routing_id":null}`}},
		{"another inbox", "PATCH", "/inbox", `{"inbox_id":"` + inbox + `"}`, []string{`session:set_inbox {"previous_inbox_id":null}`}},
		{"resolved", "PATCH", "/state", `{"state":"resolved","user":{"nickname":"Bot"}}`, []string{
			`session:set_state {"state":"resolved"}`,
			// Its number is drawn.
			"message:received *",
		}},
		{"resolved again", "PATCH", "/state", `{"state":"resolved"}`, nil},
		{"a question again", "POST", "/message", `{"type":"text","from":"user","origin":"chat","content":"And?","fingerprint":4}`, []string{
			"message:send *", `session:set_state {"state":"unresolved"}`,
		}},
		{"blocked", "PATCH", "/block", `{"blocked":true}`, []string{`session:set_block {"is_blocked":true}`}},
		{"a message of a blocked contact", "POST", "/message", `{"type":"text","from":"user","origin":"chat","content":"Hey"}`, nil},
		{"left", "PATCH", "/open", `{"opened":false}`, []string{"session:set_closed *"}},
		{"a plugin's code", "POST", "/verify/identity", `{"identity":"urn:fernleaf:sandbox:0","recipient":"@ada"}`, []string{"identity:verify:request *"}},
		{"removed as a whole", "DELETE", "", "", []string{"session:removed {}"}},
	} {
		a.ok(step.method, "/conversation/"+c.ID+step.path, step.body, nil)
		var got []string
		for i, e := range l.next(t, len(step.want)) {
			payload := " *"
			if step.want[i] != e.name+payload {
				payload = " " + e.rest(t, c.ID)
			}
			got = append(got, e.name+payload)
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("%s:\n got %s\nwant %s", step.name, strings.Join(got, "\n     "), strings.Join(step.want, "\n     "))
		}
	}
}
