package host_test

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
)

var soak = flag.Duration("soak", 20*time.Second, "how long TestSoak lasts")

// soakScripts are what the five hundred do: calls that page, stores, failures of all kinds, retries, garbage, and some that have to be
// stopped.
var soakScripts = []struct{ extension, code string }{
	{".lua", "for c in crisp.conversations.each{limit = 30} do if c.unread then print(c.session_id) end end"},
	{".js", "const list = await crisp.conversations.list({limit: 20})\nconsole.log(list.map((c) => c.meta.nickname).join())"},
	{".ts", "const pages: number[] = await Promise.all([1, 2, 3].map(async (n) => (await crisp.people.list({limit: n})).length))\nconsole.log(pages)"},
	{".lua", "local n = store.increment('runs') store.shared.increment('all') print(n) store.set('last', {at = time.now(), text = string.rep('x', 1000)})"},
	{".js", "const n = await store.increment('runs')\nif (n % 3 === 0) throw new Error('every third')\nconsole.log(n)"},
	{".lua", "-- @retries 2 fixed 1s\nif store.increment('tries') % 2 == 1 then error('again') end"},
	{".js", "const id = (await crisp.conversations.create()).session_id\nawait crisp.conversations.messages.send(id, 'hello')\nawait crisp.conversations.delete(id)"},
	{".js", "let all = []\nfor (let i = 0; i < 200; i++) all.push('garbage '.repeat(100) + i)\nconsole.log(all.length)"},
	{".lua", "for i = 1, 300 do print('line ' .. i) end"},
	{".js", "log.info('structured', {n: 1, deep: {list: [1, 2, 3]}})\nawait crisp.people.get('nobody@acme.example')"},
	{".lua", "-- @permissions conversations:read\npcall(crisp.people.list) print(#crisp.conversations.list{limit = 2})"},
	{".lua", "-- @overlap replace\ntime.sleep(700) print('slept')"},
}

// writeSoak writes five hundred scripts. Most are due every few seconds; some loop until their time is up.
func (m *machine) writeSoak() {
	m.Helper()
	for i := range 500 {
		kind := soakScripts[i%len(soakScripts)]
		comment := "//"
		if kind.extension == ".lua" {
			comment = "--"
		}
		schedule := fmt.Sprintf("every %ds", 15+i%40)
		if i%3 == 0 {
			schedule = fmt.Sprintf("%d-59/%d * * * * *", i%10, 12+i%20)
		}
		m.write(fmt.Sprintf("s%d%s", i, kind.extension), fmt.Sprintf("%s @schedule %s\n%[1]s @timeout 20s\n%[3]s\n", comment, schedule, kind.code))
	}
	m.write("endless.lua", "-- @schedule every 5s\n-- @timeout 1s\nwhile true do end")
	m.write("greedy.js", "// @schedule every 7s\n// @memory 32MiB\n// @timeout 10s\nconst all = []\nfor (;;) all.push('x'.repeat(1000) + all.length)")
	m.write("broken.lua", "-- @schedule every 5s\nprint(")
}

// usage is what a host takes of the machine.
type usage struct {
	goroutines, files, children int
	heap, resident              int64 // bytes
}

func measure(t *testing.T) usage {
	t.Helper()
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	u := usage{goroutines: runtime.NumGoroutine(), files: len(files), heap: int64(m.HeapAlloc)}
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	u.resident = pages * int64(os.Getpagesize())
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		children, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/children") // a thread may have ended
		u.children += len(strings.Fields(string(children)))
	}
	return u
}

func (u usage) String() string {
	return fmt.Sprintf("%d goroutines, %d files, %d worker processes, heap %.1f MiB, resident %.1f MiB",
		u.goroutines, u.files, u.children, float64(u.heap)/(1<<20), float64(u.resident)/(1<<20))
}

// TestSoak runs five hundred scripts against a sandbox that is slow and fails, while some are edited, paused and triggered, and
// looks at what the host takes: it must not grow.
func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a while")
	}
	m := newMachine(t, nil, sandbox.Config{
		Latency: 3 * time.Millisecond, Fail: map[int]float64{429: 0.02, 500: 0.02, 503: 0.01, sandbox.FailCut: 0.01},
	})
	m.writeSoak()
	h := m.start(func(c *host.Config) {
		c.Logger = nil
		c.Schedule.Workers = 8
		c.Schedule.Retention = state.Retention{Count: 5}
	})
	var samples []usage
	const parts = 8
	for part := range parts {
		for end := time.Now().Add(*soak / parts); time.Now().Before(end); {
			n := int(time.Now().UnixNano() % 500)
			script, kind := fmt.Sprintf("s%d", n), soakScripts[n%len(soakScripts)]
			code, err := os.ReadFile(m.path(script + kind.extension))
			m.must(err)
			m.write(script+kind.extension, strings.TrimRight(string(code), "\n ")+strings.Repeat("\n", 1+part))
			if _, err := h.Trigger(t.Context(), script, []string{"soak"}, "soak"); err != nil {
				t.Error(err)
			}
			m.must(h.Pause(t.Context(), script, "soak"))
			time.Sleep(100 * time.Millisecond)
			m.must(h.Resume(t.Context(), script, "soak"))
		}
		samples = append(samples, measure(t))
		t.Logf("after %v: %v", (*soak/parts)*time.Duration(part+1), samples[part])
	}
	runs, err := h.Runs(t.Context(), state.RunFilter{})
	m.must(err)
	states := map[state.RunState]int{}
	for _, run := range runs {
		states[run.State]++
	}
	t.Logf("%v; runs that are kept: %v", h.Pool(), states)
	for _, want := range []state.RunState{state.Succeeded, state.Failed, state.TimedOut} {
		if states[want] == 0 {
			t.Errorf("no run is %s", want)
		}
	}
	most := func(samples []usage, of func(usage) int64) int64 {
		values := make([]int64, len(samples))
		for i, u := range samples {
			values[i] = of(u)
		}
		return slices.Max(values)
	}
	for _, figure := range []struct {
		name  string
		of    func(usage) int64
		slack int64
	}{
		{"goroutines", func(u usage) int64 { return int64(u.goroutines) }, 60},
		{"files", func(u usage) int64 { return int64(u.files) }, 40},
		{"worker processes", func(u usage) int64 { return int64(u.children) }, 10},
		{"bytes of heap", func(u usage) int64 { return u.heap }, 16 << 20},
	} {
		// The first half fills caches and pools.
		before, after := most(samples[:parts/2], figure.of), most(samples[parts/2:], figure.of)
		if after > before+before/4+figure.slack {
			t.Errorf("%s grow from %d to %d", figure.name, before, after)
		}
	}
}
