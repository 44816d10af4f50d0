//go:build unix

package schedule_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testcpu"
	"github.com/crisphost/crisphost/scripts/state"
)

// BenchmarkIdle tells how much of a core a host needs that has 1,000 scripts and nothing to run.
func BenchmarkIdle(b *testing.B) {
	for _, kind := range databases {
		b.Run(kind.name, func(b *testing.B) {
			db := statetest.Open(b, kind.address(b))
			for i := range 1000 {
				saveBench(b, db, fmt.Sprintf("script-%d", i), "every 8784h")
			}
			s := startBench(b, db, &lags{}, 8)
			time.Sleep(3 * time.Second) // what a start leaves to be done
			for b.Loop() {
				before, begin := testcpu.Used(b), time.Now()
				time.Sleep(10 * time.Second)
				b.ReportMetric(100*(testcpu.Used(b)-before).Seconds()/time.Since(begin).Seconds(), "%core")
			}
			if err := s.Close(context.Background()); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// saveBench saves a script that may overlap itself.
func saveBench(b *testing.B, db *state.DB, name string, schedules ...string) {
	b.Helper()
	statetest.Save(b, db, state.Script{Path: name + ".lua", Schedules: schedules}, "-- @overlap allow\n")
}
