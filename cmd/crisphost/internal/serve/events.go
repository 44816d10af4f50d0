//go:build unix

package serve

import (
	"log/slog"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/webhooks"
	"github.com/crisphost/crisphost/crisp/rtm"
)

// eventSource is where the host hears events. Scripts that listen share one connection, which begins when the first one does.
type eventSource struct {
	*rtm.Client
	conn *connect.Connection
	log  *slog.Logger
	// fresh reports that nothing can have been missed: the service begins with this process.
	fresh bool
}

func (s *server) newEvents(conn *connect.Connection) (*eventSource, error) {
	client, err := rtm.New(conn.Client, rtm.Options{Logger: s.log})
	return &eventSource{client, conn, s.log, s.options.connect.Sandbox}, err
}

// Resume implements host.Resumer. Messages that were missed are read, for which the website has to be known.
func (s *eventSource) Resume(since time.Time) (bindings.Events, func(), error) {
	options := rtm.Options{Logger: s.log, FirstAttempts: -1}
	if id := s.conn.Credentials.WebsiteID; id != "" {
		options.Websites, options.CatchUp = []string{id}, true
		if !s.fresh {
			options.Since = since
		}
	}
	client, err := rtm.New(s.conn.Client, options)
	if err != nil {
		return nil, nil, err
	}
	return client, func() { _ = client.Close() }, nil // it has nothing to say
}

// hookAttrs tell where web hooks are received.
func (s *server) hookAttrs(page *page) []any {
	switch {
	case s.hooks == nil:
		return nil
	case s.hooks.URL() != "":
		return []any{slog.String("hooks", s.hooks.URL())}
	case page.listen == nil:
		s.log.Warn("web hooks have no address: the page is off, and --hooks-addr names none")
		return nil
	}
	return []any{slog.String("hooks", page.url()+webhooks.Path)}
}
