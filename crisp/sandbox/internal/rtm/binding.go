package rtm

import (
	"encoding/json"
	"errors"
	"maps"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
)

// authenticate checks the credentials and binds the socket. That one without a list of events receives none until it
// sends one is a guess: every known client sends the list.
func (s *session) authenticate(data json.RawMessage) error {
	var form struct {
		Tier     string   `json:"tier"`
		Username string   `json:"username"`
		Password string   `json:"password"`
		Events   []string `json:"events"`
		Rooms    []string `json:"rooms"`
	}
	if data == nil || json.Unmarshal(data, &form) != nil {
		return errors.New("invalid_data")
	}
	tier, err := s.access.Authenticate(form.Tier, form.Username, form.Password)
	if err != nil {
		s.bound.Store(nil)
		return err
	}
	b := &binding{tier: tier, websites: setOf(s.access.Websites(tier)), events: setOf(form.Events)}
	if form.Rooms != nil {
		b.rooms = setOf(form.Rooms)
	}
	s.bound.Store(b)
	return nil
}

// bind changes what the socket receives. Clients that reconnect may send it before they are authenticated, when it has no
// effect. Each form also takes up websites that came since; without events that is all it does.
func (s *session) bind(name string, data json.RawMessage) {
	old := s.bound.Load()
	var form struct {
		Events []string `json:"events"`
	}
	if old == nil || data != nil && json.Unmarshal(data, &form) != nil {
		return
	}
	b := *old
	b.websites = setOf(s.access.Websites(b.tier))
	if form.Events != nil {
		switch name {
		case socketio.EventBind:
			b.events = setOf(form.Events)
		case socketio.EventBindPush:
			b.events = maps.Clone(old.events)
			maps.Copy(b.events, setOf(form.Events))
		case socketio.EventBindPop:
			b.events = maps.Clone(old.events)
			for _, event := range form.Events {
				delete(b.events, event)
			}
		}
	}
	s.bound.Store(&b)
}

func setOf(names []string) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name] = true
	}
	return set
}
