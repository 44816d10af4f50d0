//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/hostdb"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// TestHostQuickStart is what somebody sees who tries a host for the first time.
func TestHostQuickStart(t *testing.T) {
	runHostScript(t, "quickstart.txtar", func(*testscript.Env) string { return "" })
}

// TestHostScripts runs a host and the commands that see and steer it, all in processes of their own, on both kinds of databases.
func TestHostScripts(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("takes a minute; package host and the tests of serve show the races of hosts")
	}
	stories := []string{"steer.txtar", "writes.txtar", "quotas.txtar", "loop.txtar"}
	t.Run("sqlite", func(t *testing.T) {
		for _, story := range stories {
			runHostScript(t, story, func(env *testscript.Env) string { return "sqlite:" + filepath.Join(env.WorkDir, "host.db") })
		}
	})
	t.Run("postgres", func(t *testing.T) {
		server := statetest.New(t)
		for _, story := range stories {
			addresses := make(chan string, 1)
			addresses <- server.Database(t)
			// The one story that changes the database has it for itself.
			runHostScript(t, story, func(*testscript.Env) string { return <-addresses })
		}
	})
}

func runHostScript(t *testing.T, file string, address func(*testscript.Env) string) {
	testscript.Run(t, testscript.Params{
		Files:               []string{filepath.Join("testdata", "host", file)},
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			env.Setenv(hostdb.EnvDatabase, address(env))
			return os.MkdirAll(home, 0o700)
		},
		Cmds: hostCommands,
	})
}

// hostCommands are commands for tests of things that take a while.
var hostCommands = map[string]func(*testscript.TestScript, bool, []string){
	"capture":    capture,
	"eventually": eventually,
	"exits":      exits,
}

// capture sets a variable to what the last command printed: "capture RUN".
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: capture NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// eventually repeats a command until it succeeds and prints what a pattern describes: "eventually '^nightly +ok' crisphost scripts".
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		err := ts.Exec(args[1], args[2:]...)
		if err == nil && pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("it never printed %q: %v", args[0], err)
		}
	}
}
