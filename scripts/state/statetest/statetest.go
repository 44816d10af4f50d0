// Package statetest gives tests databases of both kinds: SQLite files, and a PostgreSQL server of their own.
package statetest

import (
	"path/filepath"
	"testing"

	"github.com/crisphost/crisphost/scripts/state"
)

// SQLite is the address of a new file.
func SQLite(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "state.db") }

// Open opens the database at an address until the test ends, when it has to close without an error.
func Open(t testing.TB, address string) *state.DB {
	t.Helper()
	db, err := state.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}
