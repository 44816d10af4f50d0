//go:build unix

package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

var began = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// ended is a run that took a time.
func ended(script string, s state.RunState, took time.Duration) state.Run {
	return state.Run{Script: script, State: s, Attempt: 1, Trigger: state.Trigger{Kind: state.BySchedule}, StartedAt: began, EndedAt: began.Add(took)}
}

// full is a Metrics that has seen something of everything.
func full() *telemetry.Metrics {
	m := telemetry.NewMetrics(telemetry.Sources{
		Version: "v1.2.3",
		Scripts: func(context.Context) ([]state.Script, error) {
			return []state.Script{
				{Name: "nightly", Version: "v1", Schedules: []string{"@daily"}, NextRun: began.Add(time.Hour)},
				{Name: "hand", Broken: &state.RunError{Message: "unexpected symbol"}},
				{Name: "resting", Paused: true, Schedules: []string{"@daily"}}, {Name: "off", Disabled: true, Paused: true},
				{Name: "mistyped", Version: "v1", Broken: &state.RunError{Message: "the version before runs on"}},
				{Name: "old", Waiting: 2, LastRun: &state.Run{State: state.Skipped}, LastResult: &state.Run{State: state.Succeeded, EndedAt: began.Add(-time.Hour)}},
				{Name: "never", LastRun: &state.Run{State: state.Running}, LastResult: &state.Run{State: state.TimedOut}},
			}, nil
		},
		Polling: func() bool { return true },
		Pool: func() worker.Stats {
			return worker.Stats{Fresh: 1, Idle: 2, Busy: 3, Started: 4, Reused: 5, Killed: 6, Died: 7}
		},
		Budget: func() crisp.BudgetStats {
			return crisp.BudgetStats{Limited: true, Limit: 2.5, Burst: 3, Tokens: -1.5, Paused: 1500 * time.Millisecond, Waiting: 2}
		},
	})
	m.Started(ended("nightly", state.Running, 0), 70*time.Millisecond)
	m.Ended(ended("nightly", state.Succeeded, 3*time.Second))
	skipped := ended("nightly", state.Skipped, 0)
	skipped.StartedAt = time.Time{}
	m.Ended(skipped)
	retried := ended("nightly", state.Scheduled, 2*time.Second)
	retried.Error = &state.RunError{Kind: "timeout"}
	m.Ended(retried)
	m.Call("nightly", state.APICall{Operation: "website.get", Effect: "read", Status: 200, Duration: 40 * time.Millisecond})
	m.Call("nightly", state.APICall{Operation: "website.get", Effect: "read", Duration: 40 * time.Second})
	m.Call("hand", state.APICall{Operation: "POST /website/x/y", Effect: "write", Status: 429})
	m.Reload("nightly", nil)
	m.Reload("hand", errors.New("unexpected symbol"))
	return m
}

func TestMetrics(t *testing.T) {
	f := scrape(t, full())
	for _, want := range []struct {
		figure float64
		name   string
		labels []string
	}{
		{1, "crisphost_build_info", []string{"version=v1.2.3"}},
		{1, "crisphost_runs_total", []string{"script=nightly", "state=succeeded", "trigger=schedule"}},
		{1, "crisphost_runs_total", []string{"script=nightly", "state=skipped"}},
		{0, "crisphost_runs_total", []string{"script=nightly", "state=failed", "trigger=schedule"}},
		{0, "crisphost_runs_total", []string{"script=resting", "state=timed_out"}},
		{1, "crisphost_run_retries_total", []string{"script=nightly"}},
		{5, "crisphost_script_run_seconds_total", []string{"script=nightly"}},
		{float64(began.Unix() + 3), "crisphost_script_last_success_timestamp_seconds", []string{"script=nightly"}},
		{float64(began.Unix() - 3600), "crisphost_script_last_success_timestamp_seconds", []string{"script=old"}},
		{float64(began.Unix() + 3600), "crisphost_script_next_run_timestamp_seconds", []string{"script=nightly"}},
		{1, "crisphost_run_duration_seconds", []string{"state=succeeded"}},
		{1, "crisphost_run_duration_seconds", []string{"state=timed_out"}},
		{1, "crisphost_tick_lag_seconds", nil},
		{1, "crisphost_api_calls_total", []string{"operation=website.get", "status=200"}},
		{1, "crisphost_api_calls_total", []string{"operation=website.get", "status=none"}},
		{1, "crisphost_api_calls_total", []string{"operation=other", "status=429"}},
		{2, "crisphost_api_call_duration_seconds", []string{"operation=website.get"}},
		{2, "crisphost_script_api_calls_total", []string{"script=nightly", "effect=read"}},
		{1, "crisphost_script_api_calls_total", []string{"script=hand", "effect=write"}},
		{1, "crisphost_script_reloads_total", []string{"result=success"}},
		{1, "crisphost_script_reloads_total", []string{"result=failure"}},
		{4, "crisphost_scripts", []string{"state=active"}},
		{1, "crisphost_scripts", []string{"state=paused"}},
		{1, "crisphost_scripts", []string{"state=disabled"}},
		{1, "crisphost_scripts", []string{"state=broken"}},
		{1, "crisphost_script_broken", []string{"script=mistyped"}},
		{1, "crisphost_script_broken", []string{"script=hand"}},
		{0, "crisphost_script_broken", []string{"script=nightly"}},
		{2, "crisphost_script_waiting_runs", []string{"script=old"}},
		{0, "crisphost_script_failing", []string{"script=old"}},
		{1, "crisphost_script_failing", []string{"script=never"}},
		{1, "crisphost_database_up", nil},
		{1, "crisphost_directory_polling", nil},
		{2.5, "crisphost_rate_budget_limit", nil},
		{3, "crisphost_rate_budget_burst", nil},
		{-1.5, "crisphost_rate_budget_tokens", nil},
		{1.5, "crisphost_rate_budget_paused_seconds", nil},
		{2, "crisphost_rate_budget_waiting", nil},
		{1, "crisphost_workers", []string{"state=fresh"}},
		{2, "crisphost_workers", []string{"state=idle"}},
		{3, "crisphost_workers", []string{"state=busy"}},
		{4, "crisphost_worker_starts_total", nil},
		{5, "crisphost_worker_reuses_total", nil},
		{6, "crisphost_worker_kills_total", nil},
		{7, "crisphost_worker_deaths_total", nil},
	} {
		f.want(t, want.figure, want.name, want.labels...)
	}
	if f.series("crisphost_run_duration_seconds", "state=skipped") != nil {
		t.Error("a run that never began took time")
	}
}

// Buckets count what is at most their bound, and the last one counts all.
func TestHistogram(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	for _, lag := range []time.Duration{-time.Second, 0, 10 * time.Millisecond, 11 * time.Millisecond, time.Second, time.Hour} {
		m.Started(ended("x", state.Running, 0), lag)
	}
	h := scrape(t, m).series("crisphost_tick_lag_seconds").GetHistogram()
	if h.GetSampleCount() != 6 || math.Abs(h.GetSampleSum()-3601.021) > 1e-9 {
		t.Errorf("count %d, sum %v", h.GetSampleCount(), h.GetSampleSum())
	}
	got := map[float64]uint64{}
	for _, b := range h.GetBucket() {
		got[b.GetUpperBound()] = b.GetCumulativeCount()
	}
	for bound, want := range map[float64]uint64{.01: 3, .025: 4, .5: 4, 1: 5, 300: 5, math.Inf(1): 6} {
		if got[bound] != want {
			t.Errorf("up to %v: %d, want %d", bound, got[bound], want)
		}
	}
}

// Runs of a few milliseconds are told apart.
func TestShortRuns(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	for _, took := range []time.Duration{3 * time.Millisecond, 8 * time.Millisecond, 20 * time.Millisecond} {
		m.Ended(ended("x", state.Succeeded, took))
	}
	for i, b := range scrape(t, m).series("crisphost_run_duration_seconds", "state=succeeded").GetHistogram().GetBucket()[:3] {
		if b.GetCumulativeCount() != uint64(i+1) {
			t.Errorf("up to %v: %d", b.GetUpperBound(), b.GetCumulativeCount())
		}
	}
}

// Only ticks that start for the first time have a lag.
func TestTickLag(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	for _, change := range []func(*state.Run){
		func(r *state.Run) { r.Trigger.Kind = state.ByHand },
		func(r *state.Run) { r.Attempt = 2 },
		func(r *state.Run) { r.Rescues = 1 },
	} {
		run := ended("x", state.Running, 0)
		change(&run)
		m.Started(run, time.Minute)
	}
	if s := scrape(t, m).series("crisphost_tick_lag_seconds"); s != nil {
		t.Errorf("%v", s)
	}
}

func TestMetricsFollowPrometheusConventions(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(scrapeText(t, full()))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// Whatever scripts are called, the answer stays readable.
func TestScriptNamesAreEscaped(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	for name, want := range map[string]string{
		`say "hi"`: `say "hi"`, "a\nb": "a\nb", `c:\x`: `c:\x`, "ünïcode": "ünïcode", "bad\xff": "bad\uFFFD", "": "", "a,b={}": "a,b={}",
	} {
		m.Ended(ended(name, state.Failed, time.Second))
		scrape(t, m).want(t, 1, "crisphost_script_run_seconds_total", "script="+want)
	}
}

// Scripts can call what they like; that must not grow the number of series.
func TestCardinalityIsBounded(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	m.Call("a", state.APICall{Operation: spec.All()[0].ID, Effect: "read", Status: 200})
	for i := range 5000 {
		m.Call("a", state.APICall{Operation: fmt.Sprintf("GET /website/%d", i), Effect: fmt.Sprint("effect", i), Status: 600 + i})
	}
	f := scrape(t, m)
	f.want(t, 5000, "crisphost_api_calls_total", "operation=other", "status=other")
	for _, name := range []string{"crisphost_api_calls_total", "crisphost_api_call_duration_seconds", "crisphost_script_api_calls_total"} {
		if n := len(f[name].GetMetric()); n != 2 {
			t.Errorf("%s has %d series", name, n)
		}
	}
}

func TestSeriesOfDeletedScriptsGo(t *testing.T) {
	var list []state.Script
	m := telemetry.NewMetrics(telemetry.Sources{Scripts: func(context.Context) ([]state.Script, error) { return list, nil }})
	end := func(script string) {
		m.Started(ended(script, state.Running, 0), time.Second)
		m.Ended(ended(script, state.Succeeded, time.Second))
		retry := ended(script, state.Scheduled, time.Second)
		m.Ended(retry)
		m.Call(script, state.APICall{Operation: "website.get", Effect: "read", Status: 200})
	}
	named := func(f families, script string) (names []string) {
		for name := range f {
			if f.series(name, "script="+script) != nil {
				names = append(names, name)
			}
		}
		return names
	}
	for _, script := range []string{"a", "b", "c"} {
		list = append(list, state.Script{Name: script, Schedules: []string{"@daily"}})
		end(script)
	}
	f := scrape(t, m)
	for _, script := range []string{"a", "b", "c"} {
		if n := len(named(f, script)); n != 9 {
			t.Errorf("%s has series of %d names: %v", script, n, named(f, script))
		}
	}
	list = list[:2]
	m.Remove("b")
	end("b") // is known, and comes back
	if !scrapeHas(t, m, `script="b"`) {
		t.Error("b is gone")
	}
	list = list[:1]
	m.Remove("b")
	end("b") // a run that went on behind its script's end
	f = scrape(t, m)
	if names := append(named(f, "b"), named(f, "c")...); len(names) > 0 {
		t.Errorf("deleted scripts have %v", names)
	}
	f.want(t, 1, "crisphost_runs_total", "script=a", "state=succeeded")
	// What scripts did counts all the same.
	f.want(t, 5, "crisphost_api_calls_total", "operation=website.get")
}

func scrapeHas(t *testing.T, m *telemetry.Metrics, text string) bool {
	t.Helper()
	return strings.Contains(scrapeText(t, m), text)
}

// A database that is away leaves a gap in what it knows, and nothing else.
func TestDatabaseAway(t *testing.T) {
	var log bytes.Buffer
	var away, refused error
	m := telemetry.NewMetrics(telemetry.Sources{
		Scripts:  func(context.Context) ([]state.Script, error) { return []state.Script{{Name: "a"}}, away },
		Writable: func() error { return refused },
		Logger:   slog.New(slog.NewTextHandler(&log, nil)),
	})
	m.Ended(ended("a", state.Succeeded, time.Second))
	away = state.ErrUnreachable
	for range 3 {
		f := scrape(t, m)
		f.want(t, 0, "crisphost_database_up")
		f.want(t, 1, "crisphost_runs_total", "script=a")
		if f["crisphost_scripts"] != nil {
			t.Error("scripts are counted that nobody has seen")
		}
	}
	away = nil
	scrape(t, m).want(t, 1, "crisphost_database_up")
	refused = state.ErrFull // it can be read, and takes nothing
	scrape(t, m).want(t, 0, "crisphost_database_up")
	scrape(t, m).want(t, 1, "crisphost_scripts", "state=active")
	if n := strings.Count(log.String(), "does not answer"); n != 1 {
		t.Errorf("told %d times: %s", n, &log)
	}
}

// The figures of Go and of the process are called as the Prometheus client calls them, and are of the same kind and size.
func TestRuntimeFiguresAreThoseOfThePrometheusClient(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gathered, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	theirs := families{}
	for _, f := range gathered {
		theirs[f.GetName()] = f
	}
	compared := 0
	for name, ours := range scrape(t, telemetry.NewMetrics(telemetry.Sources{})) {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			continue
		}
		compared++
		other := theirs[name]
		if other == nil || other.GetType() != ours.GetType() {
			t.Errorf("%s: ours is %v, theirs %v", name, ours.GetType(), other)
			continue
		}
		one, two := families{name: ours}.figure(t, name), theirs.figure(t, name)
		if one < 0 || one > 10*two+100 || two > 10*one+100 {
			t.Errorf("%s is %v, theirs %v", name, one, two)
		}
	}
	if compared < 11 {
		t.Errorf("only %d figures", compared)
	}
}

func TestHandler(t *testing.T) {
	server := httptest.NewServer(full().Handler())
	defer server.Close()
	get := func(method, encoding string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept-Encoding", encoding)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { resp.Body.Close() })
		return resp
	}
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()

	for encoding, compressed := range map[string]bool{
		"identity": false, "gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "gzip; q=0.0": false, "xgzip": false,
	} {
		resp := get(http.MethodGet, encoding)
		body := io.Reader(resp.Body)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != compressed {
			t.Errorf("%q: compressed %v", encoding, got)
		}
		if resp.Header.Get("Content-Encoding") == "gzip" {
			z, err := gzip.NewReader(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = z
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		parse(t, string(text)).want(t, 1, "crisphost_build_info")
		if got := resp.Header.Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
			t.Errorf("type %q", got)
		}
	}
	if resp := get(http.MethodHead, "identity"); resp.StatusCode != 200 {
		t.Errorf("HEAD: %s", resp.Status)
	}
	if resp := get(http.MethodPost, "identity"); resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", resp.Status)
	}
}

// Runs go on while several readers scrape.
func TestScrapesWhileRunning(t *testing.T) {
	m := full()
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 100 {
				script := fmt.Sprint("script", i)
				m.Started(ended(script, state.Running, 0), time.Millisecond)
				m.Call(script, state.APICall{Operation: "website.get", Status: 200, Effect: "read"})
				m.Ended(ended(script, state.Succeeded, time.Second))
				m.Remove(script)
				m.Reload(script, nil)
			}
		})
		all.Go(func() {
			for range 10 {
				scrape(t, m)
			}
		})
	}
	all.Wait()
	f := scrape(t, m)
	f.want(t, 401, "crisphost_api_calls_total", "operation=website.get", "status=200")
	f.want(t, 401, "crisphost_tick_lag_seconds")
}

func TestNilMetrics(*testing.T) {
	var m *telemetry.Metrics
	m.Started(state.Run{}, 0)
	m.Ended(state.Run{})
	m.Call("a", state.APICall{})
	m.Reload("a", nil)
	m.Remove("a")
}

// BenchmarkScrape measures a scrape of a thousand scripts.
func BenchmarkScrape(b *testing.B) {
	list := make([]state.Script, 1000)
	for i := range list {
		list[i] = state.Script{Name: fmt.Sprint("script-", i), Schedules: []string{"@daily"}, NextRun: began}
	}
	m := telemetry.NewMetrics(telemetry.Sources{Scripts: func(context.Context) ([]state.Script, error) { return list, nil }})
	for i := range list {
		m.Ended(ended(list[i].Name, state.Succeeded, time.Second))
	}
	handler := m.Handler()
	for b.Loop() {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		b.ReportMetric(float64(w.Body.Len()), "bytes")
	}
}

// BenchmarkCall measures what an API call costs.
func BenchmarkCall(b *testing.B) {
	m := telemetry.NewMetrics(telemetry.Sources{})
	call := state.APICall{Operation: "website.get", Effect: "read", Status: 200, Duration: 40 * time.Millisecond}
	for b.Loop() {
		m.Call("nightly", call)
	}
}
