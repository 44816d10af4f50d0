//go:build unix

package state_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/sqlhook"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

const later = "ALTER TABLE runs ADD COLUMN later TEXT NOT NULL DEFAULT ''"

// A newer build that is refused, since a host has the file, leaves the tables as they are.
func TestRefusedUpgrade(t *testing.T) {
	address := statetest.SQLite(t)
	db := statetest.Open(t, address)
	lock := must[*schedule.Lock](t)(schedule.LockDatabase(db))
	before := must[[]byte](t)(os.ReadFile(db.Path()))
	state.NextMigration(t, later, state.KnownVersion+1)
	if _, err := state.Open(t.Context(), address); !errors.Is(err, state.ErrServed) {
		t.Errorf("got %v", err)
	}
	if after := must[[]byte](t)(os.ReadFile(db.Path())); string(after) != string(before) {
		t.Error("the file was changed")
	}
	sqlhook.NextMigration = nil
	ok(t, must[*state.DB](t)(state.Open(t.Context(), address)).Close()) // the older one can restart
	state.NextMigration(t, later, state.KnownVersion+1)
	ok(t, lock.Release())
	ok(t, must[*state.DB](t)(state.Open(t.Context(), address)).Close())
}

// A build goes on with, and comes back to, tables that a later one has changed, if they say that it may.
func TestSchemaOfLaterBuild(t *testing.T) {
	for compatible, refused := range map[int]bool{state.KnownVersion: false, state.KnownVersion + 1: true} {
		statetest.Each(t, func(t *testing.T, address string) {
			old := statetest.Open(t, address)
			script(t, old, "a")
			state.NextMigration(t, later, compatible)
			newer := statetest.Open(t, address)
			sqlhook.NextMigration = nil

			ended(t, old, "a", state.Succeeded)
			ended(t, newer, "a", state.Succeeded)
			s := must[state.Schema](t)(old.Schema(t.Context()))
			if s.Version != state.KnownVersion+1 || s.Known != state.KnownVersion || s.CompatibleFrom != compatible {
				t.Errorf("%+v", s)
			}
			for _, open := range []func() (*state.DB, error){
				func() (*state.DB, error) { return state.Open(t.Context(), address) },
				func() (*state.DB, error) { return state.OpenExisting(t.Context(), address) },
			} {
				db, err := open()
				if refused {
					if !errors.Is(err, state.ErrNewer) || !strings.Contains(err.Error(), "this one knows version") {
						t.Errorf("got %v", err)
					}
					continue
				}
				ok(t, err)
				ended(t, db, "a", state.Succeeded)
				ok(t, db.Close())
			}
			if again := must[state.Schema](t)(old.Schema(t.Context())); again != s {
				t.Errorf("%+v became %+v", s, again)
			}
		})
	}
}
