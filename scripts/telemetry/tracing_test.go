//go:build unix

package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
)

// observe runs a function as a script.
func observe(ctx context.Context, t testing.TB, tracing *telemetry.Tracing, f runnerFunc) *sink {
	t.Helper()
	into := &sink{}
	run := state.Run{ID: "0199c0de-0000-7000-8000-000000000001", Script: "a", Version: "v", Attempt: 1, Trigger: state.Trigger{Kind: state.BySchedule, Tick: began}}
	telemetry.Observe(f, nil, tracing).Run(ctx, run, &state.Version{}, scripts.Header{}, into)
	return into
}

func nothing(context.Context, schedule.Sink) *state.RunError { return nil }

// How a run ended is told by its error and by why its context ended, as the scheduler tells it.
func TestEndings(t *testing.T) {
	failure := &state.RunError{Kind: "runtime", Message: "no \xff such thing", Trace: "a.lua:1"}
	for _, c := range []struct {
		name   string
		cause  error
		err    *state.RunError
		state  string
		failed bool
	}{
		{"succeeded", nil, nil, "succeeded", false},
		{"failed", nil, failure, "failed", true},
		{"timed out", schedule.ErrTimeout, failure, "timed_out", true},
		{"cancelled", &schedule.CancelledError{By: "ann"}, failure, "cancelled", false},
		{"lost", schedule.ErrLost, failure, "lost", false},
		{"stopping", schedule.ErrStopping, failure, "stopped", false},
		{"ended before it was stopped", schedule.ErrStopping, nil, "succeeded", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := newCollector(t, nil)
			tracing := startTracing(t, collector.URL)
			ctx, end := context.WithCancelCause(t.Context())
			defer end(nil)
			observe(ctx, t, tracing, func(context.Context, schedule.Sink) *state.RunError {
				if c.cause != nil {
					end(c.cause)
				}
				return c.err
			})
			closeTracing(t, tracing)
			if len(collector.spans) != 1 {
				t.Fatalf("%d spans", len(collector.spans))
			}
			s := collector.spans[0]
			a := attributes(s)
			failed := s.GetStatus().GetCode() == tracepb.Status_STATUS_CODE_ERROR
			if a["crisphost.run.state"] != c.state || failed != c.failed || (len(s.GetEvents()) > 0) != c.failed {
				t.Errorf("state %q, status %v, events %v", a["crisphost.run.state"], s.GetStatus(), s.GetEvents())
			}
			if c.failed && s.GetStatus().GetMessage() != "no \uFFFD such thing" {
				t.Errorf("message %q", s.GetStatus().GetMessage())
			}
			if a["crisphost.run.tick"] != "2026-11-22T09:00:00Z" {
				t.Errorf("tick %q", a["crisphost.run.tick"])
			}
		})
	}
}

// The scheduler deals with a runner that panics; its attempt is seen all the same.
func TestPanicEndsItsSpan(t *testing.T) {
	collector := newCollector(t, nil)
	tracing := startTracing(t, collector.URL)
	func() {
		defer func() {
			if r := recover(); r != "oh" {
				t.Errorf("recovered %v", r)
			}
		}()
		observe(t.Context(), t, tracing, func(context.Context, schedule.Sink) *state.RunError { panic("oh") })
	}()
	closeTracing(t, tracing)
	if len(collector.spans) != 1 || collector.spans[0].GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR {
		t.Errorf("spans %v", collector.spans)
	}
}

// A collector that never answers holds up neither runs nor the host's end.
func TestCollectorThatHangs(t *testing.T) {
	release := make(chan struct{})
	collector := newCollector(t, func(_ http.ResponseWriter, r *http.Request) bool {
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return false
	})
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
	t.Setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
	var log testoutput.Buffer
	tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{
		LookupEnv: variables("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL, "OTEL_EXPORTER_OTLP_TIMEOUT", "3600000"),
		Logger:    slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for range 200 {
		observe(t.Context(), t, tracing, func(_ context.Context, s schedule.Sink) *state.RunError {
			s.Call(state.APICall{Operation: "website.get", Status: 200})
			done++
			return nil
		})
	}
	testwait.Until(t, "a request that hangs", func() bool { return collector.requestCount() > 0 })
	if done != 200 {
		t.Errorf("%d runs", done)
	}
	// The context bounds the end, far below the hour that the collector has.
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := tracing.Close(ctx); err != nil {
		t.Error(err)
	}
	close(release)
	if !strings.Contains(log.String(), "traces cannot be sent") {
		t.Errorf("log %q", log.String())
	}
}

// A collector that is not there is told once, and so is that it is back.
func TestCollectorThatIsAway(t *testing.T) {
	var broken atomic.Bool
	broken.Store(true)
	collector := newCollector(t, func(w http.ResponseWriter, _ *http.Request) bool {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return false
		}
		return true
	})
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	var log testoutput.Buffer
	tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{
		LookupEnv: variables("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL), Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		observe(t.Context(), t, tracing, nothing)
		testwait.Until(t, "a request", func() bool { return collector.requestCount() > i })
	}
	testwait.Until(t, "the warning", func() bool { return strings.Contains(log.String(), "500 Internal") })
	broken.Store(false)
	observe(t.Context(), t, tracing, nothing)
	closeTracing(t, tracing)
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("told %d times: %s", n, log.String())
	}
	if !strings.Contains(log.String(), "spans_lost=3") || len(collector.spans) != 1 {
		t.Errorf("%d spans; %s", len(collector.spans), log.String())
	}
}

// What a collector asks to be sent again is sent again.
func TestRepeats(t *testing.T) {
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "10")
	var n atomic.Int32
	collector := newCollector(t, func(w http.ResponseWriter, r *http.Request) bool {
		if n.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return false
		}
		return true
	})
	tracing := startTracing(t, collector.URL, "OTEL_EXPORTER_OTLP_TIMEOUT", "600000")
	observe(t.Context(), t, tracing, nothing)
	testwait.Until(t, "the repeat", func() bool { collector.mu.Lock(); defer collector.mu.Unlock(); return len(collector.spans) == 1 })
	closeTracing(t, tracing)
	if n.Load() != 2 {
		t.Errorf("%d requests", n.Load())
	}
}

func TestRequest(t *testing.T) {
	other := newCollector(t, nil)
	for _, c := range []struct {
		name string
		env  func(url string) []string
		path string
	}{
		{"all signals", func(url string) []string {
			return []string{"OTEL_EXPORTER_OTLP_ENDPOINT", url + "/base/", "OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=a%2Cb, x-other = c"}
		}, "/base/v1/traces"},
		{"traces", func(url string) []string {
			return []string{
				"OTEL_EXPORTER_OTLP_ENDPOINT", other.URL, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url,
				"OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=wrong", "OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-api-key=a%2Cb",
				"OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip", "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
			}
		}, "/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			collector := newCollector(t, nil)
			tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{LookupEnv: variables(append(c.env(collector.URL),
				"OTEL_SERVICE_NAME", "support", "OTEL_RESOURCE_ATTRIBUTES", "service.name=no,deployment.environment.name=test%20one,service.instance.id=x")...)})
			if err != nil {
				t.Fatal(err)
			}
			observe(t.Context(), t, tracing, nothing)
			closeTracing(t, tracing)
			if len(collector.requests) != 1 || len(collector.spans) != 1 {
				t.Fatalf("%d requests, %d spans", len(collector.requests), len(collector.spans))
			}
			r := collector.requests[0]
			if r.URL.Path != c.path || r.Header.Get("X-Api-Key") != "a,b" || r.Header.Get("Content-Type") != "application/x-protobuf" {
				t.Errorf("%s %v", r.URL, r.Header)
			}
			about := collector.resource
			if about["service.name"] != "support" || about["deployment.environment.name"] != "test one" || about["service.instance.id"] != "x" || about["telemetry.sdk.language"] != "go" {
				t.Errorf("resource %v", about)
			}
		})
	}
	if len(other.requests) > 0 {
		t.Error("sent to the endpoint of all signals")
	}
}

// Headers hold keys, so that they go to nobody to whom the collector points.
func TestRedirectIsNotFollowed(t *testing.T) {
	other := newCollector(t, nil)
	collector := newCollector(t, func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		return false
	})
	tracing := startTracing(t, collector.URL, "OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=secret")
	observe(t.Context(), t, tracing, nothing)
	closeTracing(t, tracing)
	if n := other.requestCount(); n != 0 || collector.requestCount() != 1 {
		t.Errorf("%d requests there, %d here", n, collector.requestCount())
	}
}

func TestTracingIsOff(t *testing.T) {
	for _, env := range [][]string{
		nil,
		{"OTEL_SERVICE_NAME", "support"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", " "},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "OTEL_TRACES_EXPORTER", "none"},
		{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318", "OTEL_SDK_DISABLED", "TRUE"},
	} {
		tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{LookupEnv: variables(env...)})
		if tracing != nil || err != nil {
			t.Errorf("%q: %v, %v", env, tracing, err)
		}
	}
	var off *telemetry.Tracing
	into := observe(t.Context(), t, off, func(_ context.Context, s schedule.Sink) *state.RunError {
		s.Call(state.APICall{Operation: "website.get"})
		return nil
	})
	closeTracing(t, off)
	if len(into.calls) != 1 {
		t.Errorf("%d calls came through", len(into.calls))
	}
	m := telemetry.NewMetrics(telemetry.Sources{})
	telemetry.Observe(runnerFunc(func(_ context.Context, s schedule.Sink) *state.RunError {
		s.Call(state.APICall{Operation: "website.get", Status: 200})
		return nil
	}), m, off).Run(t.Context(), state.Run{}, nil, scripts.Header{}, into)
	scrape(t, m).want(t, 1, "crisphost_api_calls_total", "operation=website.get")
}

func TestWrongVariables(t *testing.T) {
	for _, c := range []struct {
		want string
		env  []string
	}{
		{"OTEL_TRACES_EXPORTER: there is no exporter \"zipkin\"", []string{"OTEL_TRACES_EXPORTER", "zipkin"}},
		{"OTEL_EXPORTER_OTLP_PROTOCOL: \"grpc\" is not supported", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}},
		{"OTEL_EXPORTER_OTLP_ENDPOINT: it is an address such as", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318"}},
		{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: it is an address such as", []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://user:secret@%zz"}},
		{"OTEL_EXPORTER_OTLP_HEADERS: it is written key=value", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_HEADERS", "secret"}},
		{"OTEL_EXPORTER_OTLP_HEADERS: the header \"a b\"", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_HEADERS", "a b=secret"}},
		{"OTEL_EXPORTER_OTLP_HEADERS: the header \"a\"", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_HEADERS", "a=secret%0d%0ax: y"}},
		{"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: \"10s\" is not a number", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "10s"}},
		{"OTEL_EXPORTER_OTLP_COMPRESSION: \"zstd\" is not supported", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"}},
		{"OTEL_EXPORTER_OTLP_CERTIFICATE: open /does/not/exist", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_CERTIFICATE", "/does/not/exist"}},
		{"belong together", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"}},
		{"OTEL_RESOURCE_ATTRIBUTES: it is written", []string{"OTEL_TRACES_EXPORTER", "otlp", "OTEL_RESOURCE_ATTRIBUTES", "a"}},
	} {
		tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{LookupEnv: variables(c.env...)})
		if tracing != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", c.env, err)
		}
	}
}

func TestConsole(t *testing.T) {
	var out bytes.Buffer
	tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{LookupEnv: variables("OTEL_TRACES_EXPORTER", "console, none,console"), Console: &out})
	if err != nil {
		t.Fatal(err)
	}
	observe(t.Context(), t, tracing, nothing)
	closeTracing(t, tracing)
	var span struct{ Name string }
	if err := json.Unmarshal(out.Bytes(), &span); err != nil || span.Name != "run a" {
		t.Errorf("%v: %s", err, &out)
	}
}

// The standard sampler variables hold.
func TestSampler(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "always_off")
	collector := newCollector(t, nil)
	tracing := startTracing(t, collector.URL)
	observe(t.Context(), t, tracing, nothing)
	closeTracing(t, tracing)
	if n := collector.requestCount(); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Runs at the same time have traces of their own, with calls from any goroutine.
func TestRunsAtTheSameTime(t *testing.T) {
	collector := newCollector(t, nil)
	tracing := startTracing(t, collector.URL)
	var runs sync.WaitGroup
	for range 8 {
		runs.Go(func() {
			observe(t.Context(), t, tracing, func(_ context.Context, s schedule.Sink) *state.RunError {
				var calls sync.WaitGroup
				for i := range 4 {
					calls.Go(func() {
						s.Call(state.APICall{Time: time.Now(), Operation: fmt.Sprint("GET /", i), Status: 200, Duration: time.Millisecond})
					})
				}
				calls.Wait()
				return nil
			})
		})
	}
	runs.Wait()
	closeTracing(t, tracing)
	children := map[string]int{}
	for _, s := range collector.spans {
		children[string(s.GetTraceId())+string(s.GetParentSpanId())]++
	}
	if len(collector.spans) != 40 || len(children) != 16 {
		t.Errorf("%d spans of %d parents", len(collector.spans), len(children))
	}
}

func TestCloseAfterTheContext(t *testing.T) {
	collector := newCollector(t, nil)
	tracing := startTracing(t, collector.URL)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("gone"))
	if err := tracing.Close(ctx); err != nil {
		t.Error(err)
	}
	closeTracing(t, tracing)
}
