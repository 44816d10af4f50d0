package sandbox_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/crisphost/crisphost/crisp/internal/socketio"
	"github.com/crisphost/crisphost/crisp/sandbox"
)

// peer is the other end of a socket of events, frame by frame.
type peer struct {
	t  testing.TB
	ws *websocket.Conn
}

// dial connects to the socket that discovery names.
func dial(t testing.TB, server *sandbox.Running, eio int) *peer {
	t.Helper()
	address, err := socketio.WSURL(discover(t, server), eio)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	ws.SetReadLimit(16 << 20)
	t.Cleanup(func() { _ = ws.CloseNow() })
	return &peer{t, ws}
}

// discover asks where events are sent from.
func discover(t testing.TB, server *sandbox.Running) string {
	t.Helper()
	var endpoints struct{ Socket struct{ App string } }
	a := &api{t: t, base: strings.TrimSuffix(server.URL(), "/"), tier: "plugin"}
	a.ok("GET", "/plugin/connect/endpoints", "", &endpoints)
	return endpoints.Socket.App
}

func (p *peer) write(frame string) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	if err := p.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		p.t.Fatalf("writing %s: %v", frame, err)
	}
}

// read returns the next frame, or the error that ended the connection.
func (p *peer) read() (string, error) {
	ctx, cancel := context.WithTimeout(p.t.Context(), time.Minute)
	defer cancel()
	_, frame, err := p.ws.Read(ctx)
	return string(frame), err
}

// next returns the next frame.
func (p *peer) next() string {
	p.t.Helper()
	frame, err := p.read()
	if err != nil {
		p.t.Fatalf("the connection ended: %v", err)
	}
	return frame
}

// expect reads frames with given beginnings.
func (p *peer) expect(beginnings ...string) {
	p.t.Helper()
	for _, want := range beginnings {
		if got := p.next(); !strings.HasPrefix(got, want) {
			p.t.Fatalf("frame %.200s, want %s...", got, want)
		}
	}
}

// ended waits until the server ends the connection.
func (p *peer) ended(why string) {
	p.t.Helper()
	for {
		switch frame, err := p.read(); {
		case err == nil:
			p.t.Logf("%s: before the end: %.100s", why, frame)
		case context.Cause(p.t.Context()) != nil || strings.Contains(err.Error(), "deadline"):
			p.t.Fatalf("%s: the connection is still there", why)
		default:
			return
		}
	}
}

// login is the dialogue until events may come.
func (p *peer) login(eio int, tier string, members string) {
	p.t.Helper()
	p.expect(`0{"sid":`)
	if eio == 4 {
		p.write("40")
	}
	p.expect("40")
	p.authenticate(tier, members)
	p.expect(`42["authenticated",true]`)
}

func (p *peer) authenticate(tier, members string) {
	p.t.Helper()
	p.write(fmt.Sprintf(`42["authentication",{"tier":%q,"username":"sandbox","password":"sandbox"%s}]`, tier, members))
}

// both runs a test over both versions of Engine.IO.
func both(t *testing.T, run func(t *testing.T, eio int)) {
	for _, eio := range []int{4, 3} {
		t.Run(fmt.Sprintf("EIO=%d", eio), func(t *testing.T) { run(t, eio) })
	}
}
