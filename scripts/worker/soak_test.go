//go:build linux

package worker_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/worker"
)

// soakEnv is how many runs TestSoak does, a few hundred when it is not set.
const soakEnv = "CRISPHOST_SOAK_RUNS"

// soakKinds are the kinds of scripts of a soak, with the state and the kind of error that each ends in, and how many of each 200 runs
// are of it.
var soakKinds = []struct {
	name, code string
	want       string
	share      int
}{
	{"good.lua", `print("hello", #crisp.conversations.list({ limit = 2 }))`, "succeeded", 60},
	{"good.js", `console.log("hello", (await crisp.conversations.list({ limit: 2 })).length)`, "succeeded", 60},
	{"store.lua", `store.set("n", store.get("n", 0) + 1) store.shared.increment("all")`, "succeeded", 30},
	{"files.lua", `files.write("x.txt", "1") print(files.read("x.txt"))`, "succeeded", 15},
	{"error.lua", `error("no")`, "failed runtime", 10},
	{"error.js", `await null; throw new Error("no")`, "failed runtime", 10},
	{"broken.ts", `const x: = 1`, "failed compile", 5},
	{"leaves.js", `for (let i = 0; i < 20; i++) crisp.websites.get(); throw new Error("left")`, "failed runtime", 3},
	{"greedy.js", "// @memory 32MiB\nconst all = []\nfor (;;) all.push('x'.repeat(100000) + all.length)", "failed memory", 1},
	{"crash.lua", `print("kill me") while true do end`, "failed worker", 3},
	{"endless.lua", `print("stop me") while true do end`, "timed_out timeout", 2},
	{"stuck.js", `console.log("freeze me"); for (;;);`, "timed_out timeout", 1},
}

// comment begins a comment.
var comment = map[string]string{".lua": "--", ".js": "//", ".ts": "//"}

// TestSoak runs good, failing, crashing, greedy, endless and frozen scripts in a mix, and looks at what is left of them.
func TestSoak(t *testing.T) {
	runs := 200
	if text := os.Getenv(soakEnv); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		runs = n
	}
	db := statetest.Open(t, statetest.SQLite(t))
	client := sandboxtest.Client(t, sandbox.Config{Seed: 1})
	temporary := t.TempDir()
	before := census(t, temporary)
	p, err := worker.NewPool(worker.Options{
		Workers: 8, Client: client, WebsiteID: sandbox.WebsiteID, Bundles: filepath.Join(temporary, "bundles"),
		Files: filepath.Join(temporary, "files"), Grace: 200 * time.Millisecond,
		Store: func(script string) bindings.Store { return db.ScriptStore(script) }, SharedStore: db.SharedStore(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var mix []int
	for kind, c := range soakKinds {
		if testrequire.RaceDetector && c.want == "failed memory" {
			continue // the race detector takes memory of its own
		}
		for range c.share {
			mix = append(mix, kind)
		}
	}
	var mu sync.Mutex
	got := map[string]int{}
	next := make(chan int)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for i := range next {
				c := soakKinds[mix[i*7919%len(mix)]]
				outcome := soakRun(t, p, c.name, fmt.Sprintf("%s %d\n%s", comment[filepath.Ext(c.name)], i%40, c.code))
				mu.Lock()
				got[c.name+" "+outcome]++
				mu.Unlock()
				if outcome != c.want {
					t.Errorf("%s: %s, want %s", c.name, outcome, c.want)
				}
			}
		})
	}
	began := time.Now()
	var middle figures
	for i := range runs {
		if i == runs/4 {
			middle = census(t, temporary)
		}
		next <- i
	}
	close(next)
	all.Wait()
	took := time.Since(began)
	testwait.Until(t, "only those processes are left that wait", func() bool { return census(t, temporary).processes <= before.processes+8+2+1 })
	end := census(t, temporary)
	stats := p.Stats()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	client.CloseIdleConnections()
	testwait.Until(t, "the processes are gone", func() bool { return census(t, temporary).processes <= before.processes })
	testwait.Until(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before.goroutines+2 })
	after := census(t, temporary)
	kinds := make([]string, 0, len(got))
	for kind, n := range got {
		kinds = append(kinds, fmt.Sprintf("%s: %d", kind, n))
	}
	sort.Strings(kinds)
	t.Logf("%d runs in %s\n%s\nbefore %+v\na quarter %+v\nend %+v\nclosed %+v\n%+v", runs, took.Round(time.Millisecond), strings.Join(kinds, "\n"), before, middle, end, after, stats)
	if stats.Busy != 0 || stats.Idle > 8 {
		t.Errorf("%+v", stats)
	}
	if after.descriptors > before.descriptors+3 || after.bundles != 0 {
		t.Errorf("left %+v, before %+v", after, before)
	}
	if end.heap > middle.heap+16<<20 || end.goroutines > middle.goroutines+60 {
		t.Errorf("grew to %+v from %+v", end, middle)
	}
}

// soakRun runs a script. It is killed, stopped or frozen when it says so.
func soakRun(t *testing.T, p *worker.Pool, name, code string) string {
	j := job(t, name, code)
	// Versions of a script run side by side: their processes are told apart by the script's name.
	var number = soakNumber.add()
	j.Script = fmt.Sprintf("%s-%d", j.Script, number)
	ctx := newExpiring()
	guard := time.AfterFunc(5*time.Minute, func() { panic("a run of " + name + " does not end") })
	defer guard.Stop()
	outcome := start(ctx, p, j, &record{onLine: func(l worker.Line) {
		switch l.Message {
		case "kill me":
			_ = syscall.Kill(p.Processes(j.Script)[0], syscall.SIGKILL)
		case "freeze me":
			_ = syscall.Kill(p.Processes(j.Script)[0], syscall.SIGSTOP)
			ctx.pass()
		case "stop me":
			ctx.pass()
		}
	}})
	if outcome.Error != nil {
		return string(outcome.State) + " " + outcome.Error.Kind
	}
	return string(outcome.State)
}

// soakNumber numbers the runs.
var soakNumber counter

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return c.n
}

// figures are what a host has.
type figures struct {
	goroutines, descriptors, processes, bundles int
	heap                                        uint64
}

// census counts what this process has now. Zombies are processes too.
func census(t *testing.T, temporary string) figures {
	t.Helper()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := figures{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	descriptors, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	f.descriptors = len(descriptors)
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(data), ") ")
		if fields := strings.Fields(rest); len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) {
			f.processes++
		}
	}
	if versions, err := filepath.Glob(filepath.Join(temporary, "bundles", "*", "*")); err == nil {
		f.bundles = len(versions)
	}
	return f
}
