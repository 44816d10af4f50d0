//go:build unix

package state_test

import (
	"os"
	"testing"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestMain(m *testing.M) { os.Exit(statetest.Main(m)) }

// must fails the test on an error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// script saves a script with a version "v1".
func script(t *testing.T, db *state.DB, name string, schedules ...string) {
	t.Helper()
	v := &state.Version{Hash: "v1", Script: name, Entry: name + ".lua", Language: "lua", Files: map[string][]byte{name + ".lua": []byte("print(1)\x00\xff")}}
	ok(t, db.PutVersion(t.Context(), v))
	ok(t, db.PutScript(t.Context(), state.Script{Name: name, Path: name + ".lua", Language: "lua", Version: "v1", Schedules: schedules}))
}
