package sandbox

import (
	"encoding/json"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// inject makes an event happen, as if something at the website had caused it. A message of a contact or an operator is
// taken into its conversation, which begins with it when there is none yet; of other events nothing is changed here but
// that they are heard.
func (s *Server) inject(websiteID, event string, data json.RawMessage) error {
	return s.do(websiteID, func(req *api.Request) error {
		switch event {
		case "message:send", "message:received":
			return conversations.Inject(req, event, jsontext.Value(data))
		}
		req.Emit(event, data)
		return nil
	})
}

// do changes the state of a website from inside the sandbox, and delivers the events of it.
func (s *Server) do(websiteID string, change func(*api.Request) error) error {
	req := &api.Request{
		Sites: s.sites, Tier: spec.TierUser, Now: s.cfg.Now().UnixMilli(), Listened: s.listened(),
	}
	if err := s.change(websiteID, req, change); err != nil {
		return err
	}
	s.deliver(s.send(req.Events))
	return nil
}

func (s *Server) change(websiteID string, req *api.Request, change func(*api.Request) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	site, err := findSite(s.sites, websiteID, req.Tier)
	if err != nil {
		return err
	}
	req.Site = site
	if err := change(req); err != nil {
		return err
	}
	s.outbox.put(req.Events)
	return nil
}
