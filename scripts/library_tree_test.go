package scripts_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/scripts"
)

// TestLinksThatLeadOut has links to files and directories elsewhere, which a directory that came from a repository can have.
func TestLinksThatLeadOut(t *testing.T) {
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.lua"), []byte("print 'secret'"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, follow := range []bool{false, true} {
		// The directory is a link itself, as git-sync has it.
		base := t.TempDir()
		dir := filepath.Join(base, "revision")
		for _, err := range []error{
			os.MkdirAll(filepath.Join(dir, "team"), 0o700), os.WriteFile(filepath.Join(dir, "team", "a.lua"), []byte("print 'a'"), 0o600),
			os.Symlink("revision", filepath.Join(base, "current")), os.Symlink("team/a.lua", filepath.Join(dir, "inside.lua")),
			os.Symlink(filepath.Join(outside, "secret.lua"), filepath.Join(dir, "file.lua")), os.Symlink(outside, filepath.Join(dir, "dir")),
			os.Symlink("loop", filepath.Join(dir, "loop")), os.Symlink("nowhere", filepath.Join(dir, "nowhere.lua")),
			os.WriteFile(filepath.Join(dir, "page.tsx"), []byte("<p/>"), 0o600),
		} {
			if err != nil {
				t.Skip(err)
			}
		}
		options := scripts.LibraryOptions{Engine: newEngine(t), FollowLinks: follow}
		l, err := scripts.OpenLibrary(t.Context(), filepath.Join(base, "current"), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		var names []string
		for _, s := range l.Scripts() {
			if names = append(names, s.Name); s.Err != nil {
				t.Error(s.Err)
			}
		}
		want, refused := []string{"inside", "team/a"}, 2
		if follow {
			want, refused = []string{"dir/secret", "file", "inside", "team/a"}, 0
		}
		if !slices.Equal(names, want) {
			t.Errorf("follow %t: %q, want %q", follow, names, want)
		}
		notes := strings.Join(l.Status().Notes(), "\n")
		if n := strings.Count(notes, "--follow-symlinks"); n != refused || !strings.Contains(notes, "loop cannot be read: too many") ||
			!strings.Contains(notes, "page.tsx is no script: JSX is not supported") || strings.Contains(notes, "nowhere") {
			t.Errorf("follow %t: %s", follow, notes)
		}
		_, problems, err := scripts.Check(t.Context(), filepath.Join(base, "current"), options)
		if err != nil {
			t.Fatal(err)
		}
		wrong := 0
		for _, p := range problems {
			if p.Warning != (p.File == "page.tsx") {
				t.Errorf("%+v", p)
			}
			if strings.Contains(p.Message, "--follow-symlinks") {
				wrong++
			}
		}
		if wrong != refused {
			t.Errorf("follow %t: problems %+v", follow, problems)
		}
	}
}

// TestDirectoriesThatAreNestedTooDeep are left out, and nothing else is.
func TestDirectoriesThatAreNestedTooDeep(t *testing.T) {
	l := openLibrary(t, map[string]string{"a.lua": "print(1)", strings.Repeat("d/", 45) + "deep.lua": "print(2)"})
	if l.show() != "a" || len(l.Status().Skipped) != 1 || !strings.Contains(l.Status().Skipped[0], "nested more than 40 levels") {
		t.Errorf("%s: %q", l.show(), l.Status().Skipped)
	}
	l.write("b.lua", "print(3)")
	l.untilShows("a; b")
}
