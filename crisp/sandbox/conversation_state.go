package sandbox

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

func getState(_ *request, r *record) (answer, error) {
	return answer{data: encode(struct {
		State string `json:"state"`
	}{r.State})}, nil
}

// changeState sets the state. Resolving adds an event message; setting a state twice is harmless.
func changeState(req *request, r *record) (answer, error) {
	var body struct {
		State  string       `json:"state"`
		User   *messageUser `json:"user"`
		Origin string       `json:"origin"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	to := state(slices.Index(stateNames[:], body.State))
	if r.State == body.State {
		return answer{}, nil
	}
	r.setState(to)
	r.UpdatedAt = max(r.UpdatedAt, req.now)
	if to != stateResolved {
		r.count()
		return answer{}, nil
	}
	m := message{
		Type: "event", From: "operator", Origin: "chat", Content: encode(eventContent{Namespace: "state:resolved"}),
		Fingerprint: req.site.newFingerprint(r), Timestamp: req.now, User: body.User,
	}
	if body.Origin != "" {
		m.Origin = body.Origin
	}
	if n := len(r.messages); n > 0 {
		m.Timestamp = max(m.Timestamp, r.messages[n-1].Timestamp+1)
	}
	req.site.receive(r, m)
	return answer{}, nil
}

func getRouting(_ *request, r *record) (answer, error) {
	return answer{data: encode(struct {
		Assigned *assigned `json:"assigned"`
	}{r.Assigned})}, nil
}

// assignRouting takes null, or an operator without an id, as nobody.
func assignRouting(req *request, r *record) (answer, error) {
	var body struct {
		Assigned *struct {
			UserID string `json:"user_id"`
		} `json:"assigned"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Assigned == nil || body.Assigned.UserID == "" {
		r.Assigned = nil
		return answer{}, nil
	}
	place := req.site.operatorPlace(body.Assigned.UserID)
	if place < 0 {
		return answer{}, notFound("operator", body.Assigned.UserID)
	}
	r.Assigned = &assigned{req.site.operators[place].UserID}
	return answer{}, nil
}

// updateInbox moves a conversation. That an unknown inbox is refused is a guess.
func updateInbox(req *request, r *record) (answer, error) {
	var body struct {
		InboxID *string `json:"inbox_id"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.InboxID != nil && req.site.inboxNumber(body.InboxID) == 0 {
		return answer{}, notFound("inbox", *body.InboxID)
	}
	r.InboxID = body.InboxID
	return answer{}, nil
}

func getParticipants(_ *request, r *record) (answer, error) {
	return answer{data: encode(struct {
		Participants []participant `json:"participants"`
	}{r.Participants})}, nil
}

func saveParticipants(req *request, r *record) (answer, error) {
	var body struct {
		Participants []participant `json:"participants"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	r.Participants = append([]participant{}, body.Participants...)
	return answer{}, nil
}

func getBlock(_ *request, r *record) (answer, error) {
	return answer{data: encode(struct {
		Blocked bool `json:"blocked"`
	}{r.IsBlocked})}, nil
}

func updateBlock(req *request, r *record) (answer, error) {
	var body struct {
		Blocked bool `json:"blocked"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	r.IsBlocked = body.Blocked
	return answer{}, nil
}

func getVerify(_ *request, r *record) (answer, error) {
	return answer{data: encode(struct {
		Verified      bool           `json:"verified"`
		Verifications []verification `json:"verifications"`
	}{r.IsVerified, r.Verifications})}, nil
}

// updateVerify sets the mark. Clearing it forgets how the identity was proved; a guess.
func updateVerify(req *request, r *record) (answer, error) {
	var body struct {
		Verified bool `json:"verified"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	r.IsVerified = body.Verified
	if !body.Verified {
		r.Verifications = []verification{}
	}
	return answer{}, nil
}

type identityProof struct {
	Identity  string `json:"identity"`
	Token     string `json:"token"`
	Recipient string `json:"recipient"`
}

// requestIdentity remembers that a code was sent. Without a recipient the conversation needs the address.
func requestIdentity(req *request, r *record) (answer, error) {
	var body identityProof
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.Recipient == "" {
		switch body.Identity {
		case "email":
			body.Recipient = r.Meta.Email
		case "phone":
			body.Recipient = r.Meta.Phone
		}
	}
	if body.Recipient == "" {
		return answer{}, invalid("data", "should have required property 'recipient': the conversation has none for the identity "+body.Identity)
	}
	r.verifying = append(r.verifying, body.Identity+" "+body.Recipient)
	return answer{}, nil
}

// redeemIdentity takes every code of six digits for an identity that was asked for, as nobody gets the real one here.
func redeemIdentity(req *request, r *record) (answer, error) {
	var body identityProof
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if len(body.Token) != 6 || strings.Trim(body.Token, "0123456789") != "" {
		return answer{}, invalid("data.token", "should have six digits")
	}
	place := slices.Index(r.verifying, body.Identity+" "+body.Recipient)
	if place < 0 {
		return answer{}, notAllowed("no code was requested for this identity and recipient")
	}
	r.verifying = slices.Delete(r.verifying, place, place+1)
	r.IsVerified = true
	r.Verifications = append(slices.Clone(r.Verifications), verification{Identity: body.Identity, Method: "link"})
	return answer{}, nil
}

// getRelations links some later conversations of a customer to the one before.
func getRelations(req *request, r *record) (answer, error) {
	type related struct {
		Parent   *string  `json:"parent"`
		Children []string `json:"children"`
	}
	s, links := req.site, related{Children: []string{}}
	if parent, ok := s.parent(r.index); ok && s.alive(parent) {
		id := s.record(parent).SessionID
		links.Parent = &id
	}
	if child := r.index + s.people; s.alive(child) {
		if parent, ok := s.parent(child); ok && parent == r.index {
			links.Children = append(links.Children, s.record(child).SessionID)
		}
	}
	return answer{data: encode(struct {
		Conversations related `json:"conversations"`
	}{links})}, nil
}

// parent is the conversation that a generated one continues.
func (w *world) parent(index int) (int, bool) {
	before := index - w.people
	if w.people == 0 || before < 0 || index >= w.conversations {
		return 0, false
	}
	d := w.dice(kindHistory, -100_000_000-index)
	return before, d.chance(30) && w.plan(index).person >= 0 && w.plan(before).person >= 0
}

// alive reports whether a conversation exists.
func (s *site) alive(index int) bool {
	r := s.records[index]
	return index < s.total() && (r == nil || !r.deleted)
}

// requestTranscript sends nothing, and checks that there would be an address.
func requestTranscript(req *request, r *record) (answer, error) {
	var body struct {
		To    string `json:"to"`
		Email string `json:"email"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	if body.To == "user" && body.Email == "" && r.Meta.Email == "" {
		return answer{}, invalid("data", "should have required property 'email': the conversation has no address")
	}
	return answer{}, nil
}

// needsVisitor refuses what only works while the visitor is on the site; status and word are guesses.
func needsVisitor(_ *request, r *record) (answer, error) {
	if !r.Active.Now {
		return answer{}, notAllowed("the visitor is not on the site")
	}
	return answer{}, nil
}

// scheduleReminder refuses a moment that has passed; a guess.
func scheduleReminder(req *request, r *record) (answer, error) {
	var body struct {
		Date string `json:"date"`
	}
	if err := req.decode(&body); err != nil {
		return answer{}, err
	}
	at, err := parseDate(body.Date)
	if err != nil {
		return answer{}, invalid("data.date", "should match format \"date-time\"")
	}
	if at <= req.now {
		return answer{}, invalid("data.date", "should be in the future")
	}
	return answer{}, nil
}

// reportConversation takes the conversation out of the inbox, into the spams.
func reportConversation(req *request, r *record) (answer, error) {
	s := req.site
	content := struct {
		Text string `json:"text"`
	}{r.LastMessage}
	s.spams = append([]spam{{
		SpamID: s.uuid(kindSpam, 1000+len(s.spams)+int(s.version)), Type: "session", Reason: "reported",
		Metadata: data{"session_id": r.SessionID, "nickname": r.Meta.Nickname}, Headers: data{}, Timestamp: req.now,
		content: encode(content), session: r.SessionID,
	}}, s.spams...)
	r.deleted = true
	return answer{}, nil
}

func pagesOf[T any](req *request, all []T) (answer, error) {
	var items []jsontext.Value
	for _, item := range pageOf(req, pageSize, all) {
		items = append(items, encode(item))
	}
	return listed(items), nil
}

func listPages(req *request, r *record) (answer, error) {
	if r.plan.created == 0 {
		return pagesOf(req, []page{})
	}
	return pagesOf(req, req.site.pages(r.index, &r.plan))
}

// listConversationEvents shows the events of the contact.
func listConversationEvents(req *request, r *record) (answer, error) {
	if r.owner < 0 {
		return pagesOf(req, []event{})
	}
	return pagesOf(req, req.site.contact(r.owner).events)
}

// listFiles shows the files, images and recordings of the messages, newest first.
func listFiles(req *request, r *record) (answer, error) {
	type file struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		URL         string `json:"url"`
		Fingerprint int64  `json:"fingerprint"`
		Timestamp   int64  `json:"timestamp"`
	}
	var files []file
	for i := len(r.messages) - 1; i >= 0; i-- {
		m := &r.messages[i]
		if m.Type != "file" && m.Type != "animation" && m.Type != "audio" {
			continue
		}
		f := file{Fingerprint: m.Fingerprint, Timestamp: m.Timestamp}
		var c fileContent
		_ = json.Unmarshal(m.Content, &c) // checked when it came in
		f.Name, f.Type, f.URL = c.Name, c.Type, c.URL
		if f.Name == "" {
			f.Name = f.URL[strings.LastIndexByte(f.URL, '/')+1:]
		}
		files = append(files, f)
	}
	return pagesOf(req, files)
}

// getOriginal shows the email that a message came as.
func getOriginal(req *request, r *record) (answer, error) {
	id := req.params["original_id"]
	for i := range r.messages {
		m := &r.messages[i]
		if m.Original == nil || m.Original.OriginalID != id {
			continue
		}
		return answer{data: encode(struct {
			WebsiteID  string `json:"website_id"`
			SessionID  string `json:"session_id"`
			OriginalID string `json:"original_id"`
			Type       string `json:"type"`
			Headers    data   `json:"headers"`
			Content    string `json:"content"`
			Timestamp  int64  `json:"timestamp"`
		}{r.WebsiteID, r.SessionID, id, "text/plain", data{
			"from": r.Meta.Nickname + " <" + r.Meta.Email + ">", "to": "hello@" + req.site.website.Domain, "subject": r.Topic,
		}, m.text, m.Timestamp})}, nil
	}
	return answer{}, notFound("original", id)
}
