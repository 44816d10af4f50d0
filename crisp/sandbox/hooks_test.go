package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/hooks"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testwait"
)

// receiver takes web hooks.
type receiver struct {
	*httptest.Server
	// status decides about each post. Nil accepts all.
	status func(n int, p post) int

	mu    sync.Mutex
	posts []post
}

// post is what a receiver got.
type post struct {
	header http.Header
	body   string
	event  string
	n      int
}

func newReceiver(t *testing.T, status func(n int, p post) int) *receiver {
	t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var envelope struct {
		Event string
		Data  struct{ N int }
	}
	_ = json.Unmarshal(body, &envelope)
	p := post{req.Header, string(body), envelope.Event, envelope.Data.N}
	r.mu.Lock()
	n := len(r.posts)
	r.posts = append(r.posts, p)
	r.mu.Unlock()
	if r.status != nil {
		w.WriteHeader(r.status(n, p))
	}
}

// got waits for a number of posts and returns them.
func (r *receiver) got(t *testing.T, n int) []post {
	t.Helper()
	var posts []post
	testwait.Until(t, fmt.Sprintf("%d posts", n), func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		posts = slices.Clone(r.posts)
		return len(posts) >= n
	})
	return posts
}

// settled waits until nothing waits to be posted, and returns the state of the only hook.
func settled(t *testing.T, server *sandbox.Running) sandbox.HookState {
	t.Helper()
	var state sandbox.HookState
	testwait.Until(t, "all deliveries are settled", func() bool {
		state = server.Hooks()[0]
		return state.Waiting == 0 && state.Delivered+state.Failed+state.Dropped > 0
	})
	return state
}

func emit(t *testing.T, server *sandbox.Running, event string, n int) {
	t.Helper()
	if err := server.Emit(sandbox.WebsiteID, event, json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))); err != nil {
		t.Fatal(err)
	}
}

func numbers(posts []post) []int {
	var list []int
	for _, p := range posts {
		list = append(list, p.n)
	}
	return list
}

var soon = []time.Duration{time.Millisecond, 2 * time.Millisecond, 4 * time.Millisecond}

func TestHookIsSigned(t *testing.T) {
	signed, unsigned := newReceiver(t, nil), newReceiver(t, nil)
	server := sandboxtest.Start(t, sandbox.Config{Now: now, Hooks: []sandbox.Hook{
		{URL: signed.URL + "/plugin", Secret: "a secret"}, {URL: unsigned.URL + "/website?key=b"},
	}})
	data := json.RawMessage(`{"b":1.0,"10":"<\u2028>","9":1e400}`)
	if err := server.Emit(sandbox.WebsiteID, "session:set_data", data); err != nil {
		t.Fatal(err)
	}
	p := signed.got(t, 1)[0]
	at := fmt.Sprint(clock.UnixMilli())
	want := `{"website_id":"` + sandbox.WebsiteID + `","event":"session:set_data","data":{"9":null,"10":"<` + "\u2028" + `>","b":1},"timestamp":` + at + `}`
	if p.body != want {
		t.Errorf("body %s, want %s", p.body, want)
	}
	if got := p.header.Get("X-Crisp-Request-Timestamp"); got != at {
		t.Errorf("signed at %s", got)
	}
	if !hooks.Verify("a secret", at, p.header.Get("X-Crisp-Signature"), []byte(p.body)) {
		t.Errorf("signature %q does not verify", p.header.Get("X-Crisp-Signature"))
	}
	if a, b := p.header.Get("X-Delivery-Attempt-Count"), p.header.Get("X-Delivery-Attempt-Limit"); a != "1" || b != "6" {
		t.Errorf("attempt %s of %s", a, b)
	}
	if got := p.header.Get("X-Crisp-Hook-Origin"); !strings.HasPrefix(got, "plugin/rtm ") {
		t.Errorf("origin %q", got)
	}
	if p := unsigned.got(t, 1)[0]; p.header.Get("X-Crisp-Signature") != "" || p.body != want {
		t.Errorf("a website's hook: %s %s", p.header, p.body)
	}
}

// TestHooksAreFiltered checks what is posted to whom. Absence is shown by an event that follows.
func TestHooksAreFiltered(t *testing.T) {
	all, some, foreign := newReceiver(t, nil), newReceiver(t, nil), newReceiver(t, nil)
	server := sandboxtest.Start(t, sandbox.Config{Hooks: []sandbox.Hook{
		{URL: all.URL}, {URL: some.URL, Events: []string{"session:set_email"}, WebsiteID: sandbox.WebsiteID}, {URL: foreign.URL, WebsiteID: "another"},
	}})
	for i, event := range []string{"spam:message", "session:set_phone", "a:new:event", "media:animation:listed", "session:set_email"} {
		emit(t, server, event, i)
	}
	if got := numbers(all.got(t, 3)); !slices.Equal(got, []int{1, 2, 4}) {
		t.Errorf("posted %v", got)
	}
	if got := numbers(some.got(t, 1)); !slices.Equal(got, []int{4}) {
		t.Errorf("posted %v", got)
	}
	if got := server.Hooks()[2]; got.Delivered+got.Waiting+got.Failed > 0 {
		t.Errorf("another website's hook: %+v", got)
	}
}

func TestHooksKeepTheirOrder(t *testing.T) {
	r := newReceiver(t, nil)
	server := sandboxtest.Start(t, sandbox.Config{Hooks: []sandbox.Hook{{URL: r.URL}}})
	var want []int
	for i := range 500 {
		emit(t, server, "session:set_email", i)
		want = append(want, i)
	}
	if got := numbers(r.got(t, 500)); !slices.Equal(got, want) {
		t.Errorf("order %v", got)
	}
}

// TestHookIsRetried has a receiver that accepts the third attempt of one event, and not even the last of another.
func TestHookIsRetried(t *testing.T) {
	r := newReceiver(t, func(_ int, p post) int {
		if attempt := p.header.Get("X-Delivery-Attempt-Count"); p.n == 1 && attempt == "3" || p.n == 3 {
			return http.StatusOK
		}
		return []int{http.StatusNoContent, http.StatusInternalServerError, http.StatusFound}[p.n%3]
	})
	server := sandboxtest.Start(t, sandbox.Config{
		Hooks: []sandbox.Hook{{URL: r.URL, Secret: "a"}}, HookDelivery: sandbox.HookDelivery{Retries: soon},
	})
	for n := range 4 {
		emit(t, server, "session:set_email", n)
	}
	state := settled(t, server)
	if state.Delivered != 2 || state.Failed != 4+2+4 || state.Dropped != 2 {
		t.Errorf("%+v", state)
	}
	attempts := map[int][]string{}
	bodies := map[int]map[string]bool{}
	for _, p := range r.got(t, 12) {
		attempts[p.n] = append(attempts[p.n], p.header.Get("X-Delivery-Attempt-Count"))
		if bodies[p.n] == nil {
			bodies[p.n] = map[string]bool{}
		}
		bodies[p.n][p.body] = true
		if !hooks.Verify("a", p.header.Get("X-Crisp-Request-Timestamp"), p.header.Get("X-Crisp-Signature"), []byte(p.body)) {
			t.Errorf("attempt %v of %d does not verify", attempts[p.n], p.n)
		}
	}
	want := map[int][]string{0: {"1", "2", "3", "4"}, 1: {"1", "2", "3"}, 2: {"1", "2", "3", "4"}, 3: {"1"}}
	if !reflect.DeepEqual(attempts, want) {
		t.Errorf("attempts %v, want %v", attempts, want)
	}
	for n, texts := range bodies {
		if len(texts) != 1 {
			t.Errorf("event %d has %d bodies", n, len(texts))
		}
	}
}

// TestHookOfDeadReceiver has a receiver that comes only later.
func TestHookOfDeadReceiver(t *testing.T) {
	r := newReceiver(t, nil)
	address := r.Listener.Addr().String()
	r.Close()
	server := sandboxtest.Start(t, sandbox.Config{
		Hooks:        []sandbox.Hook{{URL: "http://" + address}},
		HookDelivery: sandbox.HookDelivery{Retries: slices.Repeat([]time.Duration{5 * time.Millisecond}, 20_000)},
	})
	emit(t, server, "session:set_email", 7)
	testwait.Until(t, "an attempt has failed", func() bool { return server.Hooks()[0].Failed > 0 })
	again := &receiver{}
	listener := listenOn(t, address)
	again.Server = &httptest.Server{Listener: listener, Config: &http.Server{Handler: again}}
	again.Start()
	t.Cleanup(again.Close)
	if got := numbers(again.got(t, 1)); got[0] != 7 {
		t.Errorf("posted %v", got)
	}
}

// TestHookFaults asks for repeats and for late posts.
func TestHookFaults(t *testing.T) {
	t.Run("repeat", func(t *testing.T) {
		r := newReceiver(t, nil)
		server := sandboxtest.Start(t, sandbox.Config{Hooks: []sandbox.Hook{{URL: r.URL}}, HookDelivery: sandbox.HookDelivery{Repeat: 1}})
		emit(t, server, "session:set_email", 1)
		posts := r.got(t, 2)
		if posts[0].body != posts[1].body || posts[1].header.Get("X-Delivery-Attempt-Count") != "2" {
			t.Errorf("%+v", posts)
		}
		if state := settled(t, server); state.Delivered != 2 {
			t.Errorf("%+v", state)
		}
	})
	t.Run("late", func(t *testing.T) {
		r := newReceiver(t, nil)
		server := sandboxtest.Start(t, sandbox.Config{
			Seed: 3, Hooks: []sandbox.Hook{{URL: r.URL}},
			HookDelivery: sandbox.HookDelivery{Late: 0.5, LateBy: 300 * time.Millisecond},
		})
		for n := range 40 {
			emit(t, server, "session:set_email", n)
		}
		got := numbers(r.got(t, 40))
		if slices.IsSorted(got) {
			t.Errorf("none was late: %v", got)
		}
		slices.Sort(got)
		if len(slices.Compact(got)) != 40 {
			t.Errorf("posted %v", got)
		}
	})
}

// TestHookQueueIsBounded has a receiver that never answers.
func TestHookQueueIsBounded(t *testing.T) {
	hold := make(chan struct{})
	r := newReceiver(t, func(int, post) int { <-hold; return http.StatusOK })
	t.Cleanup(func() { close(hold) })
	lines, log := newLog()
	server := sandboxtest.Start(t, sandbox.Config{
		Hooks: []sandbox.Hook{{URL: r.URL}}, HookDelivery: sandbox.HookDelivery{Queue: 10}, Log: log,
	})
	emit(t, server, "session:set_email", 0)
	r.got(t, 1)
	for n := range 100 {
		emit(t, server, "session:set_email", n+1)
	}
	testwait.Until(t, "what does not fit is dropped", func() bool { return server.Hooks()[0].Dropped == 90 })
	lines.has(t, "10 deliveries wait for the URL already")
	if state := server.Hooks()[0]; state.Waiting != 11 {
		t.Errorf("%+v, want ten in the queue and one under way", state)
	}
}

func TestHooksThatAreWrong(t *testing.T) {
	for _, c := range []struct {
		hooks []sandbox.Hook
		want  string
	}{
		{[]sandbox.Hook{{URL: "/hooks"}}, "is not one of http or https"},
		{[]sandbox.Hook{{URL: "ftp://127.0.0.1/"}}, "is not one of http or https"},
		{[]sandbox.Hook{{URL: "http://127.0.0.1:1/"}, {URL: "http://127.0.0.1:1/"}}, "given twice"},
		{[]sandbox.Hook{{URL: "http://127.0.0.1:1/", Events: []string{"message:sent"}}}, `unknown event "message:sent"`},
		{[]sandbox.Hook{{URL: "http://127.0.0.1:1/", Events: []string{"spam:message"}}}, "over RTM only"},
	} {
		server, err := sandbox.Start(t.Context(), "", sandbox.Config{Hooks: c.hooks})
		if err == nil {
			_ = server.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.hooks, err, c.want)
		}
	}
}
