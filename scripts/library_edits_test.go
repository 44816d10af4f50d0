package scripts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/crisphost/crisphost/internal/savetest"
	"github.com/crisphost/crisphost/scripts"
)

// numbered is a text that compiles whole and, in Lua, at every line's end too, so that only its content tells that it is whole.
func numbered(language string, n int) string {
	comment := "--"
	if language != "lua" {
		comment = "//"
	}
	var b strings.Builder
	for i := range 60 {
		fmt.Fprintf(&b, "%s line %d of edit %d\n", comment, i, n)
	}
	fmt.Fprintf(&b, "%s end of edit %d\n", comment, n)
	return b.String()
}

// whole tells the edit that a text is from, if it is all of it.
func whole(text string) (edit int, ok bool) {
	_, text, ok = strings.Cut(text, " line ")
	if _, err := fmt.Sscanf(text, "0 of edit %d", &edit); !ok || err != nil {
		return 0, false
	}
	return edit, strings.HasSuffix(text, fmt.Sprintf(" end of edit %d\n", edit)) && strings.Count(text, fmt.Sprintf("of edit %d\n", edit)) == 61
}

// TestTwoHundredEdits saves in all ways while readers take snapshots: nobody sees half a file, edits come in their order, and
// the last ones win.
func TestTwoHundredEdits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports whether a file is open for writing")
	}
	const edits = 200
	lib := func(language string) string {
		if language == "lua" {
			return "lib/shared.lua"
		}
		return "lib/shared.js"
	}
	code := func(language string, n int) string {
		if language == "lua" {
			return numbered(language, n) + "require 'lib.shared'\n"
		}
		return numbered(language, n) + "import './lib/shared.js'\n"
	}
	files := map[string]string{"lib/shared.lua": numbered("lua", 0), "lib/shared.js": numbered("js", 0)}
	languages := []string{"lua", "js", "ts"}
	for i := range 6 {
		language := languages[i%3]
		files[fmt.Sprintf("s%d.%s", i, language)] = code(language, 0)
	}
	l := openLibrary(t, files, func(o *scripts.LibraryOptions) { o.Debounce = 10 * time.Millisecond })
	check := func(s *scripts.Script, newest map[string]int) {
		for file, content := range s.Files {
			text := strings.TrimSuffix(strings.TrimSuffix(string(content), "require 'lib.shared'\n"), "import './lib/shared.js'\n")
			edit, ok := whole(text)
			if !ok {
				t.Errorf("%s: half of %s: %q", s.Name, file, text)
			}
			if key := s.Name + " " + file; edit < newest[key] {
				t.Errorf("%s went from edit %d back to %d", key, newest[key], edit)
			} else {
				newest[key] = edit
			}
		}
	}
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			newest := map[string]int{}
			for {
				for _, s := range l.Scripts() {
					check(s, newest)
				}
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
	last := map[string]string{}
	for n := 1; n <= edits; n++ {
		way := savetest.Ways[n%len(savetest.Ways)]
		name := fmt.Sprintf("s%d.%s", n%6, languages[n%6%3])
		text := code(strings.TrimPrefix(filepath.Ext(name), "."), n)
		if n%7 == 0 {
			name = lib(languages[n%3])
			text = numbered(strings.TrimPrefix(filepath.Ext(name), "."), n)
		}
		if err := way.Save(l.path(name), []byte(text)); err != nil {
			t.Fatalf("%s: %v", way.Name, err)
		}
		last[name] = text
		time.Sleep(time.Duration(n*7%23) * time.Millisecond)
	}
	for name, text := range last {
		for i := range 6 {
			script := fmt.Sprintf("s%d", i)
			own := strings.HasPrefix(name, script+".")
			imports := strings.HasPrefix(name, "lib/") && (languages[i%3] == "lua") == strings.HasSuffix(name, ".lua")
			if own || imports {
				l.untilFile(script, name, text)
			}
		}
	}
	close(stop)
	readers.Wait()
	for _, s := range l.Scripts() {
		if s.Err != nil {
			t.Error(s.Err)
		}
	}
}

// TestWriterHoldsTheFile keeps a file open for writing for longer than the library waits.
func TestWriterHoldsTheFile(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "print('whole')"})
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports whether a file is open for writing")
	}
	f, err := os.OpenFile(l.path("a.lua"), os.O_WRONLY|os.O_TRUNC, 0o600)
	l.must(err)
	_, err = f.WriteString("print('half')")
	l.must(err)
	l.write("b.lua", "print(1)") // when this one is there, the library has looked at the other one too
	l.untilShows("a; b")
	time.Sleep(100 * time.Millisecond)
	if got := string(l.script("a").Files["a.lua"]); got != "print('whole')" {
		t.Errorf("while it is written the script is %q", got)
	}
	_, err = f.WriteString(" print('other half')")
	l.must(err)
	l.must(f.Close())
	l.untilFile("a", "a.lua", "print('half') print('other half')")
}

// TestWriterHoldsAnImport does so with a file that scripts import, whose half is an error.
func TestWriterHoldsAnImport(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports whether a file is open for writing")
	}
	l := openLibrary(t, map[string]string{
		"a.js": "import n from './lib/n.js'; console.log(n)", "lib/n.js": "export default 1",
		"sub/b.lua": "print(require('lib.n'))", "lib/n.lua": "return 1",
	})
	for script, file := range map[string]string{"a": "lib/n.js", "sub/b": "lib/n.lua"} {
		f, err := os.OpenFile(l.path(file), os.O_WRONLY|os.O_TRUNC, 0o600)
		l.must(err)
		_, err = f.WriteString("return (")
		l.must(err)
		other := strings.ReplaceAll(script, "/", "-") + "-other"
		l.write(other+".lua", "print(1)") // when this one is there, the library has looked at the half file too
		l.until(other, func() bool { return strings.Contains(l.show(), other) })
		time.Sleep(100 * time.Millisecond)
		if err := l.script(script).Err; err != nil {
			t.Errorf("%s, while its import is written: %v", script, err)
		}
		l.must(f.Close())
		l.until("the mistake is seen when the file is closed", func() bool { return l.script(script).Err != nil })
	}
}

func TestEverySave(t *testing.T) {
	for _, way := range savetest.Ways {
		t.Run(way.Name, func(t *testing.T) {
			l := openLibrary(t, map[string]string{"a.lua": "print(0)"})
			for n := range 3 {
				code := fmt.Sprintf("print('edit %d')", n)
				l.must(way.Save(l.path("a.lua"), []byte(code)))
				l.untilFile("a", "a.lua", code)
			}
		})
	}
}

// brokenNotifier fails as inotify does when its limits are reached.
type brokenNotifier struct{ adds int }

var errLimit = errors.New("no space left on device")

func (n *brokenNotifier) Add(string) error {
	if n.adds--; n.adds < 0 {
		return errLimit
	}
	return nil
}
func (*brokenNotifier) Remove(string) error           { return nil }
func (*brokenNotifier) Close() error                  { return nil }
func (*brokenNotifier) Events() <-chan fsnotify.Event { return nil }
func (*brokenNotifier) Errors() <-chan error          { return nil }

func TestLibraryPolls(t *testing.T) {
	for _, c := range []struct {
		name     string
		notifier func() (scripts.Notifier, error)
	}{
		{"no instance", func() (scripts.Notifier, error) { return nil, errLimit }},
		{"no watch", func() (scripts.Notifier, error) { return &brokenNotifier{}, nil }},
		{"no second watch", func() (scripts.Notifier, error) { return &brokenNotifier{adds: 1}, nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := &library{t: t, dir: dir}
			l.write("sub/a.lua", "print(1)")
			opened, err := scripts.OpenLibraryNotifiedBy(t.Context(), dir, scripts.LibraryOptions{Engine: newEngine(t), Debounce: 5 * time.Millisecond, Poll: 20 * time.Millisecond}, c.notifier)
			l.must(err)
			defer opened.Close()
			l.Library = opened
			if polling := l.Status().Polling; !strings.Contains(polling, "no space left on device") || !strings.Contains(polling, "max_user_watches") {
				t.Errorf("status %q", polling)
			}
			l.write("sub/a.lua", "print(22)")
			l.untilFile("sub/a", "sub/a.lua", "print(22)")
			l.write("sub/deep/b.lua", "print(3)")
			l.untilShows("sub/a; sub/deep/b")
			l.must(os.RemoveAll(l.path("sub/deep")))
			l.until("a script less", func() bool { return l.show() == "sub/a" })
		})
	}
}
