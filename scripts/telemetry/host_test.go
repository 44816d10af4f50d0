//go:build unix

package telemetry_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/telemetry"
	"github.com/crisphost/crisphost/scripts/worker"
)

// testHost is a scheduler with workers on a sandbox, observed.
type testHost struct {
	db        *state.DB
	metrics   *telemetry.Metrics
	tracing   *telemetry.Tracing
	collector *collector
}

func startHost(t *testing.T) *testHost {
	t.Helper()
	h := &testHost{db: statetest.Open(t, statetest.SQLite(t)), collector: newCollector(t, nil)}
	h.tracing = startTracing(t, h.collector.URL)
	client := sandboxtest.Client(t, sandbox.Config{Seed: 1}, crisp.WithRateLimit(1000, 10))
	eng, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	pool, err := worker.NewPool(worker.Options{Client: client, WebsiteID: sandbox.WebsiteID, Bundles: t.TempDir(), Workers: 2, Warm: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	h.metrics = telemetry.NewMetrics(telemetry.Sources{Version: "v1.2.3", Scripts: h.db.Scripts, Pool: pool.Stats, Budget: client.Budget})
	observed := telemetry.Telemetry{Metrics: h.metrics, Tracing: h.tracing}
	s, err := schedule.Start(t.Context(), schedule.Config{
		DB: h.db, Runner: observed.Runner(&host.Runner{Pool: pool, Engine: eng}), Observer: observed, Name: "host-1", Poll: 30 * time.Millisecond,
		Parse:  func(text, zone string) (schedule.Ticks, error) { return scripts.ParseSchedule(text, zone) },
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(context.Background()) })
	return h
}

// run runs a script by hand to its end.
func (h *testHost) run(t *testing.T, script string) state.Run {
	t.Helper()
	run, err := h.db.Trigger(t.Context(), script, state.Trigger{Kind: state.ByHand, By: "somebody", Args: []string{"secret-argument"}})
	if err != nil {
		t.Fatal(err)
	}
	testwait.Until(t, "the end of "+script, func() bool {
		if run, err = h.db.Run(t.Context(), run.ID); err != nil {
			t.Fatal(err)
		}
		return run.State.Ended()
	})
	return run
}

// What real workers and a real scheduler do comes out as metrics and as traces.
func TestHost(t *testing.T) {
	h := startHost(t)
	statetest.Save(t, h.db, state.Script{Path: "report.lua"}, `-- @permissions conversations:read api:read
		local list = crisp.conversations.list({ limit = 3 })
		pcall(crisp.api.get, "website/" .. list[1].website_id .. "/no/such/route")
		pcall(crisp.conversations.messages.send, list[1].session_id, "hi")
	`)
	statetest.Save(t, h.db, state.Script{Path: "broken.js"}, "// @retries 1 fixed 10ms\nawait crisp.conversations.list({ limit: 1 });\nnull.x;\n")
	statetest.Save(t, h.db, state.Script{Path: "tick.lua", Schedules: []string{"every 1s"}}, "-- @schedule every 1s\nprint(1)\n")

	report, broken := h.run(t, "report"), h.run(t, "broken")
	if report.State != state.Succeeded || broken.State != state.Failed {
		t.Fatalf("the runs ended as %s (%v) and %s", report.State, report.Error, broken.State)
	}
	var f families
	testwait.Until(t, "all figures", func() bool {
		f = scrape(t, h.metrics)
		return f.figure(t, "crisphost_runs_total", "script=tick", "state=succeeded") > 0 && f.series("crisphost_script_last_success_timestamp_seconds", "script=report") != nil &&
			f.series("crisphost_runs_total", "script=broken", "state=failed") != nil
	})
	f.want(t, 1, "crisphost_runs_total", "script=report", "state=succeeded", "trigger=manual")
	f.want(t, 1, "crisphost_runs_total", "script=broken", "state=failed", "trigger=manual")
	f.want(t, 1, "crisphost_run_retries_total", "script=broken")
	f.want(t, 3, "crisphost_api_calls_total", "operation=website.conversations.list", "status=200")
	f.want(t, 1, "crisphost_api_calls_total", "operation=other", "status=404")
	f.want(t, 1, "crisphost_api_calls_total", "operation=website.conversation.message.send", "status=refused")
	f.want(t, 2, "crisphost_script_api_calls_total", "script=report", "effect=read")
	if f.series("crisphost_script_api_calls_total", "script=report", "effect=send") != nil {
		t.Error("a call that was refused counts as one of the script")
	}
	if n := f.figure(t, "crisphost_tick_lag_seconds"); n < 1 {
		t.Errorf("%v ticks had a lag", n)
	}
	if n := f.figure(t, "crisphost_worker_starts_total"); n < 3 {
		t.Errorf("%v workers were started for three scripts", n)
	}
	f.want(t, 1000, "crisphost_rate_budget_limit")

	closeTracing(t, h.tracing)
	h.collector.mu.Lock()
	defer h.collector.mu.Unlock()
	if r := h.collector.resource; r["service.name"] != "crisphost" || r["service.version"] != "v1.2.3" || r["service.instance.id"] != "host-1" {
		t.Errorf("resource %v", r)
	}
	if !slices.Contains(h.collector.scopes, "github.com/crisphost/crisphost v1.2.3") {
		t.Errorf("scopes %v", h.collector.scopes)
	}
	h.checkReport(t, report)
	attempts := h.spansOf(broken)
	if len(attempts) != 2 {
		t.Fatalf("the broken script has %d spans, want one for each attempt", len(attempts))
	}
	for i, s := range attempts {
		a := attributes(s)
		if s.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_ERROR || a["error.type"] != "runtime" || a["crisphost.run.state"] != "failed" {
			t.Errorf("attempt %d: status %v, %v", i+1, s.GetStatus(), a)
		}
		if a["code.line.number"] != "3" || a["crisphost.run.attempt"] != []string{"1", "2"}[i] {
			t.Errorf("attempt %d: %v", i+1, a)
		}
		if e := s.GetEvents(); len(e) != 1 || e[0].GetName() != "exception" {
			t.Errorf("attempt %d: events %v", i+1, e)
		}
	}
}

// spansOf are the spans of a run's attempts.
func (h *testHost) spansOf(run state.Run) (list []*tracepb.Span) {
	for _, s := range h.collector.spans {
		if attributes(s)["crisphost.run.id"] == run.ID {
			list = append(list, s)
		}
	}
	return list
}

func (h *testHost) checkReport(t *testing.T, run state.Run) {
	t.Helper()
	spans := h.spansOf(run)
	if len(spans) != 1 {
		t.Fatalf("the report has %d spans", len(spans))
	}
	root := spans[0]
	if root.GetName() != "run report" || len(root.GetParentSpanId()) != 0 || root.GetKind() != tracepb.Span_SPAN_KIND_INTERNAL ||
		root.GetStatus().GetCode() != tracepb.Status_STATUS_CODE_UNSET {
		t.Errorf("the run's span is %v", root)
	}
	a := attributes(root)
	for name, want := range map[string]string{
		"crisphost.script": "report", "crisphost.version": run.Version, "crisphost.run.attempt": "1",
		"crisphost.run.trigger": "manual", "crisphost.run.state": "succeeded",
	} {
		if a[name] != want {
			t.Errorf("%s is %q, want %q", name, a[name], want)
		}
	}
	for name, value := range a {
		if value == "somebody" || value == "[secret-argument]" {
			t.Errorf("%s tells %s", name, value)
		}
	}
	var calls []*tracepb.Span
	for _, s := range h.collector.spans {
		if string(s.GetParentSpanId()) == string(root.GetSpanId()) {
			calls = append(calls, s)
		}
	}
	if len(calls) != 3 {
		t.Fatalf("%d calls below the run", len(calls))
	}
	for i, want := range []struct {
		name, method, template, status, reason string
		code                                   tracepb.Status_StatusCode
	}{
		{"website.conversations.list", "GET", "/website/{website_id}/conversations/{page_number}", "200", "", tracepb.Status_STATUS_CODE_UNSET},
		{"crisp.api", "", "", "404", "route_not_found", tracepb.Status_STATUS_CODE_ERROR},
		{"website.conversation.message.send", "POST", "/website/{website_id}/conversation/{session_id}/message", "", "refused_by_policy", tracepb.Status_STATUS_CODE_ERROR},
	} {
		s := calls[i]
		a := attributes(s)
		if s.GetName() != want.name || a["http.request.method"] != want.method || a["url.template"] != want.template ||
			a["http.response.status_code"] != want.status || s.GetStatus().GetCode() != want.code || s.GetKind() != tracepb.Span_SPAN_KIND_CLIENT {
			t.Errorf("call %d is %s %v, status %v; want %+v", i, s.GetName(), a, s.GetStatus(), want)
		}
		if string(s.GetTraceId()) != string(root.GetTraceId()) {
			t.Errorf("call %d is of another trace", i)
		}
		if s.GetStartTimeUnixNano() < root.GetStartTimeUnixNano() || s.GetEndTimeUnixNano() > root.GetEndTimeUnixNano() || s.GetEndTimeUnixNano() < s.GetStartTimeUnixNano() {
			t.Errorf("call %d is not within its run", i)
		}
	}
}
