//go:build unix

package serve

import (
	"log/slog"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/webhooks"
	"github.com/crisphost/crisphost/crisp/rtm"
)

// newEvents makes the connection over which the host hears events. It connects when scripts wait for some. Messages that it missed are
// read when it is back, for which the website has to be known.
func (s *server) newEvents(conn *connect.Connection) (*rtm.Client, error) {
	options := rtm.Options{Logger: s.log, FirstAttempts: -1}
	if id := conn.Credentials.WebsiteID; id != "" {
		options.Websites, options.CatchUp = []string{id}, true
	}
	return rtm.New(conn.Client, options)
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
