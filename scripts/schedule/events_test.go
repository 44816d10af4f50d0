//go:build unix

package schedule_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// saveTriggered saves a script that events start, with a header of one tag a line.
func saveTriggered(t testing.TB, db *state.DB, name string, tags ...string) {
	t.Helper()
	code := "-- " + name + "\n-- " + strings.Join(tags, "\n-- ") + "\n"
	header, err := scripts.ReadHeader([]byte(code), engine.Lua)
	if err != nil {
		t.Fatal(err)
	}
	s := state.Script{Path: name + ".lua", Triggers: &state.Triggers{Key: header.Key, Debounce: header.Debounce}}
	for _, on := range header.On {
		s.Triggers.On = append(s.Triggers.On, state.On{Event: on.Event, Where: on.Where})
	}
	if header.Throttle != nil {
		s.Triggers.Count, s.Triggers.Per = header.Throttle.Count, header.Throttle.Per
	}
	if header.Batch != nil {
		s.Triggers.Max, s.Triggers.Within = header.Batch.Max, header.Batch.Within
	}
	statetest.Save(t, db, s, code)
}

// message is a message of a conversation. Its fingerprint makes it the only one.
func message(session string, fingerprint int) crisp.Event {
	data := fmt.Appendf(nil, `{"website_id":"w","session_id":%q,"fingerprint":%d,"from":"user","content":"Hello?","timestamp":%d}`,
		session, fingerprint, 1_796_000_000_000+fingerprint)
	return crisp.Event{Name: "message:send", WebsiteID: "w", Data: data, Time: time.Now()}
}

// heard are the events of a list, as RTM has them.
func heard(list ...crisp.Event) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// hears waits until a scheduler has the triggers of events.
func hears(t *testing.T, s *schedule.Scheduler, name string) {
	t.Helper()
	testwait.Until(t, "triggers of "+name, func() bool { return s.Starts(name) })
}

func byHook() schedule.Delivery { return schedule.Delivery{Hook: true, Stamp: time.Now()} }

// diary notes the runs of events as they begin, by key.
type diary struct {
	db   *state.DB
	work func(ctx context.Context, run state.Run) // nil does nothing

	mu    sync.Mutex
	going map[string]bool
	// order are the payloads of each key, and faults what must not be.
	order  map[string][]string
	faults []string
	begun  int
	times  []time.Time
}

func (d *diary) run(ctx context.Context, run state.Run, _ schedule.Sink) *state.RunError {
	events, err := d.db.EventsOf(ctx, run.ID)
	if err != nil {
		return &state.RunError{Kind: "runtime", Message: err.Error()}
	}
	key := run.Trigger.Key
	d.mu.Lock()
	if d.order == nil {
		d.order, d.going = map[string][]string{}, map[string]bool{}
	}
	if d.going[key] {
		d.faults = append(d.faults, "two runs of "+key+" at the same time")
	}
	d.going[key] = true
	for _, e := range events {
		d.order[key] = append(d.order[key], string(e.Payload))
		d.begun++
	}
	d.times = append(d.times, time.Now())
	d.mu.Unlock()
	if d.work != nil {
		d.work(ctx, run)
	}
	d.mu.Lock()
	d.going[key] = false
	d.mu.Unlock()
	return nil
}

func (d *diary) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.begun
}

// Events of many conversations come to several hosts, by hooks and by RTM: each runs once, those of one conversation in order.
func TestOrderPerKey(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		saveTriggered(t, db, "a", "@on message:send", "@key session_id")
		d := &diary{db: db}
		hosts := []*schedule.Scheduler{start(t, db, d.run, nil)}
		if db.Pool() != nil {
			for range 2 {
				hosts = append(hosts, start(t, statetest.Open(t, address), d.run, nil))
			}
		}
		for _, s := range hosts {
			hears(t, s, "message:send")
		}
		const sessions, each = 12, 15
		want := map[string][]string{}
		for i := range sessions {
			key := fmt.Sprintf("session_%d", i)
			for n := range each {
				want[key] = append(want[key], string(message(key, i*1000+n).Data))
			}
		}
		var senders sync.WaitGroup
		senders.Go(func() { // RTM has all of them, in order, at one host
			var list []crisp.Event
			for n := range each {
				for i := range sessions {
					list = append(list, message(fmt.Sprintf("session_%d", i), i*1000+n))
				}
			}
			if err := hosts[0].DeliverAll(t.Context(), heard(list...)); err != nil {
				t.Error(err)
			}
		})
		for i := range sessions {
			senders.Go(func() { // a hook goes to any host, behind the answer of the one before
				for n := range each {
					e := message(fmt.Sprintf("session_%d", i), i*1000+n)
					if err := hosts[(i+n)%len(hosts)].Deliver(t.Context(), &e, byHook()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		senders.Wait()
		testwait.Until(t, "the runs of all events", func() bool { return d.count() >= sessions*each && idle(t, db) })
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, fault := range d.faults {
			t.Error(fault)
		}
		for key, list := range want {
			if !slices.Equal(d.order[key], list) {
				t.Errorf("%s: %d events\n%s", key, len(d.order[key]), strings.Join(d.order[key], "\n"))
			}
		}
		if d.begun != sessions*each {
			t.Errorf("%d events ran, of %d", d.begun, sessions*each)
		}
	})
}

// Many events come at once, of which as many as a script gathers start a run: none is lost, and they do not pile up in memory.
func TestEventStorm(t *testing.T) {
	all := 20_000
	if testing.Short() || testrequire.RaceDetector {
		all = 3_000
	}
	db := statetest.Open(t, statetest.SQLite(t))
	saveTriggered(t, db, "a", "@on message:send", "@batch 1000 within 1s")
	d := &diary{db: db}
	s := start(t, db, d.run, nil)
	hears(t, s, "message:send")
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	most, waiting := uint64(0), 0
	err := s.DeliverAll(t.Context(), func(yield func(crisp.Event, error) bool) {
		for n := range all {
			if !yield(message(fmt.Sprintf("session_%d", n%1000), n), nil) {
				return
			}
			if n%10_000 == 0 {
				runtime.GC()
				runtime.ReadMemStats(&now)
				most, waiting = max(most, now.HeapAlloc), max(waiting, s.EventStats().Waiting)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	testwait.Until(t, "the runs of all events", func() bool { return d.count() >= all && idle(t, db) })
	if d.count() != all {
		t.Errorf("%d events ran, of %d", d.count(), all)
	}
	if grown := int64(most) - int64(before.HeapAlloc); grown > 64<<20 {
		t.Errorf("%d MiB more on the heap", grown>>20)
	}
	t.Logf("%d events stored in %v and run in %v; at most %d MiB on the heap, and %d in the inbox", all, took, time.Since(begin), most>>20, waiting)
}

// While the database is away hooks fail, so that Crisp sends them again, and what comes by RTM waits.
func TestEventsWithoutDatabase(t *testing.T) {
	server := statetest.New(t)
	db := statetest.Open(t, server.Database(t))
	saveTriggered(t, db, "a", "@on message:send", "@key session_id")
	d := &diary{db: db}
	s := start(t, db, d.run, func(c *schedule.Config) { c.Heartbeat, c.DeadAfter = 300*time.Millisecond, 10*time.Second })
	hears(t, s, "message:send")
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	hooked := message("session_1", 1)
	if err := s.Deliver(t.Context(), &hooked, byHook()); err == nil {
		t.Error("a hook was acknowledged that nobody could store")
	}
	delivered := make(chan error, 1)
	go func() {
		delivered <- s.DeliverAll(t.Context(), heard(message("session_2", 2), message("session_2", 3)))
	}()
	if err := <-delivered; err != nil { // they wait here
		t.Error(err)
	}
	testwait.Until(t, "a failed attempt to store them", func() bool { return s.EventStats().Waiting < 2 })
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	testwait.Until(t, "the runs", func() bool { return d.count() >= 2 })
	testwait.Until(t, "the hook's next delivery", func() bool { return s.Deliver(t.Context(), &hooked, byHook()) == nil })
	testwait.Until(t, "the end", func() bool { return d.count() >= 3 && idle(t, db) })
	d.mu.Lock()
	defer d.mu.Unlock()
	want := []string{string(message("session_2", 2).Data), string(message("session_2", 3).Data)}
	if !slices.Equal(d.order["session_2"], want) || d.begun != 3 {
		t.Errorf("%q, %d in all", d.order, d.begun)
	}
}

// A host that ends stores what it has taken, and refuses the rest.
func TestEventsAtTheEnd(t *testing.T) {
	noLeaks(t)
	db := statetest.Open(t, statetest.SQLite(t))
	saveTriggered(t, db, "a", "@on message:send", "@key session_id")
	d := &diary{db: db}
	s := start(t, db, d.run, nil)
	hears(t, s, "message:send")
	const senders = 8
	var mu sync.Mutex
	acknowledged := 0
	var sending sync.WaitGroup
	for i := range senders {
		sending.Go(func() {
			for n := 0; ; n++ {
				e := message(fmt.Sprintf("session_%d", i), i*100_000+n)
				err := s.Deliver(t.Context(), &e, byHook())
				if errors.Is(err, schedule.ErrStopping) {
					return
				}
				if err != nil && !errors.Is(err, schedule.ErrBusy) {
					t.Error(err)
					return
				}
				mu.Lock()
				acknowledged++
				mu.Unlock()
			}
		})
	}
	testwait.Until(t, "some events", func() bool { return d.count() > 10 })
	stop(t, s, 5*time.Second)
	sending.Wait()
	if err := s.DeliverAll(t.Context(), func(yield func(crisp.Event, error) bool) {
		for n := 0; yield(message("late", 10_000_000+n), nil); n++ {
		}
	}); !errors.Is(err, schedule.ErrStopping) {
		t.Errorf("after the end: %v", err)
	}
	var stored int
	if err := db.SQL().QueryRowContext(t.Context(), "SELECT count(*) FROM events").Scan(&stored); err != nil {
		t.Fatal(err)
	}
	if stored < acknowledged {
		t.Errorf("%d events are stored, of %d that were acknowledged", stored, acknowledged)
	}
	next := start(t, db, d.run, nil)
	testwait.Until(t, "the runs of the rest", func() bool { return idle(t, db) })
	if d.count() < acknowledged {
		t.Errorf("%d events ran, of %d that were acknowledged", d.count(), acknowledged)
	}
	stop(t, next, 5*time.Second)
}

// An event that cannot be stored keeps those beside it from nothing.
func TestEventsBesideABadOne(t *testing.T) {
	db := statetest.Open(t, statetest.SQLite(t))
	saveTriggered(t, db, "a", "@on message:send", "@key session_id")
	d := &diary{db: db}
	s := start(t, db, d.run, nil)
	hears(t, s, "message:send")
	_, err := db.SQL().ExecContext(t.Context(), `CREATE TRIGGER bad BEFORE INSERT ON events WHEN NEW.subject = 'bad' BEGIN SELECT raise(ABORT, 'bad'); END`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DeliverAll(t.Context(), heard(message("good", 1), message("bad", 2), message("good", 3))); err != nil {
		t.Fatal(err)
	}
	e := message("bad", 4)
	if err := s.Deliver(t.Context(), &e, byHook()); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("a bad hook: %v", err)
	}
	testwait.Until(t, "the runs of the good ones", func() bool { return d.count() == 2 })
}

// What waits for a time starts when it has come, on a host that has nothing else to do.
func TestDueEvents(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		saveTriggered(t, db, "debounced", "@on message:send", "@debounce 400ms", "@key session_id")
		saveTriggered(t, db, "batched", "@on message:received", "@batch 3 within 700ms")
		saveTriggered(t, db, "throttled", "@on message:updated", "@throttle 1/s")
		var mu sync.Mutex
		lags := map[string][]time.Duration{}
		runner := func(_ context.Context, run state.Run, _ schedule.Sink) *state.RunError {
			mu.Lock()
			defer mu.Unlock()
			due := run.Due
			if due.IsZero() {
				due = run.CreatedAt
			}
			lags[run.Script] = append(lags[run.Script], db.Now().Sub(due))
			return nil
		}
		s := start(t, db, runner, func(c *schedule.Config) { c.Poll = time.Hour }) // nobody looks without a reason
		hears(t, s, "message:send")
		deliver := func(name string, n int, session string) {
			t.Helper()
			e := message(session, n)
			e.Name = name
			if err := s.Deliver(t.Context(), &e, byHook()); err != nil {
				t.Fatal(err)
			}
		}
		began := time.Now()
		for n := range 5 {
			deliver("message:send", n, "session_1")
			deliver("message:send", 100+n, "session_2")
			deliver("message:received", 200+n, "session_1")
		}
		together := time.Since(began) < 400*time.Millisecond // on a busy machine some may come after the first ones have run
		for n := range 3 {
			deliver("message:updated", 300+n, fmt.Sprint(n))
		}
		testwait.Until(t, "all runs", func() bool { return idle(t, db) })
		mu.Lock()
		defer mu.Unlock()
		if len(lags["throttled"]) != 3 || together && (len(lags["debounced"]) != 2 || len(lags["batched"]) != 2) {
			t.Errorf("runs: %v", lags)
		}
		for name, list := range lags {
			for _, lag := range list {
				if lag < 0 {
					t.Errorf("%s started %v before its time", name, -lag)
				}
			}
			if best := slices.Min(list); best > 4*time.Second { // a look without a reason comes after 5 s
				t.Errorf("%s started %v after its time", name, best)
			}
		}
		t.Log(lags)
	})
}
