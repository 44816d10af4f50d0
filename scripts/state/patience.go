package state

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// storePatience is how long a call of a store waits for a PostgreSQL that is away.
const storePatience = 30 * time.Second

// ErrUnknown tells that the database went away when it had been told to change something, and that it is not known whether it did.
var ErrUnknown = errors.New("the database went away: it is not known whether the change was made")

// isAway reports whether an error is that of a connection or of a server that stops or starts.
func isAway(err error) bool {
	return errors.Is(err, ErrUnreachable) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, driver.ErrBadConn) || pgconn.SafeToRetry(err)
}

// wasRefused reports whether the statement of a failed call was certainly not carried out: it was never sent, or the server said so.
func wasRefused(err error) bool {
	var server *pgconn.PgError
	var connect *pgconn.ConnectError
	if errors.As(err, new(*commitError)) {
		return false // pgx calls it safe to repeat also when it was sent
	}
	return pgconn.SafeToRetry(err) || errors.As(err, &server) || errors.As(err, &connect)
}

// commitError is the error of a commit, which may have been made all the same.
type commitError struct{ error }

func (e *commitError) Unwrap() error { return e.error }

// patiently repeats what may be repeated while the database is away, for some time.
func (db *DB) patiently(ctx context.Context, try func() error) error {
	err := try()
	if err == nil || db.pool == nil || !isAway(err) {
		return err
	}
	waiting, cancel := context.WithTimeoutCause(ctx, storePatience, err)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-waiting.Done():
			timer.Stop()
			if ctx.Err() == nil {
				return fmt.Errorf("waited %s: %w", storePatience, err)
			}
			return err
		}
		if err = try(); err == nil || !isAway(err) {
			return err
		}
	}
}

// once makes a change that must not be made twice. When it is not known whether the first try made it, settle finds out: it reports
// whether it did, or fails with ErrUnknown.
func (db *DB) once(ctx context.Context, change func() error, settle func() (made bool, err error)) error {
	unsettled := false
	return db.patiently(ctx, func() error {
		if unsettled {
			made, err := settle()
			if made || err != nil {
				return err
			}
			unsettled = false
		}
		err := change()
		unsettled = err != nil && isAway(err) && !wasRefused(err)
		return err
	})
}

// currentTransaction is an expression for the number of the transaction that changes something, for committed.
func (db *DB) currentTransaction() string {
	if db.pool == nil {
		return "''" // a commit of SQLite has an answer
	}
	return "pg_current_xact_id()::text"
}

// committed reports whether a transaction, whose commit had no answer, was committed. An empty one never came that far.
func (db *DB) committed(ctx context.Context, transaction string) (bool, error) {
	if transaction == "" {
		return false, nil
	}
	var status string
	err := db.sql.QueryRowContext(ctx, "SELECT coalesce(pg_xact_status($1::text::xid8), '')", transaction).Scan(&status)
	switch {
	case err != nil:
		return false, explain(err)
	case status == "committed":
		return true, nil
	case status == "aborted":
		return false, nil
	case status == "in progress":
		return false, fmt.Errorf("%w: %w", ErrUnreachable, errInProgress)
	}
	return false, ErrUnknown
}

var errInProgress = errors.New("the server still works on it")
