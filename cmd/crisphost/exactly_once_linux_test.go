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

// answers are the script, which answers each message and notes in its store which run did. Another run for the same message fails.
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

// answered is a run for a message, as the database has it.
type answered struct {
	run, lane, failure string
	state              state.RunState
	rescues            int
	started, ended     int64
	fingerprint        int64
	created, received  int64
	rtm, hook          bool
}

func (e *deliveries) runs() []answered {
	e.t.Helper()
	rows, err := e.db.SQL().QueryContext(e.t.Context(), `SELECT runs.id, runs.lane, runs.error, runs.state, runs.rescues, runs.created, runs.started, runs.ended,
		events.fingerprint, events.received, events.rtm, events.hook FROM runs JOIN run_events ON run_events.run = runs.id JOIN events ON events.id = run_events.event ORDER BY runs.id`)
	if err != nil {
		e.t.Fatal(err)
	}
	defer rows.Close()
	var list []answered
	for rows.Next() {
		var r answered
		if err := rows.Scan(&r.run, &r.lane, &r.failure, &r.state, &r.rescues, &r.created, &r.started, &r.ended, &r.fingerprint, &r.received, &r.rtm, &r.hook); err != nil {
			e.t.Fatal(err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		e.t.Fatal(err)
	}
	return list
}

// sentAnswers counts the answers in the conversations, by the number of the message.
func (e *deliveries) sentAnswers() map[int]int {
	e.t.Helper()
	counts := map[int]int{}
	for _, session := range e.sessions {
		for m, err := range e.client.Conversations.Messages.List(e.t.Context(), sandbox.WebsiteID, session, nil) {
			if err != nil {
				e.t.Fatal(err)
			}
			var n int
			if _, err := fmt.Sscanf(string(m.Content), `"answer to question %d"`, &n); err == nil && m.From == crisp.MessageFromOperator {
				counts[n]++
			}
		}
	}
	return counts
}

// compare logs a table of what became of the messages, and fails when it is wrong.
func (e *deliveries) compare(runs []answered, sending, took time.Duration) {
	t := e.t
	byMessage, lanes := map[int][]answered{}, map[string][]answered{}
	var failed, begunTwice, byRTM, byHook int
	for _, r := range runs {
		n, known := e.sent[r.fingerprint]
		if !known {
			t.Errorf("run %s is of message %d, which nobody sent", r.run, r.fingerprint)
			continue
		}
		byMessage[n] = append(byMessage[n], r)
		lanes[r.lane] = append(lanes[r.lane], r)
		if r.state != state.Succeeded {
			failed++
			t.Errorf("run %s for message %d: %s %s", r.run, n, r.state, r.failure)
		}
		if r.rescues > 0 {
			begunTwice++
		}
		if r.rtm {
			byRTM++
		} else {
			byHook++
		}
	}
	var doubled, lost, unanswered, answeredAgain int
	answers := e.sentAnswers()
	for _, n := range e.sent {
		switch len(byMessage[n]) {
		case 0:
			lost++
		case 1:
		default:
			doubled += len(byMessage[n]) - 1
		}
		if answers[n] == 0 {
			unanswered++
		}
		answeredAgain += max(answers[n]-1, 0)
	}
	late, disordered, together := 0, 0, 0
	for _, lane := range lanes {
		for i, r := range lane[1:] {
			before := lane[i]
			if before.ended > r.started {
				together++
			}
			if e.sent[before.fingerprint] < e.sent[r.fingerprint] {
				continue
			}
			// The message that was sent first has its run later. When the other run was made, its event had not come.
			if r.received >= before.created {
				late++
			} else if disordered++; disordered <= 3 {
				t.Errorf("message %d ran before message %d, whose event was there: %+v %+v", e.sent[before.fingerprint], e.sent[r.fingerprint], before, r)
			}
		}
	}
	hook := e.sandbox.Hooks()[0]
	t.Logf("%d hosts, sent in %s, all done after %s; hooks: %d accepted, %d refused, %d dropped\n"+
		"%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d\n%-52s %5d",
		len(e.hosts), sending.Round(time.Millisecond), took.Round(time.Millisecond), hook.Delivered, hook.Failed, hook.Dropped,
		"messages sent", len(e.sent), "runs", len(runs), "doubled", doubled, "lost", lost, "not answered", unanswered,
		"runs begun again after the kill", begunTwice, "answers sent again by those", answeredAgain,
		"events that RTM brought, and hooks", byRTM, "events that hooks alone brought", byHook,
		"runs of one conversation at the same time", together, "runs out of order, of events that came late", late)
	if len(runs) != len(e.sent) || doubled+lost+unanswered+together+disordered+failed > 0 {
		t.Errorf("each message must have one run, and each conversation its order")
	}
	if answeredAgain > begunTwice {
		t.Errorf("%d answers were sent again, by %d runs that began again", answeredAgain, begunTwice)
	}
	if hook.Dropped > 0 || hook.Delivered <= len(e.sent) || byRTM == 0 {
		t.Errorf("hooks were to come more than once, and some events by RTM: %+v", hook)
	}
}
