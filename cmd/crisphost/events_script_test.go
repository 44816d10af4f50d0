package main

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/internal/testoutput"
)

// hookSecret signs what the stories forward.
const hookSecret = "a secret of the stories"

// hookReceiver is a server that takes hooks that hookSecret signed.
func hookReceiver(t *testing.T) *httptest.Server {
	handler, err := hooks.New(hooks.Options{
		Secrets: []hooks.Secret{{Value: hookSecret}},
		Store:   func(context.Context, *hooks.Delivery) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// background is a command that runs beside a story.
type background struct {
	cmd    *exec.Cmd
	output *testoutput.Buffer
	ended  chan error
}

// backgroundKey is where a story keeps it.
type backgroundKey struct{}

// started starts a command and waits for a text in its output: "started 'Ctrl-C ends it' crisphost listen". ended waits for it.
func started(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: started TEXT COMMAND...")
	}
	cmd, output := command(ts, args[1:])
	for _, name := range []string{"CRISP_API_URL", "CRISP_IDENTIFIER", "CRISP_KEY", "CRISP_WEBSITE_ID", "CRISP_TIER"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(cmd.Start())
	b := &background{cmd, output, make(chan error, 1)}
	go func() { b.ended <- cmd.Wait() }()
	ts.Defer(func() { _ = cmd.Process.Kill() })
	deadline := time.Now().Add(time.Minute)
	for !strings.Contains(output.String(), args[0]) {
		select {
		case err := <-b.ended:
			ts.Fatalf("the command ended: %v\n%s", err, output)
		case <-time.After(5 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no %q in a minute:\n%s", args[0], output)
		}
	}
	ts.Value(backgroundKey{}).(map[string]*background)["last"] = b
}

// ended waits until the command of started has ended by itself, or with a signal's name until it has ended by that, and puts its output
// into the file ended.out.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	b := ts.Value(backgroundKey{}).(map[string]*background)["last"]
	if neg || len(args) > 1 || b == nil {
		ts.Fatalf("usage: ended [INT], after started")
	}
	if len(args) == 1 {
		ts.Check(b.cmd.Process.Signal(os.Interrupt))
	}
	select {
	case err := <-b.ended:
		if err != nil {
			ts.Fatalf("the command failed: %v\n%s", err, b.output)
		}
	case <-time.After(time.Minute):
		ts.Fatalf("the command still runs after a minute:\n%s", b.output)
	}
	ts.Check(os.WriteFile(ts.MkAbs("ended.out"), []byte(b.output.String()), 0o600))
}
