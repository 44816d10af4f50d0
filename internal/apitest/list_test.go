package apitest

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the lists in testdata")

// packages returns the directories, below the module's, of what others can import.
func packages(t *testing.T, root string) []string {
	t.Helper()
	var dirs []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		switch base := d.Name(); {
		case name == root:
			return nil
		case base == "internal", base == "testdata", base == "node_modules", base[0] == '.', base[0] == '_':
			return filepath.SkipDir
		}
		dir, err := filepath.Rel(root, name)
		dirs = append(dirs, filepath.ToSlash(dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func TestAPI(t *testing.T) {
	const root = "../.."
	lists := map[string]bool{}
	for _, dir := range packages(t, root) {
		lines, err := exported(filepath.Join(root, dir))
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) == 0 {
			continue
		}
		name := filepath.Join("testdata", strings.ReplaceAll(dir, "/", "_")+".txt")
		lists[name] = true
		got := strings.Join(lines, "\n") + "\n"
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Errorf("package %s is not listed (go test ./internal/apitest -update): %v", dir, err)
			continue
		}
		want := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		for _, line := range lines {
			if !slices.Contains(want, line) {
				t.Errorf("package %s exports more than %s lists: %s", dir, name, line)
			}
		}
		for _, line := range want {
			if !slices.Contains(lines, line) {
				t.Errorf("package %s no longer exports: %s", dir, line)
			}
		}
		if !t.Failed() && got != string(data) {
			t.Errorf("%s is in another order", name)
		}
	}
	if len(lists) < 10 {
		t.Errorf("only %d packages were found", len(lists))
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		switch {
		case lists[name]:
		case *update:
			if err := os.Remove(name); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s lists a package that is gone", name)
		}
	}
}

func TestExported(t *testing.T) {
	dir := t.TempDir()
	const code = `package p

import "io"

const (
	A Kind = iota
	B
	c
)

const D, E = "x", 1 << 4

var F io.Reader
var G, h = 1, 2

type Kind uint8
type Pair[K comparable, V any] struct {
	Key  K
	Val  V ` + "`json:\"v\"`" + `
	seen bool
	io.Writer
}
type I interface {
	Do(n int,
		s string) error
	own()
}
type Alias = Pair[string, int]
type hidden struct{}

func (hidden) Shown()           {}
func (p *Pair[K, V]) Get() K    { return p.Key }
func Fn[T any](in ...T) (T, error) { panic(0) }
func fn()                       {}
`
	for name, text := range map[string]string{"p.go": code, "p_windows.go": "package p\nconst W = 1\n", "p_test.go": "package p\nconst T = 1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		`const A Kind = iota`,
		`const B Kind`,
		`const D = "x"`,
		`const E = 1 << 4`,
		`func (*Pair[K, V]) Get() K`,
		`func Fn[T any](in ...T) (T, error)`,
		`type Alias = Pair[string, int]`,
		`type I interface`,
		`type I: Do(n int, s string) error`,
		`type I: has methods that are not exported`,
		`type Kind uint8`,
		`type Pair: Key K`,
		`type Pair: Val V`,
		`type Pair: embeds io.Writer`,
		`type Pair[K comparable, V any] struct`,
		`var F io.Reader`,
		`var G`,
	}
	got, err := exported(dir)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, lists\n%s\nwant\n%s", err, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
