package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// BenchmarkWriteWhileSocketsListen is a request that causes an event, with nobody, one and many listening to it. What it
// takes must not grow with them by more than the work of the machine that they share.
func BenchmarkWriteWhileSocketsListen(b *testing.B) {
	for _, sockets := range []int{0, 1, 200} {
		b.Run(fmt.Sprintf("sockets=%d", sockets), func(b *testing.B) {
			server := sandboxtest.Start(b, sandbox.Config{})
			a := &api{t: b, base: strings.TrimSuffix(server.URL(), "/"), tier: "user"}
			path := "/conversation/" + a.conversation() + "/state"
			for range sockets {
				p := dial(b, server, 4)
				p.login(4, "user", `,"events":["session:set_state"]`)
				go func() {
					for {
						if _, err := p.read(); err != nil {
							return
						}
					}
				}()
			}
			for i := 0; b.Loop(); i++ {
				a.ok("PATCH", path, `{"state":"`+[]string{"resolved", "pending"}[i%2]+`"}`, nil)
			}
		})
	}
}

// BenchmarkEvent is the way of an event from Emit to a socket.
func BenchmarkEvent(b *testing.B) {
	server := sandboxtest.Start(b, sandbox.Config{})
	p := dial(b, server, 4)
	p.login(4, "user", `,"events":["session:set_email"]`)
	for b.Loop() {
		if err := server.Emit(sandbox.WebsiteID, "session:set_email", json.RawMessage(`{"email":"ada@example.com"}`)); err != nil {
			b.Fatal(err)
		}
		p.next()
	}
}

// BenchmarkHook is the way of an event to a receiver that accepts it at once.
func BenchmarkHook(b *testing.B) {
	for _, parallel := range []int{1, 8} {
		b.Run(fmt.Sprintf("parallel=%d", parallel), func(b *testing.B) {
			got := make(chan bool, 1000)
			r := &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				got <- true
			})}
			listener := listenOn(b, "127.0.0.1:0")
			go func() { _ = r.Serve(listener) }()
			b.Cleanup(func() { _ = r.Close() })
			server := sandboxtest.Start(b, sandbox.Config{
				Hooks:        []sandbox.Hook{{URL: "http://" + listener.Addr().String(), Secret: "a"}},
				HookDelivery: sandbox.HookDelivery{Parallel: parallel},
			})
			n := 0
			for b.Loop() { // the deliveries overlap, so that this measures how many a second there are
				if err := server.Emit(sandbox.WebsiteID, "session:set_email", json.RawMessage(`{"email":"ada@example.com"}`)); err != nil {
					b.Fatal(err)
				}
				if n++; n > 100 {
					<-got
				}
			}
			for range min(n, 100) {
				<-got
			}
		})
	}
}
