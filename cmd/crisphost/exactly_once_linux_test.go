package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/state"
)

// What TestExactlyOnce sends: from message killed on, the host that heard RTM is dead, when restarted has been sent, it is started again, and
// from message heard on, a host hears RTM again.
const (
	killed    = 400
	restarted = 500
	heard     = 700
	questions = 1000
	talks     = 50
)

// answers is the script. It replies to each message and notes in its store which run did so. Another run for the same message fails.
var answers = map[string]string{
	"answer.lua": `-- @on message:send where from == "user"
-- @key session_id
-- @permissions conversations:write store
local key, id = event.content, env.CRISPHOST_RUN_ID
if not store.compare_and_set(key, nil, id) and store.get(key) ~= id then error("doubled: " .. key) end
crisp.conversations.messages.send(event.session_id, "answer to " .. key)
`,
	"answer.js": `// @on message:send where from == "user"
// @key session_id
// @permissions conversations:write store
const key = event.content, id = env.CRISPHOST_RUN_ID;
if (!await store.compareAndSet(key, null, id) && await store.get(key) !== id) throw new Error("doubled: " + key);
await crisp.conversations.messages.send(event.session_id, "answer to " + key);
`,
}

// TestExactlyOnce has the official client send messages while a script of `crisphost serve` answers each, and kills the host that hears RTM
// in between. Events come by RTM and as signed hooks, of which some come twice, and some late.
//
// Each message has exactly one run, which succeeded: told by the runs and events in the database, and by the script's own store. A run that
// was going when its host was killed begins again and may send its answer again; such answers are counted apart, and there are no more of
// them than such runs. Runs of a conversation go one after the other, in the order of its messages, but for those whose event
// came late: while no host heard RTM.
func TestExactlyOnce(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("it takes minutes under the race detector")
	}
	modules := filepath.Join("..", "..", "internal", "interop", "node", "node_modules", "crisp-api")
	if _, err := os.Stat(modules); err != nil {
		testrequire.Missing(t, "node", "the official client is not installed: run npm ci in internal/interop/node")
	}
	for _, c := range []struct {
		name, script string
		hosts        int
		address      func(testing.TB) string
	}{
		{"sqlite", "answer.lua", 1, statetest.SQLite},
		{"postgres", "answer.js", 3, func(t testing.TB) string { return statetest.New(t).Database(t) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := newDeliveries(t, c.address(t), c.script)
			for i := range c.hosts {
				e.startHost(fmt.Sprint("host", i))
			}
			e.deliver()
		})
	}
}

// deliveries are a sandbox, hosts, and what is sent.
type deliveries struct {
	t        *testing.T
	sandbox  *sandbox.Running
	client   *crisp.Client
	address  string // of the database
	db       *state.DB
	dir      string // of the scripts
	home     string
	sessions []string

	mu    sync.Mutex
	hosts map[string]*served
	// receivers are where hosts take hooks, by their names.
	receivers map[string]*url.URL
	next      int
	sent      map[int64]int // the numbers of messages, by fingerprint
	posts     atomic.Int64
}

func newDeliveries(t *testing.T, address, script string) *deliveries {
	e := &deliveries{
		t: t, address: address, dir: t.TempDir(), home: t.TempDir(), hosts: map[string]*served{}, receivers: map[string]*url.URL{}, sent: map[int64]int{},
	}
	e.sandbox = sandboxtest.Start(t, sandbox.Config{
		Conversations: talks, HookDelivery: sandbox.HookDelivery{
			Retries: []time.Duration{500 * time.Millisecond, time.Second, time.Second, time.Second, time.Second, time.Second, time.Second},
			Timeout: 5 * time.Second, Parallel: 8, Repeat: 0.1, Late: 0.05, LateBy: 4 * time.Second,
		},
	})
	e.client = sandboxtest.Connect(t, e.sandbox.URL())
	for c, err := range e.client.Conversations.List(t.Context(), sandbox.WebsiteID, nil) {
		if err != nil {
			t.Fatal(err)
		}
		e.sessions = append(e.sessions, c.SessionID)
	}
	if len(e.sessions) != talks {
		t.Fatalf("%d conversations, want %d", len(e.sessions), talks)
	}
	balancer := httptest.NewServer(e.balancer())
	t.Cleanup(balancer.Close)
	if err := e.sandbox.SetHooks([]sandbox.Hook{{URL: balancer.URL + "/hooks", Secret: pluginSecret, Events: []string{"message:send"}}}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.dir, script), []byte(answers[script]), 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

// balancer hands hooks to the hosts in turn. It does not know of hosts that are dead.
func (e *deliveries) balancer() http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			e.mu.Lock()
			defer e.mu.Unlock()
			names := make([]string, 0, len(e.receivers))
			for name := range e.receivers {
				names = append(names, name)
			}
			slices.Sort(names)
			e.next++
			e.posts.Add(1)
			to := e.receivers[names[e.next%len(names)]]
			r.Out.URL.Scheme, r.Out.URL.Host = to.Scheme, to.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
}

func (e *deliveries) startHost(name string) {
	e.t.Helper()
	env := []string{
		"CRISP_API_URL=" + e.sandbox.URL(), connect.EnvIdentifier + "=" + sandbox.Identifier, connect.EnvKey + "=" + sandbox.Key,
		connect.EnvWebsite + "=" + sandbox.WebsiteID, connect.EnvTier + "=plugin", hostdb.EnvDatabase + "=",
	}
	s := startServe(e.t, e.home, env, append(hookFlags(e.t, e.home), "--db", e.address, "--addr", "off", "--name", name, "--workers", "4", "--keep-runs", "0", e.dir)...)
	e.t.Cleanup(func() {
		if lines := strings.Split(s.output.String(), "\n"); e.t.Failed() {
			e.t.Logf("%s, without its runs: %s", name, strings.Join(slices.DeleteFunc(lines, func(line string) bool {
				return strings.Contains(line, "run succeeded")
			}), "\n"))
		}
	})
	receiver, err := url.Parse(s.hooksURL())
	if err != nil {
		e.t.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.hosts[name], e.receivers[name] = s, receiver
}

// killListener kills the host that hears RTM, and returns its name.
func (e *deliveries) killListener() string {
	e.t.Helper()
	name := "host0"
	if len(e.hosts) > 1 {
		err := e.db.SQL().QueryRowContext(e.t.Context(), "SELECT hosts.name FROM duties JOIN hosts ON hosts.id = duties.host WHERE duties.name = 'listen'").Scan(&name)
		if err != nil {
			e.t.Fatal(err)
		}
	}
	s := e.hosts[name]
	s.signal(os.Kill)
	<-s.ended
	return name
}

// deliver sends the messages, kills a host in between, and compares what became of them.
func (e *deliveries) deliver() {
	t := e.t
	e.db = statetest.Open(t, e.address)
	e.until("a host hears RTM", e.hears)
	began := time.Now()
	e.send(0, killed, nil)
	e.until("the host stores what it hears", func() bool { return e.count("FROM events WHERE rtm") >= killed/4 })
	name := e.killListener()
	e.send(killed, heard, func(n int) {
		if n == restarted-killed {
			e.startHost(name)
		}
	})
	e.until("a host hears RTM again", e.hears)
	e.send(heard, questions, nil)
	sending := time.Since(began)
	// After the last hook, one more message: RTM tells in order, so all else was heard when it is.
	e.until("all hooks are delivered", func() bool { return e.sandbox.Hooks()[0].Waiting == 0 })
	e.send(questions, questions+1, nil)
	var runs []answered
	isDone := func() bool {
		runs = e.runs()
		return !slices.ContainsFunc(runs, func(r answered) bool { return !r.state.Ended() }) && e.count("FROM events WHERE held > 0") == 0 &&
			slices.ContainsFunc(runs, func(r answered) bool { return e.sent[r.fingerprint] == questions })
	}
	e.until("all runs end", isDone)
	e.compare(runs, sending, time.Since(began))
}

// until waits for a minute at most, which is much longer than anything takes here.
func (e *deliveries) until(what string, holds func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatalf("waited a minute for this: %s; %d events are held, %d runs wait or go, hooks: %+v", what,
				e.count("FROM events WHERE held > 0"), e.count("FROM runs WHERE state IN ('scheduled', 'running')"), e.sandbox.Hooks()[0])
		}
	}
}

// hears reports whether a host that lives listens to RTM.
func (e *deliveries) hears() bool {
	for _, s := range e.hosts {
		select {
		case <-s.ended:
		default:
			if strings.Contains(s.output.String(), "connected connection=") {
				return true
			}
		}
	}
	return false
}

// count counts rows of the hosts' database.
func (e *deliveries) count(from string) (n int) {
	e.t.Helper()
	if err := e.db.SQL().QueryRowContext(e.t.Context(), "SELECT count(*) "+from).Scan(&n); err != nil {
		e.t.Fatal(err)
	}
	return n
}

// send has the official client send messages, and calls taken with how many of them were taken.
func (e *deliveries) send(from, to int, taken func(n int)) {
	e.t.Helper()
	n := 0
	for line := range e.startSender(from, to) {
		e.sent[line.Fingerprint] = line.N
		if n++; taken != nil {
			taken(n)
		}
	}
	if n != to-from {
		e.t.Fatalf("%d messages were sent, want %d", n, to-from)
	}
}

type delivered struct {
	N           int
	Fingerprint int64
}

// startSender has the official client send messages, and yields those that were taken.
func (e *deliveries) startSender(from, to int) <-chan delivered {
	e.t.Helper()
	input, err := json.Marshal(map[string]any{"website": sandbox.WebsiteID, "sessions": e.sessions, "from": from, "to": to})
	if err != nil {
		e.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(e.t.Context(), 3*time.Minute)
	cmd := exec.CommandContext(ctx, "node", "deliver.mjs")
	cmd.Dir = filepath.Join("..", "..", "internal", "interop", "node")
	cmd.Env = append(os.Environ(), "CRISP_HOST="+strings.TrimSuffix(e.sandbox.URL(), "/v1/"))
	complaints := &testoutput.Buffer{}
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), complaints
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		e.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	lines := make(chan delivered, questions+1)
	ended := make(chan struct{})
	e.t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		defer close(lines)
		defer cancel()
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			var line delivered
			if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
				e.t.Errorf("the client printed %s: %v", scanner.Bytes(), err)
				break
			}
			lines <- line
		}
		if err := cmd.Wait(); err != nil {
			e.t.Errorf("the client: %v\n%s", err, complaints)
		}
	}()
	return lines
}
