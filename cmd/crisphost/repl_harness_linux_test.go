package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// shellOnTerminal is `crisphost repl` on a terminal of its own.
type shellOnTerminal struct {
	t        *testing.T
	keyboard *os.File
	screen   *os.File
	cmd      *exec.Cmd
	// shown is all that the terminal got, and seen how many of its bytes were waited for.
	shown *lockedBuffer
	seen  int
	ended chan struct{}
}

func openShell(t *testing.T, config string, env []string, args ...string) *shellOnTerminal {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// TestMain runs the command by the name of the program.
	program := filepath.Join(t.TempDir(), "crisphost")
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	keyboard, screen, err := pty.Open()
	if err != nil {
		t.Skip("no terminal can be opened here: ", err)
	}
	if err := pty.Setsize(keyboard, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
		t.Fatal(err)
	}
	s := &shellOnTerminal{t: t, keyboard: keyboard, screen: screen, shown: &lockedBuffer{}, ended: make(chan struct{})}
	s.cmd = exec.CommandContext(t.Context(), program, append([]string{"repl"}, args...)...)
	s.cmd.Env = append(append(os.Environ(), "CRISPHOST_CONFIG_DIR="+config, "TERM=xterm", "NO_COLOR=", "EDITOR=true", "VISUAL="), env...)
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = screen, screen, screen
	// The terminal must be the controlling one, or Ctrl-C would be a character.
	s.cmd.SysProcAttr = &unix.SysProcAttr{Setsid: true, Setctty: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		buffer := make([]byte, 4096)
		for {
			n, err := keyboard.Read(buffer)
			_, _ = s.shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	go func() { defer close(s.ended); _ = s.cmd.Wait() }()
	t.Cleanup(func() {
		_ = s.cmd.Process.Kill()
		<-s.ended
		screen.Close()
		<-copied // the last writer is gone, so the read ends
		keyboard.Close()
	})
	return s
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
		shown, ends := plainOutput(s.shown.String()[s.seen:])
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
				s.t.Fatalf("the shell ended before it showed %q:\n%s", text, plainText(s.shown.String()))
			}
			s.t.Fatalf("%q is not shown:\n%s", text, shown)
		}
	}
}

var escapePattern = regexp.MustCompile(`\r?\x1b\[[0-9;?]*[A-Za-z]|\r`)

// eraseLine is how the shell takes the line of a running call away.
const eraseLine = "\r\x1b[K"

// plainText is what was shown without colours, cursor movements and erased lines.
func plainText(output string) string {
	text, _ := plainOutput(output)
	return text
}

// plainOutput is plainText with the place behind each of its bytes in the output.
func plainOutput(output string) (text string, ends []int) {
	var plain []byte
	done := 0
	add := func(end int) {
		for ; done < end; done++ {
			plain = append(plain, output[done])
			ends = append(ends, done+1)
		}
	}
	for _, escape := range escapePattern.FindAllStringIndex(output, -1) {
		add(escape[0])
		done = escape[1]
		if output[escape[0]:escape[1]] == eraseLine {
			line := bytes.LastIndexByte(plain, '\n') + 1
			plain, ends = plain[:line], ends[:line]
		}
	}
	add(len(output))
	return string(plain), ends
}

func TestPlainText(t *testing.T) {
	for _, c := range []struct{ output, want string }{
		{"\x1b[1Gjs> 1\r\n\x1b[32m1\x1b[0m\r\n", "js> 1\n1\n"},
		{"5\r\n⠋ running · 0.3 s\r\x1b[K⠙ running · 0.4 s\r\x1b[K6\r\n", "5\n6\n"},
		{"⠋ running\r\x1b[K5", "5"},
		{"half\x1b[K kept", "half kept"}, // liner erases what follows the cursor
		{"⠋ running · 0.3 s", "⠋ running · 0.3 s"},
	} {
		if got := plainText(c.output); got != c.want {
			t.Errorf("%q: got %q, want %q", c.output, got, c.want)
		}
	}
}

func (s *shellOnTerminal) leave(code int) {
	s.t.Helper()
	select {
	case <-s.ended:
	case <-time.After(3 * time.Minute):
		s.t.Fatalf("the shell does not end:\n%s", plainText(s.shown.String()))
	}
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		s.t.Errorf("exit code %d, want %d:\n%s", got, code, plainText(s.shown.String()))
	}
	state, err := unix.IoctlGetTermios(int(s.screen.Fd()), unix.TCGETS)
	if err != nil {
		s.t.Fatal(err)
	}
	if state.Lflag&unix.ECHO == 0 || state.Lflag&unix.ICANON == 0 || state.Lflag&unix.ISIG == 0 {
		s.t.Error("the terminal does not have its first mode back")
	}
}
