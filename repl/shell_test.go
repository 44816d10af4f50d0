package repl

import (
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestBareWords enters words that act as commands where no variable has their name.
func TestBareWords(t *testing.T) {
	for _, c := range []struct {
		language engine.Language
		lines    []string
		want     string
	}{
		{engine.JavaScript, []string{"1", "exit", "2"}, "1\n"},
		{engine.Lua, []string{"1", " quit ", "2"}, "1\n"},
		{engine.JavaScript, []string{"const exit = 'mine'", "var it = 'too'", "exit", "it", "quit", "5"}, "mine\ntoo\n"},
		{engine.Lua, []string{"exit = 'mine'", "exit", "it", "quit", "5"}, "mine\nnothing more to show\n"},
		{engine.JavaScript, []string{"it", "1", "it"}, "nothing more to show\n1\nnothing more to show\n"},
	} {
		if got := play(t, c.language, c.lines...); got != c.want {
			t.Errorf("%q: got\n%s\nwant\n%s", c.lines, got, c.want)
		}
	}
	text := play(t, engine.JavaScript, "Array.from({length: 30}, (_, i) => ({i}))", "it", "it")
	contains(t, text, "20 of 30 · it shows more\n", "30 rows\nnothing more to show\n")
}

// TestOutputElsewhereIsWhole types at a terminal while the output goes to a file.
func TestOutputElsewhereIsWhole(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Terminal.Width = nil
	text := x.enter(t, "Array.from({length: 50}, (_, i) => ({i}))", "it")
	contains(t, text, "50 rows\nnothing more to show\n")
	lacks(t, text, "it shows more")
}

// TestHintsNameTheShellsHelp calls with wrong arguments.
func TestHintsNameTheShellsHelp(t *testing.T) {
	text := play(t, engine.JavaScript, "crisp.conversations.get()")
	contains(t, text, "see `.help conversations.get`")
}
