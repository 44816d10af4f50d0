package conversations

import (
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// The names and members of the events are established; which change causes which event is so only where a comment does
// not call it a guess. That a change which changes nothing causes none is a guess for all of them.

// begin adds a conversation. That one which an API call makes causes the event too is a guess.
func begin(req *api.Request, sessionID string) (*store.Record, int) {
	r, index := req.Site.Add(sessionID, req.Now)
	req.EmitSession(&r.Conversation, "session:request:initiated")
	return r, index
}

// appear puts the visitor of a conversation on the site.
func appear(req *api.Request, r *store.Record) {
	was := r.Availability
	r.Availability, r.Active = "online", wire.Activity{Now: true, Last: req.Now}
	if was != r.Availability {
		req.EmitSession(&r.Conversation, "session:update_availability", "availability", r.Availability)
	}
}

// receive takes a message in and emits it.
func receive(req *api.Request, r *store.Record, m wire.Message) {
	take(req, r, m, func(m *wire.Message) { emitMessage(req, r, m) })
}

// take takes a message in, lets it be emitted, and emits the mentions that it adds and the state that it changes. That
// these follow the message is a guess.
func take(req *api.Request, r *store.Record, m wire.Message, emit func(*wire.Message)) {
	state, mentions := r.State, len(r.Mentions)
	m = req.Site.Receive(r, m)
	emit(&m)
	if len(r.Mentions) != mentions {
		req.EmitSession(&r.Conversation, "session:set_mentions", "mentions", r.Mentions)
	}
	if r.State != state {
		emitState(req, r)
	}
}

// emitMessage tells of a message. Notes and events of the team are received messages too. That stealth messages reach
// no listener either is a guess.
func emitMessage(req *api.Request, r *store.Record, m *wire.Message) {
	if m.Stealth {
		return
	}
	event := "message:received"
	if m.From == "user" {
		event = "message:send"
	}
	if req.Listened {
		req.EmitSession(&r.Conversation, event, messageMembers(m)...)
	}
}

// messageMembers are the members of the events of a message.
func messageMembers(m *wire.Message) []any {
	return []any{
		"type", m.Type, "from", m.From, "origin", m.Origin, "content", m.Content, "fingerprint", m.Fingerprint,
		"timestamp", m.Timestamp, "user", m.User, "mentions", m.Mentions, "stamped", m.Stamped,
		"automated", m.Automated,
	}
}

func emitState(req *api.Request, r *store.Record) {
	req.EmitSession(&r.Conversation, "session:set_state", "state", r.State)
}

// assign puts an operator in charge, or nobody.
func assign(req *api.Request, r *store.Record, to *wire.Assigned) {
	previous := r.Assigned
	r.Assigned = to
	if !samePointed(previous, to) {
		req.EmitSession(&r.Conversation, "session:set_routing",
			"routing_id", routingID(to), "previous_routing_id", routingID(previous))
	}
}

func routingID(a *wire.Assigned) *string {
	if a == nil {
		return nil
	}
	return &a.UserID
}

// samePointed reports whether both point to the same value, or to none.
func samePointed[T comparable](a, b *T) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// emitMeta tells what has changed, one event for each member, in the order of the members. That data and segments are
// told as a whole, and not only what changed of them, is a guess.
func emitMeta(req *api.Request, r *store.Record, old *wire.Meta) {
	if !req.Listened {
		return
	}
	now := &r.Meta
	for _, text := range [...]struct{ member, old, now string }{
		{"nickname", old.Nickname, now.Nickname}, {"email", old.Email, now.Email}, {"phone", old.Phone, now.Phone},
		{"address", old.Address, now.Address}, {"subject", old.Subject, now.Subject},
		{"avatar", old.Avatar, now.Avatar}, {"origin", old.Origin, now.Origin},
	} {
		if text.old != text.now {
			req.EmitSession(&r.Conversation, "session:set_"+text.member, text.member, text.now)
		}
	}
	if !maps.Equal(old.Data, now.Data) {
		req.EmitSession(&r.Conversation, "session:set_data", "data", now.Data)
	}
	if !slices.Equal(old.Segments, now.Segments) {
		req.EmitSession(&r.Conversation, "session:set_segments", "segments", now.Segments)
	}
	if old.IP != now.IP || !samePointed(old.Connection, now.Connection) {
		req.EmitSession(&r.Conversation, "session:sync:network", "network", struct {
			IP         string           `json:"ip"`
			Connection *wire.Connection `json:"connection,omitempty"`
		}{now.IP, now.Connection})
	}
	emitDevice(req, r, old.Device)
}

// emitDevice tells what the visitor's device has become.
func emitDevice(req *api.Request, r *store.Record, old *wire.Device) {
	now := r.Meta.Device
	if now == nil {
		return
	}
	if old == nil {
		old = &wire.Device{}
	}
	c := &r.Conversation
	if !slices.Equal(old.Capabilities, now.Capabilities) {
		req.EmitSession(c, "session:sync:capabilities", "capabilities", now.Capabilities)
	}
	if now.Geolocation != nil && !reflect.DeepEqual(old.Geolocation, now.Geolocation) {
		req.EmitSession(c, "session:sync:geolocation", "geolocation", now.Geolocation)
	}
	if now.System != nil && !samePointed(old.System, now.System) {
		req.EmitSession(c, "session:sync:system", "system", now.System)
	}
	if old.Timezone != now.Timezone {
		req.EmitSession(c, "session:sync:timezone", "timezone", map[string]int{"offset": now.Timezone})
	}
	if !slices.Equal(old.Locales, now.Locales) {
		req.EmitSession(c, "session:sync:locales", "locales", map[string][]string{"locales": now.Locales})
	}
}

// emitBinding tells that a conversation has got a profile, and which one; that the first comes before the second is a
// guess.
func emitBinding(req *api.Request, r *store.Record) {
	if !req.Listened {
		return
	}
	c := req.Site.Contact(r.Owner)
	req.EmitSession(&r.Conversation, "people:bind:session", "people_id", r.PeopleID)
	req.EmitSession(&r.Conversation, "people:sync:profile", "people_id", r.PeopleID, "identity", struct {
		Person  *wire.Personal `json:"person"`
		Company *wire.Company  `json:"company,omitempty"`
	}{&c.Person, c.Company})
}

// acknowledge tells which messages were marked. That "send" stands for the messages of the contact is a guess from the
// names of the events of messages.
func acknowledge(req *api.Request, r *store.Record, what, origin string, fingerprints []int64) {
	if len(fingerprints) > 0 {
		if origin == "" {
			origin = "chat"
		}
		req.EmitSession(&r.Conversation, "message:acknowledge:"+what, "origin", origin, "fingerprints", fingerprints)
	}
}

// emitCompose tells that a side types, or has stopped.
func emitCompose(req *api.Request, r *store.Record, from, what, excerpt string) {
	if !req.Listened {
		return
	}
	var shown any
	if excerpt != "" {
		shown = excerpt
	}
	if from == "user" {
		req.EmitSession(&r.Conversation, "message:compose:send",
			"type", what, "excerpt", shown, "timestamp", req.Now)
		return
	}
	req.EmitSession(&r.Conversation, "message:compose:receive",
		"type", what, "excerpt", shown, "timestamp", req.Now, "user", req.Site.Speaker(r, from))
}

func emitVerify(req *api.Request, r *store.Record) {
	req.EmitSession(&r.Conversation, "session:update_verify",
		"is_verified", r.IsVerified, "verifications", r.Verifications)
}

// emitSpam tells of an entry of the list of spam.
func emitSpam(req *api.Request, sp *wire.Spam) {
	req.EmitSite("spam:message", "spam_id", sp.SpamID, "type", sp.Type, "reason", sp.Reason, "metadata", sp.Metadata,
		"headers", sp.Headers, "timestamp", sp.Timestamp)
}

// emitIdentity asks a plugin to send the visitor a code. The sandbox has only one, whatever the
// URN. redeemIdentity takes the code.
func emitIdentity(req *api.Request, r *store.Record, target string) {
	s := req.Site
	d := s.Dice(seed.KindIdentity, len(r.Verifying))
	code := strconv.Itoa(100_000 + d.Below(900_000))
	req.EmitLater("identity:verify:request", "website_id", r.WebsiteID, "plugin_id", plugins.ID,
		"session_id", r.SessionID, "target", target, "code", code,
		"confirm_url", "https://"+s.Website.Domain+"/identity/confirm/"+code)
}
