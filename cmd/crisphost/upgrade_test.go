//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// upgrade has hosts of two builds on one database: this one, and one that is a version of the tables ahead.
type upgrade struct {
	t             *testing.T
	home, address string
	dir           string
	newer         string // what makes a program the newer build
}

func newUpgrade(t *testing.T, address string, compatible bool) *upgrade {
	t.Helper()
	u := &upgrade{t: t, home: t.TempDir(), dir: t.TempDir(), address: address}
	if err := os.WriteFile(filepath.Join(u.dir, "a.lua"), []byte("print('hello')"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := state.Open(t.Context(), statetest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := db.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if !compatible {
		schema.Known++
	}
	u.newer = fmt.Sprint("TEST_NEXT_SCHEMA=", schema.Known)
	return u
}

func (u *upgrade) start(env ...string) *served {
	u.t.Helper()
	return startServe(u.t, u.home, env, "--sandbox", "--addr", "127.0.0.1:0", "--db", u.address, u.dir)
}

// refused starts a host that must not start.
func (u *upgrade) refused(want string, env ...string) {
	u.t.Helper()
	cmd := exec.CommandContext(u.t.Context(), linkProgram(u.t, "crisphost"), "serve", "--sandbox", "--addr", "127.0.0.1:0", "--db", u.address, u.dir)
	cmd.Env = append(append(os.Environ(), "CRISPHOST_CONFIG_DIR="+u.home, "CRISPHOST_STATE_DIR="+u.home), env...)
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
		u.t.Errorf("%v: %s", err, out)
	}
}

// works triggers a run by the command of a host's build.
func (u *upgrade) works(s *served) {
	u.t.Helper()
	if out, err := s.crisphost("trigger", "--wait", "--db", u.address, "a"); err != nil || !strings.Contains(out, "hello") {
		u.t.Errorf("%v: %s\n%s", err, out, s.output)
	}
}

func (u *upgrade) stop(s *served) {
	u.t.Helper()
	s.signal(syscall.SIGTERM)
	s.leave(0)
}

const ahead = "a newer crisphost has changed the database"

// Hosts on PostgreSQL are updated one after the other, and back, while runs go on.
func TestRollingUpgrade(t *testing.T) {
	server := statetest.New(t)
	t.Run("compatible", func(t *testing.T) {
		u := newUpgrade(t, server.Database(t), true)
		old := u.start()
		u.works(old)
		newer := u.start(u.newer)
		old.await(ahead)
		u.works(old)
		u.works(newer)
		u.stop(old)
		u.works(newer)
		again := u.start() // it comes back as it was
		again.await(ahead)
		u.stop(newer) // and the newer one is taken back
		u.works(again)
		if n := strings.Count(again.output.String(), ahead); n != 1 {
			t.Errorf("told %d times:\n%s", n, again.output)
		}
		u.stop(again)
	})
	t.Run("incompatible", func(t *testing.T) {
		u := newUpgrade(t, server.Database(t), false)
		old := u.start()
		newer := u.start(u.newer)
		old.await("update this host, which cannot start again as it is")
		u.works(newer)
		u.stop(old)
		u.refused("made by a newer crisphost")
		u.stop(newer)
	})
}

// A newer host that is refused, since another one has the file, leaves the file to the older one.
func TestUpgradeOfFile(t *testing.T) {
	u := newUpgrade(t, statetest.SQLite(t), true)
	old := u.start()
	u.works(old)
	u.refused("another host runs scripts from this database", u.newer)
	u.works(old)
	u.stop(old)
	old = u.start()
	u.works(old)
	u.stop(old)
	if strings.Contains(old.output.String(), ahead) {
		t.Errorf("the refused host changed the tables:\n%s", old.output)
	}
	newer := u.start(u.newer)
	u.works(newer)
	u.stop(newer)
	old = u.start()
	old.await(ahead)
	u.works(old)
	u.stop(old)
}
