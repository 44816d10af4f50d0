//go:build unix

package host_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/scheduletest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// The runs of BenchmarkThroughput, and how many go at the same time. Bare jobs are given more places: with eight the queue waits
// most of the time until it may fetch again, and anything would be faster.
const (
	throughputRuns    = 1000
	throughputWorkers = 8
	bareWorkers       = 50
)

// BenchmarkThroughput compares runs of scripts that do nothing, from the scheduler to a worker and back, with bare jobs of
// the queue that do nothing, on the same kind of database: one script a thousand times, and 200 in turn.
// "new" counts the first round of a pool too, in which processes start and compile; otherwise that has happened before.
func BenchmarkThroughput(b *testing.B) {
	for _, c := range []struct {
		name, file string
		scripts    int
		warm       bool
	}{
		{"one/lua", "s%d.lua", 1, true},
		{"one/js", "s%d.js", 1, true},
		{"200/lua", "s%d.lua", 200, true},
		{"200/js", "s%d.js", 200, true},
		{"200/new/lua", "s%d.lua", 200, false},
		{"200/new/js", "s%d.js", 200, false},
	} {
		b.Run(c.name, func(b *testing.B) {
			p := newPool(b, worker.Options{Workers: throughputWorkers})
			var ratios, rates []float64
			if c.warm {
				scheduledRuns(b, p, c.file, c.scripts)
			}
			for b.Loop() {
				if !c.warm {
					p = newPool(b, worker.Options{Workers: throughputWorkers})
				}
				ours := scheduledRuns(b, p, c.file, c.scripts)
				theirs := scheduletest.BareJobs(b, statetest.Open(b, statetest.SQLite(b)), throughputRuns, bareWorkers)
				ratios = append(ratios, theirs.Seconds()/ours.Seconds())
				rates = append(rates, throughputRuns/ours.Seconds())
			}
			slices.Sort(ratios)
			slices.Sort(rates)
			b.ReportMetric(ratios[len(ratios)/2], "ratio") // the median of pairs side by side
			b.ReportMetric(rates[len(rates)/2], "runs/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// newPool makes a pool that the benchmark closes.
func newPool(b *testing.B, o worker.Options) *worker.Pool {
	b.Helper()
	o.Bundles = b.TempDir()
	p, err := worker.NewPool(o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.Close() })
	return p
}

// ends counts the runs that ended.
type ends struct{ succeeded, failed atomic.Int32 }

func (e *ends) Started(state.Run, time.Duration) {}

func (e *ends) Ended(run state.Run) {
	if run.State == state.Succeeded {
		e.succeeded.Add(1)
	} else {
		e.failed.Add(1)
	}
}

// scheduledRuns tells how long a scheduler and a pool take for throughputRuns runs.
func scheduledRuns(b *testing.B, p *worker.Pool, file string, n int) time.Duration {
	b.Helper()
	db := statetest.Open(b, statetest.SQLite(b))
	var names []string
	for i := range n {
		path := fmt.Sprintf(file, i)
		statetest.Save(b, db, state.Script{Path: path}, map[bool]string{true: "-- @overlap allow\n", false: "// @overlap allow\n"}[file == "s%d.lua"])
		names = append(names, strings.TrimSuffix(path, filepath.Ext(path)))
	}
	for i := range throughputRuns {
		if _, err := db.Trigger(b.Context(), names[i%n], state.Trigger{Kind: state.ByHand}); err != nil {
			b.Fatal(err)
		}
	}
	seen := &ends{}
	eng, err := newEngine()
	if err != nil {
		b.Fatal(err)
	}
	begin := time.Now()
	s, err := schedule.Start(b.Context(), schedule.Config{
		DB: db, Runner: &host.Runner{Pool: p, Engine: eng}, Observer: seen, Workers: throughputWorkers, Logger: slog.New(slog.DiscardHandler),
		Parse: func(string, string) (schedule.Ticks, error) { return nil, fmt.Errorf("there are no schedules") },
	})
	if err != nil {
		b.Fatal(err)
	}
	for seen.succeeded.Load()+seen.failed.Load() < throughputRuns {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(begin)
	if err := s.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	if failed := seen.failed.Load(); failed > 0 {
		b.Fatalf("%d runs failed", failed)
	}
	return took
}
