package schedule

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// hostID is new for each start: what an earlier process of the machine left behind is another host's.
func hostID(name string) string { return name[:min(len(name), 60)] + "-" + rand.Text()[:10] }

// beatLoop tells the others that this host lives, and takes over from those that no longer do.
func (s *Scheduler) beatLoop(ctx context.Context) {
	last := time.Now()
	stopped := false
	for {
		doubt := s.pulse.feel()
		known, err := s.DB.Beat(ctx, s.host)
		now := time.Now()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			s.healthy.Store(0)
			s.away.Store(true)
			stopped = true
			s.outage(beatTrouble, err)
		case !known:
			// It stood still, and what it was running runs elsewhere by now.
			s.Logger.Warn("this host was taken for dead; its runs were taken over", slog.Duration("silent", now.Sub(last)))
			s.active.endAll(ErrLost)
			s.healthy.Store(now.UnixNano())
		case s.healthy.Load() == 0 || now.Sub(last) > s.DeadAfter/2:
			s.healthy.Store(now.UnixNano())
		}
		if failing := s.failures.lasting(err == nil); failing != nil {
			s.outage(queueTrouble, failing)
		}
		if err == nil {
			s.away.Store(false)
			s.troubles.beaten(now)
			if stopped {
				s.Logger.Info("the database takes this host's heartbeat again", slog.Duration("silent", now.Sub(last)))
				stopped = false
			}
			last = now
			s.pulse.settle(doubt)
			if err := s.takeDuty(ctx); err != nil && ctx.Err() == nil {
				s.outage(tickTrouble, err)
			}
			if by := s.time.look(s.DB.Now(), now); by != 0 {
				if err := s.clockWasSet(ctx, by); err != nil && ctx.Err() == nil {
					s.outage("what waits for a time may wait longer", err)
				}
			}
			if err := s.takeOver(ctx, now); err != nil && ctx.Err() == nil {
				s.outage("runs of dead hosts wait for the database", err)
			}
		}
		if !sleep(ctx, s.Heartbeat) {
			return
		}
	}
}

// takeOver releases the runs of hosts whose hearts stopped, on the host with the duty. A host that was itself without the database lately cannot tell:
// when the database comes back all hosts look dead.
func (s *Scheduler) takeOver(ctx context.Context, now time.Time) error {
	if s.Lock != nil {
		return nil // there is no other host
	}
	if !s.hasDuty() {
		s.alone.Store(false)
		return nil
	}
	if since := s.healthy.Load(); since == 0 || now.Sub(time.Unix(0, since)) < s.DeadAfter {
		return nil
	}
	hosts, err := s.DB.Hosts(ctx)
	if err != nil {
		return err
	}
	s.alone.Store(len(hosts) == 1)
	deadline := s.DB.Now().Add(-s.DeadAfter)
	for _, h := range hosts {
		if h.ID == s.host.ID || !h.Beat.Before(deadline) {
			continue
		}
		if err := s.bury(ctx, h, deadline); err != nil {
			return err
		}
	}
	return nil
}

func (s *Scheduler) bury(ctx context.Context, h state.Host, deadline time.Time) error {
	gone, err := s.DB.RemoveHost(ctx, h.ID, deadline, s.queue.release(ctx, h.ID))
	if gone {
		s.Logger.Warn("a host is dead; its runs are taken over", slog.String("host", h.Name), slog.Time("last_beat", h.Beat))
	}
	return err
}

// releaseAll gives back all that is running, whoever had it, at the start on a file that nobody else has open for work.
func (s *Scheduler) releaseAll(ctx context.Context) error {
	if err := s.DB.NoteStrayHosts(ctx); err != nil {
		return err
	}
	hosts, err := s.DB.Hosts(ctx)
	if err != nil {
		return err
	}
	forever := s.DB.Now().Add(100 * 365 * 24 * time.Hour)
	for _, h := range hosts {
		if _, err := s.DB.RemoveHost(ctx, h.ID, forever, s.queue.release(ctx, h.ID)); err != nil {
			return err
		}
	}
	return s.inTransaction(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM river_leader"); err != nil {
			return err
		}
		return s.queue.free(ctx, tx, "state = 'running'")
	})
}

// Rhythm of the tidying.
const (
	tidyEvery  = 5 * time.Second
	pruneEvery = 10 * time.Minute
)

// tidyLoop mends what failures between two changes left behind, and bounds the history.
func (s *Scheduler) tidyLoop(ctx context.Context) {
	suspects := map[int64]bool{}
	s.noteSchema(ctx)
	var pruned time.Time
	for sleep(ctx, tidyEvery) {
		var err error
		if s.hasDuty() {
			err = s.queue.promote(ctx)
		}
		if err == nil {
			suspects, err = s.tidy(ctx, suspects)
		}
		if err == nil && s.hasDuty() && time.Since(pruned) > pruneEvery {
			var n int
			if n, err = s.DB.Prune(ctx, s.Retention); n < state.PruneMost {
				pruned = time.Now()
			} // else there may be more
		}
		s.noteSchema(ctx)
		if err != nil && ctx.Err() == nil {
			s.outage("tidying waits for the database", err)
		}
	}
}

// noteSchema warns once of tables that a newer host has changed. If this host may not be able to start again, it is an error.
func (s *Scheduler) noteSchema(ctx context.Context) {
	schema, err := s.DB.Schema(ctx)
	if err != nil || schema.Version <= schema.Known || schema == s.schema {
		return // what is wrong with the database shows elsewhere
	}
	s.schema = schema
	level, text := slog.LevelWarn, "a newer crisphost has changed the database, which this host goes on to use: update it when you can"
	if schema.CompatibleFrom > schema.Known {
		level, text = slog.LevelError, "a newer crisphost has changed the database: update this host, which cannot start again as it is"
	}
	s.Logger.Log(ctx, level, text, slog.Int("database_version", schema.Version), slog.Int("known_version", schema.Known))
}

// tidy releases jobs that nobody works on, and has hosts that nobody knows watched like others: each host looks after its own jobs, and
// the one with the duty after those of the dead. A job counts as lost when two looks in
// a row find it so: in between it may be about to begin or to end.
func (s *Scheduler) tidy(ctx context.Context, suspects map[int64]bool) (map[int64]bool, error) {
	taken, err := s.queue.taken(ctx)
	if err != nil {
		return nil, err
	}
	duty := s.hasDuty()
	alive := map[string]bool{}
	if duty {
		if err := s.DB.NoteStrayHosts(ctx); err != nil {
			return nil, err
		}
		hosts, err := s.DB.Hosts(ctx)
		if err != nil {
			return nil, err
		}
		for _, h := range hosts {
			alive[h.ID] = true
		}
	}
	next := map[int64]bool{}
	for job, host := range taken {
		switch {
		case host == s.host.ID && s.active.worksOn(job), host != s.host.ID && (alive[host] || !duty):
		case !suspects[job]:
			next[job] = true
		default:
			if err := s.inTransaction(ctx, func(tx *sql.Tx) error { return s.queue.free(ctx, tx, "id = $1 AND state = 'running'", job) }); err != nil {
				return next, err
			}
			s.queue.bell.ring()
		}
	}
	return next, nil
}

func (s *Scheduler) inTransaction(ctx context.Context, fn func(tx *sql.Tx) error) error {
	tx, err := s.DB.SQL().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}
