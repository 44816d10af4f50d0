package rtm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/internal/socketio"
)

const (
	testIdentifier = "b5a1c1f7-identifier"
	testKey        = "53cr37-key-that-nobody-may-see"
	testWebsite    = "11111111-1111-4111-8111-111111111111"
	testPath       = "/w1/b1/"
)

func TestMain(m *testing.M) {
	if address := os.Getenv(idleVariable); address != "" {
		if err := idle(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// service is a service that can misbehave, which the sandbox cannot.
type service struct {
	t testing.TB
	*httptest.Server
	// discovery answers the requests for the address of the socket. rest answers other requests, if set.
	discovery http.HandlerFunc
	rest      http.Handler
	// serve has a connection, from its beginning. It is welcome and then idle unless set.
	serve func(p *peer)

	mu    sync.Mutex
	paths []string // of requests to the API
	peers []*peer
}

// peer is the service's end of a connection.
type peer struct {
	s      *service
	ws     *websocket.Conn
	ctx    context.Context
	number int // from 1
	opened time.Time

	mu     sync.Mutex
	auth   authentication
	binds  [][]string
	pongs  int
	failed error
}

type authentication struct {
	Tier, Username, Password string
	Events, Rooms            []string
}

func newService(t testing.TB) *service { return newServiceOver(t, httptest.NewServer) }

// newServiceOver is newService with another server for its handler.
func newServiceOver(t testing.TB, server func(http.Handler) *httptest.Server) *service {
	s := &service{t: t}
	s.discovery = func(w http.ResponseWriter, _ *http.Request) { s.answer(w, s.URL+"/w1/b1") }
	s.serve = func(p *peer) {
		p.welcome()
		p.idle()
	}
	ctx, cancel := context.WithCancel(context.Background())
	var sockets sync.WaitGroup
	s.Server = server(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/connect/endpoints"):
			s.mu.Lock()
			s.paths = append(s.paths, r.URL.Path)
			s.mu.Unlock()
			s.discovery(w, r)
		case r.URL.Path != testPath:
			s.mu.Lock()
			rest := s.rest
			s.mu.Unlock()
			if rest == nil {
				http.NotFound(w, r)
				return
			}
			rest.ServeHTTP(w, r)
		case r.URL.RawQuery != "EIO=4&transport=websocket" || r.Header.Get("Authorization") != "":
			http.Error(w, `{"code":3,"message":"Bad request"}`, http.StatusBadRequest)
		default:
			ws, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			sockets.Go(func() {
				defer ws.CloseNow()
				s.mu.Lock()
				p := &peer{s: s, ws: ws, ctx: ctx, number: len(s.peers) + 1, opened: time.Now()}
				s.peers = append(s.peers, p)
				serve := s.serve
				s.mu.Unlock()
				serve(p)
			})
		}
	}))
	t.Cleanup(func() {
		cancel()
		sockets.Wait()
		s.Server.Close()
	})
	return s
}

// set changes how a service behaves that is in use.
func (s *service) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// answer is a successful answer to discovery.
func (s *service) answer(w http.ResponseWriter, app string) {
	fmt.Fprintf(w, `{"error":false,"reason":"resolved","data":{"socket":{"app":%q}}}`, app)
}

func (s *service) connections() []*peer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*peer(nil), s.peers...)
}

// send sends a text frame.
func (p *peer) send(frame string) { p.write(websocket.MessageText, []byte(frame)) }

func (p *peer) write(kind websocket.MessageType, frame []byte) {
	if err := p.ws.Write(p.ctx, kind, frame); err != nil {
		p.fail(err)
	}
}

func (p *peer) emit(name, payload string) {
	p.send(string(socketio.NewEvent(name, json.RawMessage(payload)).Frame()))
}

// receive returns the next text frame, or nothing when the connection has ended.
func (p *peer) receive() string {
	_, frame, err := p.ws.Read(p.ctx)
	if err != nil {
		p.fail(err)
		return ""
	}
	return string(frame)
}

func (p *peer) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = errors.Join(p.failed, err)
}

func (p *peer) open(interval, timeout time.Duration) {
	open := socketio.OpenPacket{SID: "engine", PingInterval: interval.Milliseconds(), PingTimeout: timeout.Milliseconds()}
	p.send(string(open.Append(nil)))
}

// join is a connection up to the authentication, which it reads.
func (p *peer) join(interval, timeout time.Duration) {
	p.open(interval, timeout)
	if got := p.receive(); got != "40" {
		p.s.t.Errorf("the client begins with %q", got)
	}
	p.send(`40{"sid":"socket"}`)
	packet, err := socketio.Decode([]byte(strings.TrimPrefix(p.receive(), "4")))
	if err != nil {
		return // the connection has ended
	}
	name, args, err := packet.Args()
	if err != nil || name != socketio.EventAuthentication || len(args) != 1 {
		p.s.t.Errorf("the client authenticates with %s", packet.Data)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.Unmarshal(args[0], &p.auth); err != nil {
		p.s.t.Error(err)
	}
}

// welcome is a connection up to its acceptance.
func (p *peer) welcome() {
	p.join(25*time.Second, 20*time.Second)
	p.emit("authenticated", "true")
}

// idle reads until the connection ends.
func (p *peer) idle() {
	for {
		frame := p.receive()
		if frame == "" {
			return
		}
		if strings.HasPrefix(frame, "3") {
			p.mu.Lock()
			p.pongs++
			p.mu.Unlock()
			continue
		}
		packet, err := socketio.Decode([]byte(strings.TrimPrefix(frame, "4")))
		if err != nil {
			p.s.t.Errorf("the client sends %q: %v", frame, err)
			return
		}
		name, args, err := packet.Args()
		var bind struct{ Events []string }
		if err != nil || name != socketio.EventBind || len(args) != 1 || json.Unmarshal(args[0], &bind) != nil {
			p.s.t.Errorf("the client sends %q", frame)
			return
		}
		p.mu.Lock()
		p.binds = append(p.binds, bind.Events)
		p.mu.Unlock()
	}
}

func (p *peer) boundTo() [][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([][]string(nil), p.binds...)
}

// api returns a client of the service's API.
func (s *service) api(options ...crisp.Option) *crisp.Client {
	s.t.Helper()
	options = append([]crisp.Option{
		crisp.WithBaseURL(s.URL + "/v1/"), crisp.WithCredentials(testIdentifier, testKey),
		crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 1}),
	}, options...)
	api, err := crisp.New(options...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(api.CloseIdleConnections)
	return api
}

// client returns a client that reconnects at once.
func (s *service) client(opts Options, options ...crisp.Option) *Client {
	s.t.Helper()
	if opts.MinDelay == 0 {
		opts.MinDelay = time.Millisecond
	}
	if opts.HandshakeTimeout == 0 {
		opts.HandshakeTimeout = time.Minute
	}
	if opts.BindInterval == 0 {
		opts.BindInterval = time.Millisecond
	}
	client, err := New(s.api(options...), opts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { client.Close() })
	return client
}

// heard is what a listener yields.
type heard struct {
	event crisp.Event
	err   error
}

// listen has a goroutine listen, and returns when the service has accepted its names.
func listen(t testing.TB, client *Client, names ...string) <-chan heard {
	t.Helper()
	events := start(t, client, append(names, Connected)...)
	if got := next(t, events); got.Name != Connected {
		t.Fatalf("got %s before the marker", got.Name)
	}
	return events
}

// start has a goroutine listen.
func start(t testing.TB, client *Client, names ...string) <-chan heard {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	events := make(chan heard)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event, err := range client.Listen(ctx, names) {
			select {
			case events <- heard{event, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return events
}

// next returns the next event.
func next(t testing.TB, events <-chan heard) crisp.Event {
	t.Helper()
	got := <-events // ends with its context at the latest
	if got.err != nil {
		t.Fatal(got.err)
	}
	return got.event
}

// nextError returns the error that a listener ends with.
func nextError(t testing.TB, events <-chan heard) error {
	t.Helper()
	for {
		got := <-events
		if got.err != nil {
			if errors.Is(got.err, context.DeadlineExceeded) {
				t.Fatal("the listener did not end")
			}
			return got.err
		}
	}
}

// payload is one with a number that it can be told by.
func payload(n int) string { return fmt.Sprintf(`{"website_id":%q,"n":%d}`, testWebsite, n) }

func numberOf(t testing.TB, event crisp.Event) int {
	t.Helper()
	var form struct{ N int }
	if err := json.Unmarshal(event.Data, &form); err != nil {
		t.Fatalf("%s: %v", event.Data, err)
	}
	return form.N
}
