package js

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/enginetest"
)

// TestFiles compiles a script, writes the files that its program names to another directory, and compiles them there.
func TestFiles(t *testing.T) {
	tests := map[string]struct {
		entry string
		code  string
		files map[string]string
		links map[string]string
		want  string
	}{
		"alone": {"a.js", "console.log(1)", map[string]string{"b.js": ""}, nil, "a.js"},
		"imports": {
			"sub/a.ts", "import { v } from '../lib/v'; import d from './d.json'; console.log(v, d)",
			map[string]string{"lib/v.ts": "import './w.js'; export const v = 1", "lib/w.ts": "console.log('w')", "sub/d.json": "{}", "lib/unused.js": ""}, nil,
			"lib/v.ts lib/w.ts sub/a.ts sub/d.json",
		},
		"package": {
			"a.js", "import x from 'x'; console.log(x)",
			map[string]string{"package.json": "{}", "node_modules/x/package.json": `{"main": "m.js"}`, "node_modules/x/m.js": "module.exports = 1"}, nil,
			"a.js node_modules/x/m.js node_modules/x/package.json package.json",
		},
		"links of a mounted configuration": {
			"a.js", "import { v } from './v.js'; import w from './dir/w'; console.log(v, w)",
			map[string]string{"..1/a.js": "", "..1/v.js": "import './u.js'; export const v = 1", "..1/u.js": "", "..1/dir/w.ts": "export default 2"},
			map[string]string{"..data": "..1", "v.js": "..data/v.js", "u.js": "..data/u.js", "dir": "..data/dir"},
			"..1/dir/w.ts ..1/u.js ..1/v.js a.js dir/w.ts u.js v.js",
		},
		"linked directory": {
			"current/a.js", "import './b.js'; console.log(1)",
			map[string]string{"r1/b.js": ""}, map[string]string{"current": "r1"}, "current/a.js current/b.js r1/a.js r1/b.js",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			enginetest.WriteFiles(t, root, test.files)
			for link, target := range test.links {
				if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
					t.Skip(err)
				}
			}
			files := compileFiles(t, root, test.entry, test.code)
			if got := strings.Join(slices.Sorted(maps.Keys(files)), " "); got != test.want {
				t.Fatalf("files %q, want %q", got, test.want)
			}
			if string(files[test.entry]) != test.code {
				t.Errorf("the entry is %q", files[test.entry])
			}
			copied := t.TempDir()
			for path, data := range files {
				enginetest.WriteFiles(t, copied, map[string]string{path: string(data)})
			}
			again := compileFiles(t, copied, test.entry, string(files[test.entry]))
			for path, data := range again {
				if string(files[path]) != string(data) {
					t.Errorf("%s is read again with other content", path)
				}
			}
		})
	}
}

func compileFiles(t *testing.T, root, entry, code string) map[string][]byte {
	t.Helper()
	language, err := engine.LanguageOf(entry)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewRuntime().Compile(t.Context(), engine.Source{
		Name: entry, Code: []byte(code), Language: language, Root: root, Dir: filepath.Join(root, filepath.Dir(entry)),
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p.(engine.Bundled).Files()
}
