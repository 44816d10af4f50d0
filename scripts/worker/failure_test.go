//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// runUntil runs a job and calls then with the process of its script when it writes its first line.
func runUntil(t *testing.T, p *worker.Pool, j worker.Job, then func(pid int)) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var once sync.Once
	return start(ctx, p, j, &record{onLine: func(worker.Line) {
		once.Do(func() { then(p.Processes(j.Script)[0]) })
	}})
}

func TestAKilledWorkerFailsItsRunAlone(t *testing.T) {
	p := newPool(t, worker.Options{Workers: 4})
	release, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	running, other := make(chan struct{}), make(chan outcome, 1)
	go func() {
		other <- start(release, p, job(t, "other.js", `console.log("in"); await time.sleep(600000)`), &record{onLine: func(worker.Line) { close(running) }})
	}()
	<-running
	outcome := runUntil(t, p, job(t, "victim.lua", `print("in") while true do end`), func(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) })
	if outcome.State != state.Failed || outcome.Error == nil || outcome.Error.Kind != "worker" || outcome.Error.Message != "the worker was killed" {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
	expect(t, p, job(t, "victim.lua", `print("again")`), "again\n")
	cancel(errors.New("enough"))
	if o := <-other; o.State != state.Cancelled {
		t.Errorf("the other run: %s, %+v", o.State, o.Error)
	}
}

func TestAStoppedProcessIsKilledAfterTheGrace(t *testing.T) {
	p := newPool(t, worker.Options{Grace: 100 * time.Millisecond})
	ctx := newExpiring()
	outcome := start(ctx, p, job(t, "stuck.lua", `print('in') while true do end`), &record{onLine: func(worker.Line) {
		_ = syscall.Kill(p.Processes("stuck")[0], syscall.SIGSTOP)
		ctx.pass()
	}})
	if outcome.State != state.TimedOut || outcome.Error == nil || outcome.Error.Kind != "timeout" || !strings.Contains(outcome.Error.Message, "it did not end within 100ms and was killed") {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
	if s := p.Stats(); s.Killed != 1 {
		t.Errorf("%d workers were killed, want 1", s.Killed)
	}
	testwait.Until(t, "the stopped process is gone", func() bool { return len(p.Processes("stuck")) == 0 })
}

func TestASilentWorkerIsKilled(t *testing.T) {
	p := newPool(t, worker.Options{})
	p.SetSilence(2 * time.Second)
	outcome := runUntil(t, p, job(t, "stuck.lua", `print('in') while true do end`), func(pid int) { _ = syscall.Kill(pid, syscall.SIGSTOP) })
	if outcome.State != state.Failed || outcome.Error == nil || outcome.Error.Kind != "worker" || !strings.Contains(outcome.Error.Message, "said nothing for 2s") {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
}

func TestAnIdleWorkerThatDiesIsReplaced(t *testing.T) {
	p := newPool(t, worker.Options{Warm: 2})
	testwait.Until(t, "two workers wait", func() bool { return p.Stats().Fresh == 2 })
	j := job(t, "again.lua", `print("ran")`)
	expect(t, p, j, "ran\n")
	for _, id := range slices.Concat(p.Processes(""), p.Processes("again")) {
		_ = syscall.Kill(id, syscall.SIGKILL)
	}
	for range 3 {
		expect(t, p, j, "ran\n")
	}
	testwait.Until(t, "two workers wait again", func() bool { return p.Stats().Fresh == 2 })
}

func TestAScriptThatTakesAllMemoryIsStopped(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector takes memory of its own, and ends in its own way without")
	}
	p := newPool(t, worker.Options{})
	for _, c := range []struct{ name, code string }{
		{"table.lua", "-- @memory 64MiB\nlocal t = {}\nwhile true do t[#t+1] = ('x'):rep(100000) .. #t end"},
		{"array.js", "// @memory 64MiB\nconst all = []\nfor (;;) all.push({ n: all.length, text: 'x' + all.length })"},
		{"double.lua", "-- @memory 64MiB\nlocal s = 'x'\nwhile true do s = s .. s end"},
		{"double.js", "// @memory 64MiB\nlet s = 'ü'\nfor (;;) s = (s + s).toUpperCase()"},
		{"buffer.js", "// @memory 64MiB\nconst all = []\nfor (;;) all.push(new Uint8Array(50e6).fill(1))"},
		{"huge.js", "// @memory 64MiB\nconst b = new Uint8Array(9e8).fill(1)\nfor (;;) b.fill(2)"},
		{"caught.lua", "-- @memory 64MiB\nlocal t = {}\nwhile true do pcall(function() while true do t[#t+1] = ('x'):rep(100000) .. #t end end) end"},
	} {
		t.Run(c.name, func(t *testing.T) {
			outcome, _ := run(t, p, job(t, c.name, c.code))
			if outcome.State != state.Failed || outcome.Error == nil || outcome.Error.Kind != "memory" {
				t.Fatalf("%s: %+v", outcome.State, outcome.Error)
			}
			if !strings.Contains(outcome.Error.Message, "64 MiB") {
				t.Errorf("message %q", outcome.Error.Message)
			}
		})
	}
}

func TestGarbageIsNoMemoryInUse(t *testing.T) {
	p := newPool(t, worker.Options{})
	expect(t, p, job(t, "churn.js", "// @memory 64MiB\nlet n = 0\nfor (let i = 0; i < 60; i++) n += new Uint8Array(20e6).length\nconsole.log(n)"), "1200000000\n")
	expect(t, p, job(t, "churn.lua", "-- @memory 64MiB\nlocal n = 0\nfor i = 1, 50 do n = n + #(('x'):rep(10000000) .. i) end\nprint(n > 4e8)"), "true\n")
}

// deafStore never answers.
type deafStore struct{ bindings.Store }

func (deafStore) Get(ctx context.Context, _ string) (*bindings.Stored, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestImpostors(t *testing.T) {
	for _, c := range []struct {
		way, kind string
		message   []string
	}{
		{"exits at once", "worker", []string{"did not start", "main does not call worker.MainIf: add it at the top of main", "no room for a worker"}},
		{"speaks another protocol", "worker", []string{"did not start", "version 99"}},
		{"begins with garbage", "worker", []string{"did not start", "main does not call worker.MainIf"}},
		{"has no engine", "worker", []string{"did not start", "it has no engine: the database is away"}},
		{"exits when it has started", "worker", nil},
		{"exits before the script starts", "worker", []string{"ended unexpectedly"}},
		{"exits in the script", "worker", []string{"exit status 2", "panic: something is wrong"}},
		{"writes garbage", "worker", []string{"no message"}},
		{"promises much", "worker", []string{"no message"}},
		{"stops in the middle", "worker", []string{"ended unexpectedly"}},
		{"acts for a run to come", "worker", []string{"a run that has not begun"}},
		{"sends no JSON", "worker", []string{"no message"}},
		{"sends what hosts send", "worker", []string{"no message"}},
		{"calls too much", "worker", []string{"more calls"}},
		{"calls twice", "worker", []string{"more calls"}},
		{"never ends", "timeout", []string{"was killed"}},
		{"closes the connection", "worker", []string{"closed its connection and was killed"}},
	} {
		t.Run(c.way, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, worker.Options{Command: []string{os.Args[0], "impostor", c.way}, Warm: 1, Grace: 50 * time.Millisecond, SharedStore: deafStore{}})
			limit := 30 * time.Second
			if c.kind == "timeout" {
				limit = 500 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(context.Background(), limit)
			defer cancel()
			outcome := start(ctx, p, job(t, "any.lua", `print("x")`), &record{})
			if outcome.Error == nil || outcome.Error.Kind != c.kind {
				t.Fatalf("%s: %+v", outcome.State, outcome.Error)
			}
			for _, part := range c.message {
				if !strings.Contains(outcome.Error.Message, part) {
					t.Errorf("message %q, want %q in it", outcome.Error.Message, part)
				}
			}
		})
	}
}

// TestNothingActsForTheRunBefore has a worker that goes on with a run while it serves another script.
func TestNothingActsForTheRunBefore(t *testing.T) {
	var asked []string
	p := newPool(t, worker.Options{
		Command: []string{os.Args[0], "impostor", "acts for the run before"},
		Store:   func(script string) bindings.Store { asked = append(asked, script); return deafStore{} },
	})
	expect(t, p, job(t, "first.lua", ""), "")
	expect(t, p, job(t, "second.lua", ""), "from now\n")
	if s := p.Stats(); len(asked) != 0 || s.Idle != 0 || s.Reused != 1 {
		t.Errorf("stores of %q were used, %+v", asked, s)
	}
}

// TestTheHostLooksAtMemoryToo has a worker that does not watch itself, and takes memory that the kernel does not bound.
func TestTheHostLooksAtMemoryToo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a process has in memory")
	}
	p := newPool(t, worker.Options{Command: []string{os.Args[0], "impostor", "takes memory"}})
	outcome, _ := run(t, p, job(t, "greedy.lua", "-- @memory 16MiB\n"))
	if outcome.Error == nil || outcome.Error.Kind != "memory" || !strings.Contains(outcome.Error.Message, "16 MiB of memory at once, and the worker was killed") {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
}

func TestAPoolWithoutAProgramFails(t *testing.T) {
	p := newPool(t, worker.Options{Command: []string{"/nonexistent/crisphost", "worker"}})
	outcome, _ := run(t, p, job(t, "any.lua", `print("x")`))
	if outcome.State != state.Failed || outcome.Error.Kind != "worker" || !strings.Contains(outcome.Error.Message, "/nonexistent/crisphost") {
		t.Errorf("%s: %+v", outcome.State, outcome.Error)
	}
}

func TestCloseFailsWhatRuns(t *testing.T) {
	p, err := worker.NewPool(worker.Options{Bundles: t.TempDir(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	running := make(chan struct{}, 4)
	outcomes := make(chan outcome, 4)
	for i := range 4 { // two run, two wait for their turn
		go func() {
			outcomes <- start(context.Background(), p, job(t, fmt.Sprintf("loop%d.lua", i), `print("in") while true do end`), &record{onLine: func(worker.Line) { running <- struct{}{} }})
		}()
	}
	<-running
	<-running
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	for range 4 {
		if o := <-outcomes; o.State != state.Failed || o.Error.Message != worker.ErrClosed.Error() {
			t.Errorf("%s: %+v", o.State, o.Error)
		}
	}
	if o := start(context.Background(), p, job(t, "late.lua", ""), &record{}); o.Error == nil || o.Error.Message != worker.ErrClosed.Error() {
		t.Errorf("after Close: %+v", o)
	}
}

func TestAHundredRunsAtOnce(t *testing.T) {
	p := newPool(t, worker.Options{Workers: 8, Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID})
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if i%3 == 0 {
				expect(t, p, job(t, fmt.Sprintf("n%d.js", i%9), `console.log((await crisp.conversations.list({ limit: 2 })).length)`), "2\n")
				return
			}
			expect(t, p, job(t, fmt.Sprintf("n%d.lua", i%10), `print(#crisp.conversations.list({ limit = 3 }))`), "3\n")
		})
	}
	all.Wait()
	if s := p.Stats(); s.Busy != 0 || s.Killed != 0 || s.Died != 0 {
		t.Errorf("%+v", s)
	}
}
