package conversations

import (
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
	"github.com/go-json-experiment/json"
)

func getState(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		State string `json:"state"`
	}{r.State})}, nil
}

// changeState sets the state. Resolving adds an event message; setting a state twice is harmless.
func changeState(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		State  string            `json:"state"`
		User   *wire.MessageUser `json:"user"`
		Origin string            `json:"origin"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	to := seed.State(slices.Index(seed.StateNames[:], body.State))
	if r.State == body.State {
		return api.Answer{}, nil
	}
	r.SetState(to)
	r.UpdatedAt = max(r.UpdatedAt, req.Now)
	emitState(req, r)
	if to != seed.StateResolved {
		r.Count()
		return api.Answer{}, nil
	}
	m := wire.Message{
		Type: "event", From: "operator", Origin: "chat",
		Content:     wire.Encode(wire.EventContent{Namespace: "state:resolved"}),
		Fingerprint: req.Site.NewFingerprint(r), Timestamp: req.Now, User: body.User,
	}
	if body.Origin != "" {
		m.Origin = body.Origin
	}
	if n := len(r.Messages); n > 0 {
		m.Timestamp = max(m.Timestamp, r.Messages[n-1].Timestamp+1)
	}
	receive(req, r, m)
	return api.Answer{}, nil
}

func getRouting(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		Assigned *wire.Assigned `json:"assigned"`
	}{r.Assigned})}, nil
}

// assignRouting takes null, or an operator without an id, as nobody.
func assignRouting(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Assigned *struct {
			UserID string `json:"user_id"`
		} `json:"assigned"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.Assigned == nil || body.Assigned.UserID == "" {
		assign(req, r, nil)
		return api.Answer{}, nil
	}
	place := req.Site.OperatorPlace(body.Assigned.UserID)
	if place < 0 {
		return api.Answer{}, api.NotFound("operator", body.Assigned.UserID)
	}
	assign(req, r, &wire.Assigned{UserID: req.Site.Operators[place].UserID})
	return api.Answer{}, nil
}

// updateInbox moves a conversation. That an unknown inbox is refused is a guess.
func updateInbox(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		InboxID *string `json:"inbox_id"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.InboxID != nil && req.Site.InboxNumber(body.InboxID) == 0 {
		return api.Answer{}, api.NotFound("inbox", *body.InboxID)
	}
	previous := r.InboxID
	r.InboxID = body.InboxID
	if !samePointed(previous, r.InboxID) {
		req.EmitSession(&r.Conversation, "session:set_inbox", "previous_inbox_id", previous)
	}
	return api.Answer{}, nil
}

func getParticipants(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		Participants []wire.Participant `json:"participants"`
	}{r.Participants})}, nil
}

func saveParticipants(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Participants []wire.Participant `json:"participants"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	changed := !slices.Equal(r.Participants, body.Participants)
	r.Participants = append([]wire.Participant{}, body.Participants...)
	if changed {
		req.EmitSession(&r.Conversation, "session:set_participants", "participants", r.Participants)
	}
	return api.Answer{}, nil
}

func getBlock(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		Blocked bool `json:"blocked"`
	}{r.IsBlocked})}, nil
}

func updateBlock(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Blocked bool `json:"blocked"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if r.IsBlocked != body.Blocked {
		r.IsBlocked = body.Blocked
		req.EmitSession(&r.Conversation, "session:set_block", "is_blocked", r.IsBlocked)
	}
	return api.Answer{}, nil
}

func getVerify(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(struct {
		Verified      bool                `json:"verified"`
		Verifications []wire.Verification `json:"verifications"`
	}{r.IsVerified, r.Verifications})}, nil
}

// updateVerify sets the mark. Clearing it forgets how the identity was proved; a guess.
func updateVerify(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Verified bool `json:"verified"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	changed := r.IsVerified != body.Verified
	r.IsVerified = body.Verified
	if !body.Verified {
		r.Verifications = []wire.Verification{}
	}
	if changed {
		emitVerify(req, r)
	}
	return api.Answer{}, nil
}

type identityProof struct {
	Identity  string `json:"identity"`
	Token     string `json:"token"`
	Recipient string `json:"recipient"`
}

// requestIdentity remembers that a code was sent. Without a recipient the conversation needs the address.
func requestIdentity(req *api.Request, r *store.Record) (api.Answer, error) {
	var body identityProof
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
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
		return api.Answer{}, api.Invalid("data",
			"should have required property 'recipient': the conversation has none for the identity "+body.Identity)
	}
	r.Verifying = append(r.Verifying, body.Identity+" "+body.Recipient)
	if strings.HasPrefix(body.Identity, "urn:") {
		emitIdentity(req, r, body.Recipient)
	}
	return api.Answer{}, nil
}

// redeemIdentity takes every code of six digits for an identity that was asked for, as nobody gets the real one here.
func redeemIdentity(req *api.Request, r *store.Record) (api.Answer, error) {
	var body identityProof
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if len(body.Token) != 6 || strings.Trim(body.Token, "0123456789") != "" {
		return api.Answer{}, api.Invalid("data.token", "should have six digits")
	}
	place := slices.Index(r.Verifying, body.Identity+" "+body.Recipient)
	if place < 0 {
		return api.Answer{}, api.NotAllowed("no code was requested for this identity and recipient")
	}
	r.Verifying = slices.Delete(r.Verifying, place, place+1)
	r.IsVerified = true
	r.Verifications = append(slices.Clone(r.Verifications), wire.Verification{Identity: body.Identity, Method: "link"})
	emitVerify(req, r)
	return api.Answer{}, nil
}

// getRelations links some later conversations of a customer to the one before.
func getRelations(req *api.Request, r *store.Record) (api.Answer, error) {
	type related struct {
		Parent   *string  `json:"parent"`
		Children []string `json:"children"`
	}
	s, links := req.Site, related{Children: []string{}}
	if parent, ok := s.Parent(r.Index); ok && s.Alive(parent) {
		id := s.Record(parent).SessionID
		links.Parent = &id
	}
	if child := r.Index + s.People; s.Alive(child) {
		if parent, ok := s.Parent(child); ok && parent == r.Index {
			links.Children = append(links.Children, s.Record(child).SessionID)
		}
	}
	return api.Answer{Data: wire.Encode(struct {
		Conversations related `json:"conversations"`
	}{links})}, nil
}

// requestTranscript sends nothing, and checks that there would be an address.
func requestTranscript(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		To    string `json:"to"`
		Email string `json:"email"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	if body.To == "user" && body.Email == "" && r.Meta.Email == "" {
		return api.Answer{}, api.Invalid("data",
			"should have required property 'email': the conversation has no address")
	}
	return api.Answer{}, nil
}

// needsVisitor refuses what only works while the visitor is on the site; status and word are guesses.
func needsVisitor(_ *api.Request, r *store.Record) (api.Answer, error) {
	if !r.Active.Now {
		return api.Answer{}, api.NotAllowed("the visitor is not on the site")
	}
	return api.Answer{}, nil
}

// scheduleReminder refuses a moment that has passed; a guess.
func scheduleReminder(req *api.Request, r *store.Record) (api.Answer, error) {
	var body struct {
		Date string `json:"date"`
	}
	if err := req.Decode(&body); err != nil {
		return api.Answer{}, err
	}
	at, err := wire.ParseDate(body.Date)
	if err != nil {
		return api.Answer{}, api.Invalid("data.date", "should match format \"date-time\"")
	}
	if at <= req.Now {
		return api.Answer{}, api.Invalid("data.date", "should be in the future")
	}
	return api.Answer{}, nil
}

// reportConversation takes the conversation out of the inbox, into the spams.
func reportConversation(req *api.Request, r *store.Record) (api.Answer, error) {
	s := req.Site
	content := struct {
		Text string `json:"text"`
	}{r.LastMessage}
	s.Spams = append([]wire.Spam{{
		SpamID: s.UUID(seed.KindSpam, 1000+len(s.Spams)+int(s.Version)), Type: "session", Reason: "reported",
		Metadata: wire.Data{"session_id": r.SessionID, "nickname": r.Meta.Nickname}, Headers: wire.Data{},
		Timestamp: req.Now,
		Content:   wire.Encode(content), Session: r.SessionID,
	}}, s.Spams...)
	r.Deleted = true
	emitSpam(req, &s.Spams[0])
	req.EmitSession(&r.Conversation, "session:removed")
	return api.Answer{}, nil
}

func listPages(req *api.Request, r *store.Record) (api.Answer, error) {
	pages := slices.Clone(r.Pages)
	if r.Plan.Created != 0 {
		pages = append(pages, req.Site.Pages(r.Index, &r.Plan)...)
	}
	return api.PagesOf(req, pages)
}

// listConversationEvents shows the events of the contact.
func listConversationEvents(req *api.Request, r *store.Record) (api.Answer, error) {
	if r.Owner < 0 {
		return api.PagesOf(req, []wire.Event{})
	}
	return api.PagesOf(req, req.Site.Contact(r.Owner).Events)
}

// listFiles shows the files, images and recordings of the messages, newest first.
func listFiles(req *api.Request, r *store.Record) (api.Answer, error) {
	type file struct {
		Name        string `json:"name"`
		Type        string `json:"type"`
		URL         string `json:"url"`
		Fingerprint int64  `json:"fingerprint"`
		Timestamp   int64  `json:"timestamp"`
	}
	var files []file
	for i := len(r.Messages) - 1; i >= 0; i-- {
		m := &r.Messages[i]
		if m.Type != "file" && m.Type != "animation" && m.Type != "audio" {
			continue
		}
		f := file{Fingerprint: m.Fingerprint, Timestamp: m.Timestamp}
		var c wire.FileContent
		_ = json.Unmarshal(m.Content, &c) // checked when it came in
		f.Name, f.Type, f.URL = c.Name, c.Type, c.URL
		if f.Name == "" {
			f.Name = f.URL[strings.LastIndexByte(f.URL, '/')+1:]
		}
		files = append(files, f)
	}
	return api.PagesOf(req, files)
}

// getOriginal shows the email that a message came as.
func getOriginal(req *api.Request, r *store.Record) (api.Answer, error) {
	id := req.Params["original_id"]
	for i := range r.Messages {
		m := &r.Messages[i]
		if m.Original == nil || m.Original.OriginalID != id {
			continue
		}
		return api.Answer{Data: wire.Encode(struct {
			WebsiteID  string    `json:"website_id"`
			SessionID  string    `json:"session_id"`
			OriginalID string    `json:"original_id"`
			Type       string    `json:"type"`
			Headers    wire.Data `json:"headers"`
			Content    string    `json:"content"`
			Timestamp  int64     `json:"timestamp"`
		}{r.WebsiteID, r.SessionID, id, "text/plain", wire.Data{
			"from": r.Meta.Nickname + " <" + r.Meta.Email + ">", "to": "hello@" + req.Site.Website.Domain,
			"subject": r.Topic,
		}, m.Text, m.Timestamp})}, nil
	}
	return api.Answer{}, api.NotFound("original", id)
}
