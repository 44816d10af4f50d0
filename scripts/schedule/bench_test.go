//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// databases are the kinds that benchmarks compare.
var databases = []struct {
	name    string
	address func(b *testing.B) string
}{
	{"sqlite", func(b *testing.B) string { return statetest.SQLite(b) }},
	{"postgres", func(b *testing.B) string { return statetest.Shared(b).Database(b) }},
}

// startBench starts a host whose runs do nothing.
func startBench(b *testing.B, db *state.DB, o schedule.Observer, workers int) *schedule.Scheduler {
	b.Helper()
	s, err := schedule.Start(b.Context(), schedule.Config{
		DB: db, Parse: parse, Observer: o, Workers: workers,
		Runner: runnerFunc(func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }),
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// lags collects how late runs were made and how late they began.
type lags struct {
	// since leaves out ticks that were due before.
	since time.Time

	mu          sync.Mutex
	made, begun []time.Duration
	ended       int
}

func (l *lags) Started(run state.Run, lag time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if run.Trigger.Tick.Before(l.since) {
		return
	}
	l.made = append(l.made, run.CreatedAt.Sub(run.Trigger.Tick))
	l.begun = append(l.begun, lag)
}

func (l *lags) Ended(state.Run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended++
}

func (l *lags) over() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

func (l *lags) report(b *testing.B) {
	b.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.begun) == 0 {
		b.Fatal("no run")
	}
	b.ReportMetric(float64(len(l.begun)), "runs")
	for _, c := range []struct {
		what string
		all  []time.Duration
	}{{"made", l.made}, {"begun", l.begun}} {
		slices.Sort(c.all)
		b.ReportMetric(float64(c.all[len(c.all)/2].Milliseconds()), "ms-"+c.what+"-p50")
		b.ReportMetric(float64(c.all[len(c.all)*99/100].Milliseconds()), "ms-"+c.what+"-p99")
	}
}

// BenchmarkLag tells how late the ticks of 1,000 scripts run: most are due in different seconds, as in a team's directory, 50 in
// the same one.
func BenchmarkLag(b *testing.B) {
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			db := statetest.Open(b, kind.address(b))
			for i := range 1000 {
				text := fmt.Sprintf("every %ds", 20+i%40)
				if i < 50 {
					text = "every 2s"
				}
				saveBench(b, db, fmt.Sprintf("script-%d", i), text)
			}
			for b.Loop() {
				l := &lags{}
				begin := time.Now()
				s := startBench(b, db, l, 8)
				l.mu.Lock()
				l.since = time.Now()
				l.mu.Unlock()
				b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-start")
				time.Sleep(10 * time.Second)
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
				l.report(b)
			}
		})
	}
}

// BenchmarkSameMoment tells how late 1,000 scripts run that are all due at the same moment, on 8 workers: the last ones wait
// for those before them, so that p99 is how long the host needs for all.
func BenchmarkSameMoment(b *testing.B) {
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			db := statetest.Open(b, kind.address(b))
			const scripts, period = 1000, 10
			for i := range scripts {
				saveBench(b, db, fmt.Sprintf("script-%d", i), fmt.Sprintf("every %ds", period))
			}
			for b.Loop() {
				l := &lags{}
				s := startBench(b, db, l, 8)
				for l.over() < scripts {
					time.Sleep(10 * time.Millisecond)
				}
				if err := s.Close(context.Background()); err != nil {
					b.Fatal(err)
				}
				l.report(b)
			}
		})
	}
}
