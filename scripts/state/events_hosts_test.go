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

// Hosts take the same events at the same time: each starts one run.
func TestHostsTakeEvents(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		hosts := []*state.DB{statetest.Open(t, address)}
		if hosts[0].Pool() != nil {
			hosts = append(hosts, statetest.Open(t, address), statetest.Open(t, address))
		}
		script(t, hosts[0], "a")
		d := &desk{T: t, db: hosts[0], now: time.Now(), launch: state.Launch{Script: "a", Lane: state.LaneOf(""), Max: 10, Within: time.Hour}}
		const rounds, each = 20, 7
		failures := make(chan error, len(hosts)*2)
		for i := range 2 * len(hosts) {
			db := hosts[i%len(hosts)]
			go func() {
				for round := range rounds {
					var list []*state.Arrival
					for n := range each {
						a := d.once(fmt.Sprintf("%d/%d", round, n))
						if i%2 == 0 {
							d.hook(a, 0)
						}
						list = append(list, a)
					}
					if _, err := db.TakeEvents(t.Context(), list); err != nil {
						failures <- err
						return
					}
					if _, err := db.MoveUp(t.Context(), []state.Turn{{Script: "a", Runs: 10, Of: state.Events}}, numbered(1)); err != nil {
						failures <- err
						return
					}
				}
				failures <- nil
			}()
		}
		for range cap(failures) {
			ok(t, <-failures)
		}
		seen := map[string]int{}
		for _, some := range d.started() {
			for _, one := range strings.Split(some, "+") {
				seen[one]++
			}
		}
		for round := range rounds {
			for n := range each {
				if count := seen[fmt.Sprintf("%d/%d", round, n)]; count != 1 {
					t.Errorf("event %d/%d: in %d runs", round, n, count)
				}
			}
		}
		if len(seen) != rounds*each {
			t.Errorf("%d events", len(seen))
		}
	})
}

// A host that stands still while it takes events does not keep those of others from being stored, and its own are taken when it goes on.
func TestFrozenHost(t *testing.T) {
	state.SetFrozenAfter(t, 200*time.Millisecond)
	address := statetest.Shared(t).Database(t)
	frozen, other := statetest.Open(t, address), statetest.Open(t, address)
	script(t, other, "a")
	d := &desk{T: t, db: other, now: time.Now(), launch: state.Launch{Script: "a", Lane: state.LaneOf("")}}
	looks, inside, goOn := 0, make(chan bool, 1), make(chan bool)
	frozen.SetClock(func() time.Time {
		if looks++; looks == 2 { // the first is outside of the transaction
			inside <- true
			<-goOn
		}
		return d.now
	})
	first := []*state.Arrival{d.once("1")}
	done := make(chan error, 1)
	go func() {
		_, err := frozen.TakeEvents(t.Context(), first)
		done <- err
	}()
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := other.TakeEvents(ctx, []*state.Arrival{d.once("2")})
	close(goOn)
	ok(t, err)
	if err := <-done; err == nil || !state.IsPassing(err) {
		t.Errorf("the transaction that stood still: %v", err)
	}
	must[[]state.Taken](t)(frozen.TakeEvents(t.Context(), first))
	d.expectStarted("2", "1")
}
