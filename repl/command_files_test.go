package repl

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// TestFilesBesideAndAtHome loads files that need others beside them, from another directory and by a tilde, and writes there.
func TestFilesBesideAndAtHome(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "tools"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"near.js": "export const word = 'near'\n", "main.js": "import {word} from './near.js'\nconsole.log('from', word)\n",
		"beside.lua": "return 'beside'\n", "main.lua": "print('from', require('beside'))\nfunction later() return require('beside') end\n",
	} {
		if err := os.WriteFile(filepath.Join(home, "tools", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for language, want := range map[engine.Language][]string{
		engine.JavaScript: {"from near\nfrom near\n", "entries written to "},
		engine.Lua:        {"from\tbeside\nfrom\tbeside\n", "\nbeside\n", "entries written to "},
	} {
		for _, inside := range []bool{false, true} {
			x := newTrial(t, language, false, small)
			x.cfg.Getenv = func(name string) string { return map[string]string{"HOME": home}[name] }
			if inside {
				x.cfg.Root, x.cfg.Dir = home, home
			}
			lines := []string{".load ~/tools/main." + string(language), ".run ~/tools/main." + string(language)}
			if language == engine.Lua {
				lines = append(lines, "later()")
			}
			text := x.enter(t, append(lines, ".out ~/results", "1", ".out", ".save ~/tools/saved", ".save ~/nowhere/saved")...)
			contains(t, text, want...)
			contains(t, text, "saved."+string(language)+" cannot be written: ")
			if strings.Count(text, "error:") != 1 {
				t.Error(text)
			}
			for _, name := range []string{"results", filepath.Join("tools", "saved."+string(language))} {
				if err := os.Remove(filepath.Join(home, name)); err != nil {
					t.Error(err)
				}
			}
		}
	}
}
