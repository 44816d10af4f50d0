package interop

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/testrequire"
)

// listener is a program of another language that listens to events. It prints a JSON object a line.
type listener struct {
	t      testing.TB
	cmd    *exec.Cmd
	lines  chan []byte
	stderr bytes.Buffer
}

// heard is a line of a listener.
type heard struct {
	// Ready is printed when it listens: "authenticated", or the address that takes web hooks.
	Ready string
	Bound []string
	// Event and Data are of an event.
	Event string
	Data  json.RawMessage
	// Others that listeners print.
	Refused, Unverified, Disconnected string
	// Authenticated is the answer as the client in Go prints it, and Unauthorized a text or such an answer.
	Authenticated, Unauthorized json.RawMessage
}

// startListener starts a program, with JSON on its standard input unless there is none. It ends with the test at the latest.
func startListener(t testing.TB, input any, cmd *exec.Cmd) *listener {
	t.Helper()
	if testrequire.RaceDetector {
		t.Skip("the sandbox's own tests look for races")
	}
	l := &listener{t: t, cmd: cmd, lines: make(chan []byte, 1024)}
	cmd.Stderr = &l.stderr
	if input != nil {
		stdin, err := json.Marshal(input)
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdin = bytes.NewReader(stdin)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(read)
		defer close(l.lines)
		scanner := bufio.NewScanner(stdout)
		scanner.Buffer(nil, 16<<20)
		for scanner.Scan() {
			select {
			case l.lines <- bytes.Clone(scanner.Bytes()):
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		_ = cmd.Process.Kill()
		<-read
		_ = cmd.Wait()
		if t.Failed() && l.stderr.Len() > 0 {
			t.Logf("%s: %s", cmd.Args[0], l.stderr.Bytes())
		}
	})
	return l
}

// next is the next line.
func (l *listener) next() heard {
	l.t.Helper()
	ctx, cancel := context.WithTimeoutCause(l.t.Context(), 2*time.Minute, errors.New("nothing heard for two minutes"))
	defer cancel()
	select {
	case line, open := <-l.lines:
		if !open {
			l.t.Fatalf("%v ended", l.cmd.Args)
		}
		var h heard
		if err := json.Unmarshal(line, &h); err != nil {
			l.t.Fatalf("%v printed %s: %v", l.cmd.Args, line, err)
		}
		return h
	case <-ctx.Done():
		l.t.Fatalf("%v: %v", l.cmd.Args, context.Cause(ctx))
	}
	panic("not reached")
}

// ready waits until it listens, and returns what it refused to listen to.
func (l *listener) ready() (h heard, refused []string) {
	l.t.Helper()
	for {
		switch h = l.next(); {
		case h.Refused != "":
			refused = append(refused, h.Refused)
		case h.Ready != "", h.Authenticated != nil:
			return h, refused
		default:
			l.t.Fatalf("%v printed %+v before it was ready", l.cmd.Args, h)
		}
	}
}
