package sandbox_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
)

func TestParseFail(t *testing.T) {
	for text, want := range map[string]map[int]float64{
		"":                       {},
		"429=0.1,500=0.05":       {429: 0.1, 500: 0.05},
		"429=0.1, cut=0.01":      {429: 0.1, sandbox.FailCut: 0.01},
		"503=1":                  {503: 1},
		"420=0,423=0.5,502=0.25": {420: 0, 423: 0.5, 502: 0.25},
		"429=1e-3":               {429: 0.001},
		"cut=1,500=1":            {sandbox.FailCut: 1, 500: 1},
	} {
		if got, err := sandbox.ParseFail(text); err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, part := range map[string]string{
		"429":           "429=0.1",
		"429=":          "from 0 to 1",
		"429=1.5":       "from 0 to 1",
		"429=-1":        "from 0 to 1",
		"429=NaN":       "from 0 to 1",
		"200=0.1":       "400 to 599",
		"600=0.1":       "400 to 599",
		"0=0.1":         "400 to 599",
		"teapot=0.1":    "teapot",
		"429=.1,429=.2": "twice",
		"429=.6,500=.6": "more than 1",
		"429=0.1,":      "400 to 599",
	} {
		if got, err := sandbox.ParseFail(text); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%q: %v, %v, want an error with %q", text, got, err, part)
		}
	}
}

func statuses(a *api, n int) []int {
	var list []int
	for range n {
		list = append(list, a.call("GET", "/people/stats", "").Status)
	}
	return list
}

func TestFailures(t *testing.T) {
	cfg := sandbox.Config{Seed: 7, Fail: map[int]float64{429: 0.2, 420: 0.1, 423: 0.1, 500: 0.1}}
	a := serve(t, cfg)
	count := map[int]int{}
	first := statuses(a, 300)
	for _, status := range first {
		count[status]++
	}
	for status, rate := range map[int]float64{429: 0.2, 420: 0.1, 423: 0.1, 500: 0.1, 200: 0.5} {
		if n := float64(count[status]); n < 300*rate*0.6 || n > 300*rate*1.5 {
			t.Errorf("%d of 300 answers are %d, want about %.0f", count[status], status, 300*rate)
		}
	}
	if again := statuses(serve(t, cfg), 300); !slices.Equal(first, again) {
		t.Error("the same seed gives other failures")
	}
	cfg.Seed = 8
	if other := statuses(serve(t, cfg), 300); slices.Equal(first, other) {
		t.Error("another seed gives the same failures")
	}
	for status, want := range map[int]struct{ reason, retry string }{
		429: {"rate_limited", "1"}, 420: {"rate_limited", "1"}, 423: {"quota_limit_exceeded", "1"}, 500: {"internal_error", ""}, 503: {"internal_error", ""}, 401: {"invalid_session", ""},
	} {
		r := serve(t, sandbox.Config{Fail: map[int]float64{status: 1}}).call("GET", "/people/stats", "")
		if r.Status != status || r.Reason != want.reason || r.Header.Get("Retry-After") != want.retry || !r.Error {
			t.Errorf("%d: %d %s, Retry-After %q", status, r.Status, r.Raw, r.Header.Get("Retry-After"))
		}
	}
}

func TestQuota(t *testing.T) {
	server := sandbox.New(sandbox.Config{Quota: 3, Now: now})
	a := serveHandler(t, server)
	a.send(request(t, a, "GET", "/website/"+sandbox.WebsiteID, "", map[string]string{"Authorization": ""})) // costs nothing
	if got := statuses(a, 5); !slices.Equal(got, []int{200, 200, 200, 423, 423}) {
		t.Errorf("statuses %v", got)
	}
	r := a.call("GET", "/people/stats", "")
	if r.Reason != "quota_limit_exceeded" || r.Header.Get("Retry-After") != "60" {
		t.Errorf("%s, Retry-After %q", r.Raw, r.Header.Get("Retry-After"))
	}
	if server.Requests() != 7 {
		t.Errorf("%d requests counted, want 7", server.Requests())
	}
}

func TestCutConnections(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"Cut":     {Cut: 1},
		"FailCut": {Fail: map[int]float64{sandbox.FailCut: 1}},
	} {
		a := serve(t, cfg)
		res, err := http.DefaultClient.Do(request(t, a, "GET", "/website/"+sandbox.WebsiteID+"/conversations/1", "", nil))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || int64(len(body)) >= res.ContentLength {
			t.Errorf("%s: read %d of %d bytes, %v", name, len(body), res.ContentLength, err)
		}
		if _, err := http.DefaultClient.Do(request(t, a, "HEAD", "/website?domain=fernleaf.example", "", nil)); err == nil {
			t.Errorf("%s: HEAD is answered", name)
		}
	}
}

func TestStart(t *testing.T) {
	r, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Config{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.URL(), "http://127.0.0.1:") || !strings.HasSuffix(r.URL(), "/v1/") {
		t.Errorf("URL %s", r.URL())
	}
	a := &api{t: t, base: strings.TrimSuffix(r.URL(), "/"), tier: "website"}
	a.ok("GET", "/people/stats", "", nil)
	if r.Requests() != 1 {
		t.Errorf("%d requests", r.Requests())
	}
	http.DefaultClient.CloseIdleConnections()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	addr := strings.TrimSuffix(strings.TrimPrefix(r.URL(), "http://"), "/v1/")
	if c, err := net.Dial("tcp", addr); err == nil {
		c.Close()
		t.Error("the port still answers after Close")
	}
	// The port is free again at once, and the data are as new.
	again, err := sandbox.Start(t.Context(), addr, sandbox.Config{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := sandbox.Start(t.Context(), addr, sandbox.Config{}); err == nil || !strings.Contains(err.Error(), addr) {
		t.Errorf("a taken port: %v", err)
	}
	if _, err := sandbox.Start(t.Context(), "8787", sandbox.Config{}); err == nil || !strings.Contains(err.Error(), "host:port") {
		t.Errorf("an address without a port: %v", err)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := sandbox.Start(ctx, ":0", sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-r.Done()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestLatencyEndsWithTheClient waits for answers that would take hours.
func TestLatencyEndsWithTheClient(t *testing.T) {
	r, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Config{Latency: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	ask := func(ctx context.Context) {
		req, err := http.NewRequestWithContext(ctx, "GET", r.URL()+"website/"+sandbox.WebsiteID, nil)
		if err != nil {
			t.Error(err)
			return
		}
		req.SetBasicAuth(sandbox.Identifier, sandbox.Key)
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			t.Errorf("answered with %d", res.StatusCode)
		}
	}
	wg.Go(func() { ask(ctx) })         // ends when the client goes
	wg.Go(func() { ask(t.Context()) }) // ends when the server closes
	for r.Requests() < 2 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
}

func TestLatency(t *testing.T) {
	a := serve(t, sandbox.Config{Latency: 30 * time.Millisecond})
	began := time.Now()
	a.ok("GET", "/people/stats", "", nil)
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

// TestConcurrentUse reads and writes the same conversations from many goroutines; the race detector watches.
func TestConcurrentUse(t *testing.T) {
	a := serve(t, sandbox.Config{Conversations: 60, People: 30, Visitors: 10})
	all := slices.DeleteFunc(a.conversations(""), func(c conversation) bool { return c.IsBlocked })
	people := a.profiles("")
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 25 {
				session := all[(worker*7+i)%10].SessionID
				path := "/conversation/" + session
				switch (worker + i) % 7 {
				case 0:
					a.ok("POST", path+"/message", `{"type":"text","from":"user","origin":"chat","content":"Hello"}`, nil)
				case 1:
					a.ok("PATCH", path+"/state", `{"state":"resolved"}`, nil)
				case 2:
					a.ok("GET", "/conversations/1?search_query=hello&filter_not_resolved=1", "", nil)
				case 3:
					a.ok("PATCH", path+"/meta", `{"segments":["a","b"]}`, nil)
				case 4:
					a.ok("GET", path+"/messages", "", nil)
				case 5:
					a.ok("PATCH", "/people/profile/"+people[i%5].PeopleID, `{"notepad":"x"}`, nil)
				case 6:
					a.ok("GET", "/people/profiles/1?search_text=a", "", nil)
					a.ok("POST", "/conversation", "", nil)
				}
			}
		})
	}
	wg.Wait()
	sent := 0
	for _, c := range all[:10] {
		for _, m := range a.allMessages(c.SessionID) {
			if string(m.Content) == `"Hello"` {
				sent++
			}
		}
	}
	if want := countOf(8, 25, func(worker, i int) bool { return (worker+i)%7 == 0 }); sent != want {
		t.Errorf("%d messages arrived, want %d", sent, want)
	}
}

func countOf(workers, rounds int, fits func(worker, i int) bool) int {
	n := 0
	for worker := range workers {
		for i := range rounds {
			if fits(worker, i) {
				n++
			}
		}
	}
	return n
}
