package sandbox

import (
	"maps"
	"slices"
	"strings"

	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// findConversation finds the number of the conversation that the path names.
func findConversation(req *request) (int, error) {
	id := req.params["session_id"]
	index, ok := req.site.locate(id)
	if !ok {
		return 0, notFound("conversation", id)
	}
	return index, nil
}

// reading runs f on the conversation of the path.
func reading(f func(req *request, r *record) (answer, error)) handler {
	return func(req *request) (answer, error) {
		index, err := findConversation(req)
		if err != nil {
			return answer{}, err
		}
		return f(req, req.site.record(index))
	}
}

// writing runs f on the conversation of the path, which f may change unless it fails.
func writing(f func(req *request, r *record) (answer, error)) handler {
	return func(req *request) (answer, error) {
		index, err := findConversation(req)
		if err != nil {
			return answer{}, err
		}
		a, err := f(req, req.site.touch(index))
		if err == nil {
			req.site.changed(index)
		}
		return a, err
	}
}

func listConversations(req *request) (answer, error) {
	sel, err := readSelection(req)
	if err != nil {
		return answer{}, err
	}
	query := req.query
	query.Del("per_page")
	key := query.Encode()
	if req.flag("filter_mention") && req.tier == spec.TierUser {
		key += "&user"
	}
	found := req.site.selected(key, sel.run)
	var items []jsontext.Value
	for _, index := range pageOf(req, sel.perPage, found) {
		items = append(items, req.site.item(int(index)))
	}
	return listed(items), nil
}

// createConversation makes a conversation that the inbox shows when the first message of the contact has come in.
func createConversation(req *request) (answer, error) {
	r, index := req.site.add("", req.now)
	req.site.changed(index)
	return answer{data: encode(sessionRef{r.SessionID})}, nil
}

type sessionRef struct {
	SessionID string `json:"session_id"`
}

func getConversation(req *request) (answer, error) {
	index, err := findConversation(req)
	if err != nil {
		return answer{}, err
	}
	return answer{data: req.site.item(index)}, nil
}

func conversationExists(req *request) (answer, error) {
	_, err := findConversation(req)
	return answer{}, err
}

func deleteConversation(req *request, r *record) (answer, error) {
	if req.site.settings.Inbox.LockRemoval {
		return answer{}, notAllowed("the settings of the website protect conversations from removal (inbox.lock_removal)")
	}
	r.deleted = true
	r.messages = nil
	return answer{}, nil
}

// initiateConversation begins a conversation with a visitor who is on the site. With one that has begun it does nothing.
func initiateConversation(req *request) (answer, error) {
	s, id := req.site, req.params["session_id"]
	if _, begun := s.locate(id); begun {
		return answer{}, nil
	}
	uuid := strings.TrimPrefix(id, "session_")
	number, ok := s.source.index(kindVisitor, uuid)
	if !ok || number >= s.visitors {
		return answer{}, notFound("visitor", id)
	}
	v := s.visitor(number)
	r, index := s.add(id, req.now)
	r.Availability, r.Active = "online", activity{Now: true, Last: req.now}
	r.Meta.Nickname, r.Meta.Email = v.Nickname, v.Email
	r.Meta.Device = &device{Capabilities: v.Capabilities, Geolocation: v.Geolocation, Timezone: v.Timezone, Locales: v.Locales}
	s.changed(index)
	return answer{}, nil
}

func getMeta(_ *request, r *record) (answer, error) { return answer{data: encode(r.Meta)}, nil }

// updateMeta merges; the list of segments replaces the old one.
func updateMeta(req *request, r *record) (answer, error) {
	m := r.Meta
	m.Data = maps.Clone(m.Data)
	m.Segments = slices.Clone(m.Segments)
	if m.Device != nil {
		m.Device = m.Device.clone()
	}
	if err := req.decode(&m); err != nil {
		return answer{}, err
	}
	if m.Data == nil {
		m.Data = data{}
	}
	m.Segments = unique(m.Segments)
	req.site.used(false, "segment", m.Segments...)
	for key := range m.Data {
		req.site.used(false, "key", key)
	}
	r.Meta = m
	if owner, known := req.site.findEmail(m.Email); known && r.owner < 0 {
		r.owner, r.PeopleID = owner, req.site.uuid(kindPerson, owner)
	}
	if m.Subject != "" {
		r.Topic = m.Subject
	}
	return answer{}, nil
}

// clone copies what decoding could otherwise write into a shared value.
func (d *device) clone() *device {
	c := *d
	c.Geolocation, c.System = d.Geolocation.clone(), clonePointer(d.System)
	c.Capabilities, c.Locales = append([]string{}, d.Capabilities...), append([]string{}, d.Locales...)
	return &c
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// unique drops repeated words.
func unique(words []string) []string {
	var list []string
	for _, word := range words {
		if !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	if list == nil {
		return []string{}
	}
	return list
}
