package schedule

import (
	"errors"
	"fmt"

	"github.com/gofrs/flock"

	"github.com/crisphost/crisphost/scripts/state"
)

// ErrServed tells that another process runs scripts from the same SQLite file.
var ErrServed = errors.New("another host runs scripts from this database: end it, or use PostgreSQL for several hosts")

// fileLock holds a SQLite file for one host, until its process ends. It is nil for PostgreSQL.
type fileLock struct{ file *flock.Flock }

func lockDatabase(db *state.DB) (*fileLock, error) {
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
	return &fileLock{lock}, nil
}

func (l *fileLock) release() error {
	if l == nil {
		return nil
	}
	return l.file.Unlock()
}
