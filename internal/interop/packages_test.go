package interop

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/internal/testrequire"
)

// packagesPage lists the packages that were tried.
const packagesPage = "../../docs/packages.md"

// minPackages is how many there are to be at least.
const minPackages = 40

// packageScript is a script of node/packages, which uses the package of its name.
type packageScript struct{ name, path, code, version, note string }

// packageScripts reads the scripts. A comment in a script's first line is the note of the page.
func packageScripts(t *testing.T) []packageScript {
	t.Helper()
	paths, err := filepath.Glob("node/packages/*.mjs")
	if err != nil || len(paths) < minPackages {
		t.Fatalf("%d scripts of packages, %v", len(paths), err)
	}
	var manifest struct{ Dependencies map[string]string }
	data, err := os.ReadFile("node/package.json")
	if err == nil {
		err = json.Unmarshal(data, &manifest)
	}
	if err != nil {
		t.Fatal(err)
	}
	var list []packageScript
	for _, path := range paths {
		code, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s := packageScript{name: strings.TrimSuffix(filepath.Base(path), ".mjs"), path: path, code: string(code)}
		if first, _, _ := strings.Cut(s.code, "\n"); strings.HasPrefix(first, "// ") {
			s.note = strings.TrimPrefix(first, "// ")
		}
		if s.version = manifest.Dependencies[s.name]; s.version == "" {
			t.Errorf("%s: node/package.json does not have the package", path)
		}
		list = append(list, s)
	}
	return list
}

// TestPackages runs a small script of each package here and in Node.
func TestPackages(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("compared without the race detector")
	}
	requireNode(t)
	eng, err := engine.New(js.Language, bindings.Modules())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range packageScripts(t) {
		t.Run(s.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			want, err := exec.CommandContext(ctx, "node", s.path).Output()
			if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
				t.Fatalf("in Node: %v\n%s", err, failed.Stderr)
			} else if err != nil || len(want) == 0 {
				t.Fatalf("in Node: %q, %v", want, err)
			}
			got, err := runHere(ctx, eng, s)
			if err != nil {
				t.Errorf("here: %v", err)
			}
			if got != string(want) {
				t.Errorf("printed\n%s\nand in Node\n%s", got, want)
			}
		})
	}
}

func runHere(ctx context.Context, eng *engine.Engine, s packageScript) (string, error) {
	dir, err := filepath.Abs("node")
	if err != nil {
		return "", err
	}
	program, err := eng.Compile(ctx, engine.Source{
		Name: s.path, Code: []byte(s.code), Language: engine.JavaScript, Root: dir, Dir: filepath.Join(dir, "packages"),
	})
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	err = eng.Exec(ctx, program, engine.WithStdout(&out), engine.WithStderr(&out))
	return out.String(), err
}

// TestPackagesPage compares the page with the scripts.
func TestPackagesPage(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Packages that work

Scripts in JavaScript and TypeScript import packages of npm from a node_modules directory at or above their own: ` + "`npm install lodash`" + ` beside the
script is enough. Packages run that need neither Node's modules nor a browser's page. Of packages with a build for each the one for browsers is
taken. What imports ` + "`fs`, `net`, `crypto`" + ` and the like fails when it is compiled, and the message names what to use here.

These run as in Node, in the versions named. The list is made and checked by the tests (` + "`go test ./internal/interop -run TestPackages`" + `), which run a
small script of each here and in Node and compare what both print.

| package | version | to import |
|---|---|---|
`)
	for _, s := range packageScripts(t) {
		fmt.Fprintf(&b, "| [%s](../internal/interop/%s) | %s | %s |\n", s.name, s.path, s.version, s.note)
	}
	if *update {
		if err := os.MkdirAll(filepath.Dir(packagesPage), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(packagesPage, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(packagesPage)
	if err != nil || string(page) != b.String() {
		t.Errorf("%s is not that of the scripts (%v): run go test ./internal/interop -run TestPackagesPage -update", packagesPage, err)
	}
}
