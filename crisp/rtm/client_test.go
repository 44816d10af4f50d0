package rtm

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/testwait"
)

func TestListen(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) {
		p.welcome()
		for n := range 1000 {
			p.emit("message:send", payload(n))
			p.emit("session:set_state", payload(-1)) // that nobody listens to
		}
		p.send(`42["bucket:url:upload:generated",{"resource":{"id":"w2","type":"website"},"website_id":null},"offset"]`)
		p.send(`42["new:event"]`)
		p.send(`42["new:event",[1]]`)
		p.idle()
	}
	client := s.client(Options{})
	before := time.Now()
	events := start(t, client, "message:send", "new:event", "bucket:url:upload:generated", "message:send")
	for n := range 1000 {
		event := next(t, events)
		if event.Name != "message:send" || event.WebsiteID != testWebsite || numberOf(t, event) != n {
			t.Fatalf("event %d is %s %s", n, event.Name, event.Data)
		}
		if event.Time.Before(before) || event.Time.After(time.Now()) {
			t.Fatalf("received at %s", event.Time)
		}
	}
	if event := next(t, events); event.WebsiteID != "w2" {
		t.Errorf("a bucket's event is of the website %q: %s", event.WebsiteID, event.Data)
	}
	for _, want := range []string{"null", "[1]"} {
		if event := next(t, events); string(event.Data) != want || event.WebsiteID != "" {
			t.Errorf("got %s, want %s", event.Data, want)
		}
	}
	p := s.connections()[0]
	want := authentication{
		Tier: "website", Username: testIdentifier, Password: testKey,
		Events: []string{"bucket:url:upload:generated", "message:send", "new:event"},
	}
	if !reflect.DeepEqual(p.auth, want) {
		t.Errorf("authenticated with %+v, want %+v", p.auth, want)
	}
}

// TestEarlyEvents: events that come before the answer to the credentials are kept until it came, and for nobody when it
// is a refusal.
func TestEarlyEvents(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) {
		p.join(time.Second, time.Second)
		p.emit("message:send", payload(p.number))
		if p.number == 1 {
			p.emit("authenticated", "true")
			p.send("1")
			return
		}
		p.emit("unauthorized", "{}")
		p.idle()
	}
	events := start(t, s.client(Options{}), "message:send", Connected)
	if got := next(t, events); got.Name != Connected {
		t.Errorf("got %s before the marker", got.Name)
	}
	if got := numberOf(t, next(t, events)); got != 1 {
		t.Errorf("got %d", got)
	}
	if got := <-events; !errors.Is(got.err, ErrUnauthorized) {
		t.Errorf("got %+v", got)
	}
}

func TestDiscovery(t *testing.T) {
	for _, c := range []struct {
		tier     spec.Tiers
		websites []string
		want     []string
	}{
		{spec.TierUser, nil, []string{"/v1/user/connect/endpoints"}},
		{spec.TierPlugin, []string{"w1"}, []string{"/v1/plugin/connect/endpoints"}},
		{spec.TierWebsite, nil, []string{"/v1/website/connect/endpoints"}},
		{spec.TierWebsite, []string{"w1"}, []string{"/v1/website/w1/connect/endpoints"}},
		{spec.TierWebsite, []string{"w404"}, []string{"/v1/website/w404/connect/endpoints", "/v1/website/connect/endpoints"}},
	} {
		s := newService(t)
		usual := s.discovery
		s.discovery = func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "w404") {
				w.WriteHeader(404)
				return
			}
			if r.Header.Get("X-Crisp-Tier") != c.tier.String() || r.Header.Get("Authorization") == "" {
				t.Errorf("discovery with %v", r.Header)
			}
			usual(w, r)
		}
		listen(t, s.client(Options{Websites: c.websites}, crisp.WithTier(c.tier)), "message:send")
		if !slices.Equal(s.paths, c.want) {
			t.Errorf("asked for %q, want %q", s.paths, c.want)
		}
		if auth := s.connections()[0].auth; auth.Tier != c.tier.String() || !slices.Equal(auth.Rooms, c.websites) {
			t.Errorf("authenticated with %+v", auth)
		}
	}
}

const anyNumber = -1 // of connections: not all attempts need get so far in time

func TestRefusals(t *testing.T) {
	reply := func(status int, body string) func(*service) {
		return func(s *service) {
			s.discovery = func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}
		}
	}
	serve := func(f func(*peer)) func(*service) { return func(s *service) { s.serve = f } }
	app := func(app string) func(*service) {
		return func(s *service) { s.discovery = func(w http.ResponseWriter, _ *http.Request) { s.answer(w, app) } }
	}
	for name, c := range map[string]struct {
		set         func(*service)
		want        error
		text        string
		connections int
	}{
		"credentials": {serve(func(p *peer) {
			p.join(time.Second, time.Second)
			p.emit("unauthorized", `{"message":"wrong key `+testKey+`\u001b"}`)
			p.idle()
		}), ErrUnauthorized, "wrong key [redacted]; check the identifier, the key and the tier (website)", 1},
		"credentials without a message": {serve(func(p *peer) {
			p.join(time.Second, time.Second)
			p.send(`42["unauthorized"]`)
			p.idle()
		}), ErrUnauthorized, "no reason given", 1},
		"credentials by false": {serve(func(p *peer) {
			p.join(time.Second, time.Second)
			p.emit("authenticated", "false")
			p.idle()
		}), ErrUnauthorized, "authentication has failed", 1},
		"namespace": {serve(func(p *peer) {
			p.open(time.Second, time.Second)
			p.receive()
			p.send(`44{"message":"no room"}`)
			p.idle()
		}), ErrUnreachable, "after 3 attempts: the service refused the connection: no room", 3},
		"API credentials": {reply(401, `{"error":true,"reason":"invalid_session","data":{}}`), ErrUnauthorized,
			"invalid_session", 0},
		"API route":          {reply(404, ``), ErrUnreachable, "not_found", 0},
		"API down":           {reply(503, ``), ErrUnreachable, "after 3 attempts", 0},
		"no address":         {reply(200, `{"error":false,"data":{"socket":{}}}`), ErrUnreachable, "data.socket.app", 0},
		"no object":          {reply(200, `{"error":false,"data":[]}`), ErrUnreachable, "data.socket.app", 0},
		"relative address":   {app("/w1/b1/"), ErrUnreachable, "is not one of http", 0},
		"clear text":         {app("http://socket.example/w1/"), ErrUnreachable, "clear text", 0},
		"nobody there":       {app("http://127.0.0.1:1/w1/"), ErrUnreachable, "cannot be reached", 0},
		"not a socket":       {func(s *service) { app(s.URL + "/other/")(s) }, ErrUnreachable, "with status 404", 0},
		"redirected":         {func(s *service) { redirect(s) }, ErrUnreachable, "with status 307", 0},
		"closed at once":     {serve(func(*peer) {}), ErrUnreachable, "after 3 attempts", 3},
		"refused with 1008":  {serve(func(p *peer) { p.ws.Close(1008, "") }), ErrUnreachable, "with status 1008", 3},
		"never says a thing": {serve((*peer).idle), ErrUnreachable, "did not accept the connection in time", anyNumber},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			c.set(s)
			opts := Options{MinDelay: time.Microsecond}
			if name == "never says a thing" {
				opts.HandshakeTimeout = 50 * time.Millisecond
			}
			err := nextError(t, start(t, s.client(opts), "message:send"))
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("got %v, want %v and %q", err, c.want, c.text)
			}
			if strings.Contains(err.Error(), testKey) || strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("not fit to be shown: %q", err)
			}
			if got := len(s.connections()); got != c.connections && c.connections != anyNumber {
				t.Errorf("%d connections, want %d", got, c.connections)
			}
		})
	}
}

func redirect(s *service) {
	s.rest = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+testPath+"?EIO=4&transport=websocket", http.StatusTemporaryRedirect)
	})
	s.discovery = func(w http.ResponseWriter, _ *http.Request) { s.answer(w, s.URL+"/moved/") }
}

// TestTLS: the socket of a service that has TLS has it too, and certificates are checked.
func TestTLS(t *testing.T) {
	s := newServiceOver(t, func(handler http.Handler) *httptest.Server {
		server := httptest.NewUnstartedServer(handler)
		server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		server.StartTLS()
		return server
	})
	trusting := s.Client().Transport
	api := crisp.WithTransport(trusting)
	listen(t, s.client(Options{Transport: trusting}, api), "message:send")
	err := nextError(t, start(t, s.client(Options{MinDelay: time.Microsecond}, api), "message:send"))
	if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
}

// TestTriesAgain: a client that gave up begins anew with the next listener.
func TestTriesAgain(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) {
		if p.number == 1 {
			p.join(time.Second, time.Second)
			p.emit("unauthorized", `{}`)
			p.idle()
			return
		}
		p.welcome()
		p.idle()
	}
	client := s.client(Options{})
	if err := nextError(t, start(t, client)); !errors.Is(err, ErrUnauthorized) {
		t.Fatal(err)
	}
	listen(t, client, "message:send")
}

func TestNew(t *testing.T) {
	s := newService(t)
	anonymous, err := crisp.New(crisp.WithBaseURL(s.URL))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(anonymous, Options{}); err == nil || !strings.Contains(err.Error(), "no credentials") {
		t.Errorf("without credentials: %v", err)
	}
	for _, opts := range []Options{
		{CatchUp: true}, {MaxEvents: -1}, {MaxBytes: -1}, {ReadLimit: -1}, {MinDelay: -1}, {Websites: []string{""}},
		{Websites: []string{"../user"}},
	} {
		if _, err := New(s.api(), opts); err == nil {
			t.Errorf("%+v passes", opts)
		}
	}
}

// TestEnds: a listener ends with its context, with the client, and by leaving the loop, and nothing of it stays.
func TestEnds(t *testing.T) {
	s := newService(t)
	one, two := s.client(Options{}), s.client(Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	cancel(reason)
	for _, err := range one.Listen(ctx, nil) {
		if !errors.Is(err, reason) {
			t.Errorf("the context ended: %v", err)
		}
	}
	events, others := listen(t, one, "message:send"), listen(t, two, "message:send")
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if err := nextError(t, events); !errors.Is(err, ErrClosed) {
		t.Errorf("the client was closed: %v", err)
	}
	for _, err := range one.Listen(t.Context(), nil) {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("a client that is closed: %v", err)
		}
	}
	// The other client does not notice.
	s.connections()[1].emit("message:send", payload(1))
	if event := next(t, others); numberOf(t, event) != 1 {
		t.Errorf("got %s", event.Data)
	}
	for range two.Listen(t.Context(), []string{Connected}) {
		break
	}
	testwait.Until(t, "the listener has left", func() bool {
		two.mu.Lock()
		defer two.mu.Unlock()
		return len(two.listeners) == 1
	})
}

// TestCloseWithoutPeer: closing does not wait for a service that has stopped reading.
func TestCloseWithoutPeer(t *testing.T) {
	s := newService(t)
	stuck := make(chan struct{})
	s.serve = func(p *peer) {
		p.welcome()
		<-stuck
	}
	defer close(stuck)
	client := s.client(Options{})
	listen(t, client, "message:send")
	began := time.Now()
	client.Close()
	// A closing handshake would wait 5 s for the answer.
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("closing took %s", took)
	}
}

// TestBind: the names of listeners that come and go reach the service, and the next connection begins with them.
func TestBind(t *testing.T) {
	s := newService(t)
	interval := 50 * time.Millisecond
	client := s.client(Options{BindInterval: interval})
	first := listen(t, client, "message:send")
	began := time.Now()
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	joined := make(chan struct{})
	go func() {
		defer close(left)
		for event := range client.Listen(ctx, []string{"message:received", "message:send", Connected}) {
			if event.Name == Connected {
				close(joined)
			}
		}
	}()
	<-joined
	p := s.connections()[0]
	wantBinds := func(want ...[]string) {
		t.Helper()
		testwait.Until(t, "the service was told the names", func() bool { return len(p.boundTo()) >= len(want) })
		if got := p.boundTo(); !reflect.DeepEqual(got, want) {
			t.Errorf("the service was told %q, want %q", got, want)
		}
	}
	both := []string{"message:received", "message:send"}
	wantBinds(both)
	listen(t, client, "message:received") // is heard already
	leave()
	<-left
	third := listen(t, client, "people:sync:profile")
	three := []string{"message:received", "message:send", "people:sync:profile"}
	wantBinds(both, three)
	if took := time.Since(began); took < interval {
		t.Errorf("two changes of names within %s", took)
	}
	p.ws.CloseNow()
	for _, events := range []<-chan heard{first, third} {
		if event := next(t, events); event.Name != Connected {
			t.Errorf("got %+v", event)
		}
	}
	if got := s.connections()[1].auth.Events; !slices.Equal(got, three) {
		t.Errorf("the second connection begins with %q", got)
	}
}
