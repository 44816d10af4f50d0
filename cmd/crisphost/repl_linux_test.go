package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/testrequire"
)

func TestShellTypes(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("demo data, nothing is real")
	s.await("js> ")
	s.key("1 + 1\r")
	s.await("\n2\n")
	s.await("js> ")
	// Tab completes a name, and shows the signature of a call.
	s.key("crisp.visitors.cou\t\t")
	s.await("crisp.visitors.count(")
	s.key(").count + 1000\r")
	s.await("\n1024\n")
	s.key("crisp.people.list(\t")
	s.await("crisp.people.list({ … }) → ")
	s.key("{limit: 2})\r")
	s.await("nickname")
	s.await("2 rows")
	// A block goes on until it is complete.
	s.key("for (const x of [7, 8]) {\r")
	s.await("... ")
	s.key("console.log(x)\r")
	s.await("... ")
	s.key("}\r")
	s.await("\n7\n8\n")
	s.await("js> ")
	s.key(".lua\r")
	s.await("lua> ")
	s.key("#{1, 2}\r")
	s.await("\n2\n")
	s.key("\x04")
	s.leave(0)
}

func TestShellInterrupts(t *testing.T) {
	for _, c := range []struct{ language, line string }{
		{"js", "console.log('st' + 'arted'); while (true) {}"},
		{"lua", "print('st' .. 'arted') while true do end"},
		{"js", "console.log('st' + 'arted'); for (;;) crisp.visitors.count()"},
		{"lua", "print('st' .. 'arted') while true do crisp.visitors.count() end"},
	} {
		t.Run(c.language+" "+c.line, func(t *testing.T) {
			s := openShell(t, t.TempDir(), nil, "--sandbox", "-l", c.language, "--latency", "50ms")
			s.await(c.language + "> ")
			s.key(c.line + "\r")
			s.await("\nstarted\n")
			s.key("\x03")
			s.await("stopped\n")
			s.await(c.language + "> ")
			s.key("40 + 2\r")
			s.await("\n42\n")
			s.await(c.language + "> ") // before it the terminal itself would take the Ctrl-C, and the line with it
			// At the prompt Ctrl-C drops the line or the lines, and twice at an empty one leaves.
			for _, keys := range []string{"half a line\x03", "\x03"} {
				s.key(keys)
				s.await("^C\n")
				s.await("> ")
			}
			s.key(map[string]string{"js": "if (true) {\r", "lua": "if true then\r"}[c.language])
			s.await("... ")
			for _, keys := range []string{"\x03", "half a line\x03", "\x03"} {
				s.key(keys)
				s.await("^C\n")
				s.await("> ")
			}
			s.key("\x03")
			s.leave(0)
		})
	}
}

func TestShellStopsASlowCall(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox", "--latency", "1h")
	s.await("js> ")
	s.key("crisp.visitors.count()\r")
	s.await("running")
	s.await("Ctrl-C stops")
	s.key("\x03")
	s.await("stopped\n")
	s.await("js> ")
	s.key("'still' + ' here'\r")
	s.await("\nstill here\n")
	s.key("\x04")
	s.leave(0)
}

// TestShellShowsSlowResults evaluates for long enough that the line of a running call is shown and taken away.
func TestShellShowsSlowResults(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	s.key("await new Promise(r => setTimeout(r, 700)); 5\r")
	s.await("\n5\n")
	s.await("js> ")
	s.key("for (const x of [7, 8]) { await new Promise(r => setTimeout(r, 500)); console.log(x) }\r")
	s.await("\n7\n8\n")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

func TestShellKeepsHistory(t *testing.T) {
	config := t.TempDir()
	s := openShell(t, config, nil, "--sandbox")
	s.await("js> ")
	s.key("'first ' + 'entry'\r")
	s.await("\nfirst entry\n")
	s.key("(function () {\r")
	s.await("... ")
	s.key("return 'of ' + 'lines'\r")
	s.await("... ")
	s.key("})()\r")
	s.await("\nof lines\n")
	s.key("const password = 'hunter' + '2'\r")
	s.await("js> ")
	s.key(".exit\r")
	s.leave(0)

	s = openShell(t, config, nil, "--sandbox")
	s.await("js> ")
	s.key("\x1b[A\x1b[A\r") // up: .exit, then the entry of three lines
	s.await("\nof lines\n")
	s.await("js> ")
	s.key("\x12first\r") // Ctrl-R
	s.await("\nfirst entry\n")
	s.await("js> ")
	s.key(".history hunter\r")
	s.await(".history hunter\n")
	s.key("\x04")
	s.leave(0)
	if strings.Contains(plainText(s.output.String()), "password") {
		t.Error("a secret was kept")
	}
}

func TestShellResizes(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	for _, columns := range []uint16{160, 60, 30, 12, 100} {
		if err := pty.Setsize(s.keyboard, &pty.Winsize{Rows: 30, Cols: columns}); err != nil {
			t.Fatal(err)
		}
		// liner learns the new width with the signal, which takes its time, and the shell asks for it with each table.
		s.key("[{name: 'x'.repeat(200), n: 1}]\r")
		s.await("─\n")
		before := s.await("\n")
		if w := len([]rune(before)); w > int(columns) {
			t.Errorf("%d columns: a line takes %d: %q", columns, w, before)
		}
		s.await("> ")
	}
	s.key("\x04")
	s.leave(0)
}

// liveServer is a sandbox that the command takes for the real service.
func liveServer(t *testing.T) (env []string) {
	t.Helper()
	server := sandboxtest.Start(t, sandbox.Config{})
	return []string{"CRISP_API_URL=" + server.URL(), connect.EnvIdentifier + "=" + sandbox.Identifier, connect.EnvKey + "=" + sandbox.Key, connect.EnvWebsite + "=" + sandbox.WebsiteID, connect.EnvTier + "=website"}
}

func TestShellAsksBeforeItDeletes(t *testing.T) {
	env := liveServer(t)
	s := openShell(t, t.TempDir(), env)
	s.await(" LIVE ")
	s.await("js> ")
	s.key("const id = crisp.conversations.list({limit: 1})[0].session_id\r")
	s.await("js> ")
	for _, c := range []struct{ answer, want, exists string }{
		{"n\r", "not confirmed, so nothing was sent", "true"},
		{"\x03", "not confirmed, so nothing was sent", "true"},
		{"y\r", "done", "false"},
	} {
		s.key("crisp.conversations.delete(id)\r")
		s.await("this call deletes")
		s.await("DELETE /website/" + sandbox.WebsiteID + "/conversation/session_")
		s.await("Make this call? [y/N/a] ")
		s.key(c.answer)
		s.await(c.want)
		s.await("js> ")
		s.key("crisp.conversations.exists(id)\r")
		s.await("\n" + c.exists + "\n")
		s.await("js> ")
	}
	s.key("\x04")
	s.leave(0)

	s = openShell(t, t.TempDir(), env, "--yes")
	s.await("nothing asks before it is done")
	s.key("crisp.conversations.delete(crisp.conversations.list({limit: 1})[0].session_id)\r")
	s.await("done\n")
	s.key("\x04")
	s.leave(0)
}

// TestShellTakesNoAnswerFromBefore types ahead of a question, on a terminal with line editing and on one without: what was there
// before the question was seen is neither its answer nor the next entry.
func TestShellTakesNoAnswerFromBefore(t *testing.T) {
	for _, terminal := range []string{"xterm", "dumb"} {
		for _, ahead := range []string{"a\r", "y\r", "yes\ry\ry\r", "\ry\r", "\x1b[200~y\x1b[201~\r", "y", "\x1b[A\x1b[Ay\r", "a\r" + strings.Repeat("console.log('ev' + 'aluated')\r", 300)} {
			t.Run(fmt.Sprintf("%s %.20q", terminal, ahead), func(t *testing.T) {
				s := openShell(t, t.TempDir(), append(liveServer(t), "TERM="+terminal))
				s.await("js> ")
				s.key("const id = crisp.conversations.list({limit: 1})[0].session_id\r")
				s.await("js> ")
				go func() { _, _ = s.keyboard.WriteString("crisp.conversations.delete(id)\r" + ahead) }() // the terminal takes only so much at a time
				s.await("Make this call? [y/N/a] ")
				s.key("n\r")
				s.await("not confirmed, so nothing was sent")
				s.await("js> ")
				s.key("crisp.conversations.exists(id)\r")
				s.await("\ntrue\n")
				s.await("js> ")
				s.key("\x04")
				s.leave(0)
				if shown := plainText(s.output.String()); strings.Contains(shown, "\nevaluated") {
					t.Errorf("what was typed ahead of the question became an entry:\n%s", shown)
				}
			})
		}
	}
}

// TestShellDeclinesOddKeys presses keys at the question that are no yes.
func TestShellDeclinesOddKeys(t *testing.T) {
	s := openShell(t, t.TempDir(), liveServer(t))
	s.await("js> ")
	s.key("const id = crisp.conversations.list({limit: 1})[0].session_id\r")
	s.await("js> ")
	for _, keys := range []string{"\x03", "\x03\x03", "\x04", "\r", " \r", "\x1b[A\x1b[A\r~", "\t\t\r", "\x1a\r", "\x1b\x1b\r", "\x12y\x03", "yy\x15\r", "nope\ry\r~"} {
		s.key("crisp.conversations.delete(id)\r")
		s.await("Make this call? [y/N/a] ")
		keys, again := strings.CutSuffix(keys, "~")
		s.key(keys)
		if again { // and what came with the first answer does not count
			s.await("y: yes, n: no")
			s.await("Make this call? [y/N/a] ")
			s.key("n\r")
		}
		s.await("not confirmed, so nothing was sent")
		s.await("js> ")
		s.key("crisp.conversations.exists(id)\r")
		s.await("\ntrue\n")
		s.await("js> ")
	}
	s.key("\x04")
	s.leave(0)
}

// TestShellEditsAfterAStop stops the shell as Ctrl-Z does, and lets it go on on a terminal that another program used meanwhile.
func TestShellEditsAfterAStop(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	cooked, err := unix.IoctlGetTermios(int(s.screen.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	cooked.Lflag |= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	cooked.Iflag |= unix.ICRNL
	stop := func() {
		s.signal(unix.SIGSTOP)
		s.until("stopped", func() bool {
			state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
			return err == nil && strings.Contains(string(state), ") T ")
		})
		if err := unix.IoctlSetTermios(int(s.screen.Fd()), unix.TCSETS, cooked); err != nil {
			t.Fatal(err)
		}
		s.signal(unix.SIGCONT)
	}
	s.key("console.log('st' + 'arted'); await new Promise(r => setTimeout(r, 300)); 5\r")
	s.await("\nstarted\n")
	stop()
	s.await("5\n")
	s.await("js> ")
	s.key("'after a cala'\x1b[D\x7fl\r")
	s.await("\nafter a call\n")
	s.await("js> ")
	stop()
	s.until("editing", func() bool { return terminalMode(t, s.screen)&(unix.ICANON|unix.ISIG|unix.ECHO) == 0 })
	s.key("'at the prompu'\x1b[D\x7ft\r")
	s.await("\nat the prompt\n")
	s.await("js> ")
	s.key("while (true) {}\r")
	s.await("running")
	s.key("\x03") // still a signal while something runs
	s.await("stopped\n")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

func TestShellGivesTheEditorItsTerminal(t *testing.T) {
	editor := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nstty -a | grep -o -- '-\\?icanon'\necho '40 + 2' > \"$1\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := openShell(t, t.TempDir(), []string{"EDITOR=" + editor}, "--sandbox")
	s.await("js> ")
	s.key(".edit\r")
	s.await("\nicanon\n")
	s.await("40 + 2\n")
	s.await("42\n")
	s.await("js> ")
	s.key("'editing ' + 'again'\x1b[D\x7f\x1b[C\r") // the line editor has the terminal back: remove the n
	s.await("editing agai\n")
	s.key("\x04")
	s.leave(0)
}

func TestShellOnADumbTerminal(t *testing.T) {
	s := openShell(t, t.TempDir(), []string{"TERM=dumb"}, "--sandbox")
	s.await("js> ")
	s.key("1 + 1\n")
	s.await("\n2\n")
	s.await("js> ")
	s.key("while (true) {}\n")
	s.await("while (true) {}\n")
	time.Sleep(50 * time.Millisecond) // pressed earlier, Ctrl-C would drop the line, which is right as well
	s.key("\x03")
	s.await("js> ")
	s.key("3 + 4\n")
	s.await("\n7\n")
	if strings.Contains(s.output.String(), "\x1b") {
		t.Errorf("escape sequences on a dumb terminal: %q", s.output.String())
	}
	s.key("\x04")
	s.leave(0)
}

func TestShellSurvivesNastyInput(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	// A pasted tab on a blank line offers nothing.
	s.key("\t\t1 + \t1\r")
	s.await("\n2\n")
	s.await("js> ")
	s.key("'日本👩‍👩‍👧‍👦e\u0301'.length\r")
	s.await("\n15\n")
	s.await("js> ")
	s.key("'\\u001b[2J' + 'x'\r")
	s.await(`\u001b[2Jx`)
	s.await("js> ")
	s.key("'a\xffb'.length\r")
	s.await("\n3\n")
	s.await("js> ")
	s.key("'x'.repeat(500000)\r")
	s.await("more characters)")
	s.await("js> ")
	s.key("Array.from({length: 10000}, (_, i) => ({i}))\r")
	s.await("20 of 10,000 · it shows more")
	s.await("js> ")
	s.key("'still' + ' here'\r")
	s.await("\nstill here\n")
	s.key("\x04")
	s.leave(0)
}

// TestShellTakesALongLine pastes a megabyte.
func TestShellTakesALongLine(t *testing.T) {
	if testing.Short() || testrequire.RaceDetector {
		t.Skip("takes a while")
	}
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	s.key("'")
	part := strings.Repeat("x", 1<<10)
	for range 1 << 10 {
		s.key(part)
	}
	s.key("'.length\r")
	s.await("\n1048576\n")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

func TestShellEndsWithSIGTERM(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	s.key("console.log('st' + 'arted'); while (true) {}\r")
	s.await("\nstarted\n")
	s.signal(unix.SIGTERM)
	s.leave(exitInterrupted)
}

func TestShellHasNoColorsUnlessWanted(t *testing.T) {
	for _, noColor := range []string{"", "1"} {
		s := openShell(t, t.TempDir(), []string{"NO_COLOR=" + noColor}, "--sandbox")
		s.await("js> ")
		s.key("'te' + 'xt'\r")
		s.await("\ntext\n")
		s.await("js> ")
		if got := strings.Contains(s.output.String(), "\x1b[32m"); got != (noColor == "") {
			t.Errorf("NO_COLOR=%q: colours %v: %s", noColor, got, fmt.Sprintf("%q", s.output.String()))
		}
		s.key("\x04")
		s.leave(0)
	}
}
