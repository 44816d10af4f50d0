//go:build unix

package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// forgetful is a program with a host, whose main does not call worker.MainIf.
func forgetful(dir string) int {
	err := func() error {
		eng, err := newEngine()
		if err != nil {
			return err
		}
		ctx := context.Background()
		db, err := state.Open(ctx, "sqlite:"+filepath.Join(dir, "host.db"))
		if err != nil {
			return err
		}
		defer db.Close()
		h, err := host.Start(ctx, host.Config{
			DB: db, Directory: dir, Engine: eng,
			Workers: worker.Options{Bundles: dir, Command: []string{os.Args[0], "forgetful", dir}},
		})
		if err != nil {
			return err
		}
		return h.Close(ctx)
	}()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%d %t %v\n", os.Getpid(), errors.Is(err, worker.ErrNoMain), err)
		return 1
	}
	return 0
}

// TestAProgramWithoutMainIfSaysSoAtTheStart has a main that forgot worker.MainIf.
func TestAProgramWithoutMainIfSaysSoAtTheStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.lua"), []byte("print(1)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "forgetful", dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err == nil {
		t.Error("it started")
	}
	want := fmt.Sprintf("%d true the worker did not start: the program's main does not call worker.MainIf: add it at the top of main", cmd.Process.Pid)
	if got := stderr.String(); !strings.HasPrefix(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("it said\n%s", got)
	}
}

func TestAWorkerIsNoHost(t *testing.T) {
	m := newMachine(t, nil)
	db, err := state.Open(t.Context(), m.address)
	m.must(err)
	defer db.Close()
	t.Setenv("CRISPHOST_WORKER", "1")
	if _, err := host.Start(t.Context(), m.config(db)); !errors.Is(err, worker.ErrNoMain) {
		t.Errorf("%v", err)
	}
}
