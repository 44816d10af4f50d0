//go:build unix

package schedule_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// runTime is how long a run of a host process takes, so that it can be killed in the middle.
const runTime = 200 * time.Millisecond

// hostProcess is a host in a process of its own: this test binary, started again. Its runs write a line to a file as they begin,
// and one as they end.
func hostProcess(address string) {
	if err := serveProcess(address); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serveProcess(address string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	db, err := state.Open(ctx, address)
	if err != nil {
		return err
	}
	journal, err := os.OpenFile(os.Getenv("SCHEDULE_TEST_JOURNAL"), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	note := func(what string, run state.Run) {
		fmt.Fprintf(journal, "%s %d %s %d\n", what, run.Trigger.Tick.Unix(), run.ID, os.Getpid())
	}
	s, err := schedule.Start(ctx, schedule.Config{
		DB: db, Parse: parse, Name: "process", Heartbeat: 300 * time.Millisecond, DeadAfter: 2 * time.Second,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Runner: runnerFunc(func(ctx context.Context, run state.Run, sink schedule.Sink) *state.RunError {
			note("begin", run)
			sink.Log(state.LogLine{Level: "print", Message: "tick"})
			select {
			case <-time.After(runTime):
			case <-ctx.Done():
			}
			if err := sink.Confirm(ctx); err != nil {
				return &state.RunError{Kind: "interrupt", Message: err.Error()}
			}
			note("end", run)
			return nil
		}),
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	drain, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(s.Close(drain), db.Close())
}

// process is a host process that a test started.
type process struct {
	*exec.Cmd
	gone chan struct{} // closed when it has ended
}

func startProcess(t *testing.T, address, journal string) *process {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{exec.CommandContext(context.WithoutCancel(t.Context()), program), make(chan struct{})}
	p.Env = append(os.Environ(), "SCHEDULE_TEST_HOST="+address, "SCHEDULE_TEST_JOURNAL="+journal)
	p.Stderr = t.Output()
	out, in := io.Pipe()
	p.Stdout = in
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.Wait() // mostly killed
		close(p.gone)
		_ = in.Close() // never fails
	}()
	t.Cleanup(p.kill)
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("a host process does not start: %q, %v", line, err)
	}
	return p
}

// kill ends the process at once; it may be gone already.
func (p *process) kill() {
	_ = p.Process.Kill()
	<-p.gone
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// record is what a journal says of a tick.
type record struct{ begun, ended int }

func readJournal(t *testing.T, path string) (ticks map[int64]*record, lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	ticks = map[int64]*record{}
	for line := range strings.Lines(string(text)) {
		var what, run string
		var tick int64
		var pid int
		if _, err := fmt.Sscan(line, &what, &tick, &run, &pid); err != nil {
			t.Fatalf("journal: %q: %v", line, err)
		}
		if ticks[tick] == nil {
			ticks[tick] = &record{}
		}
		if what == "begin" {
			ticks[tick].begun++
		} else {
			ticks[tick].ended++
		}
		lines = append(lines, line)
	}
	return ticks, lines
}

// account compares the ticks that were due with those that ran, and writes the table.
func account(t *testing.T, db *state.DB, journal string, from, until time.Time) {
	t.Helper()
	testwait.Until(t, "the end of all runs", func() bool {
		open, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Scheduled, state.Running}})
		return err == nil && !slices.ContainsFunc(open, func(run state.Run) bool { return run.Trigger.Tick.Before(until) })
	})
	ticks, _ := readJournal(t, journal)
	runs, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Succeeded}})
	if err != nil {
		t.Fatal(err)
	}
	succeeded, rescued := map[int64]int{}, 0
	for _, run := range runs {
		succeeded[run.Trigger.Tick.Unix()]++
		if run.Rescues > 0 {
			rescued++
		}
	}
	due, ran, missed, doubled, again := 0, 0, 0, 0, 0
	for tick := from.Truncate(time.Second).Add(time.Second); tick.Before(until); tick = tick.Add(time.Second) {
		due++
		r := ticks[tick.Unix()]
		switch {
		case r == nil || succeeded[tick.Unix()] == 0:
			missed++
			t.Errorf("the tick of %s was missed (%+v): %s", tick.Format(time.TimeOnly), r, fateOf(t, db, tick))
		case r.ended > 1 || succeeded[tick.Unix()] > 1:
			doubled++
			t.Errorf("the tick of %s was run %d times to its end", tick.Format(time.TimeOnly), r.ended)
		default:
			ran++
		}
		if r != nil && r.begun > 1 {
			again++
		}
	}
	t.Logf("\n| ticks due | run | missed | doubled | begun again | rescued |\n|---|---|---|---|---|---|\n| %d | %d | %d | %d | %d | %d |", due, ran, missed, doubled, again, rescued)
}

// fateOf is what became of the run of a tick.
func fateOf(t *testing.T, db *state.DB, tick time.Time) string {
	t.Helper()
	runs, err := db.Runs(t.Context(), state.RunFilter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if run.Trigger.Tick.Equal(tick) {
			return fmt.Sprintf("%+v, error %+v", run, run.Error)
		}
	}
	return "there is no run"
}

// idle reports whether no run waits or goes.
func idle(t *testing.T, db *state.DB) bool {
	t.Helper()
	open, err := db.Runs(t.Context(), state.RunFilter{States: []state.RunState{state.Scheduled, state.Running}})
	if err != nil {
		t.Fatal(err)
	}
	return len(open) == 0
}

// watermark is from when on a script's ticks count.
func watermark(t *testing.T, db *state.DB) time.Time {
	t.Helper()
	watched, _, err := db.WatchedScripts(t.Context(), time.Time{})
	watched = slices.DeleteFunc(watched, func(w state.Watched) bool { return !w.Active })
	if err != nil || len(watched) != 1 {
		t.Fatalf("%+v, %v", watched, err)
	}
	return watched[0].Watermark
}

// A host on SQLite is killed ten times, in the middle of a run and between ticks, and started again: every tick is run to its
// end once.
func TestKilledOnSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 15 s")
	}
	dir := t.TempDir()
	address, journal := "sqlite:"+filepath.Join(dir, "state.db"), filepath.Join(dir, "journal")
	db := statetest.Open(t, address)
	save(t, db, "tick", "@schedule every 1s", "@missed all")
	from := watermark(t, db)
	for i := range 10 {
		p := startProcess(t, address, journal)
		before, _ := readJournal(t, journal)
		count := len(before)
		testwait.Until(t, "a tick in the middle, or at its end", func() bool {
			ticks, lines := readJournal(t, journal)
			if len(ticks) <= count || len(lines) == 0 {
				return false
			}
			if i%2 == 0 {
				return strings.HasPrefix(lines[len(lines)-1], "begin")
			}
			return idle(t, db) // not between a run's last act and the note of its end: nobody can tell such a run from one in the middle
		})
		p.kill()
		if i%3 == 0 {
			time.Sleep(1200 * time.Millisecond) // a tick while nobody is there
		}
	}
	until := time.Now()
	startProcess(t, address, journal)
	testwait.Until(t, "the ticks until now", func() bool { return watermark(t, db).After(until) })
	account(t, db, journal, from, until)
	var sound string
	if err := db.SQL().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound); err != nil || sound != "ok" {
		t.Errorf("integrity: %s, %v", sound, err)
	}
}

// Three hosts on PostgreSQL: the queue's leader is killed, then a host in the middle of a run; one stands still for longer than
// hosts may be silent, and goes on; the server restarts.
func TestFleet(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 25 s")
	}
	server := statetest.New(t)
	address, journal := server.Database(t), filepath.Join(t.TempDir(), "journal")
	db := statetest.Open(t, address)
	save(t, db, "tick", "@schedule every 1s", "@missed all")
	from := watermark(t, db)
	var hosts []*process
	for range 3 {
		hosts = append(hosts, startProcess(t, address, journal))
	}
	replace := func(i int) {
		hosts[i].kill()
		hosts[i] = startProcess(t, address, journal)
	}
	ticks := func(n int) {
		t.Helper()
		before, _ := readJournal(t, journal)
		testwait.Until(t, fmt.Sprintf("%d more ticks", n), func() bool {
			now, _ := readJournal(t, journal)
			return len(now) >= len(before)+n
		})
	}
	// pidOf is the process that began a run last, which is in the middle of it.
	pidOf := func() int {
		pid := 0
		testwait.Until(t, "a run in the middle", func() bool {
			_, lines := readJournal(t, journal)
			if len(lines) == 0 {
				return false
			}
			var what, run string
			var tick int64
			if _, err := fmt.Sscan(lines[len(lines)-1], &what, &tick, &run, &pid); err != nil {
				t.Fatal(err)
			}
			return what == "begin"
		})
		return pid
	}
	index := func(pid int) int {
		for i, h := range hosts {
			if h.Process.Pid == pid {
				return i
			}
		}
		t.Fatalf("process %d is none of the hosts", pid)
		return 0
	}
	ticks(2)

	// The leader of the queue is known by the host's ID; which process that is tells a run of it.
	leader := ""
	testwait.Until(t, "a leader", func() bool {
		return db.SQL().QueryRowContext(t.Context(), "SELECT leader_id FROM river_leader").Scan(&leader) == nil
	})
	pid := 0
	testwait.Until(t, "a run of the leader", func() bool {
		var id string
		if db.SQL().QueryRowContext(t.Context(), "SELECT id FROM runs WHERE host = $1 LIMIT 1", leader).Scan(&id) != nil {
			return false
		}
		_, lines := readJournal(t, journal)
		for _, line := range lines {
			var what string
			var tick int64
			var run string
			if _, err := fmt.Sscan(line, &what, &tick, &run, &pid); err == nil && run == id {
				return true
			}
		}
		return false
	})
	testwait.Until(t, "the time between two ticks", func() bool { return idle(t, db) })
	hosts[index(pid)].kill()
	ticks(3)
	replace(index(pid))

	replace(index(pidOf())) // a working host
	ticks(3)

	stopped := hosts[index(pidOf())]
	stopped.signal(t, syscall.SIGSTOP)
	ticks(4) // longer than hosts may be silent
	stopped.signal(t, syscall.SIGCONT)
	ticks(2)

	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Second) // runs go, and end, without it
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ticks(3)
	until := time.Now()
	testwait.Until(t, "the ticks until now", func() bool { return watermark(t, db).After(until) })
	account(t, db, journal, from, until)
}
