package interop

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/internal/sandboxtest"
)

// start is when every sandbox starts.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

var update = flag.Bool("update", false, "rewrite testdata/ with what the stories print")

// TestOfficialClient lets the official client drive a sandbox through the stories of node/stories, each in a sandbox of
// its own, and compares what it handed to its caller with testdata/STORY.jsonl.
func TestOfficialClient(t *testing.T) {
	requireNode(t)
	files, err := filepath.Glob("node/stories/*.mjs")
	if err != nil {
		t.Fatal(err)
	}
	driven := make(map[string]bool)
	for _, file := range files {
		story := strings.TrimSuffix(filepath.Base(file), ".mjs")
		if story == "shared" {
			continue
		}
		t.Run(story, func(t *testing.T) {
			lines := node(t, "sandbox.mjs", map[string]string{"story": story}, "CRISP_HOST="+startSandbox(t))
			var last struct {
				Driven []string `json:"driven"`
			}
			if err := json.Unmarshal(lines[len(lines)-1], &last); err != nil || len(last.Driven) == 0 {
				t.Fatalf("the story did not reach its end: %s (%v)", lines[len(lines)-1], err)
			}
			for _, method := range last.Driven {
				driven[method] = true
			}
			compareGolden(t, filepath.Join("testdata", story+".jsonl"), newPlaceholders().lines(t, lines[:len(lines)-1]))
		})
	}
	if t.Failed() {
		return
	}
	for _, c := range wireCases() {
		if !driven[c.method] {
			t.Errorf("no story calls %s (%s) with success", c.method, c.op)
		}
	}
}

// startSandbox starts a sandbox and answers its address without the path, as setRestHost wants it. Its clock starts on
// the same day in every run and goes on by a second with each look, so that the order in time is the order of the calls.
func startSandbox(t *testing.T) string {
	t.Helper()
	var looks atomic.Int64
	clock := func() time.Time { return start.Add(time.Duration(looks.Add(1)) * time.Second) }
	server := sandboxtest.Start(t, sandbox.Config{Now: clock})
	return strings.TrimSuffix(strings.TrimSuffix(server.URL(), "/"), "/v1")
}

func compareGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; go test -update ./internal/interop makes it, to be read before it is committed", err)
	}
	gotLines, wantLines := bytes.Split(got, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(gotLines), len(wantLines)) {
		if a, b := lineAt(gotLines, i), lineAt(wantLines, i); a != b {
			t.Errorf("%s:%d\n got %s\nwant %s", path, i+1, a, b)
		}
	}
}

func lineAt(lines [][]byte, i int) string {
	if i < len(lines) {
		return string(lines[i])
	}
	return "(no line)"
}

// placeholders replaces what the sandbox makes up (ids, fingerprints, times) by names that count up in order of
// appearance, so that the same thing has the same name all through a story.
type placeholders struct {
	uuid  *regexp.Regexp
	names map[string]string
	kinds map[string]int
}

func newPlaceholders() *placeholders {
	return &placeholders{
		uuid:  regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`),
		names: map[string]string{sandbox.WebsiteID: "<website>"},
		kinds: make(map[string]int),
	}
}

func (p *placeholders) lines(t *testing.T, lines []json.RawMessage) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, line := range lines {
		decoder := json.NewDecoder(bytes.NewReader(line))
		decoder.UseNumber()
		var value map[string]any
		if err := decoder.Decode(&value); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		// The step first, for the reader.
		step, err := json.Marshal(value["step"])
		if err != nil {
			t.Fatal(err)
		}
		delete(value, "step")
		rest, err := marshal(p.replace("", value))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&out, "%s: %s\n", step, rest)
	}
	return out.Bytes()
}

// marshal is json.Marshal without escapes for HTML.
func marshal(value any) (string, error) {
	var out strings.Builder
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSuffix(out.String(), "\n"), err
}

func (p *placeholders) replace(field string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			v[key] = p.replace(key, v[key])
		}
		return v
	case []any:
		for i := range v {
			v[i] = p.replace(field, v[i])
		}
		return v
	case json.Number:
		if n, err := v.Int64(); err == nil {
			switch {
			case strings.HasPrefix(field, "fingerprint"):
				return p.name("fingerprint", v.String())
			case n >= start.UnixMilli() && n < 1e13:
				return "<time>"
			}
		}
		return v
	case string:
		return p.uuid.ReplaceAllStringFunc(v, func(id string) string { return p.name("uuid", id) })
	}
	return value
}

func (p *placeholders) name(kind, value string) string {
	if name, ok := p.names[value]; ok {
		return name
	}
	p.kinds[kind]++
	name := fmt.Sprintf("<%s %d>", kind, p.kinds[kind])
	p.names[value] = name
	return name
}
