package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

func TestHistoryThatCannotBeKept(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	if err := os.Mkdir(filepath.Join(x.cfg.ConfigDir, "history"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := x.enter(t, "1 + 1", "2 + 2")
	contains(t, x.screen.String(), "the history cannot be read")
	contains(t, text, "2\n", "4\n")
}

func TestSecretsStayOutOfTheFile(t *testing.T) {
	x := newTrial(t, engine.JavaScript, false, small)
	x.cfg.Secrets = []string{"very-own-key"}
	x.enter(t, "'very-own-key'", "1 + 1", ".paste", "'very-own-key'", ".end", "const password = 'hunter2'")
	data, err := os.ReadFile(filepath.Join(x.cfg.ConfigDir, "history"))
	if err != nil || string(data) != "1 + 1\n.paste\n" {
		t.Errorf("%q %v", data, err)
	}
	x.reader = &fakeReader{}
	x.cfg.reader = x.reader
	x.enter(t)
	if got := strings.Join(x.reader.entries, "|"); got != "1 + 1|.paste" {
		t.Errorf("the next shell remembers %q", got)
	}
}
