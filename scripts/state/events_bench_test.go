//go:build unix

package state_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// BenchmarkTakeEvents takes events of 1,000 conversations, each of which starts a run.
func BenchmarkTakeEvents(b *testing.B) {
	for _, kind := range []string{"sqlite", "postgres"} {
		for _, size := range []int{1, 16, 256} {
			b.Run(fmt.Sprintf("%s/%d", kind, size), func(b *testing.B) {
				address := statetest.SQLite(b)
				if kind == "postgres" {
					address = statetest.Shared(b).Database(b)
				}
				db := statetest.Open(b, address)
				payload := fmt.Appendf(nil, `{"website_id":"w","content":%q}`, strings.Repeat("text ", 100))
				taken, n := 0, 0
				for b.Loop() {
					list := make([]*state.Arrival, size)
					for i := range list {
						n++
						session := fmt.Sprint(n % 1000)
						list[i] = &state.Arrival{
							Event: state.Event{Name: "message:send", Website: "w", Payload: payload}, Way: state.ByHook, Stamp: time.Now(),
							Subject: session, Identity: fmt.Sprint(n), Once: true,
							Launches: []state.Launch{{Script: "a", Lane: state.LaneOf(session)}},
						}
					}
					all, err := db.TakeEvents(context.WithoutCancel(b.Context()), list)
					if err != nil {
						b.Fatal(err)
					}
					for _, one := range all {
						taken += len(one.Runs)
					}
				}
				if taken != n {
					b.Fatalf("%d runs of %d events", taken, n)
				}
				b.ReportMetric(float64(taken)/b.Elapsed().Seconds(), "events/s")
			})
		}
	}
}
