package sandbox

import (
	"net/http"
	"slices"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// batch is the number of messages in one answer.
const batch = 20

// listMessages answers one batch, oldest first, with 206 when more messages follow in the direction of the call. That a
// batch is in the order of time, and that around counts both directions, are guesses.
func listMessages(req *request, r *record) (answer, error) {
	from, to := 0, len(r.messages)
	more := false
	given := 0
	for _, name := range [...]string{"timestamp_before", "timestamp_after", "timestamp_around"} {
		if req.query.Has(name) {
			given++
		}
	}
	after := func(at int64) int { // the first message later than a moment
		return slices.IndexFunc(append(r.messages[:len(r.messages):len(r.messages)], message{Timestamp: at + 1}), func(m message) bool { return m.Timestamp > at })
	}
	switch {
	case given > 1:
		return answer{}, invalid("query", "should have one of timestamp_before, timestamp_after and timestamp_around")
	case req.query.Has("timestamp_after"):
		from = after(integer(req.query.Get("timestamp_after")))
		to = min(from+batch, len(r.messages))
		more = to < len(r.messages)
	case req.query.Has("timestamp_around"):
		middle := after(integer(req.query.Get("timestamp_around")) - 1)
		to = min(max(middle+batch/2, batch), len(r.messages))
		from = max(to-batch, 0)
		more = from > 0 || to < len(r.messages)
	default:
		if req.query.Has("timestamp_before") {
			to = after(integer(req.query.Get("timestamp_before")) - 1)
		}
		from = max(to-batch, 0)
		more = from > 0
	}
	items := make([]jsontext.Value, 0, to-from)
	for i := range r.messages[from:to] {
		items = append(items, encode(&r.messages[from+i]))
	}
	a := listed(items)
	if more {
		a.status = http.StatusPartialContent
	}
	return a, nil
}

type newMessage struct {
	message
	Fingerprint *int64 `json:"fingerprint"`
	Timestamp   *int64 `json:"timestamp"`
	Stealth     bool   `json:"stealth"`
}

type dispatched struct {
	Fingerprint int64 `json:"fingerprint"`
}

// sendMessage stores a message. A fingerprint that the conversation has already is answered like the first time and stores
// nothing; what Crisp does is not established. Messages of a blocked contact are answered like any other and dropped.
func sendMessage(req *request, r *record) (answer, error) {
	var sent newMessage
	if err := req.decode(&sent); err != nil {
		return answer{}, err
	}
	m := sent.message
	if sent.Fingerprint != nil {
		m.Fingerprint = *sent.Fingerprint
		if r.find(m.Fingerprint) >= 0 {
			return answer{data: encode(dispatched{m.Fingerprint})}, nil
		}
	} else {
		m.Fingerprint = req.site.newFingerprint(r)
	}
	if r.IsBlocked && m.From == "user" {
		return answer{data: encode(dispatched{m.Fingerprint})}, nil
	}
	m.Timestamp = req.now
	if sent.Timestamp != nil {
		m.Timestamp = *sent.Timestamp
	} else if n := len(r.messages); n > 0 {
		// Paging continues by timestamp, so that no two messages of now share one.
		m.Timestamp = max(m.Timestamp, r.messages[n-1].Timestamp+1)
	}
	m.stealth = sent.Stealth
	req.site.receive(r, m)
	return answer{data: encode(dispatched{m.Fingerprint})}, nil
}

// receive completes a message and takes it in. A message of the contact opens a resolved conversation again, and an
// answer takes a new one out of pending; both are guesses.
func (s *site) receive(r *record, m message) {
	m.SessionID, m.WebsiteID = r.SessionID, r.WebsiteID
	m.text = contentText(m.Type, m.Content)
	m.Stamped = true
	m.Mentions = append([]string{}, m.Mentions...)
	m.Preview = []linkPreview{}
	m.Read, m.Delivered = "", ""
	if m.User == nil {
		m.User = s.speaker(r, m.From)
	}
	if m.Type != "note" && m.Type != "event" && !m.stealth {
		switch {
		case m.From == "user" && r.State == stateNames[stateResolved]:
			r.setState(stateUnresolved)
		case m.From == "operator" && r.State == stateNames[statePending] && r.visible:
			r.setState(stateUnresolved)
		}
		if m.From == "user" {
			r.Active.Last = max(r.Active.Last, m.Timestamp)
			r.Compose.Visitor = nil
		} else {
			r.Compose.Operator = nil
		}
	}
	r.insert(m)
}

func (r *record) setState(to state) {
	r.State, r.Status = stateNames[to], int(to)
}

// speaker is who a message is shown to come from when it does not say.
func (s *site) speaker(r *record, from string) *messageUser {
	if from == "user" {
		return &messageUser{UserID: r.SessionID, Nickname: r.Meta.Nickname, Avatar: r.Meta.Avatar}
	}
	o := &s.operators[0]
	return &messageUser{UserID: o.UserID, Nickname: o.FirstName, Avatar: o.Avatar}
}

// newFingerprint makes a number that the conversation does not have.
func (s *site) newFingerprint(r *record) int64 {
	for n := len(r.messages); ; n++ {
		d := s.dice(kindMessages, 1<<40+int(s.version)<<8+n)
		if f := 100_000_000_000 + int64(d.next()%900_000_000_000); r.find(f) < 0 {
			return f
		}
	}
}

// contentText is what a message says in words.
func contentText(kind string, content jsontext.Value) string {
	var text string
	if kind == "text" || kind == "note" {
		_ = json.Unmarshal(content, &text) // checked by the schema
		return text
	}
	var parts struct {
		Text string `json:"text"`
		Name string `json:"name"`
	}
	_ = json.Unmarshal(content, &parts)
	return parts.Text + parts.Name
}

// findMessage finds the message that the path names.
func findMessage(req *request, r *record) (*message, error) {
	i := r.find(integer(req.params["fingerprint"]))
	if i < 0 {
		return nil, notFound("message", req.params["fingerprint"])
	}
	return &r.messages[i], nil
}

func getMessage(req *request, r *record) (answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return answer{}, err
	}
	return answer{data: encode(m)}, nil
}

// updateMessage replaces the content by one of the same type. Messages of other channels than the chatbox cannot be
// changed; how that is refused is a guess.
func updateMessage(req *request, r *record) (answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return answer{}, err
	}
	var body struct {
		Content jsontext.Value `json:"content"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if err := validate(contentSchema(m.Type), "data.content", body.Content); err != nil {
		return answer{}, err
	}
	if m.Origin != "chat" {
		return answer{}, notAllowed("the message came by " + m.Origin + "; only messages of the chatbox can be changed")
	}
	m.Content, m.text, m.Edited = slices.Clone(body.Content), contentText(m.Type, body.Content), true
	r.show(r.messages)
	return answer{}, nil
}

// contentSchema is the shape of the content of a type, from the description of sending.
func contentSchema(kind string) *spec.Schema {
	for _, variant := range spec.ByID("website.conversation.message.send").Body.OneOf {
		if slices.Contains(variant.Field("type").Schema.Enum, kind) {
			return variant.Field("content").Schema
		}
	}
	return &spec.Schema{}
}

func deleteMessage(req *request, r *record) (answer, error) {
	m, err := findMessage(req, r)
	if err != nil {
		return answer{}, err
	}
	r.messages = slices.Delete(r.messages, r.find(m.Fingerprint), r.find(m.Fingerprint)+1)
	r.count()
	return answer{}, nil
}

// mark names messages by side and, optionally, by number.
type mark struct {
	From         string  `json:"from"`
	Origin       string  `json:"origin"`
	Fingerprints []int64 `json:"fingerprints"`
}

func (k *mark) names(m *message) bool {
	return m.From == k.From && m.Type != "note" && m.Type != "event" &&
		(k.Fingerprints == nil || slices.Contains(k.Fingerprints, m.Fingerprint))
}

// markRead marks the messages of a side as read: "user" for those of the contact, as Crisp's importer does.
func markRead(req *request, r *record) (answer, error) {
	var k mark
	if err := req.decode(&k); err != nil {
		return answer{}, err
	}
	for i := range r.messages {
		if m := &r.messages[i]; k.names(m) && m.Read == "" {
			m.Read = k.Origin
		}
	}
	r.count()
	return answer{}, nil
}

// markUnread makes the contact's messages since the last answer unread, or the last one when it was answered; a guess.
func markUnread(_ *request, r *record) (answer, error) {
	marked := false
	for i := len(r.messages) - 1; i >= 0; i-- {
		m := &r.messages[i]
		switch {
		case m.Type == "note" || m.Type == "event":
		case m.From == "user":
			m.Read, m.stealth, marked = "", false, true
		}
		if marked && (i == 0 || r.messages[i-1].From != "user") {
			break
		}
	}
	r.count()
	return answer{}, nil
}

func markDelivered(req *request, r *record) (answer, error) {
	var k mark
	if err := req.decode(&k); err != nil {
		return answer{}, err
	}
	for i := range r.messages {
		if m := &r.messages[i]; k.names(m) && m.Delivered == "" {
			m.Delivered = k.Origin
		}
	}
	return answer{}, nil
}

// updateCompose shows that a side types. That it passes by itself is not imitated: "stop" or a message ends it.
func updateCompose(req *request, r *record) (answer, error) {
	var body struct {
		Type      string `json:"type"`
		From      string `json:"from"`
		Excerpt   string `json:"excerpt"`
		Automated bool   `json:"automated"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	var atom *composeAtom
	if body.Type == "start" {
		who := req.site.speaker(r, body.From)
		atom = &composeAtom{
			Type: body.Type, Excerpt: body.Excerpt, Timestamp: req.now, Automated: body.Automated,
			User: &composeUser{UserID: who.UserID, Nickname: who.Nickname, Avatar: who.Avatar},
		}
	}
	if body.From == "user" {
		r.Compose.Visitor = atom
	} else {
		r.Compose.Operator = atom
	}
	return answer{}, nil
}
