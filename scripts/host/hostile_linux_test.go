package host_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

var hostile = flag.Duration("hostile", 12*time.Second, "how long TestHostileNeighbours lasts")

// hostileScripts are what greedy and hostile neighbours do, forty of them together: each kind runs in several scripts, with other schedules.
var hostileScripts = []struct{ extension, code string }{
	{".js", "const all = []\nfor (;;) all.push('x'.repeat(100000) + all.length)"},
	{".lua", "local t = {}\nwhile true do t[#t + 1] = ('x'):rep(100000) .. #t end"},
	{".js", "let s = 'x'\nfor (;;) s += s"},
	{".lua", "while true do end"},
	{".js", "for (;;) { try { (function f() { f() })() } catch {} }"},
	{".js", "for (let i = 0; ; i++) console.log('flood', i, 'x'.repeat(200))"},
	{".lua", "local i = 0 while true do i = i + 1 log.error('flood ' .. i, {n = i, text = ('x'):rep(500)}) end"},
	{".js", "for (let i = 0; ; i++) await store.set('k' + Math.random(), 'x'.repeat(50000))"},
	{".lua", "for i = 1, 1e9 do store.shared.set('k' .. i, ('x'):rep(100000)) end"},
	{".js", "for (;;) await Promise.all(Array.from({length: 128}, () => store.list('')))"},
	{".js", "for (;;) await Promise.allSettled(Array.from({length: 100}, () => crisp.api.get('website/large')))"},
	{".js", "await Promise.allSettled(Array.from({length: 128}, () => crisp.api.post('website/x', {body: {t: 'x'.repeat(20 << 20)}})))"},
	{".js", "for (;;) await Promise.all(Array.from({length: 1000}, () => crisp.api.get('website/small')))"},
	{".lua", "for i = 1, 1e9 do files.write(i .. '.txt', ('x'):rep(1000000)) end"},
	{".js", "for (let i = 0; ; i++) await files.write(i + '.txt', '')"},
	{".js", "(function spin() { Promise.resolve().then(spin) })(); setInterval(() => {}, 1)"},
	{".js", "for (;;) setTimeout(() => {}, 0)"},
	{".js", "/^(a+)+$/.test('a'.repeat(40) + 'b')"},
	{".lua", "(('a'):rep(200000)):find(('.-'):rep(100) .. 'b')"},
	{".js", "const a = []; a.length = 2 ** 32 - 1; a.fill(0); throw new Error('x'.repeat(1e7))"},
}

// TestHostileNeighbours runs forty hostile and greedy scripts beside a good one of each second.
func TestHostileNeighbours(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector takes memory and time of its own")
	}
	m := newMachine(t, nil)
	m.client = answering(t)
	for i := range 40 {
		kind := hostileScripts[i%len(hostileScripts)]
		comment := map[string]string{".js": "//", ".lua": "--"}[kind.extension]
		m.write(fmt.Sprintf("hostile%02d%s", i, kind.extension), fmt.Sprintf("%s @schedule every %ds\n%[1]s @timeout 8s\n%[1]s @memory 64MiB\n%[3]s\n", comment, 1+i%3*4, kind.code))
	}
	m.write("good.lua", "-- @schedule * * * * * *\nprint(store.increment('n'), crisp.api.get('website/small') ~= nil)")
	files := t.TempDir()
	var log countingWriter
	r := m.start(func(c *host.Config) {
		c.Schedule.Workers, c.Schedule.Logs = 8, schedule.LogQuota{}
		c.Workers.Files, c.Workers.FilesLimit, c.Workers.Grace = files, 20<<20, time.Second
		c.Quotas = host.Quotas{Store: state.StoreQuota{Keys: 10_000, Bytes: 20 << 20}, Database: 2 << 30, LogRate: 100}
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelInfo}))
	})
	began := time.Now()
	var most, slowest atomic.Int64
	for time.Since(began) < *hostile {
		most.Store(max(most.Load(), resident(t)))
		asked := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := r.db.Ping(ctx); err != nil {
			t.Errorf("the database: %v", err)
		}
		cancel()
		slowest.Store(max(slowest.Load(), int64(time.Since(asked))))
		time.Sleep(50 * time.Millisecond)
	}
	due := int(time.Since(began) / time.Second)
	runs, err := r.db.Runs(context.Background(), state.RunFilter{Script: "good", States: []state.RunState{state.Succeeded}, Limit: 1000})
	m.must(err)
	all, err := r.db.Runs(context.Background(), state.RunFilter{Limit: 10_000})
	m.must(err)
	size, err := r.db.Size(context.Background())
	m.must(err)
	t.Logf("%d of %d ticks of the good script, %d runs in all; at most %d MiB, the database answered within %s, %d MiB, %d lines of log; %+v",
		len(runs), due, len(all), most.Load()>>20, time.Duration(slowest.Load()).Round(time.Millisecond), size>>20, log.lines.Load(), r.Pool())
	// The goal is 95 % on two idle cores. How fast a machine is decides nothing, only whether the good script is starved.
	if 5*len(runs) < due-1 {
		t.Errorf("the good script ran at %d of %d ticks", len(runs), due)
	}
	const bound = 300 << 20
	if most.Load() > bound {
		t.Errorf("the host took %d MiB", most.Load()>>20)
	}
	if lines, allowed := log.lines.Load(), int64(2000+200*(due+10)); lines > allowed {
		t.Errorf("%d lines in the host's log, at most %d are expected", lines, allowed)
	}
	for _, scope := range []string{"script:hostile07", "shared"} {
		store := r.db.SharedStore()
		if name, isScript := strings.CutPrefix(scope, "script:"); isScript {
			store = r.db.ScriptStore(name)
		}
		if keys, bytes, err := store.Usage(context.Background()); err != nil || keys > 10_000 || bytes > 20<<20 {
			t.Errorf("%s: %d keys, %d MiB, %v", scope, keys, bytes>>20, err)
		}
	}
}

// answering returns a client of a server whose answers have 60 MB, or a few bytes.
func answering(t *testing.T) *crisp.Client {
	t.Helper()
	piece := []byte(strings.Repeat("x", 1<<20))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		before, after, pieces := `{"error":false,"reason":"listed","data":"`, `"}`, 60
		if !strings.HasSuffix(r.URL.Path, "large") {
			pieces = 0
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(before)+len(after)+pieces*len(piece)))
		_, _ = io.WriteString(w, before)
		for range pieces {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, after)
	}))
	t.Cleanup(server.Close)
	client, err := crisp.New(crisp.WithBaseURL(server.URL + "/v1/"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// countingWriter counts lines.
type countingWriter struct {
	mu    sync.Mutex
	lines atomic.Int64
}

func (w *countingWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines.Add(int64(strings.Count(string(p), "\n")))
	return len(p), nil
}

// resident is what this process has in memory, with the server of the API.
func resident(t *testing.T) int64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseInt(strings.Fields(string(data))[1], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * int64(os.Getpagesize())
}
