package rtm

import (
	"context"
	"errors"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
)

// refusalDelay is how long a connection stays after its credentials were refused, so that the client reads why.
const refusalDelay = time.Second

var (
	errSlow     = errors.New("the client reads too slowly: its queue of events is full")
	errStalled  = errors.New("a frame could not be written in time")
	errSilent   = errors.New("the client missed a heartbeat")
	errIdle     = errors.New("the client did not authenticate in time")
	errRefused  = errors.New("the credentials were refused")
	errShutdown = errors.New("the server ends")
)

// conn is one connection: a reader that runs the session, and a writer.
type conn struct {
	*session
	opts *Options
	ws   *websocket.Conn

	ctx context.Context
	end context.CancelCauseFunc
	// ctrl are the frames of the protocol. They are written before those that wait in out, as a heartbeat that stands
	// behind a burst of events would come too late.
	ctrl chan []byte
	out  *queue
	beat heartbeat
}

func newConn(ws *websocket.Conn, s *session, opts *Options) *conn {
	c := &conn{session: s, opts: opts, ws: ws, ctrl: make(chan []byte, 16), out: newQueue(opts.Queue)}
	// The request's context ends with its handler's right to it, while a hijacked connection lives on.
	c.ctx, c.end = context.WithCancelCause(context.Background())
	return c
}

// run serves the connection until one side ends it, and returns why.
func (c *conn) run(open socketio.OpenPacket) error {
	defer func() { _ = c.ws.CloseNow() }()
	for _, frame := range c.hello(open) {
		c.ctrl <- frame // the channel has room for them
	}
	login := c.after(c.opts.AuthTimeout, errIdle)
	defer login.Stop()
	c.beat.start(c.old, c.opts.PingInterval, c.opts.PingTimeout, func() { c.end(errSilent) })
	defer c.beat.stop()
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write()
	}()
	c.end(c.read(login))
	<-written
	return context.Cause(c.ctx)
}

// after ends the connection later.
func (c *conn) after(d time.Duration, why error) *time.Timer {
	return time.AfterFunc(d, func() { c.end(why) })
}

// read takes frames until the connection ends.
func (c *conn) read(login *time.Timer) error {
	for {
		kind, frame, err := c.ws.Read(c.ctx)
		if err != nil {
			return err
		}
		r, err := c.receive(kind == websocket.MessageBinary, frame)
		if err != nil {
			return err
		}
		if r.heartbeat {
			c.beat.answered()
		}
		for _, answer := range r.frames {
			select {
			case c.ctrl <- answer:
			case <-c.ctx.Done():
				return c.ctx.Err()
			}
		}
		switch {
		case r.refused:
			login.Stop()
			c.after(refusalDelay, errRefused)
		case c.bound.Load() != nil:
			login.Stop()
		}
	}
}

var ping = []byte{socketio.Ping}

// write sends what waits until the connection ends.
func (c *conn) write() {
	// One timer watches all writes: a context for each would cost more than the write.
	patience := c.opts.PingInterval + c.opts.PingTimeout
	stalled := c.after(patience, errStalled)
	defer stalled.Stop()
	send := func(frame []byte) {
		stalled.Reset(patience)
		if err := c.ws.Write(c.ctx, websocket.MessageText, frame); err != nil {
			c.end(err)
		}
		stalled.Stop()
	}
	for c.ctx.Err() == nil {
		select {
		case frame := <-c.ctrl:
			send(frame)
			continue
		case <-c.beat.due:
			c.beat.sending()
			send(ping)
			c.beat.sent()
			continue
		default:
		}
		if frame := c.out.pop(); frame != nil {
			send(frame)
			continue
		}
		select {
		case frame := <-c.ctrl:
			send(frame)
		case <-c.beat.due:
			c.beat.due <- struct{}{} // the other select takes it
		case <-c.out.ready:
		case <-c.ctx.Done():
		}
	}
}
