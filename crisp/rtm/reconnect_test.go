package rtm

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/testwait"
)

// marker returns the next event, which has to be a marker.
func marker(t *testing.T, events <-chan heard) ConnectedData {
	t.Helper()
	event := next(t, events)
	if event.Name != Connected {
		t.Fatalf("got %s %s in place of the marker", event.Name, event.Data)
	}
	var data ConnectedData
	if err := json.Unmarshal(event.Data, &data); err != nil {
		t.Fatal(err)
	}
	return data
}

// TestReconnect drops connections in every way that is not final.
func TestReconnect(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*peer)
		want string
	}{
		"cut":             {func(p *peer) { p.ws.CloseNow() }, "the connection was cut"},
		"restart":         {func(p *peer) { p.ws.Close(websocket.StatusGoingAway, "") }, "with status 1001"},
		"engine closed":   {func(p *peer) { p.send("1"); p.idle() }, "the service closed the connection"},
		"namespace left":  {func(p *peer) { p.send("41"); p.idle() }, "the service ended the session"},
		"silent":          {(*peer).idle, "not even its heartbeat for 200ms"},
		"unknown frame":   {func(p *peer) { p.send("9"); p.idle() }, "unknown type '9'"},
		"empty frame":     {func(p *peer) { p.send(""); p.idle() }, "an empty frame"},
		"not JSON":        {func(p *peer) { p.send(`42["message:send",{]`); p.idle() }, "not JSON"},
		"not UTF-8":       {func(p *peer) { p.send("42[\"message:send\",\"\xff\"]"); p.idle() }, "not UTF-8"},
		"no packet":       {func(p *peer) { p.send("4"); p.idle() }, "the packet is empty"},
		"second open":     {func(p *peer) { p.open(time.Second, time.Second); p.idle() }, "'0' at the wrong time"},
		"second connect":  {func(p *peer) { p.send(`40{"sid":"x"}`); p.idle() }, "'0' at the wrong time"},
		"other namespace": {func(p *peer) { p.send(`42/a,["message:send",{}]`); p.idle() }, `the namespace "/a"`},
		"acknowledgement": {func(p *peer) { p.send(`431[]`); p.idle() }, "nobody asked for"},
		"binary of nothing": {func(p *peer) {
			p.write(websocket.MessageBinary, []byte("x"))
			p.idle()
		}, "belongs to no packet"},
		"missing attachment": {func(p *peer) {
			p.send(`451-["message:send",{"a":{"_placeholder":true,"num":0}}]`)
			p.send(`42["message:send",{}]`)
			p.idle()
		}, "in place of an attachment"},
		"wrong attachment": {func(p *peer) {
			p.send(`451-["message:send",{"a":{"_placeholder":true,"num":7}}]`)
			p.write(websocket.MessageBinary, []byte("x"))
			p.idle()
		}, "an attachment is missing"},
		"too large": {func(p *peer) {
			p.emit("message:send", `"`+strings.Repeat("x", 5000)+`"`)
			p.idle()
		}, "a frame over 4000 bytes"},
		"too large attachments": {func(p *peer) {
			p.send(`452-["message:send",{"a":{"_placeholder":true,"num":0}}]`)
			p.write(websocket.MessageBinary, make([]byte, 3000))
			p.write(websocket.MessageBinary, make([]byte, 3000))
			p.idle()
		}, "attachments over 4000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t)
			end := make(chan struct{})
			s.serve = func(p *peer) {
				if p.number > 1 {
					p.welcome()
					p.emit("message:send", payload(2))
					p.idle()
					return
				}
				p.join(100*time.Millisecond, 100*time.Millisecond)
				p.emit("authenticated", "true")
				p.emit("message:send", payload(1))
				if name != "silent" {
					p.send("2") // so that a slow test does not become the silent one
				}
				<-end
				c.end(p)
			}
			events := start(t, s.client(Options{ReadLimit: 4000}), "message:send", Connected)
			before := time.Now().UnixMilli()
			if got := marker(t, events); got.Connection != 1 || got.Gap != nil {
				t.Errorf("the first marker: %+v", got)
			}
			if n := numberOf(t, next(t, events)); n != 1 {
				t.Errorf("got %d", n)
			}
			close(end)
			got := marker(t, events)
			if got.Connection != 2 || got.Gap == nil {
				t.Fatalf("the second marker: %+v", got)
			}
			gap := got.Gap
			if gap.Since < before || gap.Until < gap.Since || gap.CaughtUp != nil {
				t.Errorf("the gap: %+v, began at %d", gap, before)
			}
			if !strings.Contains(gap.Reason, c.want) && !strings.Contains(gap.Reason, "heartbeat") {
				t.Errorf("the reason is %q, want %q", gap.Reason, c.want)
			}
			if n := numberOf(t, next(t, events)); n != 2 {
				t.Errorf("got %d", n)
			}
			for _, p := range s.connections() {
				if p.auth.Password != testKey {
					t.Errorf("connection %d authenticated with %+v", p.number, p.auth)
				}
			}
			// The second connection goes to the known address.
			if len(s.paths) != 1 {
				t.Errorf("asked for %q", s.paths)
			}
		})
	}
}

// TestUnusable: an event that the client cannot take, and that the service repeats, ends the listener.
func TestUnusable(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) {
		p.welcome()
		p.emit("message:send", `"`+strings.Repeat("x", 5000)+`"`)
		p.idle()
	}
	var log logBuffer
	client := s.client(Options{ReadLimit: 4000, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	err := nextError(t, start(t, client, "message:send"))
	if !errors.Is(err, ErrUnusable) || !strings.Contains(err.Error(), "a frame over 4000 bytes") {
		t.Error(err)
	}
	if got := len(s.connections()); got != maxUnusable {
		t.Errorf("%d connections", got)
	}
	if got := strings.Count(log.String(), "a frame over 4000 bytes"); got != maxUnusable {
		t.Errorf("told %d times:\n%s", got, log.String())
	}
	if strings.Contains(log.String(), testKey) {
		t.Errorf("the log has the key:\n%s", log.String())
	}
}

type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestDelay: the client waits longer and longer between authentications that lead to nothing.
func TestDelay(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) { p.welcome() }
	const minimum = 20 * time.Millisecond
	events := start(t, s.client(Options{MinDelay: minimum, MaxDelay: 3 * minimum}), "message:send", Connected)
	for range 4 {
		next(t, events)
	}
	peers := s.connections()
	for i, least := range []time.Duration{minimum, 2 * minimum, 3 * minimum} {
		if waited := peers[i+1].opened.Sub(peers[i].opened); waited < least {
			t.Errorf("connection %d came after %s, want %s at least", i+2, waited, least)
		}
	}
	c := &Client{opts: Options{MinDelay: time.Second, MaxDelay: time.Minute}}
	for failures, least := range []time.Duration{1, 1, 2, 4, 8, 16, 32, 60, 60} {
		c.failures = failures
		different := map[time.Duration]bool{}
		for range 50 {
			delay := c.delay()
			if delay < least*time.Second || delay >= 2*least*time.Second {
				t.Errorf("after %d failures: %s", failures, delay)
			}
			different[delay] = true
		}
		if len(different) < 10 {
			t.Errorf("after %d failures: always %v", failures, different)
		}
	}
}

// TestAttempts: before the first connection attempts are counted, after it the client never gives up.
func TestAttempts(t *testing.T) {
	s := newService(t)
	s.serve = func(p *peer) {
		if p.number == 1 {
			p.welcome()
		}
		if p.number < 8 {
			p.ws.CloseNow()
			return
		}
		p.welcome()
		p.idle()
	}
	events := start(t, s.client(Options{MaxDelay: time.Millisecond}), "message:send", Connected)
	marker(t, events)
	if got := marker(t, events); got.Connection != 2 || len(s.connections()) != 8 {
		t.Errorf("%+v after %d connections", got, len(s.connections()))
	}
	other := newService(t)
	other.serve = func(p *peer) {
		if p.number > 8 {
			p.welcome()
			p.idle()
		}
	}
	client := other.client(Options{MaxDelay: time.Millisecond, FirstAttempts: -1})
	marker(t, start(t, client, "message:send", Connected))
}

// TestStalledConsumer: a listener that takes nothing keeps no heartbeat waiting.
func TestStalledConsumer(t *testing.T) {
	s := newService(t)
	client := s.client(Options{})
	taken := make(chan struct{})
	ready := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for event, err := range client.Listen(t.Context(), []string{"message:send", Connected}) {
			switch {
			case err != nil:
				t.Error(err)
			case event.Name == Connected:
				close(ready)
				<-taken
				continue
			}
			return
		}
	}()
	<-ready
	p := s.connections()[0]
	for n := range 1000 {
		p.emit("message:send", payload(n))
		p.send("2")
	}
	testwait.Until(t, "the heartbeats are answered", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.pongs == 1000
	})
	close(taken)
	<-done
}

// TestSlow: a listener with too much waiting gets that, and then the error. Others go on.
func TestSlow(t *testing.T) {
	for name, opts := range map[string]Options{
		"events": {MaxEvents: 10},
		"bytes":  {MaxBytes: 10 * int64(len(payload(0))+eventOverhead)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			client := s.client(opts)
			slow := listen(t, client, "message:send")
			quick := listen(t, client, "message:send", "message:received")
			client.mu.Lock()
			l := client.listeners[0]
			client.mu.Unlock()
			p := s.connections()[0]
			testwait.Until(t, "the service was told the names", func() bool { return len(p.boundTo()) == 1 })
			sent := 0
			for ; ; sent++ {
				p.emit("message:send", payload(sent%10))
				if got := numberOf(t, next(t, quick)); got != sent%10 {
					t.Fatalf("event %d is %d", sent, got)
				}
				l.mu.Lock()
				err := l.err
				l.mu.Unlock()
				if err != nil {
					break
				}
			}
			// The goroutine of the listener may have one in its hands.
			if sent != 10 && sent != 11 {
				t.Errorf("ended with event %d", sent)
			}
			for n := range sent {
				if got := numberOf(t, next(t, slow)); got != n%10 {
					t.Errorf("event %d is %d", n, got)
				}
			}
			if err := nextError(t, slow); !errors.Is(err, ErrSlow) || !strings.HasPrefix(err.Error(), "rtm: ") {
				t.Error(err)
			}
			p.emit("message:received", payload(1))
			if got := next(t, quick); got.Name != "message:received" {
				t.Errorf("got %s", got.Name)
			}
			if len(s.connections()) != 1 {
				t.Error("the connection did not survive")
			}
		})
	}
}

// TestBinary: attachments stand in their places, as base64, also with a heartbeat between them.
func TestBinary(t *testing.T) {
	s := newService(t)
	client := s.client(Options{})
	events := listen(t, client, "file", "message:send")
	p := s.connections()[0]
	p.send(`452-["file",{"website_id":"w","a":{"_placeholder":true,"num":1},"b":[{"_placeholder":true,"num":0}]}]`)
	p.write(websocket.MessageBinary, []byte{1, 2, 3, 255})
	p.send("2")
	p.write(websocket.MessageBinary, nil)
	p.emit("message:send", payload(1))
	if got := next(t, events); string(got.Data) != `{"website_id":"w","a":"","b":["AQID/w=="]}` || got.WebsiteID != "w" {
		t.Errorf("got %+v: %s", got, got.Data)
	}
	if got := numberOf(t, next(t, events)); got != 1 {
		t.Errorf("got %d", got)
	}
}

// TestQueueMemory: a queue that was long does not stay large.
func TestQueueMemory(t *testing.T) {
	c := &Client{opts: Options{MaxEvents: 1 << 20, MaxBytes: 1 << 40}}
	l := c.newListener(nil)
	event := crisp.Event{Name: "message:send", Data: json.RawMessage(payload(0))}
	for range 3 {
		for range 10_000 {
			l.push(&event)
		}
		for range 9000 {
			if _, ok, _ := l.take(); !ok {
				t.Fatal("lost an event")
			}
		}
	}
	if len(l.queue)-l.taken != 3000 || cap(l.queue) > 25_000 {
		t.Errorf("%d events in room for %d", len(l.queue)-l.taken, cap(l.queue))
	}
	for range 3000 {
		l.take()
	}
	if _, ok, err := l.take(); ok || err != nil || cap(l.queue) > smallQueue || l.bytes != 0 {
		t.Errorf("an empty queue has room for %d, %d bytes", cap(l.queue), l.bytes)
	}
}
