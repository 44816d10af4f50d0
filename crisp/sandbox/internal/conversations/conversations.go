package conversations

import (
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/store"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/wire"
)

// createConversation makes a conversation that the inbox shows when the first message of the contact has come in.
func createConversation(req *api.Request) (api.Answer, error) {
	r, index := begin(req, "")
	req.Site.Changed(index)
	return api.Answer{Data: wire.Encode(wire.SessionRef{SessionID: r.SessionID})}, nil
}

func getConversation(req *api.Request) (api.Answer, error) {
	index, err := findConversation(req)
	if err != nil {
		return api.Answer{}, err
	}
	return api.Answer{Data: req.Site.Item(index)}, nil
}

func conversationExists(req *api.Request) (api.Answer, error) {
	_, err := findConversation(req)
	return api.Answer{}, err
}

func deleteConversation(req *api.Request, r *store.Record) (api.Answer, error) {
	if req.Site.Settings.Inbox.LockRemoval {
		return api.Answer{}, api.NotAllowed(
			"the settings of the website protect conversations from removal (inbox.lock_removal)")
	}
	r.Deleted = true
	r.Messages = nil
	req.EmitSession(&r.Conversation, "session:removed")
	return api.Answer{}, nil
}

// initiateConversation begins a conversation with a visitor who is on the site. With one that has begun it does
// nothing.
func initiateConversation(req *api.Request) (api.Answer, error) {
	s, id := req.Site, req.Params["session_id"]
	if _, begun := s.Locate(id); begun {
		return api.Answer{}, nil
	}
	uuid := strings.TrimPrefix(id, "session_")
	number, ok := s.Source.Index(seed.KindVisitor, uuid)
	if !ok || !s.IsPresent(number) {
		return api.Answer{}, api.NotFound("visitor", id)
	}
	v := s.Visitor(number)
	r, index := begin(req, id)
	r.Meta.Nickname, r.Meta.Email = v.Nickname, v.Email
	r.Meta.Device = &wire.Device{
		Capabilities: v.Capabilities, Geolocation: v.Geolocation, Timezone: v.Timezone, Locales: v.Locales,
	}
	appear(req, r)
	s.Changed(index)
	return api.Answer{}, nil
}

func getMeta(_ *api.Request, r *store.Record) (api.Answer, error) {
	return api.Answer{Data: wire.Encode(r.Meta)}, nil
}

// updateMeta merges; the list of segments replaces the old one.
func updateMeta(req *api.Request, r *store.Record) (api.Answer, error) {
	old, topic := r.Meta, r.Topic
	m := r.Meta
	m.Data = maps.Clone(m.Data)
	m.Segments = slices.Clone(m.Segments)
	if m.Device != nil {
		m.Device = m.Device.Clone()
	}
	if err := req.Decode(&m); err != nil {
		return api.Answer{}, err
	}
	if m.Data == nil {
		m.Data = wire.Data{}
	}
	m.Segments = wire.Unique(m.Segments)
	req.Site.Used(false, "segment", m.Segments...)
	for key := range m.Data {
		req.Site.Used(false, "key", key)
	}
	r.Meta = m
	if m.Subject != "" {
		r.Topic = m.Subject
	}
	emitMeta(req, r, &old)
	if r.Topic != topic {
		req.EmitSession(&r.Conversation, "session:sync:topic", "topic", r.Topic)
	}
	bind(req, r)
	return api.Answer{}, nil
}
