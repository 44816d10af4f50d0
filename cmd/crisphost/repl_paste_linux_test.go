package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/internal/testrequire"
)

// paste pastes a text as terminals do that were asked to mark it, with their line breaks.
func (s *shellOnTerminal) paste(text string) {
	s.t.Helper()
	s.key("\x1b[200~" + strings.ReplaceAll(text, "\n", "\r") + "\x1b[201~")
}

func TestShellPastes(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("takes a while, and TestShellPastesMuch pastes under the race detector")
	}
	for _, c := range []struct{ name, language, typed, pasted, behind, want string }{
		{"tab in a text", "js", "", "const s = \"name\temail\"\n", "s.length\r", "\n10\n"},
		{"tab in a text, Lua", "lua", "", "s = \"name\temail\"\n", "#s\r", "\n10\n"},
		{"tabs before and in a member", "js", "", "({\n\tcon\t: 1\n})\n", "", "\ncon  1\n"},
		{"tab before an assignment, Lua", "lua", "", "pri\t= 1\npri\n", "", "\n1\n"},
		{"tab, then more keys", "js", "", "'a\tb'", ".length\r", "\n3\n"},
		{"chain", "js", "", "const n = [3, 1, 2]\n  .map(x => x * 2)\n  .filter(x => x > 2)\n", "n.length\r", "\n2\n"},
		{"chain at the margin", "js", "", "[3, 1, 2]\n.map(x => x * 2)\n.join('-')\n", "", "\n6-2-4\n"},
		{"chain, Enter", "js", "", "[3, 1, 2]\n\t.map(x => x * 2)\n\t.join('-')", "\r", "\n6-2-4\n"},
		{"chain, more keys", "js", "", "[3, 1, 2]\n  .map(x => x * 2)", ".length\r", "\n3\n"},
		{"chain, Lua", "lua", "", "(\"abc\")\n  :upper()\n  :rep(2)\n", "", "\nABCABC\n"},
		{"behind what was typed", "js", "1000 + ", "[1,\n2].length\n", "", "\n1002\n"},
		{"before what was typed", "js", " + 1000\x01", "[1,\n2].length", "\r\r", "\n1002\n"},
		{"in an entry in progress", "js", "if (true) {\r", "\tconst a = '\t'\n\tconsole.log('<' + a + '>')\n", "}\r", "\n<\t>\n"},
		{"an entry that goes on", "lua", "", "for i = 41, 41 do\n\tprint(i + 1)\n", "end\r", "\n42\n"},
		{"several entries", "js", "", "const q = 6\nconst r = 7\nq * r\n", "", "\n42\n"},
		{"commands", "js", "", ".lua\n#{1, 2, 3}\n", "", "\n3\n"},
		{"a call and a command", "js", "", "[3, 1, 2]\n.map(x => x * 2)\n.join('-')\n.time\n", "", "6-2-4\ntime is on\n"},
		{"words that look like keys", "js", "", "'\x04\x01'.length\n", "", "\n2\n"},
		{"an open text", "js", "", "`a\n\tb\n\n.help\n`.length\n", "", "\n12\n"},
		{"Windows line breaks", "js", "", "[1,\r\n2].length\r\n", "", "\n2\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openShell(t, t.TempDir(), nil, "--sandbox", "-l", c.language)
			s.await(c.language + "> ")
			s.key(c.typed)
			s.paste(c.pasted)
			s.key(c.behind)
			s.await(c.want)
			s.await("> ")
			s.key("\x04")
			s.leave(0)
		})
	}
}

// TestShellPastesMuch pastes a megabyte, with tabs, in many lines and in one.
func TestShellPastesMuch(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	line := "\tname\temail é\n"
	many := strings.Repeat(line, (1<<20)/len(line))
	s.paste("const many = `" + many + "`\n")
	s.await("more lines)")
	s.await("js> ")
	s.key("[many.length, many.split('\\t').length, many.split('\\n').length].join()\r")
	n := strings.Count(many, "\n")
	s.await(fmt.Sprintf("\n%d,%d,%d\n", len([]rune(many)), 2*n+1, n+1))
	s.await("js> ")
	s.paste("'" + strings.Repeat("one line\t", 1<<17) + "'") // too long to be edited: Enter ends it
	s.await("... ")
	s.key(".length\r")
	s.await(fmt.Sprintf("\n%d\n", 9<<17))
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

// TestShellRemembersPastes brings back what was pasted, tabs included, in this session and in the next.
func TestShellRemembersPastes(t *testing.T) {
	config := t.TempDir()
	for _, first := range []bool{true, false} {
		s := openShell(t, config, nil, "--sandbox")
		s.await("js> ")
		if first {
			s.paste("const s = '\t';\n[s, s.length]\n\t.join('=')\n")
			s.await("\n\t=1\n")
			s.await("js> ")
		}
		s.key("\x1b[A\r")
		s.await("\n\t=1\n")
		s.await("js> ")
		s.key("\x04")
		s.leave(0)
		s.until("done with marking what is pasted", func() bool { // what it wrote last arrives after its end
			shown := s.output.String()
			return strings.Contains(shown[strings.LastIndex(shown, "js> "):], "\x1b[?2004l")
		})
		if shown := s.output.String(); strings.Count(shown, "\x1b[?2004h") != 1 {
			t.Errorf("the terminal was not told once to mark what is pasted: %q", shown)
		}
	}
	history, err := os.ReadFile(filepath.Join(config, "history"))
	if want := "const s = '\t';\\n[s, s.length]\\n\t.join('=')\n"; err != nil || string(history) != want {
		t.Errorf("the history is %q, %v", history, err)
	}
}

// TestShellTakesNoPastedAnswer pastes at the question whether a call is made.
func TestShellTakesNoPastedAnswer(t *testing.T) {
	s := openShell(t, t.TempDir(), liveServer(t))
	s.await("js> ")
	s.key("const id = crisp.conversations.list({limit: 1})[0].session_id\r")
	s.await("js> ")
	s.key("crisp.conversations.delete(id)\r")
	s.await("Make this call? [y/N/a] ")
	for _, text := range []string{"y", "y\n", "yes\ny\n", "\ta\n"} {
		s.paste(text)
		s.await("what is pasted is no answer")
		s.await("Make this call? [y/N/a] ")
	}
	s.key("n\r")
	s.await("not confirmed, so nothing was sent")
	s.await("js> ")
	s.key("crisp.conversations.exists(id)\r")
	s.await("\ntrue\n")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

func TestShellPastesBlocksAndBrokenOnes(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox")
	s.await("js> ")
	s.key(".paste\r")
	s.await("Ctrl-C cancels.")
	s.paste("[1, 2]\n\t.map(x => 'a\tb' + x)")
	s.key("\r.join()\r.end\r")
	s.await("\na\tb1,a\tb2\n")
	s.await("js> ")
	// Ctrl-C ends a paste whose end does not come, and drops a half one.
	s.key("\x1b[200~half of it\x03")
	s.await("^C\n")
	s.await("js> ")
	s.paste("if (true) {\n")
	s.await("... ")
	s.key("\x03")
	s.await("js> ")
	s.paste("[1,\n2].len")
	s.key("\x03")
	s.await("js> ")
	s.key("'still' + ' here'\r")
	s.await("\nstill here\n")
	s.await("js> ")
	// A chain that is typed, or pasted on a terminal that does not mark it.
	s.key("[3, 1]\r.map(x => x * 2)\r")
	s.await("there is no command .map(...)")
	s.await(".paste takes lines as they are")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}

// TestShellSaysWhatItWaitsFor uses up a quota, and stops the wait.
func TestShellSaysWhatItWaitsFor(t *testing.T) {
	s := openShell(t, t.TempDir(), nil, "--sandbox", "--quota", "2")
	s.await("js> ")
	s.key("for (let i = 0; i < 9; i++) await crisp.people.list({limit: 1})\r")
	s.await("crisp.people.list waits after 423")
	s.key("\x03")
	s.await("stopped\n")
	s.await("js> ")
	s.key("\x04")
	s.leave(0)
}
