package sandbox

import (
	"encoding/json"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/conversations"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/go-json-experiment/json/jsontext"
)

// inject takes the message of an event into its conversation, as if its sender had written it, and emits the event.
func (s *Server) inject(websiteID, event string, data json.RawMessage) error {
	return s.do(websiteID, func(req *api.Request) error {
		return conversations.Inject(req, event, jsontext.Value(data))
	})
}

// do changes the state of a website from inside the sandbox.
func (s *Server) do(websiteID string, change func(*api.Request) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	req := &api.Request{
		Sites: s.sites, Tier: spec.TierUser, Now: s.cfg.Now().UnixMilli(), Listened: s.listened(),
	}
	var err error
	if req.Site, err = findSite(s.sites, websiteID, req.Tier); err != nil {
		return err
	}
	if err := change(req); err != nil {
		return err
	}
	s.tellLater(s.tell(req.Events))
	return nil
}
