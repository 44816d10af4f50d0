package sandbox

import (
	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
)

// tell emits what an operation has caused, but for the events that come after its answer, which it returns. The caller
// holds the lock of the state, so that events leave in the order of the changes.
func (s *Server) tell(events []api.Event) (later []api.Event) {
	for _, e := range events {
		if e.Later {
			later = append(later, e)
			continue
		}
		s.emit(e.WebsiteID, e.Name, e.Data)
	}
	return later
}

// tellLater emits the outcomes of asynchronous operations, after the answer.
func (s *Server) tellLater(events []api.Event) {
	for _, e := range events {
		s.emit(e.WebsiteID, e.Name, e.Data)
	}
}
