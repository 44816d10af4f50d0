package sandbox

import (
	"sync"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// outbox holds the events of finished operations until they are delivered. They are put in while the operation still
// holds the lock of the state, and so leave in the order of the changes, whichever request comes to deliver them.
type outbox struct {
	mu    sync.Mutex
	queue []api.Event
	// delivering is held by the one request that delivers.
	delivering sync.Mutex
}

// put adds the events that come before the answer.
func (o *outbox) put(events []api.Event) {
	if len(events) == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, e := range events {
		if !e.Later {
			o.queue = append(o.queue, e)
		}
	}
}

func (o *outbox) take() []api.Event {
	o.mu.Lock()
	defer o.mu.Unlock()
	taken := o.queue
	o.queue = nil
	return taken
}

// send delivers what the outbox holds, and returns those of the events that come after the answer. When it returns, the
// earlier ones are on their way.
func (s *Server) send(events []api.Event) (later []api.Event) {
	if len(events) == 0 {
		return nil
	}
	for _, e := range events {
		if e.Later {
			later = append(later, e)
		}
	}
	s.deliver(nil)
	return later
}

// deliver hands on what the outbox holds and then the further events. It holds no lock of the state.
func (s *Server) deliver(further []api.Event) {
	s.outbox.delivering.Lock()
	defer s.outbox.delivering.Unlock()
	for _, list := range [...][]api.Event{s.outbox.take(), further} {
		for _, e := range list {
			s.emit(e.WebsiteID, e.Name, e.Data)
		}
	}
}
