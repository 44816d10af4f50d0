// Package statetest gives tests databases of both kinds: SQLite files, and a PostgreSQL server of their own.
package statetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
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

// Save saves a script that is one file of this code. Its path gives the name and the language: report.lua, at the top of a directory.
func Save(t testing.TB, db *state.DB, s state.Script, code string) {
	t.Helper()
	s.Name, s.Language, _ = strings.Cut(s.Path, ".")
	s.Version = fmt.Sprintf("%x", sha256.Sum256([]byte(s.Path+"\x00"+code)))
	v := &state.Version{Hash: s.Version, Script: s.Name, Entry: s.Path, Language: s.Language, Files: map[string][]byte{s.Path: []byte(code)}}
	if err := errors.Join(db.PutVersion(t.Context(), v), db.PutScript(t.Context(), s)); err != nil {
		t.Fatal(err)
	}
}
