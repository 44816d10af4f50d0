// Package filelock locks the SQLite file of a host, beside the file, so that the database's own locks are left alone.
package filelock

import (
	"fmt"

	"github.com/gofrs/flock"
)

// Try returns the lock of a database's file, or nil when another process, or another part of this one, has it.
func Try(path string) (*flock.Flock, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock of the database: %w", err)
	}
	if !locked {
		return nil, nil
	}
	return lock, nil
}
