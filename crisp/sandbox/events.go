package sandbox

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/plugins"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Emit makes an event happen, as if something at the website had caused it, and sends it to the sockets and hooks that
// take it. A message becomes part of its conversation, which begins with it when there is none yet; other events change
// nothing. It returns without waiting for those who receive it, who get events in the order in which Emit was called.
//
// It fails when the website does not exist, or the data is not a JSON object. Events that package spec does not know are
// sent like those that are open to every tier.
func (s *Server) Emit(websiteID, event string, data json.RawMessage) error {
	text, err := hooks.Stringify(data)
	switch {
	case event == "":
		return fmt.Errorf("the event has no name; write one such as message:send")
	case err != nil:
		return fmt.Errorf("event %s: the data: %w", event, err)
	case text[0] != '{':
		return fmt.Errorf("event %s: the data is not a JSON object, which every payload is", event)
	case event == "message:send", event == "message:received":
		return s.inject(websiteID, event, text)
	}
	s.mu.RLock()
	site, err := findSite(s.sites, websiteID, spec.TierUser)
	s.mu.RUnlock()
	if err != nil {
		return err
	}
	var named struct {
		WebsiteID *string `json:"website_id"`
	}
	if err := json.Unmarshal(text, &named); err != nil {
		return fmt.Errorf("event %s: the data: %w", event, err)
	}
	if id := named.WebsiteID; id != nil && *id != site.WebsiteID {
		return fmt.Errorf("event %s: the data names the website %s, and the event is one of %s", event, *id, site.WebsiteID)
	}
	s.emit(site.WebsiteID, event, text)
	return nil
}

// listened reports whether anybody would hear an event now.
func (s *Server) listened() bool { return s.tap != nil || s.sockets.Listens() || s.hooks.Listens() }

// emit gives an event to those who listen. It returns without waiting for them.
func (s *Server) emit(websiteID, event string, data json.RawMessage) {
	if s.tap != nil {
		s.tap(websiteID, event, data)
	}
	s.fanout.add(emission{websiteID, event, data, s.cfg.Now().UnixMilli()}, s.spread)
}

// spread hands an event to the sockets and the hooks, which have queues of their own.
func (s *Server) spread(e emission) {
	text, err := hooks.Stringify(e.data)
	if err != nil {
		s.cfg.Log.Error("event is not sent: its data is not JSON", "event", e.event, "error", err)
		return
	}
	tiers, hook := spec.TierUser|spec.TierWebsite|spec.TierPlugin, true
	if known := spec.FindEvent(e.event); known != nil {
		tiers, hook = known.Tiers, known.Hook
	}
	switch {
	case e.event == plugins.EventUpdated:
		// Every socket of the plugin hears it, as it is what tells them to bind to a new website; a guess.
		s.sockets.Emit("", e.event, tiers&spec.TierPlugin, text)
		tiers &^= spec.TierPlugin
	case !s.subscribed(e.website):
		tiers &^= spec.TierPlugin // a socket that was bound before may know the website still
	}
	s.sockets.Emit(e.website, e.event, tiers, text)
	if hook && s.hooks.Listens() {
		s.hooks.Send(e.website, e.event, e.body(text))
	}
}

// subscribed reports whether a website has the plugin installed.
func (s *Server) subscribed(websiteID string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	site := s.sites.Find(websiteID)
	return site != nil && site.Plugin != nil
}

// emission is an event on its way, with the Unix milliseconds at which it happened.
type emission struct {
	website, event string
	data           json.RawMessage
	at             int64
}

// body is what is posted to hooks: the envelope as JSON.stringify writes it, as receivers that verify its signature over
// text of their own expect.
func (e emission) body(data []byte) []byte {
	body := append(make([]byte, 0, len(data)+160), `{"website_id":`...)
	body = appendString(body, e.website)
	body = appendString(append(body, `,"event":`...), e.event)
	body = append(append(body, `,"data":`...), data...)
	body = strconv.AppendInt(append(body, `,"timestamp":`...), e.at, 10)
	return append(body, '}')
}

func appendString(to []byte, text string) []byte {
	// It writes as JSON.stringify does, but for bytes that are no UTF-8, which it replaces and reports.
	to, _ = jsontext.AppendQuote(to, text)
	return to
}

// fanout spreads what was emitted, one event after the other, in a goroutine that ends when there is nothing left. So a
// request takes no longer when many listen.
type fanout struct {
	mu      sync.Mutex
	waiting []emission
	// idle is closed when nothing is left, and nil then.
	idle chan struct{}
}

func (f *fanout) add(e emission, spread func(emission)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, e)
	if f.idle == nil {
		f.idle = make(chan struct{})
		go f.drain(spread)
	}
}

func (f *fanout) drain(spread func(emission)) {
	for {
		f.mu.Lock()
		batch := f.waiting
		f.waiting = nil
		if len(batch) == 0 {
			close(f.idle)
			f.idle = nil
			f.mu.Unlock()
			return
		}
		f.mu.Unlock()
		for _, e := range batch {
			spread(e)
		}
	}
}

// wait returns when everything is spread.
func (f *fanout) wait() {
	f.mu.Lock()
	idle := f.idle
	f.mu.Unlock()
	if idle != nil {
		<-idle
	}
}
