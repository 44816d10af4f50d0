package rtm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/internal/socketio"
)

// session is one connection.
type session struct {
	c      *Client
	ws     *websocket.Conn
	ctx    context.Context // ends with the connection
	cancel context.CancelCauseFunc
	number int            // it will have if the service accepts it
	parts  sync.WaitGroup // what runs beside the reader
	rebind chan struct{}  // holds a value when the names may have changed

	// Only the reader uses these.
	handshake *time.Timer
	watchdog  *time.Timer // ends the connection, unless a frame sets it back; nil before it is accepted
	silence   time.Duration
	joined    bool      // the namespace
	heard     time.Time // the last frame
	frame     bytes.Buffer
	binary    socketio.Packet // the packet that attachments are missing for, if its Attachments is not 0
	blobs     [][]byte
	blobBytes int64
	early     []crisp.Event // that came before the credentials were accepted

	// The client's mutex guards these.
	accepted time.Time // zero until the service accepted the credentials
	bound    []string  // the names that the service was given, sorted
	gap      *Gap
}

// connect makes a connection and reads from it until it ends, for the reason that it returns. The session is nil when
// there was no connection at all.
func (c *Client) connect(ctx context.Context) (s *session, err error) {
	if c.address == "" {
		address, err := c.discover(ctx)
		if err != nil {
			return nil, err
		}
		c.address = address
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	handshake := time.AfterFunc(c.opts.HandshakeTimeout, func() { cancel(errHandshake) })
	defer handshake.Stop()
	ws, err := c.dial(ctx)
	if err != nil {
		return nil, err
	}
	// A peer that is dead would have Close wait for it.
	defer func() { _ = ws.CloseNow() }()
	ws.SetReadLimit(c.opts.ReadLimit)
	s = &session{
		c: c, ws: ws, ctx: ctx, cancel: cancel, number: c.connections + 1, handshake: handshake,
		rebind: make(chan struct{}, 1), bound: c.names(),
	}
	err = s.read()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	cancel(err)
	s.parts.Wait()
	if s.watchdog != nil {
		s.watchdog.Stop()
	}
	if !s.accepted.IsZero() {
		c.lose(s, err)
	}
	return s, err
}

func (c *Client) dial(ctx context.Context) (*websocket.Conn, error) {
	opts := &websocket.DialOptions{
		HTTPClient: c.http,
		HTTPHeader: http.Header{"User-Agent": {"crisphost (+https://github.com/crisphost/crisphost)"}},
	}
	ws, resp, err := websocket.Dial(ctx, c.address, opts) //nolint:bodyclose // its documentation says that nobody has to
	switch {
	case err == nil:
		return ws, nil
	case context.Cause(ctx) != nil:
		return nil, context.Cause(ctx)
	case resp != nil && resp.StatusCode != http.StatusSwitchingProtocols:
		return nil, fmt.Errorf("the socket refused the connection with status %d", resp.StatusCode)
	}
	return nil, fmt.Errorf("the socket cannot be reached: %s", c.plain(err.Error()))
}

// read handles frames until the connection ends. It never waits for those who take the events.
func (s *session) read() error {
	for {
		kind, frame, err := s.next()
		if err != nil {
			return err
		}
		s.heard = time.Now()
		if s.watchdog != nil {
			s.watchdog.Reset(s.silence)
		}
		if kind == websocket.MessageBinary {
			err = s.attachment(frame)
		} else {
			err = s.packet(frame)
		}
		if err != nil {
			return err
		}
	}
}

// largeFrame is what the buffer for frames may keep.
const largeFrame = 1 << 20

// next reads a frame, which is valid until the next one.
func (s *session) next() (websocket.MessageType, []byte, error) {
	if s.frame.Cap() > largeFrame {
		s.frame = bytes.Buffer{}
	}
	s.frame.Reset()
	kind, r, err := s.ws.Reader(s.ctx)
	if err == nil {
		_, err = s.frame.ReadFrom(r)
	}
	switch status := websocket.CloseStatus(err); {
	case err == nil:
		return kind, s.frame.Bytes(), nil
	case errors.Is(err, websocket.ErrMessageTooBig):
		return 0, nil, unusable("a frame over %d bytes", s.c.opts.ReadLimit)
	case status != -1:
		return 0, nil, fmt.Errorf("the service closed the connection with status %d", status)
	}
	return 0, nil, fmt.Errorf("the connection was cut: %s", s.c.plain(err.Error()))
}

// packet handles a text frame.
func (s *session) packet(frame []byte) error {
	if len(frame) == 0 {
		return unusable("an empty frame")
	}
	kind, data := frame[0], frame[1:]
	if kind == socketio.Ping {
		return s.write(append([]byte{socketio.Pong}, data...))
	}
	if s.binary.Attachments > 0 {
		return unusable("a packet in place of an attachment")
	}
	if (kind == socketio.Open) != (s.silence == 0) {
		return unusable("a frame of type %q at the wrong time", kind)
	}
	switch kind {
	case socketio.Open:
		open, err := socketio.DecodeOpen(data)
		if err != nil {
			return unusable("%w", err)
		}
		s.silence = open.Silence()
		return s.write(socketio.Packet{Type: socketio.Connect, ID: socketio.NoID}.Frame())
	case socketio.Close:
		return errors.New("the service closed the connection")
	case socketio.Message:
		p, err := socketio.Decode(data)
		if err != nil {
			return unusable("%w", err)
		}
		return s.handle(p)
	case socketio.Pong, socketio.Noop:
		return nil
	}
	return unusable("a frame of unknown type %q", kind)
}

func (s *session) handle(p socketio.Packet) error {
	switch {
	case p.Namespace != "/":
		return unusable("a packet of the namespace %q", s.c.plain(p.Namespace))
	case p.Type == socketio.ConnectError:
		return fmt.Errorf("the service refused the connection: %s", s.c.plain(messageOf(p.Data)))
	case (p.Type == socketio.Connect) == s.joined:
		return unusable("a packet of type %q at the wrong time", p.Type)
	}
	switch p.Type {
	case socketio.Connect:
		s.joined = true
		return s.authenticate()
	case socketio.Disconnect:
		return errors.New("the service ended the session")
	case socketio.Event:
		return s.event(p)
	case socketio.BinaryEvent:
		s.binary = p
		s.binary.Data = slices.Clone(p.Data)
		return nil
	}
	return unusable("an acknowledgement that nobody asked for")
}

// attachment handles a binary frame.
func (s *session) attachment(frame []byte) error {
	if s.binary.Attachments == 0 {
		return unusable("a binary frame that belongs to no packet")
	}
	s.blobs = append(s.blobs, bytes.Clone(frame))
	s.blobBytes += int64(len(frame))
	if s.blobBytes > s.c.opts.ReadLimit {
		return unusable("attachments over %d bytes", s.c.opts.ReadLimit)
	}
	if len(s.blobs) < s.binary.Attachments {
		return nil
	}
	p, err := s.binary.Inline(s.blobs)
	s.binary, s.blobs, s.blobBytes = socketio.Packet{}, nil, 0
	if err != nil {
		return unusable("%w", err)
	}
	return s.event(p)
}

func (s *session) write(frame []byte) error {
	if err := s.ws.Write(s.ctx, websocket.MessageText, frame); err != nil {
		return fmt.Errorf("the connection was cut: %s", s.c.plain(err.Error()))
	}
	return nil
}
