//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/worker"
)

// forgetful is a program that runs a script in a worker, and whose main does not call MainIf. It notes in a file that it was
// started.
func forgetful(dir string) int {
	starts, err := os.OpenFile(filepath.Join(dir, "starts"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 3
	}
	fmt.Fprintf(starts, "%d of %d\n", os.Getpid(), os.Getppid())
	_ = starts.Close()
	pool, err := worker.NewPool(worker.Options{Bundles: dir, Warm: 1, Unconfined: true, Command: []string{os.Args[0], "forgetful", dir}})
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot start:", err)
		return 2
	}
	defer pool.Close()
	if err := pool.Ready(context.Background()); err != nil {
		fmt.Println(errors.Is(err, worker.ErrNoMain), err)
		return 1
	}
	return 0
}

// TestAProgramWithoutMainIfSaysSo has a main that forgot MainIf: each worker would be a host that starts workers.
func TestAProgramWithoutMainIfSaysSo(t *testing.T) {
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), os.Args[0], "forgetful", dir).Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v", err)
	}
	const sentence = "the program's main does not call worker.MainIf: add it at the top of main"
	if text := string(out); !strings.HasPrefix(text, "true the worker did not start: "+sentence) {
		t.Errorf("it said %q", text)
	}
	starts, err := os.ReadFile(filepath.Join(dir, "starts"))
	if err != nil {
		t.Fatal(err)
	}
	// The program, and its workers, none of which has started another.
	var program string
	for line := range strings.Lines(string(starts)) {
		pid, parent, _ := strings.Cut(strings.TrimSpace(line), " of ")
		switch {
		case program == "":
			program = pid
		case parent != program:
			t.Errorf("a worker has started process %s", pid)
		}
	}
	if strings.Count(string(starts), "\n") < 2 {
		t.Errorf("no worker was started: %q", starts)
	}
}

func TestAWorkerStartsNoWorkers(t *testing.T) {
	if worker.IsWorker() {
		t.Error("a test is a worker")
	}
	t.Setenv("CRISPHOST_WORKER", "1")
	if !worker.IsWorker() {
		t.Error("the marker means nothing")
	}
	if _, err := worker.NewPool(worker.Options{}); !errors.Is(err, worker.ErrNoMain) {
		t.Errorf("a pool in a worker: %v", err)
	}
}

func TestReady(t *testing.T) {
	for _, warm := range []int{1, -1} {
		p := newPool(t, worker.Options{Warm: warm})
		if err := p.Ready(t.Context()); err != nil {
			t.Errorf("warm %d: %v", warm, err)
		}
		if s := p.Stats(); s.Started != 1 {
			t.Errorf("warm %d: %+v", warm, s)
		}
		none := newPool(t, worker.Options{Warm: warm, Command: []string{"/nonexistent/crisphost"}})
		if err := none.Ready(t.Context()); err == nil || !strings.Contains(err.Error(), "/nonexistent/crisphost") || errors.Is(err, worker.ErrNoMain) {
			t.Errorf("warm %d without a program: %v", warm, err)
		}
	}
}
