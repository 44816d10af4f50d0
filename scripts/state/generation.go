package state

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// changes are what Generation tells of.
type changes struct {
	// own counts what this process changed in a SQLite file.
	own atomic.Int64

	// The rest is for PostgreSQL, where a row counts the changes of all hosts. Every run would have to wait for that row if its
	// own transactions counted: the process counts behind them, for all that happened in a while at once.
	mu       sync.Mutex
	made     int64 // changes
	counting bool
	closed   bool
	closing  chan struct{}
	counts   sync.WaitGroup
}

// Rhythm of the counting on PostgreSQL.
const (
	countEvery = 100 * time.Millisecond
	countAgain = time.Second // after the database did not take it
)

// Generation is a number that changes when any process has changed runs, their logs and calls, or scripts; it also may when it
// changed something else. It costs one look at one row or, on SQLite, none at all, so that many may ask for it often: pages that are kept up
// to date read the rest only when it is not what it was. Changes in PostgreSQL show within 100 ms. The number means nothing
// to other processes.
func (db *DB) Generation(ctx context.Context) (int64, error) {
	var n int64
	if db.pool != nil {
		err := db.sql.QueryRowContext(ctx, "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'changes'").Scan(&n)
		return n, explain(err)
	}
	// SQLite counts the changes of all but the connection that asks, which is the only one of this process.
	const others = "PRAGMA data_version"
	if err := db.prepare(ctx, others); err != nil {
		return 0, err
	}
	own := db.changes.own.Load()
	err := db.prepared.statement(others).QueryRowContext(ctx).Scan(&n)
	return n + own, explain(err)
}

// touched notes that runs or scripts were changed. It comes after the change.
func (db *DB) touched() {
	c := &db.changes
	if db.pool == nil {
		c.own.Add(1)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	if c.counting || c.closed {
		return
	}
	if c.closing == nil {
		c.closing = make(chan struct{})
	}
	c.counting = true
	c.counts.Go(db.count)
}

// count counts the changes of a while as one. A process that ends, such as a command, counts at once.
func (db *DB) count() {
	c := &db.changes
	for wait := countEvery; ; {
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.closing:
		}
		timer.Stop()
		c.mu.Lock()
		before := c.made
		c.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
		_, err := db.exec(ctx, "INSERT INTO counters (name, value) VALUES ('changes', 1) ON CONFLICT (name) DO UPDATE SET value = counters.value + 1")
		cancel()
		wait = countEvery
		if err != nil {
			wait = countAgain
		}
		c.mu.Lock()
		c.counting = err == nil && c.made != before || err != nil && !c.closed
		going := c.counting
		c.mu.Unlock()
		if !going {
			return
		}
	}
}

// count is how many changes this process made.
func (c *changes) count() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.own.Load() + c.made
}

// close counts what is left.
func (c *changes) close() {
	c.mu.Lock()
	if c.closing != nil && !c.closed {
		close(c.closing)
	}
	c.closed = true
	c.mu.Unlock()
	c.counts.Wait()
}
