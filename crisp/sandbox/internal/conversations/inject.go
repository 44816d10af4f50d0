package conversations

import (
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// injected is the payload of an event of a message, of which every member may be absent.
type injected struct {
	newMessage
	WebsiteID string `json:"website_id"`
	SessionID string `json:"session_id"`
}

// Inject takes the message of an event "message:send" or "message:received" in, as if its sender had written it, and
// emits it. A conversation that does not exist begins with it. What the payload leaves out is made: the session, the
// kind, the number and the time; what it names besides is emitted as it is. A message that the conversation has already
// is emitted and not stored again, like the second delivery of an event.
func Inject(req *api.Request, event string, data jsontext.Value) error {
	side := "operator"
	if event == "message:send" {
		side = "user"
	}
	given, sent, err := readInjected(req, side, data)
	if err != nil {
		return err
	}
	index, found := req.Site.Locate(sent.SessionID)
	if !found {
		var r *store.Record
		r, index = begin(req, sent.SessionID)
		appear(req, r)
		if side == "user" && sent.User != nil && sent.User.Nickname != "" {
			r.Meta.Nickname = sent.User.Nickname
		}
	}
	r := req.Site.Touch(index)
	emitted := func(m *wire.Message) { emitInjected(req, r, event, m, given) }
	if m, stored := sent.number(req, r); stored {
		take(req, r, m, emitted)
	} else {
		emitted(&r.Messages[r.Find(m.Fingerprint)])
	}
	req.Site.Changed(index)
	return nil
}

// readInjected checks a payload. Null stands for absent.
func readInjected(req *api.Request, side string, data jsontext.Value) (
	map[string]jsontext.Value, *injected, error,
) {
	given := map[string]jsontext.Value{}
	if err := json.Unmarshal(data, &given); err != nil {
		return nil, nil, api.Invalid("data", "should be an object: "+err.Error())
	}
	for name, value := range given {
		if string(value) == "null" {
			delete(given, name)
		}
	}
	sent := &injected{WebsiteID: req.Site.WebsiteID}
	sent.Type, sent.Origin, sent.From = "text", "chat", side
	if err := json.Unmarshal(wire.Encode(given), sent); err != nil {
		return nil, nil, api.Invalid("data", "cannot be read: "+err.Error())
	}
	switch {
	case !strings.EqualFold(sent.WebsiteID, req.Site.WebsiteID):
		return nil, nil, api.Invalid("data.website_id", "should be the website of the event, "+req.Site.WebsiteID)
	case sent.From != side:
		return nil, nil, api.Invalid("data.from", "should be equal to "+side+" in this event")
	case sent.Content == nil:
		return nil, nil, api.Invalid("data", "should have required property 'content'")
	}
	if sent.SessionID != "" {
		schema := &spec.Schema{Kind: spec.KindString, Format: spec.FormatSessionID}
		if err := api.Validate(schema, "data.session_id", wire.Encode(sent.SessionID)); err != nil {
			return nil, nil, err
		}
	}
	schema := contentSchema(sent.Type)
	if schema == nil {
		return nil, nil, api.Invalid("data.type", "should be the kind of a message, such as text")
	}
	return given, sent, api.Validate(schema, "data.content", sent.Content)
}

// emitInjected emits a message as the payload has it; the rest comes from the message itself.
func emitInjected(req *api.Request, r *store.Record, event string, m *wire.Message, given map[string]jsontext.Value) {
	members := messageMembers(m)
	for i := 0; i < len(members); i += 2 {
		name := members[i].(string)
		if value, named := given[name]; named {
			members[i+1] = value
		}
		delete(given, name)
	}
	for _, name := range [...]string{"website_id", "session_id", "inbox_id"} {
		delete(given, name)
	}
	further := make([]string, 0, len(given))
	for name := range given {
		further = append(further, name)
	}
	slices.Sort(further)
	for _, name := range further {
		members = append(members, name, given[name])
	}
	req.EmitSession(&r.Conversation, event, members...)
}
