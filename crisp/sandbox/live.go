package sandbox

import (
	"context"

	"github.com/crisphost/crisphost/crisp/sandbox/internal/api"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/live"
	"github.com/crisphost/crisphost/crisp/sandbox/internal/seed"
)

// newDirector returns the director of what happens by itself.
func (s *Server) newDirector() *live.Director {
	return live.New(seed.Source(s.cfg.Seed), s.handlers, func(change func(*api.Request) error) error {
		return s.do(WebsiteID, change)
	})
}

// live lets things happen until the context ends. It holds no lock while it waits.
func (s *Server) live(ctx context.Context) {
	director := s.newDirector()
	for sleep(ctx, director.Pause(s.cfg.Live)) && ctx.Err() == nil {
		// What fails was made impossible by the API: the whole website may be gone.
		_ = director.Step()
	}
}
