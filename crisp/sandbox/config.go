package sandbox

import (
	"log/slog"
	"time"
)

// Config is what a sandbox is made of. The zero value is a small, healthy inbox.
type Config struct {
	// Seed selects the data. The same seed gives the same inbox.
	Seed uint64
	// Conversations, People and Visitors are the sizes. Zero stands for 240, 160 and 24, and a negative size for none.
	Conversations, People, Visitors int
	// Latency is how long every answer waits.
	Latency time.Duration
	// Fail is the probability, from 0 to 1, of an answer with an HTTP status, by status. FailCut stands for a cut
	// connection.
	Fail map[int]float64
	// Cut is the probability that the connection breaks in the middle of an answer.
	Cut float64
	// Quota is the number of requests after which all further ones are refused with 423 quota_limit_exceeded. Zero is
	// no limit.
	Quota int
	// Live is how many things a minute happen by themselves in a sandbox that Start serves: visitors come, write, browse,
	// rate and leave, and operators answer some of them. The seed decides what, not when. Zero is nothing.
	Live float64
	// Hooks are what events are posted to, see Server.SetHooks. Start fails when one is wrong; New logs it and takes none.
	Hooks []Hook
	// HookDelivery is how they are posted.
	HookDelivery HookDelivery
	// Sockets are the times and sizes of the socket of events.
	Sockets Sockets
	// Log is told of events that are dropped and of sockets that end. Nil is nobody.
	Log *slog.Logger
	// Now is the clock. The generated times count back from the minute in which the sandbox is made. Nil is the
	// system's.
	Now func() time.Time
}

func (cfg Config) withDefaults() Config {
	size := func(n *int, standard int) {
		switch {
		case *n == 0:
			*n = standard
		case *n < 0:
			*n = 0
		}
	}
	size(&cfg.Conversations, 240)
	size(&cfg.People, 160)
	size(&cfg.Visitors, 24)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// Sockets are the times and sizes of the socket of events. Zero values stand for those in brackets, which npm's server
// has, or for guesses where it has none.
type Sockets struct {
	// PingInterval is the time between heartbeats (25 s), and PingTimeout how long a client may take to answer one (20 s).
	PingInterval, PingTimeout time.Duration
	// AuthTimeout is how long a client may take to authenticate (10 s).
	AuthTimeout time.Duration
	// MaxPayload is the size in bytes of the largest message that a client may send (1,000,000).
	MaxPayload int64
	// Queue is how many events may wait for one socket (131,072). The connection of a slower client ends.
	Queue int
}
