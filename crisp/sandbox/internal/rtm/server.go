// Package rtm is the server of events: Socket.IO over Engine.IO 4 and 3, on WebSockets, as Crisp's RTM speaks it.
package rtm

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Options are what a server is made of. Zero values stand for what npm's server does, or for guesses at the service.
type Options struct {
	Access Access
	// PingInterval and PingTimeout are 25 s and 20 s.
	PingInterval, PingTimeout time.Duration
	// AuthTimeout is how long a client may take to authenticate: 10 s, which third parties tell.
	AuthTimeout time.Duration
	// MaxPayload is the size of the largest message that is accepted in bytes: 1,000,000.
	MaxPayload int64
	// Queue is how many events may wait for one socket. A socket that is slower is dropped. Standard is 131,072.
	Queue int
	// Log is told why connections ended, unless the client left. Nil is nobody.
	Log *slog.Logger
}

// Server is the end of all sockets. It is safe for concurrent use.
type Server struct {
	opts Options

	mu    sync.RWMutex
	conns map[*conn]bool
	// closed refuses new connections.
	closed bool
	// open counts the connections, so that Close can wait for them.
	open sync.WaitGroup
}

// New makes a server.
func New(opts Options) *Server {
	opts.PingInterval = cmp.Or(opts.PingInterval, 25*time.Second)
	opts.PingTimeout = cmp.Or(opts.PingTimeout, 20*time.Second)
	opts.AuthTimeout = cmp.Or(opts.AuthTimeout, 10*time.Second)
	opts.MaxPayload = cmp.Or(opts.MaxPayload, 1_000_000)
	opts.Queue = cmp.Or(opts.Queue, 1<<17)
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return &Server{opts: opts, conns: map[*conn]bool{}}
}

// ServeHTTP upgrades a request to a WebSocket and serves it until one side ends it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if code, message := unfit(r); message != "" {
		refuse(w, code, message)
		return
	}
	ws, err := websocket.Accept(w, r, nil) // which checks the origin
	if err != nil {
		return // it has answered
	}
	// What is announced is what is enforced. Text that is larger closes the connection with 1009.
	ws.SetReadLimit(s.opts.MaxPayload)
	eio3 := r.URL.Query().Get("EIO") != "4" // as in npm's server, a missing one too
	c := newConn(ws, &session{access: s.opts.Access, sid: newID(), old: eio3}, &s.opts)
	if !s.add(c) {
		_ = ws.CloseNow()
		return
	}
	defer s.remove(c)
	open := socketio.OpenPacket{
		SID: c.sid, PingInterval: s.opts.PingInterval.Milliseconds(), PingTimeout: s.opts.PingTimeout.Milliseconds(),
	}
	if !eio3 {
		open.MaxPayload = s.opts.MaxPayload
	}
	switch err := c.run(open); {
	case errors.Is(err, errSlow):
		s.opts.Log.Warn("events were lost: a socket was closed", "sid", c.sid, "reason", err)
	case !errors.Is(err, errClosed) && websocket.CloseStatus(err) == -1:
		s.opts.Log.Info("socket of events ended", "sid", c.sid, "reason", err)
	}
}

// unfit returns what npm's server refuses about a request, or no message.
func unfit(r *http.Request) (code int, message string) {
	query := r.URL.Query()
	switch {
	case query.Get("transport") != "websocket":
		return 0, "Transport unknown"
	case query.Get("sid") != "":
		return 1, "Session ID unknown" // which only long polling makes
	case r.Method != http.MethodGet:
		return 2, "Bad handshake method"
	case r.Header.Get("Upgrade") == "":
		return 3, "Bad request"
	}
	return 0, ""
}

func refuse(w http.ResponseWriter, code int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_ = json.NewEncoder(w).Encode(struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}{code, message})
}

func (s *Server) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.conns[c] = true
	s.open.Add(1)
	return true
}

func (s *Server) remove(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.open.Done()
}

// Emit queues an event for each socket that receives it, without waiting for any. The data must be JSON. Events without a
// website go to all that are bound to the event.
func (s *Server) Emit(website, event string, tiers spec.Tiers, data json.RawMessage) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var frame []byte
	for c := range s.conns {
		if !c.bound.Load().wants(website, event, tiers) {
			continue
		}
		if frame == nil {
			frame = socketio.NewEvent(event, data).Frame() // once for all of them
		}
		if !c.out.push(frame) {
			c.end(errSlow)
		}
	}
}

// Listens reports whether there is a connection, which may be about to authenticate.
func (s *Server) Listens() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.conns) > 0
}

// Drop ends all connections, as a server that dies does: without a word, so that clients come back.
func (s *Server) Drop() {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for c := range s.conns {
		c.end(errShutdown)
	}
}

// Close ends all connections, waits for that, and refuses further ones.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.Drop()
	s.open.Wait()
}

// newID makes the identifier of a connection or of a namespace on one.
func newID() string { return rand.Text()[:20] }
