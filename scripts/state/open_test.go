//go:build unix

package state_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestOpenTwice(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		var wait sync.WaitGroup
		for range 4 { // hosts that start at the same time
			wait.Go(func() {
				db, err := state.Open(t.Context(), address)
				if err != nil {
					t.Error(err)
					return
				}
				if err := errors.Join(db.Ping(t.Context()), db.Close()); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		script(t, statetest.Open(t, address), "a")
		if s := must[state.Script](t)(statetest.Open(t, address).Script(t.Context(), "a")); s.Version != "v1" {
			t.Errorf("after opening again: %+v", s)
		}
	})
}

func TestOpenNewer(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		if _, err := db.SQL().ExecContext(t.Context(), "UPDATE crisphost_schema SET version = 999, compatible_from = 999"); err != nil {
			t.Fatal(err)
		}
		if _, err := state.Open(t.Context(), address); !errors.Is(err, state.ErrNewer) {
			t.Errorf("got %v", err)
		}
	})
}

// Those who only look at a host leave a database as it is, whatever it is.
func TestOpenExisting(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		refused := func(want error) {
			t.Helper()
			db, err := state.OpenExisting(t.Context(), address)
			if !errors.Is(err, want) {
				t.Errorf("got %v", err)
			}
			if err == nil {
				ok(t, db.Close())
			}
		}
		refused(state.ErrMissing)
		refused(state.ErrMissing) // it was not made
		db := statetest.Open(t, address)
		script(t, db, "a")
		existing := must[*state.DB](t)(state.OpenExisting(t.Context(), address))
		ok(t, existing.SetPaused(t.Context(), "a", true, "ada"))
		ok(t, existing.Close())
		if s := must[state.Script](t)(db.Script(t.Context(), "a")); !s.Paused {
			t.Errorf("%+v", s)
		}
		state.NextMigration(t, "CREATE TABLE later (a INTEGER)", state.KnownVersion+1)
		refused(state.ErrOlder)
		refused(state.ErrOlder) // it was not changed
		ok(t, must[*state.DB](t)(state.Open(t.Context(), address)).Close())
		ok(t, must[*state.DB](t)(state.OpenExisting(t.Context(), address)).Close())
		if _, err := db.SQL().ExecContext(t.Context(), "UPDATE crisphost_schema SET version = 999, compatible_from = 999"); err != nil {
			t.Fatal(err)
		}
		refused(state.ErrNewer)
	})
}

// The directory of a file is not made: it may be mistyped.
func TestOpenMakesNoDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "no")
	for range 2 {
		if _, err := state.Open(t.Context(), "sqlite:"+filepath.Join(dir, "state.db")); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "directory of the database file") {
			t.Errorf("got %v", err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	noise := filepath.Join(t.TempDir(), "noise.db")
	ok(t, os.WriteFile(noise, bytes.Repeat([]byte("no database "), 1000), 0o600))
	cases := []struct {
		address, want string
		is            error
	}{
		{"mysql://root:secret@host/db", "is not known: write sqlite:PATH or postgres://", nil},
		{"state.db", "is not known", nil},
		{"sqlite:", "names no file", nil},
		{"sqlite:/proc/no/state.db", "directory of the database file", nil},
		{"sqlite:" + noise, "", state.ErrDamaged},
		{"postgres://user@127.0.0.1:1/db", "", state.ErrUnreachable},
		{"postgres://user:secret@127.0.0.1:1/db?pool_max_conns=none", "", nil},
	}
	for _, c := range cases {
		db, err := state.Open(t.Context(), c.address)
		if err == nil {
			t.Errorf("%s was opened", c.address)
			ok(t, db.Close())
			continue
		}
		if !strings.Contains(err.Error(), c.want) || c.is != nil && !errors.Is(err, c.is) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", c.address, err)
		}
	}
}

func TestSQLiteIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state?&#%.db")
	db := statetest.Open(t, "sqlite:"+path)
	info := must[os.FileInfo](t)(os.Stat(path))
	if info.Mode().Perm() != 0o600 || db.Path() != path {
		t.Errorf("%s has mode %v", db.Path(), info.Mode())
	}
}

// A full disk is a limit on the file's pages: the same code of SQLite answers.
func TestDiskFull(t *testing.T) {
	address := statetest.SQLite(t)
	db := statetest.Open(t, address)
	script(t, db, "a")
	if _, err := db.SQL().ExecContext(t.Context(), "PRAGMA max_page_count = 60"); err != nil {
		t.Fatal(err)
	}
	value := []byte(`"` + strings.Repeat("x", 100_000) + `"`)
	var err error
	for i := range 20 {
		if _, err = db.SharedStore().Set(t.Context(), strings.Repeat("k", i+1), value, bindings.StoreOptions{}); err != nil {
			break
		}
	}
	if !errors.Is(err, state.ErrFull) {
		t.Fatalf("got %v", err)
	}
	if _, err := db.SQL().ExecContext(t.Context(), "PRAGMA max_page_count = 100000"); err != nil {
		t.Fatal(err)
	}
	sound(t, db)
	if _, err := db.SharedStore().Set(t.Context(), "after", value, bindings.StoreOptions{}); err != nil {
		t.Errorf("with space again: %v", err)
	}
}

func TestLocked(t *testing.T) {
	address := statetest.SQLite(t)
	db, other := statetest.Open(t, address), statetest.Open(t, address)
	script(t, db, "a")
	if _, err := db.SQL().ExecContext(t.Context(), "PRAGMA busy_timeout = 50"); err != nil {
		t.Fatal(err)
	}
	tx := must[*sql.Tx](t)(other.SQL().BeginTx(t.Context(), nil)) // takes the write lock
	if err := db.SetPaused(t.Context(), "a", true, "ada"); !errors.Is(err, state.ErrLocked) {
		t.Errorf("got %v", err)
	}
	if _, err := db.Scripts(t.Context()); err != nil {
		t.Errorf("reading beside a writer: %v", err)
	}
	ok(t, tx.Rollback())
	ok(t, db.SetPaused(t.Context(), "a", true, "ada"))
	sound(t, db)
}

// A server that does not answer is one line, which tells it once.
func TestErrorsAreOneLine(t *testing.T) {
	_, err := state.Open(t.Context(), "postgres://user@127.0.0.1:1/db")
	if err == nil || strings.Contains(err.Error(), "\n") || strings.Count(err.Error(), "connection refused") != 1 {
		t.Errorf("got %v", err)
	}
	for text, want := range map[string]string{
		"one": "one", "": "", "a\n": "a", "no connection:\n\tone: refused\n\tone: refused\n\ttwo: refused": "no connection: one: refused; two: refused", "a\n b": "a; b", "a:\n": "a:",
	} {
		if got := state.OneLine(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestServerGoesAndComes(t *testing.T) {
	server := statetest.New(t)
	db := statetest.Open(t, server.Database(t))
	script(t, db, "a")
	ok(t, server.Stop())
	if _, err := db.Script(t.Context(), "a"); !errors.Is(err, state.ErrUnreachable) {
		t.Errorf("without a server: %v", err)
	}
	ok(t, server.Start())
	testwait.Until(t, "the database is back", func() bool {
		_, err := db.Script(t.Context(), "a")
		return err == nil
	})
}

func sound(t *testing.T, db *state.DB) {
	t.Helper()
	var answer string
	ok(t, db.SQL().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&answer))
	if answer != "ok" {
		t.Errorf("integrity: %s", answer)
	}
}

// TestFileGoes deletes and replaces the file of an open database.
func TestFileGoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := statetest.Open(t, "sqlite:"+path)
	ok(t, db.Ping(t.Context()))
	ok(t, os.Rename(path, path+".old"))
	if err := db.Ping(t.Context()); !errors.Is(err, state.ErrGone) {
		t.Errorf("a file that is gone: %v", err)
	}
	ok(t, os.WriteFile(path, nil, 0o600))
	if err := db.Ping(t.Context()); !errors.Is(err, state.ErrGone) {
		t.Errorf("another file: %v", err)
	}
	ok(t, os.Rename(path+".old", path))
	ok(t, db.Ping(t.Context()))
}

// A server that has no connection left is told as that, with what to do.
func TestTooManyConnections(t *testing.T) {
	address := statetest.Shared(t).Database(t)
	db := statetest.Open(t, address)
	_, err := db.SQL().ExecContext(t.Context(), "CREATE ROLE few LOGIN CONNECTION LIMIT 0")
	ok(t, err)
	_, err = state.OpenExisting(t.Context(), strings.Replace(address, "test@", "few@", 1))
	if !errors.Is(err, state.ErrConnections) || errors.Is(err, state.ErrUnreachable) || !strings.Contains(err.Error(), "a host opens up to 8") || !strings.Contains(err.Error(), "few") {
		t.Errorf("got %v", err)
	}
}

// A command takes few of the server's connections, however much it asks at once.
func TestCommandConnections(t *testing.T) {
	address := statetest.Shared(t).Database(t)
	host := statetest.Open(t, address)
	script(t, host, "a")
	command := must[*state.DB](t)(state.OpenExisting(t.Context(), address))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			if _, err := command.Scripts(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := command.Pool().Stat().MaxConns(); n != 2 {
		t.Errorf("%d connections", n)
	}
	ok(t, command.Close())
}
