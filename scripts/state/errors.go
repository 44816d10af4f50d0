package state

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What callers decide on. The errors of the methods wrap them.
var (
	// ErrNotFound tells that there is no such script, version or run.
	ErrNotFound = errors.New("not found")
	// ErrEnded tells that a run has come to its end already.
	ErrEnded = errors.New("the run has ended")
	// ErrLost tells that a run is no longer the caller's: its host was taken for dead and another has taken it over.
	ErrLost = errors.New("another host has taken the run over")
	// ErrMissing tells OpenExisting that no host has made the database yet.
	ErrMissing = errors.New("no host has used the database yet: start one")
	// ErrOlder tells OpenExisting that the hosts of the database are older.
	ErrOlder = errors.New("the database was made by an older crisphost: a host of this version brings it up to date when it starts")
	// ErrNewer refuses a database that a newer crisphost has changed.
	ErrNewer = errors.New("the database was made by a newer crisphost: update this one")
	// ErrServed tells that another process runs scripts from the same SQLite file, which is then left as it is.
	ErrServed = errors.New("another host runs scripts from this database: end it, or use PostgreSQL for several hosts")
	// ErrLocked tells that another process held the SQLite file for too long.
	ErrLocked = errors.New("the database is locked by another process: end it, or wait until it has finished")
	// ErrFull tells that there is no room for more data.
	ErrFull = errors.New("there is no space left for the database: free some, then run again")
	// ErrDamaged tells that the file is not a SQLite database, or not a sound one.
	ErrDamaged = errors.New("the file is not a sound SQLite database: restore it from a copy, or move it away to begin anew")
	// ErrGone tells that the SQLite file was deleted or replaced while it was open: what is written goes nowhere.
	ErrGone = errors.New("the database's file was deleted or replaced: restart the host, after putting it back from a copy if there is one")
	// ErrConnections tells that PostgreSQL takes no more connections.
	ErrConnections = errors.New("the database server takes no more connections: " + ConnectionsHint)
	// ErrUnreachable tells that PostgreSQL does not answer.
	ErrUnreachable = errors.New("the database server does not answer: see that it runs and that the address is right")
)

// ConnectionsHint is what to do about ErrConnections.
var ConnectionsHint = fmt.Sprintf("a host opens up to %d (or pool_max_conns of its address, if that is more), and a command %d; "+
	"raise the server's max_connections or the role's CONNECTION LIMIT, or run fewer hosts", minConns, commandConns)

// explain puts what a user can do before the database's own words.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	}
	for _, known := range []error{
		ErrNotFound, ErrEnded, ErrLost, ErrOwnStore, ErrBusy, ErrPresent, ErrAdopted,
		ErrNewer, ErrLocked, ErrFull, ErrDamaged, ErrConnections, ErrUnreachable,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	if kind := kindOf(err); kind != nil {
		return fmt.Errorf("%w (%w)", kind, inLine{err})
	}
	return err
}

// IsPassing reports whether what failed may succeed later as it is: the error is of the database's state or of the way to it, and not of
// what it was told to do.
func IsPassing(err error) bool {
	if kindOf(err) != nil {
		return !errors.Is(kindOf(err), ErrDamaged)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) { // deadlocks and the like, what the server thinks of itself, or a transaction that stood still
		return server.Code == "25P03" || strings.HasPrefix(server.Code, "40") || strings.HasPrefix(server.Code, "53") || strings.HasPrefix(server.Code, "57")
	}
	return !errors.As(err, new(*sqlite.Error))
}

// inLine writes an error of several lines on one. A driver that tries an address with and without TLS tells the same twice.
type inLine struct{ error }

func (e inLine) Unwrap() error { return e.error }
func (e inLine) Error() string { return OneLine(e.error.Error()) }

// OneLine is a driver's text of several lines on one, without those that say the same again.
func OneLine(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	if len(lines) > 1 && strings.HasSuffix(lines[0], ":") {
		lines = append([]string{lines[0] + " " + lines[1]}, lines[2:]...)
	}
	return strings.Join(lines, "; ")
}

func kindOf(err error) error {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff { // the rest tells details
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return ErrLocked
		case sqlite3.SQLITE_FULL:
			return ErrFull
		case sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT:
			return ErrDamaged
		}
		return nil
	}
	var refused *pgconn.ConnectError
	var network net.Error
	var server *pgconn.PgError
	switch {
	case errors.As(err, &server):
		switch {
		case server.Code == "53100":
			return ErrFull
		case strings.HasPrefix(server.Code, "57P0"): // shutting down, starting up
			return ErrUnreachable
		case server.Code == "53300":
			return ErrConnections
		}
	case errors.As(err, &refused), errors.As(err, &network):
		return ErrUnreachable
	}
	return nil
}
