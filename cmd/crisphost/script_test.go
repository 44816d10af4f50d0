package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/sqlhook"
	"github.com/crisphost/crisphost/internal/testoutput"
	"github.com/crisphost/crisphost/internal/testrequire"
	"github.com/crisphost/crisphost/scripts/worker"
)

func TestMain(m *testing.M) {
	worker.MainIf(source.Engine)
	testscript.Main(m, map[string]func(){"crisphost": testMain, "stuck": stuckMain})
}

// testMain is main with a keyring and a keyboard of the test's.
func testMain() {
	if from, err := strconv.Atoi(os.Getenv("TEST_NEXT_SCHEMA")); err == nil { // a newer build, with whose tables builds work from that version on
		sqlhook.NextMigration = &sqlhook.Migration{Statements: "ALTER TABLE runs ADD COLUMN later TEXT NOT NULL DEFAULT ''", Compatible: from}
	}
	f := newFactory()
	f.Keyring = fileKeyring{dir: os.Getenv("TEST_KEYRING")}
	if key := os.Getenv("TEST_TYPED_KEY"); key != "" {
		f.IO.Keyboard = typedKey(key)
	}
	os.Exit(execute(f, os.Args[1:]))
}

// fileKeyring is a keyring that several processes of a test share. Without a directory it is broken, as on a server.
type fileKeyring struct{ dir string }

func (k fileKeyring) path(profile string) (string, error) {
	if k.dir == "" {
		return "", errors.New("no secret service on this machine")
	}
	return filepath.Join(k.dir, profile), os.MkdirAll(k.dir, 0o700)
}

func (k fileKeyring) Set(profile, key string) error {
	path, err := k.path(profile)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(key), 0o600)
}

func (k fileKeyring) Get(profile string) (string, error) {
	path, err := k.path(profile)
	if err != nil {
		return "", err
	}
	key, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		err = keyring.ErrNotFound
	}
	return string(key), err
}

func (k fileKeyring) Delete(profile string) error {
	path, err := k.path(profile)
	if err != nil {
		return err
	}
	if err := os.Remove(path); os.IsNotExist(err) {
		return keyring.ErrNotFound
	}
	return err
}

// typedKey is a person who types a key.
type typedKey string

func (typedKey) Interactive() bool                            { return true }
func (k typedKey) ReadSecret(context.Context) (string, error) { return string(k), nil }

func TestScripts(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("hundreds of processes of the race detector take minutes; hosts and shells run with it, and so do the packages of the commands")
	}
	faults := httptest.NewServer(faultyAPI())
	t.Cleanup(faults.Close)
	receiver := hookReceiver(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			env.Setenv("HOME", home)
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "config"))
			env.Setenv("TEST_KEYRING", filepath.Join(home, "keyring"))
			env.Setenv("FAULTS", faults.URL)
			env.Setenv("RECEIVER", receiver.URL)
			env.Values[backgroundKey{}] = map[string]*background{}
			if err := shareRefused(t, env.WorkDir); err != nil {
				return err
			}
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bytes":       writeBytes,
			"ended":       ended,
			"exits":       exits,
			"hostof":      hostOf,
			"interrupted": interrupted,
			"serve":       serveSandbox,
			"started":     started,
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Getuid() == 0, nil
			case "race":
				return testrequire.RaceDetector, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
	})
}

// shareRefused puts the scripts of scripttest.Refused and their output into a directory: refused.js and refused.js.txt.
func shareRefused(t *testing.T, dir string) error {
	for _, language := range []engine.Language{engine.Lua, engine.JavaScript} {
		path, output := scripttest.Refused(t, language, false)
		script, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name := filepath.Join(dir, "refused."+string(language))
		if err := errors.Join(os.WriteFile(name, script, 0o600), os.WriteFile(name+".txt", []byte(output), 0o600)); err != nil {
			return err
		}
	}
	return nil
}

// exits runs a command and compares its exit code: "exits 3 crisphost run bad.lua".
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	if got := codeOf(err); strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// writeBytes makes a file that no archive can hold: "bytes picture.lua 7f454c46".
func writeBytes(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: bytes FILE HEX")
	}
	data, err := hex.DecodeString(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// hostOf sets HOSTOF to the host and port of a URL.
func hostOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: hostof URL")
	}
	u, err := url.Parse(args[0])
	ts.Check(err)
	ts.Setenv("HOSTOF", u.Host)
}

func codeOf(err error) int {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	default:
		return -1
	}
}

// interrupted starts a command, waits until it has made a file, sends it a signal and compares its exit code:
// "interrupted 130 INT started crisphost run loop.lua".
func interrupted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: interrupted CODE SIGNAL FILE COMMAND...")
	}
	if runtime.GOOS == "windows" {
		return
	}
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}
	cmd, output := command(ts, args[3:])
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	started := func() bool { _, err := os.Stat(ts.MkAbs(args[2])); return err == nil }
	for !started() {
		select {
		case err := <-ended:
			ts.Fatalf("the command ended before the signal: %v\n%s", err, output)
		case <-time.After(5 * time.Millisecond):
		}
	}
	ts.Check(cmd.Process.Signal(signals[args[1]]))
	select {
	case err := <-ended:
		if got := codeOf(err); strconv.Itoa(got) != args[0] {
			ts.Fatalf("exit code %d, want %s\n%s", got, args[0], output)
		}
	case <-time.After(3 * time.Minute):
		_ = cmd.Process.Kill()
		ts.Fatalf("the command goes on after the signal\n%s", output)
	}
	ts.Check(os.WriteFile(ts.MkAbs("interrupted.out"), []byte(output.String()), 0o600))
}

// serveSandbox starts "crisphost sandbox", sets the variables that it prints, and stops it with Ctrl-C at the end of the test, when it must
// end cleanly.
func serveSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: serve FLAGS...")
	}
	cmd, output := command(ts, append([]string{"crisphost", "sandbox", "--addr", "127.0.0.1:0"}, args...))
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ts.Defer(func() {
		if runtime.GOOS == "windows" {
			_ = cmd.Process.Kill()
			return
		}
		_ = cmd.Process.Signal(os.Interrupt)
		if err := <-ended; err != nil {
			ts.Fatalf("the sandbox did not end cleanly: %v\n%s", err, output)
		}
	})
	for !strings.Contains(output.String(), "Ctrl-C ends it") {
		select {
		case err := <-ended:
			ended <- err
			ts.Fatalf("the sandbox ended: %v\n%s", err, output)
		case <-time.After(5 * time.Millisecond):
		}
	}
	for line := range strings.Lines(output.String()) {
		if name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "="); ok && strings.HasPrefix(name, "CRISP_") {
			ts.Setenv(name, value)
		}
	}
}

func command(ts *testscript.TestScript, args []string) (*exec.Cmd, *testoutput.Buffer) {
	var path string
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if found, err := exec.LookPath(filepath.Join(dir, args[0])); err == nil {
			path = found
			break
		}
	}
	output := &testoutput.Buffer{}
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Stdout, cmd.Stderr = output, output
	for _, name := range []string{"HOME", "PATH", "XDG_CONFIG_HOME", "TEST_KEYRING"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	return cmd, output
}
