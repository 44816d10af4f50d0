package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
)

// Ticks are the times at which a schedule is due, in order.
type Ticks interface {
	// Next is the first tick after a time, or zero when there is none.
	Next(after time.Time) time.Time
}

// Runner runs scripts.
type Runner interface {
	// Run runs a version of a script to its end. It returns soon after ctx ends, whose cause is ErrTimeout, ErrStopping, ErrLost
	// or a *CancelledError, and must then have stopped the script.
	Run(ctx context.Context, run state.Run, version *state.Version, header scripts.Header, sink Sink) Outcome
}

// Outcome is how a run ended.
type Outcome struct {
	// Err is why it failed, or nil.
	Err *state.RunError
}

// Observer is told of runs as they go, for metrics. Its methods return at once.
type Observer interface {
	// Started tells that an attempt began; lag is how long after its tick, or after somebody asked.
	Started(run state.Run, lag time.Duration)
	// Ended tells that a run ended, or was skipped. A run that will be tried again has state scheduled.
	Ended(run state.Run)
}

// Why the context of a run ends.
var (
	// ErrTimeout tells that the run took longer than its @timeout.
	ErrTimeout = errors.New("the run took too long")
	// ErrStopping tells that the host shuts down. The run will begin again, on another host or at the next start.
	ErrStopping = errors.New("the host shuts down")
	// ErrLost tells that the host was taken for dead while it stood still, and that another has taken the run over.
	ErrLost = state.ErrLost
)

// CancelledError tells that somebody cancelled the run.
type CancelledError struct{ By string }

func (e *CancelledError) Error() string { return "cancelled by " + e.By }

// Config is what a Scheduler works with. DB, Runner and Parse are required.
type Config struct {
	DB     *state.DB
	Runner Runner
	// Parse reads a schedule in a time zone.
	Parse func(text, timezone string) (Ticks, error)
	// Name is how people know the host; by default the machine's name.
	Name string
	// Lock is of LockDatabase, for those who must know before that no other host has the file. The scheduler releases it. Without
	// it, the scheduler locks the file itself.
	Lock *Lock
	// Workers is how many runs go at the same time, 8 by default and at most MaxWorkers. For each 8 of them, or a part of that, one more
	// can be of a script whose runs are short, so that slow runs hold nobody up: see Places.
	Workers int
	// Timeout bounds runs of scripts without @timeout. 0 is no bound.
	Timeout time.Duration
	// Late is the delay from which on a tick counts as missed, 15 s by default.
	Late time.Duration
	// Heartbeat is how often the host tells that it lives, 1 s by default, and DeadAfter how long it may be silent before others
	// take over its runs, 6 s by default.
	Heartbeat, DeadAfter time.Duration
	// Poll is how often the host looks for what other processes changed, 300 ms by default.
	Poll time.Duration
	// Logs bounds the log of each run.
	Logs LogQuota
	// Full, if set, tells that runs should log next to nothing, since the database has no room.
	Full func() bool
	// Retention bounds the history.
	Retention state.Retention
	Logger    *slog.Logger
	Observer  Observer
}

// Places is how many runs can go at the same time on a host with a number of workers.
func Places(workers int) int {
	if workers <= 0 {
		workers = defaultWorkers
	}
	return workers + reservedPlaces(workers)
}

const defaultWorkers = 8

// MaxWorkers bounds Config.Workers, below what the job queue takes.
const MaxWorkers = 5000

func (c Config) withDefaults() (Config, error) {
	if c.DB == nil || c.Runner == nil || c.Parse == nil {
		return c, errors.New("a scheduler needs a database, a runner and a parser of schedules")
	}
	if c.Name == "" {
		name, err := os.Hostname()
		if err != nil {
			return c, fmt.Errorf("name of the host: %w", err)
		}
		c.Name = name
	}
	if c.Workers <= 0 {
		c.Workers = defaultWorkers
	}
	if c.Workers > MaxWorkers {
		return c, fmt.Errorf("%d runs at the same time are too many: at most %d", c.Workers, MaxWorkers)
	}
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&c.Late, 15 * time.Second}, {&c.Heartbeat, time.Second}, {&c.DeadAfter, 6 * time.Second}, {&c.Poll, 300 * time.Millisecond},
	} {
		if *d.value <= 0 {
			*d.value = d.fallback
		}
	}
	if c.DeadAfter < 3*c.Heartbeat {
		return c, fmt.Errorf("a host cannot be dead after %v when its heart beats every %v: allow three beats", c.DeadAfter, c.Heartbeat)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Observer == nil {
		c.Observer = noObserver{}
	}
	return c, nil
}

type noObserver struct{}

func (noObserver) Started(state.Run, time.Duration) {}
func (noObserver) Ended(state.Run)                  {}

// Scheduler is a host's part in running scripts.
type Scheduler struct {
	Config

	host  state.Host
	queue *queue

	timetable timetable
	programs  programs
	active    active
	turns     turns
	rest      rest
	triggers  triggers
	inbox     inbox
	// duty is until when this host has the duty of making the ticks' runs, as Unix nanoseconds, or 0.
	duty atomic.Int64
	// alone reports that no other host is alive.
	alone atomic.Bool
	// healthy is since when the heart has beaten without a break, as Unix nanoseconds, or 0.
	healthy atomic.Int64
	// away tells that the database was not there when something last needed it.
	away atomic.Bool
	// troubles are what it does not take.
	troubles troubles
	// failures are those of the job queue.
	failures failures
	pulse    pulse
	time     timeSet
	calm     calm
	// schema is the newer one that was told of.
	schema state.Schema

	// dueAt is when the next run is due that waits for a time, as Unix nanoseconds, or 0.
	dueAt atomic.Int64
	// unread tells that the next poll has to read the tables even if nobody changed them.
	unread atomic.Bool
	// changed wakes the loop that looks for what others did, earlier tells it that dueAt is, and due wakes the one that waits for
	// ticks.
	changed, earlier, due chan struct{}
	loops                 sync.WaitGroup
	// ending ends the loops; drained ends the heartbeat, which goes on while runs come to their end.
	ending, drained context.CancelFunc
	ended           <-chan struct{}
	stopping        atomic.Bool
}

// Start begins to run scripts. The context bounds the start alone; Close ends what it began.
//
// On SQLite the file is locked: a second host on the same file is refused. What a host that ended suddenly was running begins
// again. On PostgreSQL the other hosts take that over as soon as its heart stops.
func Start(ctx context.Context, c Config) (*Scheduler, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Scheduler{
		Config:  c,
		changed: make(chan struct{}, 1), due: make(chan struct{}, 1),
		earlier: make(chan struct{}, 1),
	}
	s.host = state.Host{ID: hostID(c.Name), Name: c.Name, Started: time.Now()}
	s.active.init()
	s.inbox.init()
	s.turns.init(c.Workers)
	s.calm = newCalm(c.Logger.Handler())
	if s.Lock == nil {
		if s.Lock, err = LockDatabase(c.DB); err != nil {
			return nil, err
		}
	}
	if err = s.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start of the scheduler: %w", err), s.Lock.Release())
	}
	return s, nil
}

func (s *Scheduler) begin(ctx context.Context) (err error) {
	if s.queue, err = newQueue(ctx, s); err != nil {
		return err
	}
	if s.DB.Pool() == nil { // whoever is in the file is dead: the lock is ours
		if err := s.releaseAll(ctx); err != nil {
			return err
		}
	}
	if _, err := s.DB.Beat(ctx, s.host); err != nil {
		return err
	}
	s.healthy.Store(time.Now().UnixNano())
	s.troubles.beaten(time.Now())
	s.pulse.init()
	if err := s.takeDuty(ctx); err != nil {
		return err
	}
	if err := errors.Join(s.refresh(ctx), s.refreshTriggers(ctx)); err != nil {
		return err
	}
	background := context.WithoutCancel(ctx)
	looping, ending := context.WithCancel(background)
	beating, drained := context.WithCancel(background)
	s.ending, s.drained, s.ended = ending, drained, looping.Done()
	if err := s.queue.client.Start(background); err != nil {
		ending()
		drained()
		return err
	}
	s.loops.Go(func() { s.tickLoop(looping) })
	s.loops.Go(func() { s.pollLoop(looping) })
	s.loops.Go(func() { s.inboxLoop(looping) })
	s.loops.Go(func() { s.tidyLoop(looping) })
	s.loops.Go(func() { s.beatLoop(beating) })
	if s.Lock == nil { // nobody takes over from the only host
		s.loops.Go(func() { s.pulse.loop(beating, s.DeadAfter) })
	}
	return nil
}

// Wake has changes that this process made to the database seen at once: a trigger, a cancellation, a script. Those that other
// processes make are seen within Config.Poll.
func (s *Scheduler) Wake() { wake(s.changed) }

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // somebody else has
	}
}

// Close waits until the runs in progress have ended, or ctx has, and then stops them; they begin again on another host or at the
// next start. No run begins meanwhile.
func (s *Scheduler) Close(ctx context.Context) error {
	s.stopping.Store(true)
	s.ending()
	err := s.queue.stop(ctx)
	if err != nil {
		s.active.endAll(ErrStopping)
		hard, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		err = s.queue.stopNow(hard)
	}
	s.drained()
	s.loops.Wait()
	leave, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	dutyErr := s.leaveDuty(leave)
	_, releaseErr := s.DB.RemoveHost(leave, s.host.ID, time.Time{}, s.queue.release(leave, s.host.ID))
	return errors.Join(err, dutyErr, releaseErr, s.Lock.Release())
}

// stopGrace is how long a runner has to stop its script, and the database to take the goodbye.
const stopGrace = 15 * time.Second

// sleep waits and reports whether ctx goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
