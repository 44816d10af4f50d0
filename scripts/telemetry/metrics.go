//go:build unix

package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// Sources are what Metrics read when they are scraped, from several goroutines if need be. Nil is none.
type Sources struct {
	// Version is the program's.
	Version string
	// Scripts are what the database knows of all scripts. The series of those that are not among them go.
	Scripts func(ctx context.Context) ([]state.Script, error)
	// Writable reports why the database does not take what the host writes. Nil asks whether Scripts can be read.
	Writable func() error
	// Polling tells that the directory is looked at now and then, since changes in it are not told.
	Polling func() bool
	// Pool is the pool of workers.
	Pool func() worker.Stats
	// Database is the size of the database as it was last looked at, and the largest that it may have, or 0.
	Database func() (size, limit int64)
	// Budget is the rate budget of the client that makes the API calls.
	Budget func() crisp.BudgetStats
	// Events counts the events that came to the host, and Hears reports why it hears none by RTM.
	Events func() schedule.EventStats
	Hears  func() error
	// Logger takes why a source does not answer. Nil discards.
	Logger *slog.Logger
}

var _ schedule.Observer = (*Metrics)(nil)

// Metrics are the figures of a host. They have no series but those of scripts that are there, of Crisp's operations and of a few
// fixed words, whatever scripts do. Methods may be called from any goroutine, return at once, and do nothing on a nil *Metrics,
// but for Handler.
type Metrics struct {
	sources Sources
	started time.Time
	// away tells that the database did not answer the last scrape.
	away atomic.Bool

	runs, retries, runSeconds counter
	lastSuccess, lag          gauge
	runDuration, tickLag      histogram
	calls, scriptCalls        counter
	callDuration              histogram
	reloads                   counter
}

// The bounds of the buckets, in seconds.
var (
	runBounds  = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600}
	lagBounds  = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15, 60, 300}
	callBounds = []float64{.025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
)

// NewMetrics makes the figures of a host that starts.
func NewMetrics(s Sources) *Metrics {
	if s.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{
		sources: s, started: time.Now(),
		runs:        newCounter("crisphost_runs_total", "Runs that came to their end on this host, by how and by what had started them.", "script", "state", "trigger"),
		retries:     newCounter("crisphost_run_retries_total", "Attempts that failed and were followed by another one.", "script"),
		runSeconds:  newCounter("crisphost_script_run_seconds_total", "Time that the attempts of a script took, in seconds.", "script"),
		lastSuccess: newGauge("crisphost_script_last_success_timestamp_seconds", "When a run of the script last succeeded, as far as known.", "script"),
		lag:         newGauge("crisphost_script_lag_seconds", "Delay of the script's run that last started on this host, from the time that its schedule names.", "script"),
		runDuration: newHistogram("crisphost_run_duration_seconds", "Time that attempts took, by how they ended.", runBounds, "state"),
		tickLag:     newHistogram("crisphost_tick_lag_seconds", "Delay between the time that a schedule names and the start of its run.", lagBounds),
		calls:       newCounter("crisphost_api_calls_total", "Calls of Crisp's API, by operation and HTTP status; none is no answer, refused is a call that was not sent.", "operation", "status"),
		scriptCalls: newCounter("crisphost_script_api_calls_total", "Calls of Crisp's API that a script made, by what they do to the workspace.", "script", "effect"),
		callDuration: newHistogram("crisphost_api_call_duration_seconds",
			"Time that calls of Crisp's API took, with their repeats and with waiting for the rate budget.", callBounds, "operation"),
		reloads: newCounter("crisphost_script_reloads_total", "Saved scripts that were taken over, or were not because they are broken.", "result"),
	}
	// From 0 on, so that the first failure is an increase.
	m.reloads.add(0, "success")
	m.reloads.add(0, "failure")
	return m
}

// Started implements schedule.Observer.
func (m *Metrics) Started(run state.Run, lag time.Duration) {
	// Later attempts wait because they were told to.
	if m == nil || run.Trigger.Kind != state.BySchedule || run.Attempt > 1 || run.Rescues > 0 {
		return
	}
	m.tickLag.observe(max(lag, 0).Seconds())
	m.lag.set(max(lag, 0).Seconds(), run.Script)
}

// Ended implements schedule.Observer.
func (m *Metrics) Ended(run state.Run) {
	if m == nil {
		return
	}
	how := run.State
	if how == state.Scheduled {
		if how = state.Failed; run.Error != nil && run.Error.Kind == "timeout" {
			how = state.TimedOut
		}
		m.retries.add(1, run.Script)
	} else {
		m.runs.add(1, run.Script, string(run.State), string(run.Trigger.Kind))
	}
	if how == state.Succeeded {
		m.lastSuccess.raise(seconds(run.EndedAt), run.Script)
	}
	if !run.StartedAt.IsZero() && !run.EndedAt.IsZero() {
		took := max(run.EndedAt.Sub(run.StartedAt), 0).Seconds()
		m.runDuration.observe(took, string(how))
		m.runSeconds.add(took, run.Script)
	}
}

// Call counts an API call of a script.
func (m *Metrics) Call(script string, call state.APICall) {
	if m == nil {
		return
	}
	operation := call.Operation
	if spec.ByID(operation) == nil {
		operation = "other"
	}
	status := "none"
	switch {
	case call.Refused():
		status = "refused"
	case call.Status >= 100 && call.Status <= 599:
		status = strconv.Itoa(call.Status)
	case call.Status != 0:
		status = "other"
	}
	m.calls.add(1, operation, status)
	if call.Refused() {
		return // the script has not called anything
	}
	m.callDuration.observe(max(call.Duration, 0).Seconds(), operation)
	effect := "other" // when the call came to nothing before it was known
	for e := spec.EffectRead; e <= spec.EffectDelete; e++ {
		if call.Effect == e.String() {
			effect = call.Effect
		}
	}
	m.scriptCalls.add(1, script, effect)
}

// Reload counts a save of a script, which runs from now on, or err is why it does not.
func (m *Metrics) Reload(_ string, err error) {
	switch {
	case m == nil:
	case err != nil:
		m.reloads.add(1, "failure")
	default:
		m.reloads.add(1, "success")
	}
}

// Remove drops the series of a script that is gone. Those of a run that goes on are dropped when Sources.Scripts is next read.
func (m *Metrics) Remove(script string) {
	if m != nil {
		m.drop(func(name string) bool { return name == script })
	}
}

func (m *Metrics) drop(gone func(script string) bool) {
	for _, c := range []counter{m.runs, m.retries, m.runSeconds, m.scriptCalls} {
		c.drop(gone)
	}
	m.lastSuccess.drop(gone)
	m.lag.drop(gone)
}

// scrapeTime bounds the reading of the database, well below the time after which Prometheus gives up.
const scrapeTime = 5 * time.Second

// Handler answers with all figures.
func (m *Metrics) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET", http.StatusMethodNotAllowed)
			return
		}
		e := &exposition{}
		m.write(r.Context(), e)
		e.send(w, r)
	})
}

func (m *Metrics) write(ctx context.Context, e *exposition) {
	e.family("crisphost_build_info", "gauge", "The program that runs.")
	e.labelled("crisphost_build_info", []string{"version", "go_version"}, []string{m.sources.Version, runtime.Version()}, 1)
	m.writeScripts(ctx, e)
	for _, c := range []counter{m.runs, m.retries, m.runSeconds} {
		c.write(e)
	}
	m.lastSuccess.write(e)
	m.lag.write(e)
	m.runDuration.write(e)
	m.tickLag.write(e)
	m.calls.write(e)
	m.scriptCalls.write(e)
	m.callDuration.write(e)
	m.reloads.write(e)
	if m.sources.Budget != nil {
		writeBudget(e, m.sources.Budget())
	}
	if m.sources.Database != nil {
		writeSize(e, m.sources.Database)
	}
	if m.sources.Events != nil {
		writeEvents(e, m.sources.Events(), m.sources.Hears)
	}
	if m.sources.Pool != nil {
		writePool(e, m.sources.Pool())
	}
	writeRuntime(e)
	writeProcess(e, m.started)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func flag(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
