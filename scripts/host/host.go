//go:build unix

// Package host runs a directory of scripts: it follows the directory, keeps what it finds in a database, and starts runs in worker
// processes at the ticks of their schedules and when somebody asks.
//
//	db, err := state.Open(ctx, "sqlite:"+filepath.Join(dir, "host.db"))
//	...
//	eng, err := newEngine()
//	...
//	h, err := host.Start(ctx, host.Config{DB: db, Directory: directory, Engine: eng})
//	...
//	defer h.Close(ctx)
//
// The first line of the program's main is worker.MainIf(newEngine): workers are this program. Config.Workers has the connection
// to Crisp.
//
// The engine of the host reads and checks scripts, and those of the workers run them: both have the same modules. Modules of the
// program's own run in the workers, see worker.MainIf. Start fails when main does not call it.
//
// # One directory, one database
//
// The database follows the directory: a script that is saved, renamed or deleted is so in the database a moment later, also when
// that happened while no host was running. What people set by hand, a pause, and what scripts stored outlive this; runs keep
// the version that they ran. A file that is renamed and not edited is the same script under another name, with all of these.
//
// Hosts that share a PostgreSQL database should have the same scripts. Each writes what changes in its own directory, and everything
// that differs when it starts; where directories disagree, the one that changed or started last is right for all hosts. A host whose
// directory is not there, or empty when it starts, leaves the database alone.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/console"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// Config is what a host is made of. DB, Directory and Engine are required.
type Config struct {
	DB *state.DB
	// Engine has the languages and modules of the scripts. Workers have engines of their own, which worker.MainIf makes.
	Engine *engine.Engine
	// Directory holds the scripts.
	Directory string
	// Library tells how they are read. The host sets its Engine, Logger, Limits and Compile: workers compile them.
	Library scripts.LibraryOptions
	// Workers tells how they are run. The host sets Store, SharedStore, Logger and, when it is 0, Workers.
	Workers worker.Options
	// Quotas are what scripts may fill.
	Quotas Quotas
	// Limits are what headers may ask for: the host sets them in Library, and bounds Schedule.Timeout by them. Nil is no limit.
	Limits *scripts.Limits
	// LookupEnv reads the variables that scripts see when their header names them. Nil has none.
	LookupEnv func(name string) (string, bool)
	// Schedule tells when they are run. The host sets DB, Lock, Full, Runner, Parse, Observer and Logger.
	Schedule schedule.Config
	// Events is where the events come from that start runs and that scripts listen to, such as an *rtm.Client. When nil, events come
	// by Hook alone.
	Events bindings.Events
	// Telemetry takes figures, or is nil.
	Telemetry Telemetry
	// Logger takes what operators should know. Nil discards.
	Logger *slog.Logger
}

// Telemetry takes figures of what a host does. Its methods return at once.
type Telemetry interface {
	schedule.Observer
	// Reload tells that a script was saved: it runs from now on, or err is why it does not.
	Reload(script string, err error)
	// Remove tells that a script is gone.
	Remove(script string)
	// Runner wraps what runs scripts, to see runs and their calls.
	Runner(next schedule.Runner) schedule.Runner
}

// Host is a running host. It is the console's Backend.
type Host struct {
	console.Reader

	config    Config
	library   *scripts.Library
	pool      *worker.Pool
	compilers *worker.Pool
	runner    *Runner
	scheduler *schedule.Scheduler
	mirror    mirror
	lock      *schedule.Lock
	events    broker
	ears      ears
	draining  atomic.Bool
	quotas    *state.Quotas
	chatter   chatter
	size      atomic.Int64 // of the database

	stop context.CancelFunc
	done sync.WaitGroup
	// deafen ends listening to events, and deaf is done when it has ended.
	deafen context.CancelFunc
	deaf   sync.WaitGroup
}

// DirectoryError is the error of a host whose directory of scripts cannot be read.
type DirectoryError struct{ Err error }

func (e *DirectoryError) Error() string { return e.Err.Error() }
func (e *DirectoryError) Unwrap() error { return e.Err }

// Start starts a host. The context bounds the start alone; Close ends what it began.
func Start(ctx context.Context, c Config) (*Host, error) {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	h := &Host{Reader: c.DB, config: c, quotas: c.DB.NewQuotas(c.Quotas.Store), chatter: newChatter(c.Quotas.LogRate)}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	h.stop = stop
	if err := h.start(ctx, background); err != nil {
		return nil, errors.Join(err, h.Close(ctx))
	}
	return h, nil
}

func (h *Host) start(ctx, background context.Context) (err error) {
	if worker.IsWorker() {
		// It would read and write as another host, and start workers that do the same.
		return worker.ErrNoMain
	}
	c := h.config
	if c.Engine == nil {
		return errors.New("host: Config.Engine is missing: it has the languages and modules of the scripts")
	}
	h.events.init()
	h.ears.set(c.Events)
	// Before anything is read or written that is another host's.
	if h.lock, err = schedule.LockDatabase(c.DB); err != nil {
		return err
	}
	if err := h.startPool(); err != nil {
		return err
	}
	// Without workers no script compiles, which is none of the scripts' faults.
	if err := h.pool.Ready(ctx); err != nil {
		return err
	}
	c.Library.Engine, c.Library.Logger, c.Library.Limits = c.Engine, c.Logger, c.Limits
	c.Library.Compile = h.compilers.Compile
	// A start that is given up ends here; a library that is open lives until Close.
	opening, opened := context.WithCancel(background)
	defer context.AfterFunc(ctx, opened)()
	if h.library, err = scripts.OpenLibrary(opening, c.Directory, c.Library); err != nil {
		opened()
		return &DirectoryError{err}
	}
	h.mirror = mirror{host: h, shown: map[string]*scripts.Script{}, held: map[string]time.Time{}, fresh: map[string]time.Time{}}
	if err := h.mirror.begin(ctx); err != nil {
		return fmt.Errorf("save the scripts: %w", err)
	}
	var runner schedule.Runner = &tellingRunner{host: h, next: h.runner}
	if c.Telemetry != nil {
		runner = c.Telemetry.Runner(runner)
	}
	s := c.Schedule
	s.Timeout = c.Limits.Timeout(s.Timeout)
	s.Full = h.quotas.IsFull
	s.Lock = h.lock
	s.DB, s.Runner, s.Parse, s.Observer, s.Logger = h.config.DB, runner, parseSchedule, &observer{h}, c.Logger
	if h.scheduler, err = schedule.Start(ctx, s); err != nil {
		return err
	}
	h.done.Go(func() { h.mirror.follow(background) })
	hearing, deafen := context.WithCancel(background)
	h.deafen = deafen
	h.deaf.Go(func() { h.listen(hearing) })
	h.done.Go(func() { h.followDatabase(background) })
	h.done.Go(func() { h.watchHealth(background) })
	h.done.Go(func() { h.watchSize(background) })
	return nil
}

func (h *Host) startPool() (err error) {
	w := h.config.Workers
	if w.Workers <= 0 {
		w.Workers = schedule.Places(h.config.Schedule.Workers)
	}
	w.Logger = h.config.Logger
	w.Store = func(home string) bindings.Store { return h.quotas.ScriptStore(home) }
	w.SharedStore = h.quotas.SharedStore()
	if h.config.Events != nil {
		w.Events = &h.ears
	}
	if h.pool, err = worker.NewPool(w); err != nil {
		return err
	}
	if h.compilers, err = worker.NewCompiler(w, scripts.CompilePlaces(h.config.Library.Limit)); err != nil {
		return err
	}
	h.runner = &Runner{Pool: h.pool, Engine: h.config.Engine, LookupEnv: h.config.LookupEnv, Limits: h.config.Limits, Memory: w.Memory,
		DB: h.config.DB, Logger: h.config.Logger, Starts: func(event string) bool { return h.scheduler.Starts(event) }}
	return nil
}

func parseSchedule(text, zone string) (schedule.Ticks, error) {
	return scripts.ParseSchedule(text, zone)
}

// Close waits until the runs in progress have ended, or ctx has, and then stops them: they begin again on another host, or at the next
// start. The database stays open.
func (h *Host) Close(ctx context.Context) error {
	h.draining.Store(true)
	if h.deafen != nil { // first, so that what was heard is stored
		h.deafen()
		h.deaf.Wait()
	}
	var errs []error
	if h.scheduler != nil {
		errs = append(errs, h.scheduler.Close(ctx))
	}
	h.stop()
	h.done.Wait()
	if h.pool != nil {
		errs = append(errs, h.pool.Close())
	}
	if h.library != nil {
		errs = append(errs, h.library.Close())
	}
	if h.compilers != nil {
		errs = append(errs, h.compilers.Close())
	}
	errs = append(errs, h.lock.Release())
	return errors.Join(errs...)
}

// Directory is the absolute path of the scripts.
func (h *Host) Directory() string { return h.library.Dir() }

// Counts are how many scripts a host has.
type Counts struct {
	// Total are all scripts, Broken those whose file as it stands is not used.
	Total, Broken int
	// Polling tells that the directory is looked at now and then, since changes in it are not told.
	Polling bool
}

// Counts counts the scripts.
func (h *Host) Counts() Counts {
	list := h.library.Scripts()
	c := Counts{Total: len(list), Polling: h.library.Status().Polling != ""}
	for _, s := range list {
		if s.Err != nil {
			c.Broken++
		}
	}
	return c
}

// Notes are troubles with single scripts and directories, which do not keep the host from running the others.
func (h *Host) Notes() []string { return h.library.Status().Notes() }

// Pool are the counts of the worker processes.
func (h *Host) Pool() worker.Stats { return h.pool.Stats() }

// SetClient has runs that begin from now on use another client and website: credentials were changed.
func (h *Host) SetClient(client *crisp.Client, websiteID string) { h.pool.SetClient(client, websiteID) }

// healthEvery is how often the host looks after itself.
const healthEvery = 10 * time.Second

// watchHealth logs that the host has become unable to work, and that it is able again.
func (h *Host) watchHealth(ctx context.Context) {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	defer h.chatter.tell(h.config.Logger)
	well := true
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		h.chatter.tell(h.config.Logger)
		err := h.Ready(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case h.draining.Load():
			continue // somebody wants it to end
		case err != nil && well:
			h.config.Logger.Error("the host is not ready", slog.Any("error", err))
		case err == nil && !well:
			h.config.Logger.Info("the host is ready again")
		}
		well = err == nil
	}
}

// Ready reports whether the host runs scripts: it is not shutting down, its directory is there and its database takes what it writes.
func (h *Host) Ready(context.Context) error {
	if h.draining.Load() {
		return errors.New("the host is shutting down")
	}
	if missing := h.library.Status().Missing; missing != "" {
		return errors.New(missing)
	}
	return h.Writable()
}

// Writable reports whether the database takes what the host writes, see schedule.Scheduler.Writable.
func (h *Host) Writable() error { return h.scheduler.Writable() }
