package schedule

import (
	"fmt"

	"github.com/gofrs/flock"

	"github.com/crisphost/crisphost/internal/filelock"
	"github.com/crisphost/crisphost/scripts/state"
)

// ErrServed tells that another process runs scripts from the same SQLite file.
var ErrServed = state.ErrServed

// Lock holds a SQLite file for one host, until its process ends. It is nil for PostgreSQL.
type Lock struct{ file *flock.Flock }

// LockDatabase locks the file of a database, or fails with ErrServed. On PostgreSQL there is nothing to lock.
func LockDatabase(db *state.DB) (*Lock, error) {
	if db.Path() == "" {
		return nil, nil
	}
	lock, err := filelock.Try(db.Path())
	if err != nil {
		return nil, err
	}
	if lock == nil {
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
