package enginetest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
)

// BundledCase is a script below a directory with files and with links to others, and the paths, sorted, of the files that its program
// names. The script can load a host module named host.
type BundledCase = struct {
	Entry, Code  string
	Files, Links map[string]string
	Want         string
}

// CheckBundled compiles each script, writes the files that its program names to another directory, and compiles them there.
func CheckBundled(t *testing.T, rt engine.Runtime, cases map[string]BundledCase) {
	t.Helper()
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			WriteFiles(t, root, test.Files)
			for link, target := range test.Links {
				if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
					t.Skip(err)
				}
			}
			files := bundledFiles(t, rt, root, test.Entry, test.Code)
			if got := strings.Join(slices.Sorted(maps.Keys(files)), " "); got != test.Want {
				t.Fatalf("files %q, want %q", got, test.Want)
			}
			if string(files[test.Entry]) != test.Code {
				t.Errorf("the entry is %q", files[test.Entry])
			}
			copied := t.TempDir()
			for path, data := range files {
				WriteFiles(t, copied, map[string]string{path: string(data)})
			}
			again := bundledFiles(t, rt, copied, test.Entry, string(files[test.Entry]))
			for path, data := range again {
				if string(files[path]) != string(data) {
					t.Errorf("%s is read again with other content", path)
				}
			}
		})
	}
}

func bundledFiles(t *testing.T, rt engine.Runtime, root, entry, code string) map[string][]byte {
	t.Helper()
	src := engine.Source{Name: entry, Code: []byte(code), Root: root, Dir: filepath.Join(root, filepath.Dir(entry))}
	p, err := Script{Source: src, Config: engine.Config{Modules: []*engine.Module{{Name: "host"}}}}.Compile(rt)
	if err != nil {
		t.Fatal(err)
	}
	return p.(engine.Bundled).Files()
}
