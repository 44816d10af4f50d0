//go:build unix

package serve

import (
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
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
