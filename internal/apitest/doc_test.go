package apitest

import (
	"go/doc/comment"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sketched are packages whose comment shows the shape of a program, which several examples run in parts.
var sketched = map[string]bool{"engine": true}

// TestPackageComments checks that the comment of each public package begins with a sentence and then code, and that the
// package's examples, which the tests run, have each line of that code.
func TestPackageComments(t *testing.T) {
	const root = "../.."
	found := 0
	for _, dir := range packages(t, root) {
		code, ok := firstCode(t, filepath.Join(root, dir))
		if !ok {
			continue
		}
		found++
		var examples strings.Builder
		files, err := filepath.Glob(filepath.Join(root, dir, "example_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			examples.WriteString(strings.ReplaceAll(string(data), "context.Background()", "ctx"))
		}
		if len(files) == 0 || code == "" {
			t.Errorf("package %s has %d files of examples, and in its comment the code %q", dir, len(files), code)
			continue
		}
		for line := range strings.Lines(code) {
			line = strings.TrimSpace(line)
			if !strings.Contains(line, "...") && !strings.Contains(examples.String(), line+"\n") && !sketched[dir] {
				t.Errorf("package %s: no example has the line of the package's comment: %s", dir, line)
			}
		}
	}
	if found < 10 {
		t.Errorf("only %d packages were found", found)
	}
}

// firstCode returns the code behind the first paragraph of a package's comment. It is not ok for a directory without a package
// that others can import.
func firstCode(t *testing.T, dir string) (code string, ok bool) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if file.Name.Name == "main" {
			return "", false
		}
		ok = true
		if file.Doc == nil {
			continue
		}
		doc := new(comment.Parser).Parse(file.Doc.Text())
		if len(doc.Content) > 1 {
			if block, isCode := doc.Content[1].(*comment.Code); isCode {
				return block.Text, true
			}
		}
	}
	return "", ok
}
