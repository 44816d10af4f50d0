//go:build unix

package telemetry_test

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"go.uber.org/goleak"
	"google.golang.org/protobuf/proto"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

// TestMain makes this binary a worker when a pool starts it as one.
func TestMain(m *testing.M) {
	worker.MainIf(newEngine)
	goleak.VerifyTestMain(m)
}

func newEngine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.Language, bindings.Modules())
}

// families are what a scrape answered, read by Prometheus's own parser.
type families map[string]*dto.MetricFamily

func scrape(t testing.TB, m *telemetry.Metrics) families {
	t.Helper()
	return parse(t, scrapeText(t, m))
}

func scrapeText(t testing.TB, m *telemetry.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func parse(t testing.TB, text string) families {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	f, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("not Prometheus's format: %v\n%s", err, text)
	}
	return f
}

// series finds the series of a name with some labels, written name=value, or nil.
func (f families) series(name string, labels ...string) *dto.Metric {
	for _, m := range f[name].GetMetric() {
		matches := 0
		for _, l := range m.GetLabel() {
			if slices.Contains(labels, l.GetName()+"="+l.GetValue()) {
				matches++
			}
		}
		if matches == len(labels) {
			return m
		}
	}
	return nil
}

// figure is the value of a counter or gauge, or the count of a histogram.
func (f families) figure(t testing.TB, name string, labels ...string) float64 {
	t.Helper()
	m := f.series(name, labels...)
	switch {
	case m == nil:
		t.Errorf("there is no %s%q", name, labels)
		return -1
	case m.GetCounter() != nil:
		return m.GetCounter().GetValue()
	case m.GetGauge() != nil:
		return m.GetGauge().GetValue()
	}
	return float64(m.GetHistogram().GetSampleCount())
}

func (f families) want(t testing.TB, figure float64, name string, labels ...string) {
	t.Helper()
	if got := f.figure(t, name, labels...); got != figure {
		t.Errorf("%s%q is %v, want %v", name, labels, got, figure)
	}
}

// collector is a server that takes spans.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []*tracepb.Span
	resource map[string]string
	scopes   []string
	requests []*http.Request
	// answer is called before a request is read, and handles it unless it returns true.
	answer func(http.ResponseWriter, *http.Request) bool
}

func newCollector(t testing.TB, answer func(http.ResponseWriter, *http.Request) bool) *collector {
	c := &collector{answer: answer}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.take(t, w, r) }))
	t.Cleanup(c.Close)
	return c
}

func (c *collector) take(t testing.TB, w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.requests = append(c.requests, r)
	c.mu.Unlock()
	if c.answer != nil && !c.answer(w, r) {
		return
	}
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		body = z
	}
	data, err := io.ReadAll(body)
	if err != nil {
		t.Error(err)
		return
	}
	// ExportTraceServiceRequest has the same fields.
	var request tracepb.TracesData
	if err := proto.Unmarshal(data, &request); err != nil {
		t.Errorf("not OTLP: %v", err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if n := unknown(request.ProtoReflect()); n > 0 {
		t.Errorf("%d bytes of fields that OTLP does not know", n)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.resource = map[string]string{}
	for _, rs := range request.GetResourceSpans() {
		for _, a := range rs.GetResource().GetAttributes() {
			c.resource[a.GetKey()] = a.GetValue().GetStringValue()
		}
		for _, ss := range rs.GetScopeSpans() {
			c.scopes = append(c.scopes, ss.GetScope().GetName()+" "+ss.GetScope().GetVersion())
			c.spans = append(c.spans, ss.GetSpans()...)
		}
	}
}

func (c *collector) requestCount() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.requests)
}

// attributes are those of a span, as text.
func attributes(s *tracepb.Span) map[string]string {
	all := map[string]string{}
	for _, a := range s.GetAttributes() {
		v := a.GetValue()
		if v.GetStringValue() == "" {
			all[a.GetKey()] = fmt.Sprint(v.GetIntValue())
		} else {
			all[a.GetKey()] = v.GetStringValue()
		}
	}
	return all
}

// variables is a LookupEnv.
func variables(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

// startTracing traces to an endpoint; the test closes it.
func startTracing(t testing.TB, endpoint string, more ...string) *telemetry.Tracing {
	t.Helper()
	tracing, err := telemetry.StartTracing(t.Context(), telemetry.TracingOptions{
		LookupEnv: variables(append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT", endpoint}, more...)...),
		Version:   "v1.2.3", Host: "host-1", Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if tracing == nil {
		t.Fatal("tracing is off")
	}
	t.Cleanup(func() { closeTracing(t, tracing) })
	return tracing
}

func closeTracing(t testing.TB, tracing *telemetry.Tracing) {
	t.Helper()
	if err := tracing.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
}

// runnerFunc is a Runner.
type runnerFunc func(ctx context.Context, sink schedule.Sink) *state.RunError

func (f runnerFunc) Run(ctx context.Context, _ state.Run, _ *state.Version, _ scripts.Header, sink schedule.Sink) schedule.Outcome {
	return schedule.Outcome{Err: f(ctx, sink)}
}

// sink is a Sink that keeps the calls.
type sink struct {
	mu    sync.Mutex
	calls []state.APICall
}

func (*sink) Log(state.LogLine)             {}
func (*sink) Confirm(context.Context) error { return nil }
func (s *sink) Call(call state.APICall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call)
}
