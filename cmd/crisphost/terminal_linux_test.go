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
)

// TestInterruptAtSecretPrompt presses Ctrl-C where the key is asked for: the terminal must show again what is typed.
func TestInterruptAtSecretPrompt(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// TestMain runs the command by the name of the program.
	program := filepath.Join(t.TempDir(), "crisphost")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "login", "--tier", "website", "--identifier", "x", "--website", "y")
	cmd.Env = append(os.Environ(), "CRISPHOST_CONFIG_DIR="+t.TempDir())
	var output lockedBuffer
	cmd.Stdout, cmd.Stderr = &output, &output
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Skip("no terminal can be opened here: ", err)
	}
	defer keyboard.Close()
	defer screen.Close()
	cmd.Stdin = screen
	// The terminal must be the controlling one, or Ctrl-C would be a character.
	cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	echo := func() bool {
		state, err := unix.IoctlGetTermios(int(screen.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		return state.Lflag&unix.ECHO != 0
	}
	if !echo() {
		t.Fatal("the terminal does not echo to begin with")
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = cmd.Wait() }()
	for echo() {
		select {
		case <-ended:
			t.Fatalf("ended before it asked for the key: %s", output.String())
		case <-time.After(time.Millisecond):
		}
	}
	if _, err := keyboard.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	<-ended
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d: %s", code, output.String())
	}
	if !echo() {
		t.Error("the terminal stays silent")
	}
	if got := output.String(); !strings.HasSuffix(got, "\ncrisphost: interrupted\n") {
		t.Errorf("output %q", got)
	}
}

func TestWantsColor(t *testing.T) {
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Skip("no terminal can be opened here: ", err)
	}
	defer keyboard.Close()
	defer screen.Close()
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
		if got := wantsColor(c.out); got != c.want {
			t.Errorf("NO_COLOR=%s TERM=%s %s: got %v", c.noColor, c.term, c.out.Name(), got)
		}
	}
}
