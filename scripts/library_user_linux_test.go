package scripts_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/crisphost/crisphost/scripts"
)

const observeEnv = "CRISPHOST_TEST_OBSERVE"

// TestObserver is what another user runs: it tells on standard output what a library sees, until standard input ends.
func TestObserver(t *testing.T) {
	dir := os.Getenv(observeEnv)
	if dir == "" {
		t.Skip("it is run by TestTheHostIsAnotherUser")
	}
	logger := slog.New(slog.NewTextHandler(os.Stdout, nil))
	l, err := scripts.OpenLibrary(t.Context(), dir, scripts.LibraryOptions{Engine: newEngine(t), Debounce: 20 * time.Millisecond, Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	now, changes := l.Subscribe(t.Context())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = l.Close()
	}()
	for _, s := range now {
		fmt.Printf("see %s %q %v\n", s.Name, s.Files[s.Entry], s.Err)
	}
	for c := range changes {
		if c.After == nil {
			fmt.Printf("gone %s\n", c.Before.Name)
		} else {
			fmt.Printf("see %s %q %v\n", c.After.Name, c.After.Files[c.After.Entry], c.After.Err)
		}
	}
}

// observer is a process of another user that has a library open.
type observer struct {
	t     *testing.T
	lines chan string
	seen  []string
}

const nobody = 65534

func observe(t *testing.T, dir string) *observer {
	t.Helper()
	// The test's own directories are closed to others.
	program := filepath.Join(dir, "..", "observer")
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(program, text, 0o755) //nolint:gosec // others run it
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), program, "-test.run=^TestObserver$", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), observeEnv+"="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skip("no process of another user can be started:", err)
	}
	o := &observer{t: t, lines: make(chan string, 1000)}
	go func() {
		defer close(o.lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			o.lines <- scanner.Text()
		}
	}()
	t.Cleanup(func() {
		_ = in.Close()
		for range o.lines {
		}
		if err := cmd.Wait(); err != nil {
			t.Error("the observer:", err)
		}
	})
	return o
}

// until waits for a line with a text.
func (o *observer) until(text string) {
	o.t.Helper()
	for deadline := time.After(time.Minute); ; {
		select {
		case line, ok := <-o.lines:
			if !ok {
				o.t.Fatalf("the observer has ended before %q: %q", text, o.seen)
			}
			o.seen = append(o.seen, line)
			if strings.Contains(line, text) {
				return
			}
		case <-deadline:
			o.t.Fatalf("no %q: %q", text, o.seen)
		}
	}
}

// TestTheHostIsAnotherUser has files of root read by another user, as the unit and the image have it.
func TestTheHostIsAnotherUser(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root starts processes of another user")
	}
	base, err := os.MkdirTemp("", "crisphost-user-") //nolint:usetesting // a directory of the test's is closed to other users
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	l := &library{t: t, dir: filepath.Join(base, "scripts")}
	public := func(name, code string) {
		l.write(name, code)
		l.must(os.Chmod(l.path(name), 0o644)) //nolint:gosec // others read it
	}
	l.must(os.Chmod(base, 0o755)) //nolint:gosec // others read it
	public("a.lua", "print(0)")
	public("team/b.lua", "print(0)")
	l.must(os.Mkdir(l.path("lost+found"), 0o700))
	o := observe(t, l.dir)
	o.until(`lost+found reason="cannot be read: permission denied"`)
	o.until(`see a "print(0)" <nil>`)
	o.until(`see team/b "print(0)" <nil>`)

	// A directory that becomes unreadable keeps its scripts, and others are read.
	l.must(os.Chmod(l.path("team"), 0o700)) //nolint:gosec // that it has no access is the test
	o.until("team reason=")
	public("c.lua", "print('c')")
	o.until(`see c "print('c')" <nil>`)
	l.must(os.Chmod(l.path("team"), 0o755)) //nolint:gosec // others read it
	o.until("is read again")
	public("team/b.lua", "print(1)")
	o.until(`see team/b "print(1)" <nil>`)

	// Half a file is not read.
	l.must(os.WriteFile(l.path("a.lua"), nil, 0o644)) //nolint:gosec // others read it
	l.writeSlowly("a.lua", pieces, false)
	o.until(fmt.Sprintf("see a %q <nil>", strings.Join(pieces, "")))
	for _, line := range o.seen {
		if strings.HasPrefix(line, "gone") || strings.HasPrefix(line, `see a "-- @perm`) && !strings.Contains(line, "print(3)") {
			t.Error(line)
		}
	}
}
