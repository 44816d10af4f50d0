//go:build unix

package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// buildGo builds a program of the module gosocketio.
func buildGo(t *testing.T, program string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), program)
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "gosocketio", "-o", binary, "./"+program)
	if output, err := build.CombinedOutput(); err != nil {
		testrequire.Missing(t, "gosocketio", fmt.Sprintf(
			"the module gosocketio cannot be built, which needs the network the first time: %v\n%s", err, output))
	}
	return binary
}

// rtmServer is a process that serves events.
type rtmServer struct {
	t       *testing.T
	command []string // without the port
	process *exec.Cmd
	in      io.WriteCloser
	out     chan map[string]json.RawMessage
	port    int
}

// start starts the process, on the same port as before.
func (s *rtmServer) start(interval, timeout time.Duration) {
	s.t.Helper()
	args := append(slices.Clone(s.command[1:]), strconv.Itoa(s.port),
		strconv.FormatInt(interval.Milliseconds(), 10), strconv.FormatInt(timeout.Milliseconds(), 10))
	s.process = exec.Command(s.command[0], args...)
	s.process.Stderr = os.Stderr
	in, err := s.process.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	out, err := s.process.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := make(chan map[string]json.RawMessage, 1000)
	s.in, s.out = in, lines
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			var line map[string]json.RawMessage
			if json.Unmarshal(scanner.Bytes(), &line) == nil {
				lines <- line
			}
		}
	}()
	if err := json.Unmarshal(s.said("port"), &s.port); err != nil {
		s.t.Fatal(err)
	}
}

// kill ends the process at once.
func (s *rtmServer) kill() {
	_ = s.process.Process.Kill()
	for range s.out {
	}
	_ = s.process.Wait()
}

// said returns what the process says next about a matter.
func (s *rtmServer) said(what string) json.RawMessage {
	s.t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		select {
		case line, ok := <-s.out:
			if value, is := line[what]; is {
				return value
			} else if !ok {
				s.t.Fatalf("the server has ended before it said %q", what)
			}
		case <-deadline:
			s.t.Fatalf("the server did not say %q", what)
		}
	}
}

func (s *rtmServer) do(command, name string, count int) {
	s.t.Helper()
	if _, err := fmt.Fprintf(s.in, `{"command":%q,"name":%q,"count":%d}`+"\n", command, name, count); err != nil {
		s.t.Fatal(err)
	}
}

// client returns a client of the server.
func (s *rtmServer) client(key string, opts rtm.Options) *rtm.Client {
	s.t.Helper()
	discovery := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"error":false,"data":{"socket":{"app":"http://127.0.0.1:%d/w1/b1/"}}}`, s.port)
	}))
	s.t.Cleanup(discovery.Close)
	api, err := crisp.New(crisp.WithBaseURL(discovery.URL+"/v1/"), crisp.WithCredentials("identifier", key))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(api.CloseIdleConnections)
	opts.MinDelay, opts.MaxDelay = 10*time.Millisecond, 100*time.Millisecond
	opts.HandshakeTimeout = max(opts.HandshakeTimeout, time.Minute)
	client, err := rtm.New(api, opts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { client.Close() })
	return client
}

// rtmEvents has a goroutine listen, which hands over the events one by one.
func rtmEvents(t *testing.T, client *rtm.Client, names ...string) (next func() crisp.Event) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	events, done := make(chan crisp.Event), make(chan error, 1)
	var ends sync.WaitGroup
	ends.Go(func() {
		for event, err := range client.Listen(ctx, names) {
			if err != nil {
				done <- err
				return
			}
			select {
			case events <- event:
			case <-ctx.Done():
				return
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		ends.Wait()
	})
	return func() crisp.Event {
		t.Helper()
		select {
		case event := <-events:
			return event
		case err := <-done:
			t.Fatal(err)
		case <-ctx.Done():
			t.Fatal("no further event")
		}
		panic("unreachable")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// connection is the payload of a marker.
func connection(t *testing.T, event crisp.Event) rtm.ConnectedData {
	t.Helper()
	var data rtm.ConnectedData
	if err := json.Unmarshal(event.Data, &data); err != nil || event.Name != rtm.Connected {
		t.Fatalf("got %s %s in place of the marker: %v", event.Name, event.Data, err)
	}
	return data
}

// TestRTMPeers has our client listen to the Socket.IO servers of others.
func TestRTMPeers(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("what runs here runs in other processes; package rtm has the tests for the race detector")
	}
	servers := map[string]func(*testing.T) []string{
		"npm": func(t *testing.T) []string {
			requireNode(t)
			if _, err := os.Stat("node/node_modules/socket.io/package.json"); err != nil {
				testrequire.Missing(t, "node", "socket.io is not installed: run npm ci in internal/interop/node")
			}
			return []string{"node", "node/socketio.mjs"}
		},
		"go": func(t *testing.T) []string { return []string{buildGo(t, "server")} },
	}
	for name, command := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := command(t)
			for name, test := range map[string]func(*testing.T, *rtmServer){
				"listen": testRTMListen, "refused": testRTMRefused, "outage": testRTMOutage,
			} {
				t.Run(name, func(t *testing.T) {
					s := &rtmServer{t: t, command: command}
					t.Cleanup(func() { s.kill() })
					test(t, s)
				})
			}
		})
	}
}

func testRTMListen(t *testing.T, s *rtmServer) {
	s.start(20*time.Second, 20*time.Second)
	const many = 100_000
	client := s.client("good", rtm.Options{MaxEvents: 2 * many, MaxBytes: 1 << 30})
	next := rtmEvents(t, client, "message:send", "file", rtm.Connected)
	if got := connection(t, next()); got.Connection != 1 || got.Gap != nil {
		t.Errorf("the first marker: %+v", got)
	}
	if got := string(s.said("authentication")); !strings.Contains(got, `"events":["file","message:send"]`) ||
		!strings.Contains(got, `"username":"identifier"`) || !strings.Contains(got, `"tier":"website"`) {
		t.Errorf("authenticated with %s", got)
	}

	began := time.Now()
	s.do("emit", "message:send", many)
	for n := range many {
		event := next()
		var payload struct{ N int }
		if err := json.Unmarshal(event.Data, &payload); err != nil || payload.N != n || event.WebsiteID != "w1" {
			t.Fatalf("event %d is %s", n, event.Data)
		}
	}
	t.Logf("%d events in %s", many, time.Since(began).Round(time.Millisecond))

	s.do("binary", "file", 0)
	var file struct {
		File []byte
		More [][]byte
	}
	if err := json.Unmarshal(next().Data, &file); err != nil || string(file.File) != "\x01\x02\x03\xff" ||
		string(file.More[0]) != "x" {
		t.Errorf("got %+v, %v", file, err)
	}
	s.do("acknowledged", "file", 0)
	if event := next(); event.Name != "file" {
		t.Errorf("got %s", event.Name)
	}

	connection(t, rtmEvents(t, client, "message:received", rtm.Connected)())
	if got := string(s.said("bind")); got != `["file","message:received","message:send"]` {
		t.Errorf("bound to %s", got)
	}
}

func testRTMRefused(t *testing.T, s *rtmServer) {
	s.start(20*time.Second, 20*time.Second)
	for _, err := range s.client("bad", rtm.Options{}).Listen(t.Context(), []string{"message:send"}) {
		if !errors.Is(err, rtm.ErrUnauthorized) || !strings.Contains(err.Error(), "invalid credentials") {
			t.Error(err)
		}
	}
}

// testRTMOutage keeps the heartbeat up, restarts the server, and stops it without a word.
func testRTMOutage(t *testing.T, s *rtmServer) {
	const interval, timeout = 100 * time.Millisecond, 10 * time.Second
	s.start(interval, timeout)
	var stopped atomic.Pointer[os.Process] // which goes on as soon as the client has noticed
	client := s.client("good", rtm.Options{Logger: slog.New(slog.NewTextHandler(writerFunc(func(line []byte) (int, error) {
		if process := stopped.Load(); process != nil && bytes.Contains(line, []byte("connection ended")) {
			_ = process.Signal(syscall.SIGCONT)
		}
		return len(line), nil
	}), nil))})
	next := rtmEvents(t, client, "message:send", rtm.Connected)
	connection(t, next())
	for beats := 0; beats < 5; time.Sleep(interval) {
		s.do("heartbeats", "", 0)
		if err := json.Unmarshal(s.said("heartbeats"), &beats); err != nil {
			t.Fatal(err)
		}
	}
	for restart := range 2 {
		s.do("emit", "message:send", 1)
		if event := next(); event.Name != "message:send" { // over the same connection
			t.Errorf("got %s %s", event.Name, event.Data)
		}
		s.kill()
		s.start(interval, time.Second)
		if got := connection(t, next()); got.Connection != restart+2 || got.Gap == nil {
			t.Errorf("restart %d: %+v", restart, got)
		}
	}
	if err := s.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	stopped.Store(s.process.Process)
	got := connection(t, next())
	if got.Connection != 4 || got.Gap == nil || !strings.Contains(got.Gap.Reason, "heartbeat") {
		t.Errorf("after a stop: %+v %+v", got, got.Gap)
	}
	s.do("emit", "message:send", 1)
	if event := next(); event.Name != "message:send" {
		t.Errorf("got %s", event.Name)
	}
}
