package conversations

import (
	"net/http"
	"slices"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// batch is the number of messages in one answer.
const batch = 20

// listMessages answers one batch, oldest first, with 206 when more messages follow in the direction of the call. That a
// batch is in the order of time, and that around counts both directions, are guesses.
func listMessages(req *api.Request, r *store.Record) (api.Answer, error) {
	from, to := 0, len(r.Messages)
	more := false
	given := 0
	for _, name := range [...]string{"timestamp_before", "timestamp_after", "timestamp_around"} {
		if req.Query.Has(name) {
			given++
		}
	}
	after := func(at int64) int { // the first message later than a moment
		i := slices.IndexFunc(r.Messages, func(m wire.Message) bool { return m.Timestamp > at })
		if i < 0 {
			return len(r.Messages)
		}
		return i
	}
	switch {
	case given > 1:
		return api.Answer{}, api.Invalid("query",
			"should have one of timestamp_before, timestamp_after and timestamp_around")
	case req.Query.Has("timestamp_after"):
		from = after(api.Integer(req.Query.Get("timestamp_after")))
		to = min(from+batch, len(r.Messages))
		more = to < len(r.Messages)
	case req.Query.Has("timestamp_around"):
		middle := after(api.Integer(req.Query.Get("timestamp_around")) - 1)
		to = min(max(middle+batch/2, batch), len(r.Messages))
		from = max(to-batch, 0)
		more = from > 0 || to < len(r.Messages)
	default:
		if req.Query.Has("timestamp_before") {
			to = after(api.Integer(req.Query.Get("timestamp_before")) - 1)
		}
		from = max(to-batch, 0)
		more = from > 0
	}
	items := make([]jsontext.Value, 0, to-from)
	for i := range r.Messages[from:to] {
		items = append(items, wire.Encode(&r.Messages[from+i]))
	}
	a := api.Listed(items)
	if more {
		a.Status = http.StatusPartialContent
	}
	return a, nil
}

type newMessage struct {
	wire.Message
	Fingerprint *int64 `json:"fingerprint"`
	Timestamp   *int64 `json:"timestamp"`
	Stealth     bool   `json:"stealth"`
}

type dispatched struct {
	Fingerprint int64 `json:"fingerprint"`
}

// sendMessage stores a message. A fingerprint that the conversation has already is answered like the first time and
// stores nothing; what Crisp does is not established. Messages of a blocked contact are answered like any other and
// dropped.
func sendMessage(req *api.Request, r *store.Record) (api.Answer, error) {
	var sent newMessage
	if err := req.Decode(&sent); err != nil {
		return api.Answer{}, err
	}
	m, isNew := sent.number(req, r)
	if isNew && !(r.IsBlocked && m.From == "user") {
		receive(req, r, m)
	}
	return api.Answer{Data: wire.Encode(dispatched{m.Fingerprint})}, nil
}

// number gives a message its number and its time, and reports whether the conversation has none with this number yet.
func (sent *newMessage) number(req *api.Request, r *store.Record) (m wire.Message, isNew bool) {
	m = sent.Message
	m.Stealth = sent.Stealth
	if sent.Fingerprint != nil {
		m.Fingerprint = *sent.Fingerprint
		if r.Find(m.Fingerprint) >= 0 {
			return m, false
		}
	} else {
		m.Fingerprint = req.Site.NewFingerprint(r)
	}
	m.Timestamp = req.Now
	if sent.Timestamp != nil {
		m.Timestamp = *sent.Timestamp
	} else if n := len(r.Messages); n > 0 {
		// Paging continues by timestamp, so that no two messages of now share one.
		m.Timestamp = max(m.Timestamp, r.Messages[n-1].Timestamp+1)
	}
	return m, true
}

// findMessage finds the message that the path names.
func findMessage(req *api.Request, r *store.Record) (*wire.Message, error) {
	i := r.Find(api.Integer(req.Params["fingerprint"]))
	if i < 0 {
		return nil, api.NotFound("message", req.Params["fingerprint"])
	}
	return &r.Messages[i], nil
}

func getMessage(req *api.Request, r *store.Record) (api.Answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: wire.Encode(m)}, nil
}

// updateMessage replaces the content by one of the same type. Messages of other channels than the chatbox cannot be
// changed; how that is refused is a guess.
func updateMessage(req *api.Request, r *store.Record) (api.Answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return api.Answer{}, err
	}
	var body struct {
		Content jsontext.Value `json:"content"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if err := api.Validate(contentSchema(m.Type), "data.content", body.Content); err != nil {
		return api.Answer{}, err
	}
	if m.Origin != "chat" {
		return api.Answer{}, api.NotAllowed(
			"the message came by " + m.Origin + "; only messages of the chatbox can be changed")
	}
	m.Content, m.Text, m.Edited = slices.Clone(body.Content), wire.ContentText(m.Type, body.Content), true
	r.Show(r.Messages)
	req.EmitSession(&r.Conversation, "message:updated", "fingerprint", m.Fingerprint, "content", m.Content)
	return api.Answer{}, nil
}

// contentSchema is the shape of the content of a type, from the description of sending, or nil for an unknown type.
func contentSchema(kind string) *spec.Schema {
	for _, variant := range spec.ByID("website.conversation.message.send").Body.OneOf {
		if slices.Contains(variant.Field("type").Schema.Enum, kind) {
			return variant.Field("content").Schema
		}
	}
	return nil
}

func deleteMessage(req *api.Request, r *store.Record) (api.Answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return api.Answer{}, err
	}
	req.EmitSession(&r.Conversation, "message:removed", "fingerprint", m.Fingerprint)
	place := r.Find(m.Fingerprint)
	r.Messages = slices.Delete(r.Messages, place, place+1)
	r.Count()
	return api.Answer{}, nil
}

// mark names messages by side and, optionally, by number.
type mark struct {
	From         string  `json:"from"`
	Origin       string  `json:"origin"`
	Fingerprints []int64 `json:"fingerprints"`
}

func (k *mark) names(m *wire.Message) bool {
	return m.From == k.From && m.Type != "note" && m.Type != "event" &&
		(k.Fingerprints == nil || slices.Contains(k.Fingerprints, m.Fingerprint))
}

// markRead marks the messages of a side as read: "user" for those of the contact, as Crisp's importer does.
func markRead(req *api.Request, r *store.Record) (api.Answer, error) {
	var k mark
	if err := req.Decode(&k); err != nil {
		return api.Answer{}, err
	}
	var marked []int64
	for i := range r.Messages {
		if m := &r.Messages[i]; k.names(m) && m.Read == "" {
			m.Read = k.Origin
			marked = append(marked, m.Fingerprint)
		}
	}
	r.Count()
	acknowledge(req, r, map[string]string{"user": "read:send", "operator": "read:received"}[k.From], k.Origin, marked)
	return api.Answer{}, nil
}

// markUnread makes the contact's messages since the last answer unread, or the last one when it was answered; a guess.
func markUnread(req *api.Request, r *store.Record) (api.Answer, error) {
	var k mark
	if err := req.Decode(&k); err != nil {
		return api.Answer{}, err
	}
	marked := false
	var changed []int64
	for i := len(r.Messages) - 1; i >= 0; i-- {
		m := &r.Messages[i]
		switch {
		case m.Type == "note" || m.Type == "event":
		case m.From == "user":
			if m.Read != "" || m.Stealth {
				changed = append(changed, m.Fingerprint)
			}
			m.Read, m.Stealth, marked = "", false, true
		}
		if marked && (i == 0 || r.Messages[i-1].From != "user") {
			break
		}
	}
	r.Count()
	slices.Reverse(changed)
	acknowledge(req, r, "unread:send", k.Origin, changed)
	return api.Answer{}, nil
}

func markDelivered(req *api.Request, r *store.Record) (api.Answer, error) {
	var k mark
	if err := req.Decode(&k); err != nil {
		return api.Answer{}, err
	}
	var marked []int64
	for i := range r.Messages {
		if m := &r.Messages[i]; k.names(m) && m.Delivered == "" {
			m.Delivered = k.Origin
			marked = append(marked, m.Fingerprint)
		}
	}
	acknowledge(req, r, "delivered", k.Origin, marked)
	return api.Answer{}, nil
}

// updateCompose shows that a side types. That it passes by itself is not imitated: "stop" or a message ends it.
func updateCompose(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Type      string `json:"type"`
		From      string `json:"from"`
		Excerpt   string `json:"excerpt"`
		Automated bool   `json:"automated"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	var atom *wire.ComposeAtom
	if body.Type == "start" {
		who := req.Site.Speaker(r, body.From)
		atom = &wire.ComposeAtom{
			Type: body.Type, Excerpt: body.Excerpt, Timestamp: req.Now, Automated: body.Automated,
			User: &wire.ComposeUser{UserID: who.UserID, Nickname: who.Nickname, Avatar: who.Avatar},
		}
	}
	if body.From == "user" {
		r.Compose.Visitor = atom
	} else {
		r.Compose.Operator = atom
	}
	emitCompose(req, r, body.From, body.Type, body.Excerpt)
	return api.Answer{}, nil
}
