package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// Sink takes what a run prints and calls. Its methods do not wait for the database and may be called from any goroutine.
type Sink interface {
	// Log takes a line. Its Seq and Attempt are filled in, and its Time when it is zero.
	Log(line state.LogLine)
	// Call takes an API call that the run made, or wanted to make: one that was refused is kept, and not counted.
	Call(call state.APICall)
	// Confirm has to be asked before anything that cannot be undone, such as an API call. It returns at once, except when the
	// process stood still for so long that others may have taken the run over: then it waits until the host knows. The error is
	// the cause for which the run's context has ended.
	Confirm(ctx context.Context) error
}

// Bounds of what is kept of a run. Calls are counted beyond them.
const (
	maxCalls = 10_000
	// maxWrites is for calls that are no reads, of which people want to know each.
	maxWrites = 100_000
	// flushEvery is how far a log that somebody follows is behind.
	flushEvery = 150 * time.Millisecond
	// logPatience is how long lines wait for a database that is away.
	logPatience = 30 * time.Second
)

// scarce is the LogQuota of a run when the database is full: what a person needs to see why it fails.
var scarce = LogQuota{Lines: 20, Bytes: 16 << 10}

// runSink writes batches, so that a script that prints much waits for nothing.
type runSink struct {
	s       *Scheduler
	run     state.Run
	persist func(func(context.Context) error) error

	mu            sync.Mutex
	log           keeper
	calls         []state.APICall
	callSeq       int64 // of the last call
	callsKept     int
	writesKept    int
	total, writes int
	stop, stopped chan struct{}
}

func (s *Scheduler) newSink(ctx context.Context, run state.Run) (*runSink, error) {
	sink := &runSink{s: s, run: run, stop: make(chan struct{}), stopped: make(chan struct{})}
	sink.persist = func(change func(context.Context) error) error { return s.persist(ctx, logPatience, change) }
	var seq int64
	if run.Again {
		var err error
		if seq, sink.callSeq, err = s.DB.LastSeqs(ctx, run.ID); err != nil {
			return nil, err
		}
	}
	quota := s.Logs
	if s.Full != nil && s.Full() {
		quota = scarce
	}
	sink.log = newKeeper(quota, run.Attempt, seq)
	go sink.loop()
	return sink, nil
}

func (k *runSink) Log(line state.LogLine) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if line.Time.IsZero() {
		line.Time = k.s.DB.Now()
	}
	k.log.add(line)
}

func (k *runSink) Call(call state.APICall) {
	if k.keep(call) {
		k.Log(state.LogLine{Level: "warn", Message: fmt.Sprintf("This run made %d calls that write: further ones are counted, and not listed.", maxWrites)})
	}
}

// keep counts a call and lists it while there is room. It reports whether it is the first write for which there was none.
func (k *runSink) keep(call state.APICall) (left bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if call.Time.IsZero() {
		call.Time = k.s.DB.Now()
	}
	if !call.Refused() {
		k.total++
		if call.Effect != "read" {
			k.writes++
		}
	}
	kept, most := &k.callsKept, maxCalls
	if call.Effect != "read" {
		kept, most = &k.writesKept, maxWrites
	}
	if *kept++; *kept <= most {
		k.calls = append(k.calls, call)
	}
	return kept == &k.writesKept && *kept == most+1
}

func (k *runSink) loop() {
	defer close(k.stopped)
	ticker := time.NewTicker(flushEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.flush()
		case <-k.stop:
			k.flush()
			return
		}
	}
}

func (k *runSink) flush() {
	k.mu.Lock()
	lines, calls := k.log.take(), k.calls
	k.calls = nil
	first := k.callSeq + 1
	k.callSeq += int64(len(calls))
	k.mu.Unlock()
	var err error
	if !lines.IsEmpty() {
		err = k.persist(func(ctx context.Context) error { return k.s.DB.ChangeLog(ctx, k.run.ID, lines) })
	}
	if len(calls) > 0 && err == nil {
		err = k.persist(func(ctx context.Context) error { return k.s.DB.AppendCalls(ctx, k.run.ID, first, calls) })
	}
	if err != nil {
		k.s.Logger.Error("log lines of a run are lost", slog.String("run", k.run.ID), slog.Any("error", err))
	}
}

// close writes the rest and returns the numbers of calls and of those that were not reads.
func (k *runSink) close() (calls, writes int) {
	close(k.stop)
	<-k.stopped
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.total, k.writes
}
