package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/internal/testoutput"
)

// shellOnTerminal is `crisphost repl` on a terminal of its own. Its output is all that the terminal got.
type shellOnTerminal struct {
	*process
	keyboard *os.File
	screen   *os.File
	// seen is how many bytes of the output were waited for.
	seen int
}

func openShell(t *testing.T, config string, env []string, args ...string) *shellOnTerminal {
	t.Helper()
	keyboard, screen := openTerminal(t)
	cmd := exec.CommandContext(t.Context(), linkProgram(t, "crisphost"), append([]string{"repl"}, args...)...)
	cmd.Env = append(append(os.Environ(), "CRISPHOST_CONFIG_DIR="+config, "TERM=xterm", "NO_COLOR=", "EDITOR=true", "VISUAL="), env...)
	attach(cmd, screen)
	shown, copied := &testoutput.Buffer{}, make(chan struct{})
	go func() {
		defer close(copied)
		buffer := make([]byte, 4096)
		for {
			n, err := keyboard.Read(buffer)
			_, _ = shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { // behind the end of the process
		screen.Close()
		<-copied // the last writer is gone, so the read ends
	})
	return &shellOnTerminal{process: startProcess(t, cmd, shown), keyboard: keyboard, screen: screen}
}

// key types.
func (s *shellOnTerminal) key(text string) {
	s.t.Helper()
	if _, err := s.keyboard.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}

// await waits until a text is shown behind what was waited for before.
func (s *shellOnTerminal) await(text string) string {
	s.t.Helper()
	deadline, ended := time.Now().Add(3*time.Minute), s.ended
	for {
		shown, ends := plainOutput(s.output.String()[s.seen:])
		if i := strings.Index(shown, text); i >= 0 {
			s.seen += ends[i+len(text)-1]
			return shown[:i]
		}
		select {
		case <-ended:
			ended, deadline = nil, time.Now().Add(10*time.Second) // for what it showed last to arrive
		case <-time.After(2 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			if ended == nil {
				s.t.Fatalf("the shell ended before it showed %q:\n%s", text, plainText(s.output.String()))
			}
			s.t.Fatalf("%q is not shown:\n%s", text, shown)
		}
	}
}

// until waits for what the output does not show.
func (s *shellOnTerminal) until(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("the shell is not %s:\n%s", what, plainText(s.output.String()))
		}
	}
}

// leave waits for the end, and compares the exit code and the mode of the terminal.
func (s *shellOnTerminal) leave(code int) {
	s.t.Helper()
	s.process.leave(code)
	if mode := terminalMode(s.t, s.screen); mode&unix.ECHO == 0 || mode&unix.ICANON == 0 || mode&unix.ISIG == 0 {
		s.t.Error("the terminal does not have its first mode back")
	}
}
