package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/internal/testoutput"
)

// openTerminal opens a terminal until the test ends: what is written to the keyboard is typed at it, and what a program writes to the
// screen is read from the keyboard.
func openTerminal(t testing.TB) (keyboard, screen *os.File) {
	t.Helper()
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Skip("no terminal can be opened here: ", err)
	}
	t.Cleanup(func() { // both may be closed before
		keyboard.Close()
		screen.Close()
	})
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	return keyboard, screen
}

// attach makes a terminal the controlling one of a command, or Ctrl-C would be a character. The command reads from it, and writes to it
// what is not led elsewhere.
func attach(cmd *exec.Cmd, screen *os.File) {
	cmd.Stdin = screen
	if cmd.Stdout == nil && cmd.Stderr == nil {
		cmd.Stdout, cmd.Stderr = screen, screen
	}
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
}

// terminalMode is what a terminal does by itself: echo, lines, signals.
func terminalMode(t testing.TB, screen *os.File) uint32 {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag
}

// TestInterruptAtSecretPrompt presses Ctrl-C where the key is asked for: the terminal must show again what is typed.
func TestInterruptAtSecretPrompt(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), linkProgram(t, "crisphost"), "login", "--tier", "website", "--identifier", "x", "--website", "y")
	cmd.Env = append(os.Environ(), "CRISPHOST_CONFIG_DIR="+t.TempDir())
	output := &testoutput.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	keyboard, screen := openTerminal(t)
	attach(cmd, screen)
	echo := func() bool { return terminalMode(t, screen)&unix.ECHO != 0 }
	if !echo() {
		t.Fatal("the terminal does not echo to begin with")
	}
	p := startProcess(t, cmd, output)
	for echo() {
		select {
		case <-p.ended:
			t.Fatalf("ended before it asked for the key: %s", output)
		case <-time.After(time.Millisecond):
		}
	}
	if _, err := keyboard.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	p.leave(exitInterrupted)
	if !echo() {
		t.Error("the terminal stays silent")
	}
	if got := output.String(); !strings.HasSuffix(got, "\ncrisphost: interrupted\n") {
		t.Errorf("output %q", got)
	}
}

func TestWantsColor(t *testing.T) {
	_, screen := openTerminal(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cases := []struct {
		noColor, term string
		out           *os.File
		want          bool
	}{
		{"", "xterm-256color", screen, true},
		{"1", "xterm-256color", screen, false},
		{"", "dumb", screen, false},
		{"", "xterm-256color", file, false},
	}
	for _, c := range cases {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := streams.WantsColor(c.out); got != c.want {
			t.Errorf("NO_COLOR=%s TERM=%s %s: got %v", c.noColor, c.term, c.out.Name(), got)
		}
	}
}
