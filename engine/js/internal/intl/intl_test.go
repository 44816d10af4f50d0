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
	"sync"
	"testing"
	"time"

	"github.com/dop251/goja"

	"github.com/crisphost/crisphost/engine/js/internal/intl/cldr"
	"github.com/crisphost/crisphost/internal/testrequire"
)

//go:embed testdata/prelude.js
var prelude string

//go:embed testdata/random.js
var random string

//go:embed testdata/cases.js
var caseLines string

// The locales that the cases are for. For the others only TestNode runs them.
const (
	locales = "en en-GB fr de es it pt nl pl ru tr ar ja ko zh de-AT pt-PT fr-CA es-MX ar-EG zh-TW en-IN"
	others  = "bg ca cs da el et fi he hi hr hu id lt lv nb ro sk sl sv uk vi en-AU de-CH es-419 pt-AO ar-MA zh-HK zh-SG fr-CH"
)

// program runs the cases, and leaves what came of each in the array results.
func program(locales string) string {
	var code strings.Builder
	fmt.Fprintf(&code, "const locales = %q.split(\" \");\n%sconst results = [];\n", locales, prelude)
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

// here runs a program in this engine.
func here(t *testing.T, program string) []string {
	t.Helper()
	rt := newRuntime()
	if _, err := rt.RunString(program); err != nil {
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
	compare(t, transcript(here(t, program(locales))), string(want))
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

// TestNode compares what the cases print, and the expected results, with what Node prints, if its tables are of the same version.
func TestNode(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("compared without the race detector")
	}
	want := transcript(nodeCases(t, locales))
	if *update {
		if err := os.WriteFile(golden, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	expected, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, string(expected), want)
	compare(t, transcript(here(t, program(others))), transcript(nodeCases(t, others)))
}

// TestRandom compares formats whose options chance has chosen with Node's.
func TestRandom(t *testing.T) {
	if testrequire.RaceDetector {
		t.Skip("compared without the race detector")
	}
	program := fmt.Sprintf("const locales = %q.split(\" \");\n%s", locales+" "+others, random)
	want := node(t, program)
	for i, got := range here(t, program) {
		if got != want[i] {
			t.Errorf("got  %s\nnode %s", got, want[i])
		}
	}
}

// nodeCases is what comes of the cases in Node, but for those that differ on purpose, which have our results.
func nodeCases(t *testing.T, locales string) []string {
	t.Helper()
	ours, results := here(t, program(locales)), node(t, program(locales))
	for i, line := range expressions() {
		if strings.HasPrefix(line, own) {
			if ours[i] == results[i] {
				t.Errorf("> %s\nNode does the same", line)
			}
			results[i] = ours[i]
		}
	}
	return results
}

// node runs a program in Node.
func node(t *testing.T, program string) []string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		testrequire.Missing(t, "node", "node is not installed")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "-")
	cmd.Stdin = strings.NewReader(program + `console.log(JSON.stringify({cldr: process.versions.cldr || "", results}))`)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.Bytes())
	}
	var answer struct {
		CLDR    string
		Results []string
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	if major, _, _ := strings.Cut(answer.CLDR, "."); major != cldr.Version {
		t.Skipf("node has CLDR %s, and the tables are from CLDR %s", answer.CLDR, cldr.Version)
	}
	return answer.Results
}

// TestConcurrent uses the tables, which all runtimes share, from several runtimes at once.
func TestConcurrent(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, tag := range strings.Fields(locales) {
				rt := newRuntime()
				_ = rt.Set("l", tag)
				if _, err := rt.RunString(`new Date(0).toLocaleString(l, {dateStyle: "full", timeStyle: "full", timeZone: "Europe/Paris"}) +
					(1e6).toLocaleString(l, {notation: "compact"}) + ["b", "a"].sort((a, b) => a.localeCompare(b, l)) + new Intl.PluralRules(l).select(2)`); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
