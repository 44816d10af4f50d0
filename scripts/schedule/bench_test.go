//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/state/statetest"
)

// lags collects how late runs began.
type lags struct {
	mu   sync.Mutex
	all  []time.Duration
	over atomic.Int32
}

func (l *lags) Started(_ state.Run, lag time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, lag)
}

func (l *lags) Ended(state.Run) { l.over.Add(1) }

// BenchmarkLag tells how late the ticks of 1,000 scripts run on SQLite: most are due in different seconds, as in a team's
// directory, 50 in the same one.
func BenchmarkLag(b *testing.B) {
	db, err := state.Open(b.Context(), statetest.SQLite(b))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	for i := range 1000 {
		text := fmt.Sprintf("every %ds", 20+i%40)
		if i < 50 {
			text = "every 2s"
		}
		name := fmt.Sprintf("script-%d", i)
		code := []byte("-- @overlap allow\n")
		if err := db.PutVersion(b.Context(), &state.Version{Hash: name, Script: name, Entry: "a.lua", Language: "lua", Files: map[string][]byte{"a.lua": code}}); err != nil {
			b.Fatal(err)
		}
		if err := db.PutScript(b.Context(), state.Script{Name: name, Path: "a.lua", Language: "lua", Version: name, Schedules: []string{text}}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		l := &lags{}
		begin := time.Now()
		s, err := schedule.Start(b.Context(), schedule.Config{
			DB: db, Parse: parse, Observer: l, Workers: 50,
			Runner: runnerFunc(func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }),
		})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(time.Since(begin).Milliseconds()), "ms-to-start")
		time.Sleep(10 * time.Second)
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		slices.Sort(l.all)
		if len(l.all) == 0 {
			b.Fatal("no run")
		}
		b.ReportMetric(float64(len(l.all)), "runs")
		b.ReportMetric(float64(l.all[len(l.all)/2].Milliseconds()), "ms-lag-p50")
		b.ReportMetric(float64(l.all[len(l.all)*99/100].Milliseconds()), "ms-lag-p99")
	}
}

type bareArgs struct {
	N int `json:"n"`
}

func (bareArgs) Kind() string { return "bare" }

// BenchmarkThroughput compares runs that do nothing with bare jobs of the queue on the same kind of database.
func BenchmarkThroughput(b *testing.B) {
	const n = 1000
	bare := func() time.Duration {
		db, err := state.Open(b.Context(), statetest.SQLite(b))
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		driver := riversqlite.New(db.SQL())
		migrator, err := rivermigrate.New(driver, nil)
		if err == nil {
			_, err = migrator.Migrate(b.Context(), rivermigrate.DirectionUp, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
		var done atomic.Int32
		finished := make(chan struct{})
		workers := river.NewWorkers()
		river.AddWorker(workers, river.WorkFunc(func(context.Context, *river.Job[bareArgs]) error {
			if done.Add(1) == n {
				close(finished)
			}
			return nil
		}))
		client, err := river.NewClient(driver, &river.Config{
			Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 50}},
			FetchCooldown: 20 * time.Millisecond, Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			b.Fatal(err)
		}
		var params []river.InsertManyParams
		for i := range n {
			params = append(params, river.InsertManyParams{Args: bareArgs{i}})
		}
		if _, err := client.InsertMany(b.Context(), params); err != nil {
			b.Fatal(err)
		}
		begin := time.Now()
		if err := client.Start(context.Background()); err != nil {
			b.Fatal(err)
		}
		<-finished
		took := time.Since(begin)
		if err := client.Stop(context.Background()); err != nil {
			b.Fatal(err)
		}
		return took
	}
	ours := func() time.Duration {
		db, err := state.Open(b.Context(), statetest.SQLite(b))
		if err != nil {
			b.Fatal(err)
		}
		defer db.Close()
		if err := db.PutVersion(b.Context(), &state.Version{Hash: "v", Script: "a", Entry: "a.lua", Language: "lua", Files: map[string][]byte{"a.lua": []byte("-- @overlap allow\n")}}); err != nil {
			b.Fatal(err)
		}
		if err := db.PutScript(b.Context(), state.Script{Name: "a", Path: "a.lua", Language: "lua", Version: "v"}); err != nil {
			b.Fatal(err)
		}
		for range n {
			if _, err := db.Trigger(b.Context(), "a", state.Trigger{Kind: state.ByHand}); err != nil {
				b.Fatal(err)
			}
		}
		l := &lags{}
		begin := time.Now()
		s, err := schedule.Start(b.Context(), schedule.Config{
			DB: db, Parse: parse, Observer: l, Workers: 50,
			Runner: runnerFunc(func(context.Context, state.Run, schedule.Sink) *state.RunError { return nil }),
		})
		if err != nil {
			b.Fatal(err)
		}
		for l.over.Load() < n {
			time.Sleep(time.Millisecond)
		}
		took := time.Since(begin)
		if err := s.Close(context.Background()); err != nil {
			b.Fatal(err)
		}
		return took
	}
	var ratios []float64
	for b.Loop() {
		us, them := ours(), bare()
		ratios = append(ratios, them.Seconds()/us.Seconds())
		b.ReportMetric(n/us.Seconds(), "runs/s")
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio") // the median of pairs side by side
}
