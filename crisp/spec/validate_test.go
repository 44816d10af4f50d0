package spec_test

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/spec"
)

func body(t *testing.T, id string) *spec.Schema {
	t.Helper()
	op := spec.ByID(id)
	if op == nil || op.Body == nil {
		t.Fatalf("%s has no body", id)
	}
	return op.Body
}

const (
	send   = "website.conversation.message.send"
	update = "website.conversation.message.update"
	assign = "website.conversation.routing.assign"
	meta   = "website.conversation.meta.update"
	create = "website.people.profile.create"
	event  = "website.people.events.create"
	remind = "website.conversation.reminder.schedule"
	read   = "website.conversation.read.mark"
	export = "website.people.export.profiles.export"
)

func TestValidateJSON(t *testing.T) {
	tests := []struct{ name, id, json, want string }{
		{"text message", send, `{"type":"text","from":"operator","origin":"chat","content":"Hello"}`, ""},
		{"urn origin", send, `{"type":"text","from":"operator","origin":"urn:me:bot:0","content":"Hello"}`, ""},
		{"bare urn", send, `{"type":"text","from":"operator","origin":"urn:","content":"Hello"}`,
			`origin "urn:" is not one of its words; takes "chat" | "email" | "urn:..."`},
		{"file message", send, `{"type":"file","from":"user","origin":"email","content":{"name":"a","url":"https://a.b/c","type":"text/plain"}}`, ""},
		{"picker with a flaw", send, `{"type":"picker","from":"user","origin":"chat","content":{"id":"1","text":"?","choices":[{"value":"a","label":"A","selected":false},{"value":"b","selected":false}]}}`,
			`content.choices[1].label is missing; takes string`},
		{"content of another type", send, `{"type":"text","from":"user","origin":"chat","content":{"namespace":"x"}}`,
			`content is an object; takes string`},
		{"unknown type", send, `{"type":"txt","from":"user","origin":"chat","content":""}`,
			`type "txt" is not one of its words; takes "text" | "note" | "file" | "animation" | "audio" | "picker" | "field" | "carousel" | "event" (did you mean "text"?)`},
		{"no type", send, `{"from":"user"}`,
			`type is missing; takes "text" | "note" | "file" | "animation" | "audio" | "picker" | "field" | "carousel" | "event"`},
		{"misspelt type", send, `{"tpye":"text"}`, `tpye is unknown (did you mean "type"?)`},
		{"type of another type", send, `{"type":1}`,
			`type is a number; takes "text" | "note" | "file" | "animation" | "audio" | "picker" | "field" | "carousel" | "event"`},
		{"not an object", send, `"Hello"`, `the value is a string; takes MessageNew`},
		{"camel case member", "website.conversation.inbox.update", `{"inboxId":null}`, `inboxId is unknown; takes inbox_id (did you mean "inbox_id"?)`},
		{"misspelt word", "website.conversation.state.change", `{"state":"resolvd"}`,
			`state "resolvd" is not one of its words; takes "pending" | "unresolved" | "resolved" (did you mean "resolved"?)`},
		{"null where it is allowed", assign, `{"assigned":null}`, ""},
		{"object without its member", assign, `{"assigned":{}}`, ""},
		{"not an id", assign, `{"assigned":{"user_id":"bob"}}`, `assigned.user_id "bob" has the wrong form; takes string (UUID) | null`},
		{"required but absent", assign, `{"silent":true}`, `assigned is missing; takes RoutingAssigned | null`},
		{"null for a string", meta, `{"nickname":null}`, `nickname is null; takes string`},
		{"custom data", meta, `{"data":{"a":1,"b":"x","c":true,"d":1.5}}`, ""},
		{"nested custom data", meta, `{"data":{"b b":[],"a":1,"c":{}}}`, `data["b b"] is a list; takes string | number | boolean`},
		{"new content as text", update, `{"content":"x"}`, ""},
		{"new content as an object", update, `{"content":{"url":"https://a.b/c","type":"image/gif"}}`, ""},
		{"new content near to a picker", update, `{"content":{"id":"1","text":"?","choices":[{"value":"a","label":"A"}]}}`,
			`content.choices[0].selected is missing; takes boolean`},
		{"new content of no shape", update, `{"content":7}`,
			`content is a number; takes string | FileContent | AnimationContent | AudioContent | PickerContent | FieldContent | CarouselContent | EventContent`},
		{"profile", create, `{"email":"a@b.c","person":{"nickname":"A"}}`, ""},
		{"email without a domain", create, `{"email":"a@","person":{}}`, `email "a@" has the wrong form; takes string (email address)`},
		{"activity as in an answer", create, `{"email":"a@b.c","person":{},"active":{"now":true}}`, `active is an object; takes integer (Unix milliseconds)`},
		{"fraction for an integer", read, `{"from":"user","origin":"chat","fingerprints":[1,2.5]}`, `fingerprints[1] 2.5 is not a whole number; takes integer`},
		{"whole number written with a point", read, `{"from":"user","origin":"chat","fingerprints":[1.0,2e3]}`, ""},
		{"colour", event, `{"text":"x","color":"gray"}`,
			`color "gray" is not one of its words; takes "red" | "orange" | "yellow" | "green" | "blue" | "purple" | "pink" | "brown" | "grey" | "black" (did you mean "grey"?)`},
		{"date", remind, `{"date":"2026-11-22T10:00:00Z","note":""}`, ""},
		{"no date", remind, `{"date":"tomorrow","note":""}`, `date "tomorrow" has the wrong form; takes string (ISO 8601 date)`},
		{"open object", export, `{"search":{"anything":[{"deep":null}]}}`, ""},
		{"settings", "website.settings.update", `{"name":"Crisp","domain_alternates":[],"logo":"","inbox":{"lock_removal":false,"locale":""},` +
			`"chatbox":{"tile":"default","color_theme":"a colour of next year","home":true,"blocked_ips":["192.0.2.1/24"]}}`, ""},
		{"import", "website.people.import.profiles.import",
			`{"url":"https://a.b/c.csv","mapping":[{"column":1,"field":"person.nickname"}],"options":{"column_separator":";","skip_header":true}}`, ""},
		{"widget button", "website.conversation.widget.button.deliver", `{"section_id":"payments","item_id":"refund","data":{"invoice":"D-1"}}`, ""},
		{"signal", "website.conversation.call.transmit", `{"type":"sdp","payload":{}}`, ""},
		{"operator email", "website.operators.email.send", `{"recipient":"owners","subject":"s","message":"m"}`, ""},
		{"participants", "website.conversation.participants.save", `{"participants":[{"type":"email","target":"a@b.c"}]}`, ""},
		{"secret", "website.delete", `{"verify":{"method":"password","secret":17}}`, `verify.secret is a number; takes string`},
		{"broken text", send, `{"type":`, `the value is not JSON: `},
		{"nothing", send, ` `, `the value is not JSON: there is nothing; takes MessageNew`},
		{"two values", send, `{} {}`, `the value is not JSON: something follows the value; takes MessageNew`},
		{"a name twice", send, `{"type":"text","type":"note"}`, `the value is not JSON: `},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := body(t, test.id).ValidateJSON([]byte(test.json))
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && err == nil:
				t.Errorf("accepted, want %q", test.want)
			case err != nil && strings.HasSuffix(test.want, ": ") && strings.HasPrefix(err.Error(), test.want):
			case err != nil && err.Error() != test.want:
				t.Errorf("got  %s\nwant %s", err, test.want)
			}
		})
	}
}

func TestValidateGoValues(t *testing.T) {
	deep := any("leaf")
	for range 600 {
		deep = []any{deep}
	}
	search := func(v any) any { return map[string]any{"search": map[string]any{"v": v}} }
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"not a number", search(math.NaN()), "search.v is not a finite number, which JSON cannot hold; takes any value"},
		{"infinite", search([]any{math.Inf(1)}), "search.v[0] is not a finite number, which JSON cannot hold; takes any value"},
		{"a function", search(func() {}), "search.v is a Go value of type func(), which has no JSON form; takes any value"},
		{"too deep", search(deep), "is nested more than 500 levels deep"},
		{"nil map", map[string]any(nil), ""},
		{"int", search(5), ""},
	}
	for _, test := range tests {
		err := body(t, export).Validate(test.v)
		if test.want == "" {
			if err != nil {
				t.Errorf("%s: %v", test.name, err)
			}
		} else if err == nil || !strings.HasSuffix(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %s", test.name, err, test.want)
		}
	}
}

func TestInvalidErrorParts(t *testing.T) {
	err := body(t, create).ValidateJSON([]byte(`{"email":"a@b.c","person":{"nicknam":"x"}}`))
	var invalid *spec.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("%T is no *InvalidError", err)
	}
	if invalid.Path != "person.nicknam" || invalid.Problem != "is unknown" || invalid.Hint != "nickname" ||
		!strings.HasPrefix(invalid.Want, "nickname, avatar, ") {
		t.Errorf("%#v", invalid)
	}
}

func TestReadOnlyMembers(t *testing.T) {
	s := &spec.Schema{Kind: spec.KindObject, Fields: []spec.Field{
		{Name: "id", Required: true, ReadOnly: true, Schema: &spec.Schema{Kind: spec.KindString, Format: spec.FormatUUID}},
		{Name: "name", Schema: &spec.Schema{Kind: spec.KindString, MinLength: 2}},
	}}
	id := "11111111-1111-4111-8111-111111111111"
	if err := s.Validate(map[string]any{"name": "ab"}); err != nil {
		t.Errorf("a request without the read-only member: %v", err)
	}
	if err := s.Validate(map[string]any{"id": id}); err == nil {
		t.Error("a request may set a read-only member")
	}
	if err := s.ValidateAnswer(map[string]any{"id": id}); err != nil {
		t.Errorf("an answer: %v", err)
	}
	if err := s.ValidateAnswer(map[string]any{}); err == nil {
		t.Error("an answer may lack a required read-only member")
	}
	if err := s.Validate(map[string]any{"name": "é"}); err == nil {
		t.Error("a text that is too short passes")
	}
}

func TestValidateParameters(t *testing.T) {
	list := spec.ByCall("conversations.list")
	filters := []any{map[string]any{"model": "session", "criterion": "meta.email", "operator": "eq", "query": []any{"a@b.c"}}}
	tests := []struct {
		param string
		v     any
		ok    bool
	}{
		{"per_page", int64(20), true},
		{"per_page", int64(51), false},
		{"per_page", int64(19), false},
		{"page_number", int64(1), true},
		{"page_number", int64(1000000), true},
		{"page_number", int64(0), false},
		{"filter_unread", true, true},
		{"filter_unread", int64(1), true},
		{"filter_unread", int64(2), false},
		{"filter_unread", "yes", false},
		{"search_type", "filter", true},
		{"search_type", "filters", false},
		{"search_query", "text", true},
		{"search_query", filters, true},
		{"search_query", []any{map[string]any{"model": "session"}}, false},
		{"search_query", true, false},
		{"filter_date_start", "2026-11-22", true},
		{"filter_date_start", "22.11.2026", false},
		{"website_id", "11111111-1111-4111-8111-111111111111", true},
		{"website_id", "11111111-1111-4111-8111-11111111111g", false},
	}
	for _, test := range tests {
		if err := list.Param(test.param).Schema.Validate(test.v); (err == nil) != test.ok {
			t.Errorf("%s = %v: %v", test.param, test.v, err)
		}
	}
	person := spec.ByCall("people.get").Param("people_id").Schema
	for id, ok := range map[string]bool{"11111111-1111-4111-8111-111111111111": true, "a@b.c": true, "x": false, "": false} {
		if err := person.Validate(id); (err == nil) != ok {
			t.Errorf("people_id = %q: %v", id, err)
		}
	}
}

func TestDescribe(t *testing.T) {
	list := spec.ByCall("conversations.list")
	tests := []struct {
		s    *spec.Schema
		want string
	}{
		{list.Result, "Conversation[]"},
		{list.Param("per_page").Schema, "integer from 20 to 50"},
		{list.Param("page_number").Schema, "integer from 1"},
		{list.Param("website_id").Schema, "string (UUID)"},
		{list.Param("filter_unread").Schema, "boolean"},
		{list.Param("search_query").Schema, "string | SearchFilter[]"},
		{spec.ByCall("conversations.state.update").Body.Field("state").Schema, `"pending" | "unresolved" | "resolved"`},
		{spec.ByCall("conversations.state.update").Body.Field("origin").Schema, `"chat" | "email" | "urn:..."`},
		{spec.ByCall("people.list").Param("sort_field").Schema, `"nickname" | another string`},
		{body(t, meta).Field("data").Schema, "{[name]: string | number | boolean}"},
		{body(t, export).Field("search").Schema, "object"},
		{body(t, send), "MessageNew"},
		{nil, "nothing"},
		{&spec.Schema{Kind: spec.KindArray, Items: &spec.Schema{Kind: spec.KindString, Nullable: true}}, "(string | null)[]"},
		{&spec.Schema{Kind: spec.KindObject, Fields: []spec.Field{{Name: "a", Required: true, Schema: &spec.Schema{}}, {Name: "b", Schema: &spec.Schema{Kind: spec.KindBoolean}}}},
			"{a: any value, b?: boolean}"},
	}
	for _, test := range tests {
		if got := spec.Describe(test.s); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// FuzzValidate looks for panics, and for errors that would not help.
func FuzzValidate(f *testing.F) {
	var schemas []*spec.Schema
	for _, op := range spec.All() {
		if op.Body != nil {
			schemas = append(schemas, op.Body)
		}
		if op.Result != nil {
			schemas = append(schemas, op.Result)
		}
	}
	for i, seed := range []string{`{}`, `null`, `[1,"a",true,null,{"b":[]}]`, `{"type":"text","from":"user","origin":"chat","content":"x"}`, `1e400`, `"\ud800"`, `{"data":{"[0]":[]}}`, `{"[0]":1}`, `{"":1}`} {
		f.Add(uint(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, n uint, raw []byte) {
		s := schemas[n%uint(len(schemas))]
		err := s.ValidateJSON(raw)
		if err == nil {
			if err := s.ValidateAnswerJSON(raw); err != nil && !strings.Contains(err.Error(), "is missing") {
				t.Fatalf("good for a request, but not for an answer: %v", err)
			}
			return
		}
		var invalid *spec.InvalidError
		if !errors.As(err, &invalid) || invalid.Problem == "" {
			t.Fatalf("%#v", err)
		}
		if again := s.ValidateJSON(raw); again == nil || again.Error() != err.Error() {
			t.Fatalf("first %v, then %v", err, again)
		}
		var value any
		if json.Unmarshal(raw, &value) == nil && invalid.Problem != "is missing" && !leads(value, invalid.Path) {
			t.Fatalf("%s has nothing at %s: %v", raw, invalid.Path, err)
		}
	})
}

// leads reports whether a path of an error leads to a part of a value.
func leads(value any, path string) bool {
	for path != "" {
		path = strings.TrimPrefix(path, ".")
		name := path[:len(path)-len(strings.TrimLeft(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))]
		rest := path[len(name):]
		if name == "" {
			inside, ok := strings.CutPrefix(path, "[")
			if !ok {
				return false
			}
			quoted, err := strconv.QuotedPrefix(inside)
			if err != nil {
				digits, behind, _ := strings.Cut(inside, "]")
				list, _ := value.([]any)
				i, err := strconv.Atoi(digits)
				if err != nil || i >= len(list) {
					return false
				}
				value, path = list[i], behind
				continue
			}
			name, _ = strconv.Unquote(quoted)
			rest = inside[len(quoted):]
			if rest, ok = strings.CutPrefix(rest, "]"); !ok {
				return false
			}
		}
		object, _ := value.(map[string]any)
		member, ok := object[name]
		if !ok {
			return false
		}
		value, path = member, rest
	}
	return true
}

// JSON is UTF-8: what is not could not be sent.
func TestValidateRefusesBrokenText(t *testing.T) {
	send := spec.ByCall("conversations.messages.send").Body
	message := map[string]any{"type": "text", "from": "user", "origin": "chat", "content": "a\xff"}
	if err := send.Validate(message); err == nil || err.Error() != "content is not UTF-8 text; takes string" {
		t.Errorf("got %v", err)
	}
	if err := (&spec.Schema{}).Validate([]any{"\xff"}); err == nil || err.Error() != "[0] is not UTF-8 text; takes any value" {
		t.Errorf("got %v", err)
	}
}

// A number that lost its last digits on the way is another one.
func TestValidateRefusesInexactIntegers(t *testing.T) {
	whole := &spec.Schema{Kind: spec.KindInteger}
	for _, n := range []any{int64(1) << 60, float64(1 << 53), -float64(1 << 53), float64(-3)} {
		if err := whole.Validate(n); err != nil {
			t.Errorf("%v: %v", n, err)
		}
	}
	for n, want := range map[float64]string{
		1 << 60: "the value 1152921504606847000 is too large to be exact; takes integer",
		-1e300:  "",
	} {
		if err := whole.Validate(n); err == nil || want != "" && err.Error() != want {
			t.Errorf("%v: %v", n, err)
		}
	}
	if err := (&spec.Schema{Kind: spec.KindNumber}).Validate(1e300); err != nil {
		t.Error(err)
	}
}
