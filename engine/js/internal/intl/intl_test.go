package intl

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
	"github.com/crisphost/crisphost/internal/testrequire"
)

//go:embed testdata/prelude.js
var prelude string

//go:embed testdata/cases.js
var caseLines string

// program prints, for each case, its line and what came of it, as pairs in JSON.
func program() string {
	var code strings.Builder
	code.WriteString(prelude + "const results = [];\n")
	for _, line := range expressions() {
		line = strings.TrimPrefix(line, own)
		fmt.Fprintf(&code, "try { results.push(show((%s))) } catch (e) { results.push(e.name) }\n", line)
	}
	return code.String()
}

func expressions() []string {
	var lines []string
	for line := range strings.Lines(caseLines) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

func newRuntime() *goja.Runtime {
	rt := goja.New()
	AddMethods(rt)
	_ = rt.Set("Intl", New(rt, time.Now))
	return rt
}

func here(t *testing.T) []string {
	t.Helper()
	rt := newRuntime()
	if _, err := rt.RunString(program()); err != nil {
		t.Fatal(err)
	}
	value, err := rt.RunString("results")
	if err != nil {
		t.Fatal(err)
	}
	var results []string
	if err := rt.ExportTo(value, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

func transcript(results []string) string {
	var text strings.Builder
	for i, line := range expressions() {
		fmt.Fprintf(&text, "> %s\n%s\n", line, results[i])
	}
	return text.String()
}

// own begins the cases in which this engine does not do what Node does.
const own = "own: "

var update = flag.Bool("update", false, "write the expected results, which needs Node")

const golden = "testdata/expected.txt"

// TestCases compares what the cases print with what Node printed, which TestNode keeps right.
func TestCases(t *testing.T) {
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, transcript(here(t)), string(want))
}

func compare(t *testing.T, got, want string) {
	t.Helper()
	a, b := strings.Split(got, "\n> "), strings.Split(want, "\n> ")
	if len(a) != len(b) {
		t.Fatalf("%d cases, want %d", len(a), len(b))
	}
	for i := range a {
		got, want := strings.Split(a[i], "\n"), strings.Split(b[i], "\n")
		for j := range want {
			if j >= len(got) || got[j] != want[j] {
				t.Errorf("> %s\n got %q\nwant %q", want[0], got[min(j, len(got)-1)], want[j])
			}
		}
	}
}

// TestNode compares the expected results with what Node prints, if its tables are of the same version.
func TestNode(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		testrequire.Missing(t, "node", "node is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "-")
	cmd.Stdin = strings.NewReader(program() + `console.log(JSON.stringify({cldr: process.versions.cldr || "", results}))`)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	var node struct {
		CLDR    string
		Results []string
	}
	if err := json.Unmarshal(out, &node); err != nil {
		t.Fatal(err)
	}
	if major, _, _ := strings.Cut(node.CLDR, "."); major != cldr.Version {
		t.Skipf("node has CLDR %s, and the tables are from CLDR %s", node.CLDR, cldr.Version)
	}
	ours := here(t)
	for i, line := range expressions() {
		if strings.HasPrefix(line, own) {
			if ours[i] == node.Results[i] {
				t.Errorf("> %s\nNode does the same", line)
			}
			node.Results[i] = ours[i]
		}
	}
	got := transcript(node.Results)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, got, string(want))
}
