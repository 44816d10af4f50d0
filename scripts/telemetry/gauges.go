//go:build unix

package telemetry

import (
	"context"
	"log/slog"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// writeScripts reads the scripts and brings their series into line with them.
func (m *Metrics) writeScripts(ctx context.Context, e *exposition) {
	if m.sources.Polling != nil {
		e.single("crisphost_directory_polling", "gauge", "1 when the directory is looked at now and then, because its changes are not told.", flag(m.sources.Polling()))
	}
	if m.sources.Scripts == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, scrapeTime)
	defer cancel()
	list, err := m.sources.Scripts(ctx)
	up := err == nil
	if up && m.sources.Writable != nil {
		up = m.sources.Writable() == nil
	}
	e.single("crisphost_database_up", "gauge", "1 when the database answers and takes what the host writes.", flag(up))
	if was := m.away.Swap(err != nil); err != nil {
		if !was {
			m.sources.Logger.Warn("metrics are served without those of the scripts", slog.Any("error", err))
		}
		return
	}
	m.align(list)

	counts := map[string]int{}
	for i := range list {
		counts[stateOf(&list[i])]++
	}
	e.family("crisphost_scripts", "gauge", "Scripts, by whether their schedules count; those that are broken have no version that could run.")
	for _, name := range []string{"active", "paused", "disabled", "broken"} {
		e.labelled("crisphost_scripts", []string{"state"}, []string{name}, float64(counts[name]))
	}
	label := []string{"script"}
	e.family("crisphost_script_broken", "gauge", "1 when the script as it was last saved is not used because it is broken.")
	for _, s := range list {
		e.labelled("crisphost_script_broken", label, []string{s.Name}, flag(s.Broken != nil))
	}
	e.family("crisphost_script_failing", "gauge", "1 when the last result of the script is a failure. Runs that were skipped or cancelled have none.")
	for _, s := range list {
		e.labelled("crisphost_script_failing", label, []string{s.Name}, flag(s.LastResult != nil && s.LastResult.State != state.Succeeded))
	}
	e.family("crisphost_script_waiting_runs", "gauge", "Runs of the script that wait for their turn.")
	for _, s := range list {
		e.labelled("crisphost_script_waiting_runs", label, []string{s.Name}, float64(s.Waiting))
	}
	e.family("crisphost_script_next_run_timestamp_seconds", "gauge", "When a schedule of the script is due.")
	for _, s := range list {
		if !s.NextRun.IsZero() {
			e.labelled("crisphost_script_next_run_timestamp_seconds", label, []string{s.Name}, seconds(s.NextRun))
		}
	}
}

func stateOf(s *state.Script) string {
	switch {
	case s.Broken != nil && s.Version == "":
		return "broken"
	case s.Disabled:
		return "disabled"
	case s.Paused:
		return "paused"
	}
	return "active"
}

// align drops the series of scripts that are gone, and begins those by which a scheduled script's first failure is an increase.
func (m *Metrics) align(list []state.Script) {
	known := make(map[string]bool, len(list))
	for i := range list {
		known[list[i].Name] = true
	}
	m.drop(func(script string) bool { return !known[script] })
	for _, s := range list {
		if len(s.Schedules) > 0 {
			for _, end := range []state.RunState{state.Succeeded, state.Failed, state.TimedOut} {
				m.runs.add(0, s.Name, string(end), string(state.BySchedule))
			}
		}
		if s.LastResult != nil && s.LastResult.State == state.Succeeded {
			m.lastSuccess.raise(seconds(s.LastResult.EndedAt), s.Name)
		}
	}
}

func writeBudget(e *exposition, b crisp.BudgetStats) {
	if b.Limited {
		e.single("crisphost_rate_budget_limit", "gauge", "API requests per second that all runs of the host may send together.", b.Limit)
		e.single("crisphost_rate_budget_burst", "gauge", "API requests that may be sent at once.", float64(b.Burst))
		e.single("crisphost_rate_budget_tokens", "gauge", "API requests that may be sent now without waiting; below 0 when calls wait.", b.Tokens)
	}
	e.single("crisphost_rate_budget_paused_seconds", "gauge", "For how long nothing will be sent because the API answered 429.", b.Paused.Seconds())
	e.single("crisphost_rate_budget_waiting", "gauge", "API requests that wait for their turn or for the end of a pause.", float64(b.Waiting))
}

func writeSize(e *exposition, database func() (size, limit int64)) {
	size, limit := database()
	if size > 0 { // 0 before it was looked at
		e.single("crisphost_database_bytes", "gauge", "Size of the database; on PostgreSQL with all that it holds for others.", float64(size))
	}
	if limit > 0 {
		e.single("crisphost_database_limit_bytes", "gauge", "Size of the database from which on scripts store nothing more.", float64(limit))
	}
}

func writePool(e *exposition, s worker.Stats) {
	e.family("crisphost_workers", "gauge", "Worker processes: fresh ones wait for any run, idle ones for another run of what they ran, busy ones run.")
	for _, w := range []struct {
		state string
		n     int
	}{{"fresh", s.Fresh}, {"idle", s.Idle}, {"busy", s.Busy}} {
		e.labelled("crisphost_workers", []string{"state"}, []string{w.state}, float64(w.n))
	}
	e.single("crisphost_worker_starts_total", "counter", "Worker processes that were started.", float64(s.Started))
	e.single("crisphost_worker_reuses_total", "counter", "Runs that found an idle worker of their version.", float64(s.Reused))
	e.single("crisphost_worker_kills_total", "counter", "Worker processes that had to be killed.", float64(s.Killed))
	e.single("crisphost_worker_deaths_total", "counter", "Worker processes that ended by themselves.", float64(s.Died))
	e.single("crisphost_answer_bytes", "gauge", "Memory that answers on their way to scripts take in the host.", float64(s.Answers))
	e.single("crisphost_answers_waiting", "gauge", "Calls that wait for such memory.", float64(s.Waiting))
}
