//go:build linux

package worker_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// largeServer answers every call with so many bytes, whose length it tells or not.
func largeServer(t *testing.T, size int, tells bool) *crisp.Client {
	t.Helper()
	before, after := `{"error":false,"reason":"listed","data":"`, `"}`
	body := []byte(before + strings.Repeat("x", size-len(before)-len(after)) + after)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if tells {
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	client, err := crisp.New(crisp.WithBaseURL(server.URL + "/v1/"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// TestAnswerBeyondTheRunsLimit fails the call, and the script goes on.
func TestAnswerBeyondTheRunsLimit(t *testing.T) {
	for _, tells := range []bool{true, false} {
		p := newPool(t, worker.Options{Client: largeServer(t, 9<<20, tells)})
		for name, code := range map[string]string{
			"large.js":  "// @memory 64MiB\ntry { await crisp.api.get('website/x') } catch (e) { console.log(e.reason, e.hint.includes('ask for less')) }",
			"large.lua": "-- @memory 64MiB\nlocal ok, e = pcall(crisp.api.get, 'website/x') print(e.reason, e.hint:find('ask for less', 1, true) ~= nil)",
		} {
			expect(t, p, job(t, name, code), map[string]string{"large.js": "response_too_large true\n", "large.lua": "response_too_large\ttrue\n"}[name])
		}
		expect(t, p, job(t, "fits.js", "// @memory 128MiB\nconsole.log(JSON.stringify(await crisp.api.get('website/x')).length > 9e6)"), "true\n")
	}
}

// TestCallsWaitForRoom has more calls at once than there is room for. All are answered.
func TestCallsWaitForRoom(t *testing.T) {
	for _, tells := range []bool{true, false} {
		p := newPool(t, worker.Options{Client: largeServer(t, 2<<20, tells), Answers: 8 << 20})
		code := "let n = 0\nawait Promise.all(Array.from({length: 60}, async () => { await crisp.api.get('website/x'); n++ }))\nconsole.log(n)"
		expect(t, p, job(t, "many.js", "// @memory 1GiB\n"+code), "60\n")
		if s := p.Room(); s.Held != 0 || s.Waits == 0 {
			t.Errorf("%+v", s)
		}
	}
}

// TestRequestsTakeRoom refuses one that is too large for its run, and has others wait.
func TestRequestsTakeRoom(t *testing.T) {
	p := newPool(t, worker.Options{Client: largeServer(t, 100, true), Answers: 8 << 20})
	expect(t, p, job(t, "send.js", `// @memory 512MiB
		let text = "x".repeat(3 << 20), n = 0
		await Promise.all(Array.from({length: 20}, async () => { await crisp.api.post("website/x", {body: {text}}); n++ }))
		console.log(n)
		try { await crisp.api.post("website/x", {body: {text: "x".repeat(5 << 20)}}) } catch (e) { console.log(e.reason, e.message) }`),
		"20\ninvalid_request crisp.api.post: POST /website/x: invalid_request: the call sends more than the 4 MiB that a call of this script may\n")
	if s := p.Room(); s.Held != 0 || s.Waits == 0 {
		t.Errorf("%+v", s)
	}
}

// TestListsTakeRoom reads lists of a store side by side, of which few fit at once.
func TestListsTakeRoom(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	p := newPool(t, worker.Options{Answers: 16 << 20, Store: func(script string) bindings.Store { return db.ScriptStore(script) }})
	value := append(append([]byte{'"'}, bytes.Repeat([]byte("x"), 200<<10)...), '"')
	for _, key := range strings.Split("abcdefghij", "") {
		if _, err := db.ScriptStore("list").Set(t.Context(), key, value, bindings.StoreOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	expect(t, p, job(t, "list.js", `const all = await Promise.all(Array.from({length: 30}, () => store.list("")))
		console.log(all.length, all.every((l) => l.length == 10))`), "30 true\n")
	small := newPool(t, worker.Options{Answers: 4 << 20, Store: func(script string) bindings.Store { return db.ScriptStore(script) }})
	expect(t, small, job(t, "list.js", `try { await store.list("") } catch (e) { console.log(e.message.includes("would read more than")) }
		console.log((await store.list("", {limit: 2})).length)`), "true\n2\n")
	if s := p.Room(); s.Held != 0 {
		t.Errorf("%+v", s)
	}
}

// TestLargeAnswersOfManyCalls measures what the process holds while runs make many calls at once, of 20 MB each.
func TestLargeAnswersOfManyCalls(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("the race detector takes memory of its own")
	}
	client := largeServer(t, 20<<20, true)
	p := newPool(t, worker.Options{Client: client, Workers: 4})
	code := "// @timeout 1m\n// @memory 256MiB\nconst all = await Promise.allSettled(Array.from({length: 50}, () => crisp.api.get('website/x').then((x) => x.length)))\n" +
		"console.log(all.length)"
	stop := make(chan struct{})
	most := make(chan uint64)
	go func() { most <- peakHeap(stop) }()
	done := make(chan outcome)
	for range 2 {
		go func() {
			ctx, cancel := contextWithin(time.Minute)
			defer cancel()
			done <- start(ctx, p, job(t, "flood.js", code), &record{})
		}()
	}
	for range 2 {
		// Those who keep all answers run out of memory, which is theirs.
		if o := <-done; o.State != state.Succeeded && o.Error.Kind != worker.KindMemory {
			t.Errorf("%s: %+v", o.State, o.Error)
		}
	}
	close(stop)
	const bound = 300 << 20
	if n := <-most; n > bound {
		t.Errorf("the process took %d MiB", n>>20)
	} else {
		t.Logf("the process took %d MiB, %+v", n>>20, p.Room())
	}
}

func contextWithin(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}

// peakHeap is the most memory that the process had of the system until stop.
func peakHeap(stop <-chan struct{}) (most uint64) {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		metrics.Read(samples)
		most = max(most, samples[0].Value.Uint64()-samples[1].Value.Uint64())
		select {
		case <-tick.C:
		case <-stop:
			return most
		}
	}
}

// TestFilesAreBounded stops a script that fills the disk, and refuses to write for it from then on. Reading goes on.
func TestFilesAreBounded(t *testing.T) {
	dir := t.TempDir()
	p := newPool(t, worker.Options{Files: dir, FilesLimit: 4 << 20, Grace: time.Second})
	expect(t, p, job(t, "files.js", "await files.write('a.txt', 'a'.repeat(1 << 20)); console.log('small')"), "small\n")
	o, _ := run(t, p, job(t, "files.js", "const s = 'x'.repeat(256 << 10); for (let i = 0; ; i++) await files.write(`${i}.txt`, s)"))
	if o.Error == nil || !strings.Contains(o.Error.Message, "take more than the 4MiB") || !strings.Contains(o.Error.Hint, "files_size") {
		t.Errorf("%+v", o.Error)
	}
	expect(t, p, job(t, "files.js", "console.log((await files.read('a.txt')).length); try { await files.write('b.txt', 'b') } catch (e) { console.log(e.name, e.hint.includes('files_size')) }"),
		"1048576\nFileError true\n")
	testwait.Until(t, "the files are gone", func() bool { return os.RemoveAll(filepath.Join(dir, "files")) == nil }) // the process may be ending
	testwait.Until(t, "there is room again", func() bool {
		o, _ := run(t, p, job(t, "files.js", "await files.write('b.txt', 'b')"))
		return o.Error == nil
	})
}
