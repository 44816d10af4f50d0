package main

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"os/signal"
	"runtime"
	"syscall"
	"testing"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
)

// stuckMain is a program that does not end when its context does.
func stuckMain() {
	ctx, stop := signals.Context(context.Background(), &signals.Hangups{})
	defer stop()
	fmt.Println("started")
	<-ctx.Done()
	fmt.Println(context.Cause(ctx))
	select {}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no process can be sent Ctrl-C here")
	}
	program := linkProgram(t, "stuck")
	for _, c := range []struct {
		signal syscall.Signal
		cause  string
	}{{syscall.SIGINT, "interrupted"}, {syscall.SIGTERM, "stopped by SIGTERM"}, {syscall.SIGHUP, "the terminal was closed"}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			if signal.Ignored(c.signal) {
				t.Skip("these tests were started with nohup")
			}
			cmd := exec.CommandContext(t.Context(), program)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(out)
			for _, want := range []string{"started", c.cause} {
				if !lines.Scan() || lines.Text() != want {
					t.Fatalf("got %q, want %q", lines.Text(), want)
				}
				if err := cmd.Process.Signal(c.signal); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait()
			if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != c.signal {
				t.Errorf("ended with %v", cmd.ProcessState)
			}
		})
	}
}
