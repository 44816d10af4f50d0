package rtm

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// Options are what can be set about a client. Zero values take the defaults.
type Options struct {
	// Websites are the ids of the websites to listen to. Empty is all that the token can see. Events that name no
	// website are always delivered.
	Websites []string
	// CatchUp has the messages read that were missed in a gap. It needs Websites. They are delivered as message:send
	// and message:received, as RTM would have, with the message as the REST API has it as payload: all fields that tell
	// it from others are the same. Messages that were delivered just before the gap are left out as far as the client
	// remembers them, so a message may come twice, and never less than once when the marker says that catching up was
	// complete.
	CatchUp bool
	// Since, if set, is when another client listened last, such as one of a process that has ended. The time from then
	// until the first connection is a gap for those who listen before it.
	Since time.Time

	// MaxEvents and MaxBytes bound what waits for one listener: 65,536 events and 64 MiB by default. Beyond that it
	// ends with ErrSlow.
	MaxEvents int
	MaxBytes  int64
	// ReadLimit bounds one event, 16 MiB by default. A larger one ends the connection, and soon the listeners with
	// ErrUnusable if it is repeated.
	ReadLimit int64

	// MinDelay and MaxDelay bound the wait before another connection, and with it before another authentication: 5 s
	// and 1 minute by default. It is between once and twice a time that begins at MinDelay and doubles with each
	// connection that lasted less than MaxDelay.
	MinDelay, MaxDelay time.Duration
	// HandshakeTimeout bounds the time from dialing until the service accepted the credentials, 10 s by default.
	HandshakeTimeout time.Duration
	// BindInterval is the shortest time between two changes of the names that the client listens to, 2.5 s by default,
	// as in Crisp's own client.
	BindInterval time.Duration
	// FirstAttempts is how many attempts without an accepted connection are enough to end with ErrUnreachable, 3 by
	// default. After the first connection the client never gives up for that reason, and with a negative number not
	// even before.
	FirstAttempts int

	// Logger gets a line for each connection and its end, without payloads and credentials. The default is not to log.
	Logger *slog.Logger
	// Transport opens the socket. It must speak HTTP/1.1. The default takes proxies from the environment.
	Transport http.RoundTripper
}

// maxUnusable is how many connections in a row may end because of what the service sent.
const maxUnusable = 5

func (o Options) withDefaults() (Options, error) {
	if o.MaxEvents < 0 || o.MaxBytes < 0 || o.ReadLimit < 0 {
		return o, errors.New("a limit is negative")
	}
	if o.CatchUp && len(o.Websites) == 0 {
		return o, errors.New("catching up needs the websites whose messages are to be read")
	}
	for _, id := range o.Websites {
		if id == "" || strings.ContainsAny(id, "/?#%") {
			return o, fmt.Errorf("%q is not the id of a website", id)
		}
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{
		{&o.MinDelay, 5 * time.Second},
		{&o.MaxDelay, time.Minute},
		{&o.HandshakeTimeout, 10 * time.Second},
		{&o.BindInterval, 2500 * time.Millisecond},
	} {
		if *d.value < 0 {
			return o, errors.New("a time is negative")
		}
		if *d.value == 0 {
			*d.value = d.standard
		}
	}
	o.MaxDelay = max(o.MaxDelay, o.MinDelay)
	if o.MaxEvents == 0 {
		o.MaxEvents = 1 << 16
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.ReadLimit == 0 {
		o.ReadLimit = 16 << 20
	}
	if o.FirstAttempts == 0 {
		o.FirstAttempts = 3
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, nil
}
