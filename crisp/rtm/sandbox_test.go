package rtm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// listen calls f for events until it returns false.
func listen(t *testing.T, api *crisp.Client, opts rtm.Options, names []string, f func(crisp.Event) bool) {
	t.Helper()
	client, err := rtm.New(api, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	for event, err := range client.Listen(ctx, names) {
		if err != nil {
			t.Fatal(err)
		}
		if !f(event) {
			return
		}
	}
}

// TestSandbox listens to everything that a tier hears of the sandbox.
func TestSandbox(t *testing.T) {
	for _, tier := range []spec.Tiers{spec.TierUser, spec.TierPlugin, spec.TierWebsite} {
		for _, websites := range [][]string{nil, {sandbox.WebsiteID}} {
			server := sandboxtest.Start(t, sandbox.Config{})
			want := map[string]bool{}
			for _, event := range spec.Events() {
				if event.Tiers.Has(tier) {
					want[event.Name] = true
				}
			}
			if len(want) < 50 {
				t.Fatalf("%s tokens hear %d events", tier, len(want))
			}
			api := sandboxtest.Connect(t, server.URL(), crisp.WithTier(tier))
			names := []string{rtm.All, rtm.Connected}
			listen(t, api, rtm.Options{Websites: websites}, names, func(event crisp.Event) bool {
				if event.Name == rtm.Connected {
					for _, event := range spec.Events() {
						if err := server.Emit(sandbox.WebsiteID, event.Name, json.RawMessage(event.Example)); err != nil {
							t.Fatal(err)
						}
					}
					return true
				}
				nowhere := event.WebsiteID == "" && event.Name != "media:animation:listed" // whose payload names no website
				if known := spec.FindEvent(event.Name); known == nil || !known.Tiers.Has(tier) || nowhere {
					t.Errorf("a token for %s hears %s %s", tier, event.Name, event.Data)
				}
				delete(want, event.Name)
				return len(want) > 0
			})
		}
	}
}

// TestSandboxRefuses has the wrong key.
func TestSandboxRefuses(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{})
	api := sandboxtest.Connect(t, server.URL(), crisp.WithCredentials("somebody", "else"))
	client, err := rtm.New(api, rtm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, err := range client.Listen(t.Context(), nil) {
		if err == nil || !strings.Contains(err.Error(), rtm.ErrUnauthorized.Error()) {
			t.Error(err)
		}
	}
}

// proxy is a way to a server that can be cut.
type proxy struct {
	net.Listener
	to string

	mu    sync.Mutex
	conns []net.Conn
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{Listener: listener, to: to}
	var parts sync.WaitGroup
	parts.Go(func() {
		for {
			in, err := p.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", p.to)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			parts.Go(func() { pass(in, out) })
			parts.Go(func() { pass(out, in) })
		}
	})
	t.Cleanup(func() {
		p.Close()
		p.cut()
		parts.Wait()
	})
	return p
}

func pass(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = from.Close()
	_ = to.Close()
}

// cut ends all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.conns {
		conn.Close()
	}
	p.conns = nil
}

// TestSandboxOutages sends messages while the connection is cut again and again: each is heard once, and those of a
// conversation in order.
func TestSandboxOutages(t *testing.T) {
	server := sandboxtest.Start(t, sandbox.Config{Conversations: 20, People: -1, Visitors: -1})
	direct := sandboxtest.Connect(t, server.URL())
	var sessions []string
	for conversation, err := range direct.Conversations.List(t.Context(), sandbox.WebsiteID, nil) {
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, conversation.SessionID)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(server.URL(), "http://"), "/v1/")
	p := newProxy(t, host)
	api := sandboxtest.Connect(t, "http://"+p.Addr().String()+"/v1/")
	const messages, cuts = 300, 6
	send := func(n int) error {
		from := crisp.MessageFrom("user")
		if n%3 == 0 {
			from = "operator"
		}
		fingerprint := int64(n + 1)
		_, err := direct.Conversations.Messages.Send(t.Context(), sandbox.WebsiteID, sessions[n%5], &crisp.MessageNew{
			Type: "text", Content: crisp.TextContent(fmt.Sprint(n)), From: from, Origin: "chat", Fingerprint: &fingerprint,
		})
		return err
	}
	heard := make([]int, messages)
	last := map[string]int64{}
	doubled, left, connections, gaps := 0, messages, 0, 0
	var sender sync.WaitGroup
	defer sender.Wait()
	opts := rtm.Options{
		CatchUp: true, Websites: []string{sandbox.WebsiteID},
		MinDelay: 5 * time.Millisecond, MaxDelay: 20 * time.Millisecond, HandshakeTimeout: time.Minute,
	}
	names := []string{"message:send", "message:received", rtm.Connected}
	listen(t, api, opts, names, func(event crisp.Event) bool {
		if event.Name == rtm.Connected {
			var data rtm.ConnectedData
			if err := json.Unmarshal(event.Data, &data); err != nil {
				t.Fatal(err)
			}
			switch {
			case data.Gap == nil:
			case data.Gap.CaughtUp.Complete:
				gaps++
			default:
				t.Errorf("connection %d: %+v", data.Connection, *data.Gap.CaughtUp)
			}
			if connections++; connections == 1 {
				sender.Go(func() {
					for n := range messages {
						if err := send(n); err != nil {
							t.Error(err)
						}
						if n%(messages/cuts) == messages/cuts/2 {
							p.cut()
						}
					}
				})
			}
			return true
		}
		var m struct {
			SessionID   string `json:"session_id"`
			From        string
			Fingerprint int64
		}
		if err := json.Unmarshal(event.Data, &m); err != nil {
			t.Fatal(err)
		}
		if (m.From == "user") != (event.Name == "message:send") || event.WebsiteID != sandbox.WebsiteID {
			t.Errorf("got %s of %q from %s", event.Name, event.WebsiteID, m.From)
		}
		n := int(m.Fingerprint - 1)
		if heard[n]++; heard[n] > 1 {
			doubled++
			return true
		}
		if m.Fingerprint < last[m.SessionID] {
			t.Errorf("message %d came after %d", m.Fingerprint, last[m.SessionID])
		}
		last[m.SessionID] = m.Fingerprint
		left--
		return left > 0
	})
	t.Logf("sent %d, heard %d, doubled %d, connections %d, caught up %d", messages, messages-left, doubled, connections, gaps)
	if doubled > 0 || slices.Contains(heard, 0) || connections < 2 || gaps == 0 {
		t.Errorf("heard %v", heard)
	}
}
