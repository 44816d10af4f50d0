package connect

import (
	"context"
	"iter"
	"log/slog"
	"sync"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
)

// events are those of a connection. They connect when somebody listens for the first time, once for all who listen.
type events struct {
	conn *Connection
	log  *slog.Logger

	mu     sync.Mutex
	client *rtm.Client
	// leave ends what holds the connection, and left is closed when it has.
	leave context.CancelFunc
	left  chan struct{}
}

// Events returns where scripts listen, or nil where there is no client.
func (c *Connection) Events() bindings.Events {
	if c.Client == nil {
		return nil
	}
	return c.events
}

// listensWith makes the connection's events, whose log goes to the terminal when lines for debugging are asked for.
func (c *Connection) listensWith(o *Options) *Connection {
	c.events = &events{conn: c, log: slog.New(slog.DiscardHandler)}
	if c.Verbose {
		c.events.log = streams.Logger(o.io.Err, slog.LevelDebug)
	}
	return c
}

// Listen implements bindings.Events.
func (e *events) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		client, err := e.open()
		if err != nil {
			yield(crisp.Event{}, err)
			return
		}
		client.Listen(ctx, names)(yield)
	}
}

// open returns the client. It listens to everything for as long as it lives: who begins to listen, or listens to something else, then
// does so at once, where the service would have to be told and allows that every few seconds only.
func (e *events) open() (*rtm.Client, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client == nil {
		client, err := rtm.New(e.conn.Client, rtm.Options{Logger: e.log})
		if err != nil {
			return nil, err
		}
		e.client = client
	}
	select {
	case <-e.left: // the connection has failed
	default:
		if e.left != nil {
			return e.client, nil
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	left := make(chan struct{})
	e.leave, e.left = cancel, left
	go func() {
		defer close(left)
		for _, err := range e.client.Listen(ctx, []string{rtm.All}) {
			if err != nil {
				return
			}
		}
	}()
	return e.client, nil
}

// close ends the connection, if there is one.
func (e *events) close() {
	if e == nil {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.client != nil {
		e.leave()
		<-e.left
		_ = e.client.Close() // it has nothing to say
	}
}
