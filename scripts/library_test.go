package scripts_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
)

// newEngine makes an engine with all modules and own ones, whose JavaScript keeps no programs.
func newEngine(t testing.TB, own ...engine.ModuleSource) *engine.Engine {
	t.Helper()
	eng, err := engine.New(lua.Language, js.With(js.WithCacheSize(0)), bindings.Modules(), engine.WithModules(own...))
	if err != nil {
		t.Fatal(err)
	}
	return eng
}

// library is a library in a test's directory.
type library struct {
	*scripts.Library
	t   *testing.T
	dir string
}

// openLibrary opens a library on files.
func openLibrary(t *testing.T, files map[string]string, change ...func(*scripts.LibraryOptions)) *library {
	t.Helper()
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		goleak.VerifyNone(t, ignore, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
	})
	l := &library{t: t, dir: t.TempDir()}
	for name, code := range files {
		l.write(name, code)
	}
	options := scripts.LibraryOptions{Engine: newEngine(t), Debounce: 20 * time.Millisecond}
	for _, c := range change {
		c(&options)
	}
	opened, err := scripts.OpenLibrary(t.Context(), l.dir, options)
	if err != nil {
		t.Fatal(err)
	}
	l.Library = opened
	t.Cleanup(func() {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func (l *library) path(name string) string { return filepath.Join(l.dir, filepath.FromSlash(name)) }

func (l *library) write(name, code string) {
	l.t.Helper()
	if err := os.MkdirAll(filepath.Dir(l.path(name)), 0o755); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(l.path(name), []byte(code), 0o600); err != nil {
		l.t.Fatal(err)
	}
}

func (l *library) must(err error) {
	l.t.Helper()
	if err != nil {
		l.t.Fatal(err)
	}
}

// show lists the scripts: name, and what is wrong with it behind a "!".
func (l *library) show() string {
	var list []string
	for _, s := range l.Scripts() {
		item := s.Name
		if s.Version == "" {
			item += " (none)"
		}
		if s.Err != nil {
			item += " ! " + s.Err.Error()
		}
		list = append(list, item)
	}
	return strings.Join(list, "; ")
}

// until waits for a state of the library.
func (l *library) until(what string, ok func() bool) {
	l.t.Helper()
	for end := time.Now().Add(2 * time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			l.t.Fatalf("%s did not come; there are: %s", what, l.show())
		}
	}
}

func (l *library) untilShows(want string) {
	l.t.Helper()
	l.until(want, func() bool { return strings.HasPrefix(l.show(), want) })
}

func (l *library) script(name string) *scripts.Script {
	l.t.Helper()
	all := l.Scripts()
	i := slices.IndexFunc(all, func(s *scripts.Script) bool { return s.Name == name })
	if i < 0 {
		l.t.Fatalf("there is no script %s: %s", name, l.show())
	}
	return all[i]
}

// untilFile waits until a script is made of a file with some content.
func (l *library) untilFile(script, file, content string) {
	l.t.Helper()
	l.until(fmt.Sprintf("%s with %s of %q", script, file, content), func() bool {
		for _, s := range l.Scripts() {
			if s.Name == script {
				return string(s.Files[file]) == content
			}
		}
		return false
	})
}

func TestLibraryReads(t *testing.T) {
	l := openLibrary(t, map[string]string{
		"a.lua": "-- Does a.\n-- @schedule @daily\nrequire 'lib.u'", "lib/u.lua": "return 1", "sub/b.ts": "// @name bee\nimport './_part'", "sub/_part.ts": "export const x: number = 1",
		".hidden.lua": "x", "_off/c.lua": "x", "node_modules/p/index.js": "x", "types.d.ts": "declare const x: number", "data.json": "{}", "README.md": "x",
		"broken.js": "let = ", "header.lua": "-- @timeout never", "empty.js": " \n", "sub/lib/deep/d.js": "x",
	})
	got := l.show()
	want := `a; broken (none) ! broken.js:1:`
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `; empty (none) ! empty.js: the script is empty; header (none) ! header.lua:1:13: "never" is not a duration above zero; bee`) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	a := l.script("a")
	if a.Header.Description != "Does a." || a.Language != engine.Lua || a.Path != "a.lua" || a.Entry != "a.lua" || len(a.Version) != 64 || string(a.Files["lib/u.lua"]) != "return 1" || len(a.Files) != 2 {
		t.Errorf("%+v", a)
	}
	if b := l.script("bee"); b.Path != "sub/b.ts" || b.Entry != "sub/b.ts" || len(b.Files) != 2 {
		t.Errorf("%+v", b)
	}
}

func TestLibraryFollows(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "print(1)"})
	first := l.script("a")
	l.write("a.lua", "print(2)")
	l.untilFile("a", "a.lua", "print(2)")
	if l.script("a").Version == first.Version || string(first.Files["a.lua"]) != "print(1)" {
		t.Error("the version stayed, or an old snapshot changed")
	}
	l.write("new/deep/b.js", "1") // directories that are not watched yet
	l.untilShows("a; new/deep/b")
	l.must(os.Rename(l.path("new/deep"), l.path("new/other")))
	l.untilShows("a; new/other/b")
	l.write("new/other/b.js", "2")
	l.untilFile("new/other/b", "new/other/b.js", "2")
	l.must(os.Remove(l.path("a.lua")))
	l.untilShows("new/other/b")
	l.must(os.RemoveAll(l.path("new")))
	l.until("an empty library", func() bool { return l.show() == "" })
	l.write("a.lua", "-- @name other\n")
	l.untilShows("other")
}

func TestLibraryKeepsTheLastGoodVersion(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "-- @timeout 1m\nprint(1)"})
	good := l.script("a")
	for _, wrong := range []string{"print(", "-- @timeout never\nprint(1)", "-- @schedule 0 0 31 2 *\n", "", "require 'lib.gone'"} {
		l.write("a.lua", wrong)
		l.until("an error for "+wrong, func() bool { s := l.script("a"); return s.Err != nil })
		if now := l.script("a"); now.Version != good.Version || now.Header.Timeout != time.Minute || string(now.Files["a.lua"]) != string(good.Files["a.lua"]) {
			t.Errorf("%q took the place of the last good version: %+v", wrong, now)
		}
		l.write("a.lua", "-- @timeout 1m\nprint(1)")
		l.until("the error to go", func() bool { return l.script("a").Err == nil })
		if l.script("a").Version != good.Version {
			t.Error("the same content has another version")
		}
	}
}

// TestLibrarySurvivesHugeConstants saves a script with a number that would take all memory if it were computed while compiling. It fails
// when it runs.
func TestLibrarySurvivesHugeConstants(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.js": "console.log(1)"})
	l.write("b.js", "const s = 1n << 2n ** 63n; console.log(s)")
	l.untilShows("a; b")
	if err := l.script("b").Err; err != nil {
		t.Error(err)
	}
}

func TestLibraryReloadsWhatImports(t *testing.T) {
	l := openLibrary(t, map[string]string{
		"a.lua": "require 'lib.one'", "b.js": "import './lib/one.js'", "c.js": "1",
		"lib/one.lua": "require 'lib.two'", "lib/two.lua": "return 1", "lib/one.js": "import x from 'pack'; export default x",
		"node_modules/pack/index.js": "export default 1",
	})
	c := l.script("c")
	l.write("lib/two.lua", "return 2")
	l.untilFile("a", "lib/two.lua", "return 2")
	l.write("node_modules/pack/index.js", "export default 2")
	l.untilFile("b", "node_modules/pack/index.js", "export default 2")
	good := l.script("b").Version
	l.write("lib/one.js", "import '")
	l.until("an error", func() bool { return l.script("b").Err != nil })
	if b := l.script("b"); b.Version != good || !strings.HasPrefix(b.Err.Error(), "lib/one.js:1:") {
		t.Errorf("%s, %v", b.Version, b.Err)
	}
	l.must(os.Remove(l.path("lib/one.js")))
	l.until("another error", func() bool { b := l.script("b"); return b.Err != nil && strings.HasPrefix(b.Err.Error(), "b.js:1:") })
	l.write("lib/one.js", "export default 3")
	l.until("the error to go", func() bool { return l.script("b").Err == nil })
	// A file that hides the one that was imported.
	l.write("lib/two/../one/index.js", "1")
	l.write("lib/lib/two.lua", "return 'nearer'")
	l.untilFile("a", "lib/lib/two.lua", "return 'nearer'")
	if l.script("c") != c {
		t.Error("a script that nothing happened to was made anew")
	}
}

func TestTwoScriptsOfOneName(t *testing.T) {
	l := openLibrary(t, map[string]string{"b.lua": "print(1)", "sub/x.js": "// @name b\n1"})
	l.untilShows(`b; sub/x.js (none) ! two scripts are named "b": b.lua has the name, so sub/x.js is not used`)
	// The one that is there keeps its name, also when it is saved again and when it breaks.
	l.write("a.js", "// @name b\n2")
	l.untilShows(`a.js (none) ! two scripts are named "b": b.lua has the name, so a.js is not used; rename a file or give one another @name; b; sub/x.js (none) ! `)
	var taken *scripts.NameError
	if err := l.script("sub/x.js").Err; !errors.As(err, &taken) || taken.Holder != "b.lua" {
		t.Errorf("error %v", err)
	}
	l.write("b.lua", "print(2)")
	l.untilFile("b", "b.lua", "print(2)")
	l.write("b.lua", "print(")
	l.until("the mistake in b.lua", func() bool { return l.script("b").Err != nil })
	if s := l.script("b"); s.Path != "b.lua" || string(s.Files["b.lua"]) != "print(2)" {
		t.Errorf("b is %s with %q", s.Path, s.Files)
	}
	// Then the first by path has it.
	l.must(os.Remove(l.path("b.lua")))
	l.untilShows(`b; sub/x.js (none) ! two scripts are named "b": a.js has the name, so sub/x.js is not used`)
	// And when that one gets another name, the next.
	l.write("a.js", "3")
	l.until("two scripts", func() bool { return l.show() == "a; b" })
	if s := l.script("b"); s.Path != "sub/x.js" {
		t.Errorf("b is %s", s.Path)
	}
}

// TestNameOfAScriptThatNeverCompiled gives it to one that does.
func TestNameOfAScriptThatNeverCompiled(t *testing.T) {
	l := openLibrary(t, map[string]string{"b.lua": "print("})
	l.untilShows("b (none) ! ")
	l.write("a.js", "// @name b\n1")
	l.untilShows(`b; b.lua (none) ! two scripts are named "b": a.js has the name, so b.lua is not used`)
}

func TestLibraryDirectoryVanishes(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "print(1)"})
	l.must(os.Rename(l.dir, l.dir+".away"))
	l.until("the directory to be missed", func() bool { return l.Status().Missing != "" })
	if got := l.show(); got != "a" {
		t.Errorf("without the directory: %s", got)
	}
	l.must(os.Mkdir(l.dir, 0o755)) // a mount point without its file system
	time.Sleep(50 * time.Millisecond)
	if got := l.show(); got != "a" {
		t.Errorf("with an empty directory: %s", got)
	}
	l.must(os.Remove(l.dir))
	l.must(os.Rename(l.dir+".away", l.dir))
	l.until("the directory to be back", func() bool { return l.Status().Missing == "" })
	l.write("a.lua", "print(2)")
	l.untilFile("a", "a.lua", "print(2)")
	l.write("b.lua", "print(3)")
	l.untilShows("a; b")
}

// TestLibraryInMountedConfiguration swaps the link that Kubernetes puts between a volume's names and its files.
func TestLibraryInMountedConfiguration(t *testing.T) {
	dir := t.TempDir()
	version := func(n int) {
		data := fmt.Sprintf("..%d", n)
		for name, code := range map[string]string{"a.lua": "require 'lib.u' print(%d)", "b.js": "import './lib/u.js'; console.log(%d)", "lib/u.lua": "return %d", "lib/u.js": "export default %d"} {
			path := filepath.Join(dir, data, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, fmt.Appendf(nil, code, n), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Symlink(data, filepath.Join(dir, "..data_tmp")), os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data"))); err != nil {
			t.Fatal(err)
		}
		if n > 1 {
			if err := os.RemoveAll(filepath.Join(dir, fmt.Sprintf("..%d", n-1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	version(1)
	for _, name := range []string{"a.lua", "b.js", "lib"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Skip(err)
		}
	}
	opened, err := scripts.OpenLibrary(t.Context(), dir, scripts.LibraryOptions{Engine: newEngine(t), Debounce: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	l := &library{Library: opened, t: t, dir: dir}
	for n := 2; n < 6; n++ {
		version(n)
		l.untilFile("a", "lib/u.lua", fmt.Sprintf("return %d", n))
		l.untilFile("a", "a.lua", fmt.Sprintf("require 'lib.u' print(%d)", n))
		l.untilFile("b", "lib/u.js", fmt.Sprintf("export default %d", n))
	}
}

func TestSubscribe(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "print(1)"})
	now, changes := l.Subscribe(t.Context())
	if len(now) != 1 {
		t.Fatalf("%d scripts", len(now))
	}
	l.write("b.lua", "print(2)")
	if c := <-changes; c.Before != nil || c.After.Name != "b" {
		t.Errorf("%+v", c)
	}
	l.write("a.lua", "print(3)")
	if c := <-changes; c.Before != now[0] || string(c.After.Files["a.lua"]) != "print(3)" {
		t.Errorf("%+v", c)
	}
	l.must(os.Remove(l.path("a.lua")))
	if c := <-changes; c.Before.Name != "a" || c.After != nil {
		t.Errorf("%+v", c)
	}
	l.must(l.Close())
	if _, open := <-changes; open {
		t.Error("the channel stays open")
	}
}

func TestOpenLibraryErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, root, want string }{
		{filepath.Join(dir, "gone"), "", "open the script directory"}, {file, "", "is a file"}, {dir, filepath.Join(dir, "below"), "is not below the root"},
	} {
		if _, err := scripts.OpenLibrary(t.Context(), c.dir, scripts.LibraryOptions{Engine: newEngine(t), Root: c.root}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.dir, err)
		}
	}
	if _, err := scripts.OpenLibrary(t.Context(), dir, scripts.LibraryOptions{}); err == nil || !strings.Contains(err.Error(), "LibraryOptions.Engine is missing") {
		t.Errorf("without an engine: %v", err)
	}
	options := scripts.LibraryOptions{Engine: newEngine(t), Limits: &scripts.Limits{Permissions: []string{"conversation:read"}}}
	if _, err := scripts.OpenLibrary(t.Context(), dir, options); err == nil || !strings.Contains(err.Error(), `unknown permission "conversation:read"`) {
		t.Errorf("limits of unknown words: %v", err)
	}
}

// TestRename has no moment at which a script is there under both of its names.
func TestRename(t *testing.T) {
	l := openLibrary(t, map[string]string{"a0.lua": "print(1)"}, func(o *scripts.LibraryOptions) { o.Debounce = 100 * time.Millisecond })
	for i := range 5 {
		before, after := fmt.Sprintf("a%d", i), fmt.Sprintf("a%d", i+1)
		l.must(os.Rename(l.path(before+".lua"), l.path(after+".lua")))
		l.until(after, func() bool {
			names := l.show()
			if strings.Contains(names, before) && strings.Contains(names, after) {
				t.Fatalf("both names are there: %s", names)
			}
			return names == after
		})
	}
}
