package sandbox

import (
	"encoding/json"
	"fmt"
	"sync"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Emit sends an event to the sockets that receive it and to the web hooks, as if it had happened on a website. It returns
// before it is sent; events are sent in the order in which Emit was called. It fails when the name is empty or the data
// is not a JSON object. An event that package spec does not know is sent like one that is open to every tier.
func (s *Server) Emit(websiteID, event string, data json.RawMessage) error {
	text, err := hooks.Stringify(data)
	switch {
	case err != nil:
		return fmt.Errorf("event %s: the data is not JSON: %w", event, err)
	case len(text) == 0 || text[0] != '{':
		return fmt.Errorf("event %s: the data is not a JSON object, which every payload is", event)
	case event == "":
		return fmt.Errorf("the event has no name; write one such as message:send")
	}
	s.emit(websiteID, event, text)
	return nil
}

// emit queues an event. It waits for nothing, so that it can be called with s.mu held, which keeps the order of changes.
func (s *Server) emit(websiteID, event string, data json.RawMessage) {
	s.outbox.add(emission{websiteID, event, data, s.cfg.Now().UnixMilli()}, s.send)
}

// send hands an event to the sockets and the hooks, which have queues of their own.
func (s *Server) send(e emission) {
	text, err := hooks.Stringify(e.data)
	if err != nil {
		s.log.Error("event is not sent: its data is not JSON", "event", e.event, "error", err)
		return
	}
	tiers := spec.TierUser | spec.TierWebsite | spec.TierPlugin
	s.sockets.Emit(e.website, e.event, tiers, text)
	s.hooks.Send(e.website, e.event, e.at, text)
}

// emission is an event on its way, with the Unix milliseconds at which it happened.
type emission struct {
	website, event string
	data           json.RawMessage
	at             int64
}

// outbox sends what was emitted, one after the other, in a goroutine that ends when there is nothing left.
type outbox struct {
	mu      sync.Mutex
	waiting []emission
	busy    bool
	// idle is closed by the goroutine at its end.
	idle chan struct{}
}

func (o *outbox) add(e emission, send func(emission)) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.waiting = append(o.waiting, e)
	if o.busy {
		return
	}
	o.busy, o.idle = true, make(chan struct{})
	go o.drain(send)
}

func (o *outbox) drain(send func(emission)) {
	defer close(o.idle)
	for {
		o.mu.Lock()
		batch := o.waiting
		o.waiting = nil
		o.busy = len(batch) > 0
		o.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		for _, e := range batch {
			send(e)
		}
	}
}

// wait returns when nothing is on its way.
func (o *outbox) wait() {
	o.mu.Lock()
	busy, idle := o.busy, o.idle
	o.mu.Unlock()
	if busy {
		<-idle
	}
}
