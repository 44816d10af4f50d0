//go:build unix

package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/policy"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/eventstest"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

func TestPermissionsAreTheHosts(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	p := newPool(t, worker.Options{
		Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID,
		Store: func(script string) bindings.Store { return db.ScriptStore(script) },
	})
	outcome, r := run(t, p, job(t, "reader.lua", `-- @permissions conversations:read store:read
		print(#crisp.conversations.list({ limit = 1 }), store.get("a"))
		local ok, err = pcall(crisp.conversations.messages.send, "session_00000000-0000-4000-8000-000000000000", "hi")
		print(ok, err.name, err.permission, err.effect, err.message, err)
		print(select(2, pcall(crisp.people.list)))
		print(select(2, pcall(store.set, "a", 1)))
	`))
	if outcome.State != state.Succeeded {
		t.Fatalf("%+v", outcome.Error)
	}
	want := []string{
		"1\tnil",
		"false\tPermissionError\tconversations:write\tsend\tcrisp.conversations.messages.send: needs the permission conversations:write\t" +
			"PermissionError: crisp.conversations.messages.send: needs the permission conversations:write",
		"PermissionError: crisp.people.list: needs the permission people:read",
		"PermissionError: store.set: needs the permission store:write",
	}
	if got := strings.Split(strings.TrimSpace(r.text()), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("printed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestVariablesNeedNoWord has jobs with variables, one of them with permissions that do not name them.
func TestVariablesNeedNoWord(t *testing.T) {
	p := newPool(t, worker.Options{})
	const code = `print(env.get("TEAM"), env.get("RUN"), select(2, pcall(env.get, "HOME")).name)`
	for _, header := range []string{"", "-- @permissions store\n"} {
		j := job(t, "variables.lua", header+code)
		j.Env, j.Vars = map[string]string{"TEAM": "blue"}, map[string]string{"RUN": "7"}
		expect(t, p, j, "blue\t7\tTypeError\n")
	}
}

// TestGatesDecideOnCalls has a gate of a job that refuses calls of the API and of a store after permissions allowed them.
func TestGatesDecideOnCalls(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	p := newPool(t, worker.Options{
		Client: sandboxtest.Client(t, sandbox.Config{Seed: 1}), WebsiteID: sandbox.WebsiteID,
		Store: func(script string) bindings.Store { return db.ScriptStore(script) },
	})
	j := job(t, "gated.lua", `-- @permissions people conversations:read store
		crisp.conversations.list({ limit = 1 })
		print(select(2, pcall(crisp.people.delete, "00000000-0000-4000-8000-000000000000")))
		print(select(2, pcall(store.compare_and_set, "a", nil, 1)))
		print(store.get("a"))
	`)
	var mu sync.Mutex
	var seen []string
	gate := func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			mu.Lock()
			seen = append(seen, fmt.Sprintf("%s %s %s %s", c.Script, c.Name, c.Effect, c.Word()))
			mu.Unlock()
			if c.Effect != engine.Read {
				return nil, &engine.HostError{Name: "PermissionError", Call: c.Name, Message: "waits for the boss", Err: engine.ErrPermission}
			}
			return next(ctx, c)
		}
	}
	r := &record{}
	j.Observer, j.Gates = r, []engine.Gate{gate}
	if _, err := p.Run(t.Context(), &j); err != nil {
		t.Fatal(err)
	}
	want := "PermissionError: crisp.people.delete: waits for the boss\nPermissionError: store.compare_and_set: waits for the boss\nnil\n"
	if r.text() != want {
		t.Errorf("printed\n%s\nwant\n%s", r.text(), want)
	}
	calls := "gated crisp.conversations.list read conversations:read\ngated crisp.people.delete delete people:write\n" +
		"gated store.compare_and_set write store:write\ngated store.get read store:read"
	if got := strings.Join(seen, "\n"); got != calls {
		t.Errorf("the gate saw\n%s\nwant\n%s", got, calls)
	}
	if len(r.calls) != 2 || r.calls[1].Reason != policy.Reason {
		t.Errorf("told %+v", r.calls)
	}
}

// TestDroppedResultNeedsNoForm has a program that gives what has no JSON form.
func TestDroppedResultNeedsNoForm(t *testing.T) {
	p := newPool(t, worker.Options{})
	j := job(t, "function.lua", `return function() end`)
	j.DropResult = true
	expect(t, p, j, "")
	j.DropResult = false
	if o := start(t.Context(), p, j, &record{}); o.State != state.Failed || !strings.Contains(o.Error.Message, "function") {
		t.Errorf("%s: %+v", o.State, o.Error)
	}
}

func TestFetchReachesAllowedHostsOnly(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("answer")) }))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	p := newPool(t, worker.Options{})
	code := `console.log(await fetch("` + server.URL + `").then(r => r.text(), e => e.name))`
	expect(t, p, job(t, "without.js", code), "PermissionError\n")
	expect(t, p, job(t, "other.js", "// @permissions fetch:other.example\n"+code), "PermissionError\n")
	expect(t, p, job(t, "with.js", "// @permissions fetch:"+host+"\n"+code), "answer\n")
	if s := p.Stats(); s.Idle != 3 {
		t.Errorf("%d workers can be used again, want 3: a connection was left open", s.Idle)
	}
}

func TestNothingIsSentForARunThatIsLost(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(`{"error":false,"reason":"resolved","data":{}}`))
	}))
	defer server.Close()
	client, err := crisp.New(crisp.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := newPool(t, worker.Options{Client: client, WebsiteID: sandbox.WebsiteID})
	r := &record{lost: schedule.ErrLost}
	outcome := start(t.Context(), p, job(t, "lost.lua", `crisp.api.get("website/{website_id}")`), r)
	if outcome.Error == nil || !strings.Contains(outcome.Error.Message, schedule.ErrLost.Error()) || requests.Load() != 0 {
		t.Errorf("%+v, %d requests", outcome.Error, requests.Load())
	}
}

// TestAWriteOfAKilledWorkerIsNotRepeated kills a worker while the API is asked to write: nobody knows then whether it did.
func TestAWriteOfAKilledWorkerIsNotRepeated(t *testing.T) {
	var requests atomic.Int64
	asked, release := make(chan struct{}, 10), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		asked <- struct{}{}
		<-release
		_, _ = w.Write([]byte(`{"error":false,"reason":"added","data":{}}`))
	}))
	defer server.Close()
	defer close(release)
	client, err := crisp.New(crisp.WithBaseURL(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := newPool(t, worker.Options{Client: client, WebsiteID: sandbox.WebsiteID})
	r, done := &record{}, make(chan outcome, 1)
	go func() {
		done <- start(context.WithoutCancel(t.Context()), p, job(t, "write.lua", `crisp.people.create({ email = "a@example.com", person = { nickname = "A" } })`), r)
	}()
	<-asked
	_ = syscall.Kill(p.Processes("write")[0], syscall.SIGKILL)
	o := <-done
	if o.State != state.Failed || o.Error.Kind != "worker" || o.Error.Message != "the worker was killed" {
		t.Errorf("%s: %+v", o.State, o.Error)
	}
	if len(r.calls) != 1 || r.calls[0].Effect != "write" || r.calls[0].Status != 0 || r.calls[0].Reason != crisp.ReasonCanceled || requests.Load() != 1 {
		t.Errorf("%d requests, told %+v", requests.Load(), r.calls)
	}
}

// TestALyingWorkerReachesNothing has a worker ask for what its run may not do: other servers, keys, groups of calls, and stores.
func TestALyingWorkerReachesNothing(t *testing.T) {
	var mu sync.Mutex
	var reached []string
	record := func(name string) *httptest.Server {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			reached = append(reached, fmt.Sprintf("%s %s %s %v", name, r.Method, r.RequestURI, r.Header))
			_, _ = w.Write([]byte(`{"error":false,"reason":"resolved","data":{}}`))
		}))
		t.Cleanup(server.Close)
		return server
	}
	crispServer, other := record("crisp"), record("other")
	client, err := crisp.New(crisp.WithBaseURL(crispServer.URL+"/v1"), crisp.WithCredentials("identifier", "key"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	db := statetest.Open(t, statetest.SQLite(t))
	feed := &eventstest.Feed{}
	p := newPool(t, worker.Options{
		Command: []string{os.Args[0], "impostor", "lies", client.BaseURL(), other.URL}, Client: client, WebsiteID: "w", Events: feed,
		Store: func(script string) bindings.Store { return db.ScriptStore(script) }, SharedStore: db.SharedStore(),
	})
	outcome, _ := run(t, p, job(t, "liar.lua", "-- @permissions people:read store:read\n"))
	if outcome.Error != nil {
		t.Errorf("%+v", outcome.Error)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, request := range reached {
		t.Errorf("reached: %s", request)
	}
	if begun, _ := feed.Counts(); begun > 0 {
		t.Error("it listened to events")
	}
	for _, store := range []bindings.Store{db.ScriptStore("liar"), db.ScriptStore("victim"), db.SharedStore()} {
		if list, err := store.List(t.Context(), "", 10); err != nil || len(list) != 0 {
			t.Errorf("stored %+v, %v", list, err)
		}
	}
}

// TestRunsShareOneBudget has a server say once that there are too many requests: all scripts of the host wait then.
func TestRunsShareOneBudget(t *testing.T) {
	var refusedAt, early atomic.Int64
	const wait = time.Second
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		now := time.Now().UnixNano()
		if refusedAt.CompareAndSwap(0, now) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"error":true,"reason":"too_many_requests","data":{}}`))
			return
		}
		if now < refusedAt.Load()+int64(wait) {
			early.Add(1)
		}
		_, _ = w.Write([]byte(`{"error":false,"reason":"resolved","data":{}}`))
	}))
	defer server.Close()
	waits := &waitsFor{text: "will be repeated", seen: make(chan struct{})}
	client, err := crisp.New(crisp.WithBaseURL(server.URL), crisp.WithLogger(slog.New(slog.NewTextHandler(waits, nil))))
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	p := newPool(t, worker.Options{Client: client, WebsiteID: sandbox.WebsiteID, Workers: 2})
	done := make(chan outcome, 1)
	go func() {
		done <- start(context.WithoutCancel(t.Context()), p, job(t, "first.lua", `crisp.api.get("website/{website_id}")`), &record{})
	}()
	<-waits.seen
	expect(t, p, job(t, "second.lua", `print(crisp.api.get("website/{website_id}").status)`), "200\n")
	if o := <-done; o.State != state.Succeeded {
		t.Errorf("the first run: %+v", o.Error)
	}
	if early.Load() != 0 {
		t.Errorf("%d requests came while all should wait", early.Load())
	}
}

// waitsFor is a log that tells when a text comes.
type waitsFor struct {
	text string
	once sync.Once
	seen chan struct{}
}

func (w *waitsFor) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.text) {
		w.once.Do(func() { close(w.seen) })
	}
	return len(p), nil
}

// TestSetClientIsForRunsThatBeginLater has a script wait while the connection is replaced, and others begin after it.
func TestSetClientIsForRunsThatBeginLater(t *testing.T) {
	client := func(name string) *crisp.Client {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, key, _ := r.BasicAuth()
			_, _ = fmt.Fprintf(w, `{"error":false,"reason":"resolved","data":{"by":%q}}`, r.URL.Path+" with "+key)
		}))
		t.Cleanup(server.Close)
		c, err := crisp.New(crisp.WithBaseURL(server.URL), crisp.WithCredentials("identifier", name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	const code = `print(crisp.api.get("website/{website_id}").data.by)`
	p := newPool(t, worker.Options{Client: client("old"), WebsiteID: "one", SharedStore: newGate()})
	expect(t, p, job(t, "a.lua", code), "/website/one with old\n")

	waits := &record{}
	begun, done := make(chan struct{}), make(chan outcome, 1)
	waits.onLine = func(l worker.Line) {
		if l.Message == "began" {
			close(begun)
		}
	}
	go func() {
		done <- start(context.WithoutCancel(t.Context()), p, job(t, "waits.lua", `print("began") store.shared.get("gate") `+code), waits)
	}()
	<-begun
	p.SetClient(client("new"), "two")
	expect(t, p, job(t, "a.lua", code), "/website/two with new\n")
	expect(t, p, job(t, "b.lua", code), "/website/two with new\n")
	expect(t, p, job(t, "opens.lua", `store.shared.set("gate", 1)`), "")
	if o := <-done; o.Error != nil || waits.text() != "began\n/website/one with old\n" {
		t.Errorf("the run under way: %+v, %q", o.Error, waits.text())
	}
	p.SetClient(nil, "")
	expect(t, p, job(t, "c.lua", `print(pcall(crisp.websites.get))`), "false\tCrispError: crisp.websites.get: this host has no connection to Crisp\n")
}

// gate is a store whose Get waits for a Set.
type gate struct {
	bindings.Store
	opened chan struct{}
}

func newGate() *gate { return &gate{opened: make(chan struct{})} }

func (g *gate) Get(ctx context.Context, _ string) (*bindings.Stored, error) {
	select {
	case <-g.opened:
		return nil, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *gate) Set(context.Context, string, []byte, bindings.StoreOptions) (bool, error) {
	close(g.opened)
	return true, nil
}
