package main

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// person is a client that types and reads.
type person struct {
	t      *testing.T
	conn   net.Conn
	screen testoutput.Buffer
	read   chan struct{}
	seen   int
}

func connect(t *testing.T, address string) *person {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, conn: conn, read: make(chan struct{})}
	go func() {
		defer close(p.read)
		_, _ = io.Copy(&p.screen, conn)
	}()
	t.Cleanup(func() {
		p.leave()
		if t.Failed() {
			t.Log(p.screen.String())
		}
	})
	p.sees("> ")
	return p
}

func (p *person) leave() {
	p.conn.Close()
	<-p.read
}

func (p *person) types(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, text); err != nil {
		p.t.Fatal(err)
	}
}

// sees waits for a text behind what was seen before.
func (p *person) sees(text string) {
	p.t.Helper()
	testwait.Until(p.t, text, func() bool { return strings.Contains(p.screen.String()[p.seen:], text) })
	p.seen += strings.Index(p.screen.String()[p.seen:], text) + len(text)
}

// start serves on a port of its own until the test ends.
func start(t *testing.T) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var log testoutput.Buffer
	done := make(chan error)
	go func() { done <- run(ctx, "127.0.0.1:0", &log) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	testwait.Until(t, "the address", func() bool { return strings.HasSuffix(log.String(), "\n") })
	return strings.TrimSpace(strings.TrimPrefix(log.String(), "listening on "))
}

func TestTwoClients(t *testing.T) {
	address := start(t)
	ann, ben := connect(t, address), connect(t, address)
	ann.types("seats.reserve('Ann')\nmine = 40\nmine + 1\n")
	ann.sees("41\n")
	// A session of its own, and the same seats.
	ben.types("mine\n")
	ben.sees("mine is not defined")
	ben.types(".lua\nseats.reserve('Ben')\n#seats.list()\n")
	ben.sees("2\n")
	ann.types("seats.list()\nseats.MAX\n")
	ann.sees(`["Ann", "Ben"]`)
	ann.sees("3\n")
	// What is typed ahead of a question is no answer to it.
	ben.types("seats.release('Ann')\ny\n")
	ben.sees("this call deletes\n  seats.release \"Ann\"\nMake this call? [y/N/a] ")
	ben.types("n\n")
	ben.sees("not confirmed, so nothing was sent\n")
	ann.types("seats.release('Ben')\n")
	ann.sees("Make this call? [y/N/a] ")
	ann.types("y\n")
	ann.sees("true\n")
	ben.types("seats.list()\n")
	ben.sees("Ann")
	ben.types(".exit\n")
	<-ben.read
	ann.types("seats.lst()\n")
	ann.sees("did you mean seats.list?")
	ann.types("seats.reserve('')\n")
	ann.sees("seats.reserve: a seat needs a name")
	ann.types("seats.reserve(1)\n")
	ann.sees("seats.reserve: argument 1: takes a string, not a number")
}

// TestInterruptedClient stops a loop that has no end, and hangs up during another one.
func TestInterruptedClient(t *testing.T) {
	address := start(t)
	for _, lines := range [][2]string{{"console.log('go'); for (;;) {}\n", "1 + 1\n"}, {".lua\nprint('go') while true do end\n", "1 + 1\n"}} {
		p := connect(t, address)
		p.types(lines[0])
		p.sees("go\n")
		p.types("'typed ahead'\n\x03")
		p.sees("stopped\n")
		p.types(lines[1])
		p.sees("2\n")
		if strings.Contains(p.screen.String(), "typed ahead") {
			t.Error(p.screen.String())
		}
		p.types(lines[0])
		p.sees("go\n")
		p.leave() // the server ends with the test, which waits for the client's shell
	}
}

// TestProgram builds the program and talks to it.
func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "netshell")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var log testoutput.Buffer
	cmd := exec.CommandContext(t.Context(), program, "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = time.Minute
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	testwait.Until(t, "the address", func() bool { return strings.HasSuffix(log.String(), "\n") })
	p := connect(t, strings.TrimSpace(strings.TrimPrefix(log.String(), "listening on ")))
	p.types("seats.MAX\n")
	p.sees("3\n")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, log.String())
	}
}
