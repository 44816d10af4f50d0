package bindings_test

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/statetest"
)

var update = flag.Bool("update", false, "write the expected output of the paired cases from what the Lua one prints")

// TestCases runs each case of testdata/cases in both languages: NAME.lua and NAME.js both print NAME.txt. Each runs
// against a sandbox of its own. Between them the cases of each language make every call that there is.
func TestCases(t *testing.T) {
	made := map[string]*callRecorder{"lua": {}, "js": {}}
	sources, err := filepath.Glob("testdata/cases/*.*")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, source := range sources {
		names[strings.TrimSuffix(filepath.Base(source), filepath.Ext(source))] = true
	}
	t.Run("cases", func(t *testing.T) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			for _, language := range []string{"lua", "js"} { // Lua first: -update takes its output
				t.Run(name+"/"+language, func(t *testing.T) {
					base := filepath.Join("testdata", "cases", name)
					got := runCase(t, made[language], base+"."+language)
					if *update && language == "lua" {
						if err := os.WriteFile(base+".txt", []byte(got), 0o644); err != nil {
							t.Fatal(err)
						}
					}
					want, err := os.ReadFile(base + ".txt")
					if err != nil {
						t.Fatal(err)
					}
					if got != string(want) {
						t.Errorf("printed\n%s\nwant\n%s", got, want)
					}
				})
			}
		}
	})
	for _, language := range []string{"lua", "js"} {
		for _, call := range bindings.Calls() {
			if language == "lua" && runtimeCalls[call] {
				continue
			}
			if !made[language].has(call) {
				t.Errorf("no %s case calls %s", language, call)
			}
		}
	}
}

// runtimeCalls are the calls that the Lua runtime answers itself, since only it can mark a table. They pass no host function
// that could note them; the case "standard" makes them.
var runtimeCalls = map[string]bool{"json.array": true, "json.object": true}

func runCase(t *testing.T, recorder *callRecorder, path string) string {
	t.Helper()
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tier := spec.TierWebsite
	switch {
	case bytes.Contains(code, []byte("(tier: user)")):
		tier = spec.TierUser
	case bytes.Contains(code, []byte("(tier: plugin)")):
		tier = spec.TierPlugin
	}
	host := scripttest.NewHost(t, tier, sandbox.Config{Seed: 1, Conversations: 60, People: 60, Visitors: 8})
	out, err := host.Run(t, path, engine.WithGate(recorder.gate), bindings.WithArgs([]string{"one", "two"}),
		bindings.WithEnv(map[string]string{"GREETING": "hello"}), bindings.WithStdin(strings.NewReader("from standard input")),
		bindings.WithStores(newStores(t)))
	if err != nil {
		t.Fatalf("%v\nprinted until then:\n%s", err, out)
	}
	return out
}

// newStores are stores in a database of the test's own.
func newStores(t *testing.T) (own, shared bindings.Store) {
	t.Helper()
	db := statetest.Open(t, statetest.SQLite(t))
	return db.ScriptStore("case"), db.SharedStore()
}

// callRecorder notes which calls scripts make.
type callRecorder struct {
	mu    sync.Mutex
	calls map[string]bool
}

func (r *callRecorder) gate(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		r.mu.Lock()
		if r.calls == nil {
			r.calls = map[string]bool{}
		}
		r.calls[c.Name] = true
		r.mu.Unlock()
		return next(ctx, c)
	}
}

func (r *callRecorder) has(call string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[call]
}
