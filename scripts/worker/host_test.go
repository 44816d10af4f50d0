//go:build unix

package worker_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/worker"
)

// hostOf is a host of its own: it runs a script that prints the number of its process, which it prints too, and waits.
func hostOf(dir string) int {
	pool, err := worker.NewPool(worker.Options{Bundles: dir})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := []byte(`print("runs") while true do end`)
	_, err = pool.Run(context.Background(), &worker.Job{
		Script: "loop", Program: &worker.Program{Entry: "loop.lua", Files: map[string][]byte{"loop.lua": code}}, Observer: printer{},
	})
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// printer prints the processes of this host when the script runs.
type printer struct{}

func (printer) Line(worker.Line) {
	ids := children(os.Getpid())
	fmt.Println(strings.Trim(fmt.Sprint(ids), "[]"))
}
func (printer) Call(worker.Call) {}

// children are the processes that a process has started.
func children(parent int) (ids []int) {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,stat=").Output()
	if err != nil {
		panic(err)
	}
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) == 3 && f[1] == strconv.Itoa(parent) && !strings.HasPrefix(f[2], "Z") {
			if id, err := strconv.Atoi(f[0]); err == nil {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// exists reports whether a process has not ended.
func exists(id int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(id)).Output()
	return err == nil && !strings.HasPrefix(strings.TrimSpace(string(out)), "Z")
}

func TestWorkersEndWithTheirHost(t *testing.T) {
	bundles := t.TempDir()
	host := exec.CommandContext(t.Context(), os.Args[0], "host", bundles)
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for text := range strings.FieldsSeq(line) {
		if id, err := strconv.Atoi(text); err == nil && exists(id) { // the one that listed them has ended
			ids = append(ids, id)
		}
	}
	if len(ids) < 2 {
		t.Fatalf("the host has the processes %v, want one that runs and one that waits at least", ids)
	}
	if err := host.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = host.Wait()
	for _, id := range ids {
		testwait.Until(t, fmt.Sprintf("process %d ends", id), func() bool { return !exists(id) })
	}
	// The next host removes what this one could not, and leaves alone what is in use.
	left := directories(t, bundles)
	first := newPool(t, worker.Options{Bundles: bundles})
	second := newPool(t, worker.Options{Bundles: bundles})
	if now := directories(t, bundles); len(left) != 1 || len(now) != 2 || slices.Contains(now, left[0]) {
		t.Errorf("directories %q, then %q", left, now)
	}
	expect(t, first, job(t, "one.lua", `print(1)`), "1\n")
	expect(t, second, job(t, "two.lua", `print(2)`), "2\n")
}

func directories(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
