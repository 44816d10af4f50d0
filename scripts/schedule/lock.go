package schedule

import (
	"errors"
	"fmt"

	"github.com/gofrs/flock"

	"github.com/crisphost/crisphost/scripts/state"
)

// ErrServed tells that another process runs scripts from the same SQLite file.
var ErrServed = errors.New("another host runs scripts from this database: end it, or use PostgreSQL for several hosts")

// Lock holds a SQLite file for one host, until its process ends. It is nil for PostgreSQL.
type Lock struct{ file *flock.Flock }

// LockDatabase locks the file of a database, or fails with ErrServed. On PostgreSQL there is nothing to lock.
func LockDatabase(db *state.DB) (*Lock, error) {
	if db.Path() == "" {
		return nil, nil
	}
	lock := flock.New(db.Path()+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock of the database: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("%s: %w", db.Path(), ErrServed)
	}
	return &Lock{lock}, nil
}

// Release gives the file back. It may be called again, and on nil.
func (l *Lock) Release() error {
	if l == nil {
		return nil
	}
	return l.file.Unlock()
}
