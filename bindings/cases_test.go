package bindings_test

import (
	"bytes"
	"context"
	"flag"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/crisp/spec"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
)

var update = flag.Bool("update", false, "write the expected output of the paired cases from what the Lua one prints")

// testNow is the time in every case, so that what they print does not depend on the day.
var testNow = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// TestCases runs each case of testdata/cases in both languages: NAME.lua and NAME.js both print NAME.txt. Each runs
// against a sandbox of its own. Between them the cases of each language make every call that there is.
func TestCases(t *testing.T) {
	runtimes := map[string]engine.Runtime{"lua": lua.NewRuntime(), "js": js.NewRuntime()}
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
					got := runCase(t, runtimes[language], made[language], base+"."+language)
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

func runCase(t *testing.T, runtime engine.Runtime, recorder *callRecorder, path string) string {
	t.Helper()
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	tier := spec.TierWebsite
	if strings.Contains(string(code), "tier: user") {
		tier = spec.TierUser
	}
	if strings.Contains(string(code), "tier: plugin") {
		tier = spec.TierPlugin
	}
	host, out := newHost(t, tier)
	language, err := engine.LanguageOf(path)
	if err != nil {
		t.Fatal(err)
	}
	program, err := runtime.Compile(ctx, engine.Source{Name: filepath.Base(path), Code: code, Language: language}, bindings.ModuleNames())
	if err != nil {
		t.Fatal(err)
	}
	modules := bindings.Modules(host)
	for _, m := range modules {
		recorder.instrument(m.Name, m)
	}
	vm, err := runtime.New(engine.Config{
		Modules: modules, Globals: bindings.Globals(host), Stdout: out, Stderr: out, Now: host.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	if _, err := vm.Run(ctx, program); err != nil {
		t.Fatalf("%v\nprinted until then:\n%s", err, out)
	}
	// Lua's print puts tabs where console.log puts spaces.
	return strings.ReplaceAll(out.String(), "\t", " ")
}

// newHost is a host with a sandbox of its own, and the output of its scripts.
func newHost(t *testing.T, tier spec.Tiers) (bindings.Host, *bytes.Buffer) {
	t.Helper()
	now := func() time.Time { return testNow }
	server, err := sandbox.Start(t.Context(), "127.0.0.1:0", sandbox.Config{Seed: 1, Conversations: 60, People: 60, Visitors: 8, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := crisp.New(crisp.WithBaseURL(server.URL()), crisp.WithCredentials(sandbox.Identifier, sandbox.Key), crisp.WithTier(tier))
	if err != nil {
		t.Fatal(err)
	}
	directory, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { directory.Close() })
	out := &bytes.Buffer{}
	return bindings.Host{
		Client: client, WebsiteID: sandbox.WebsiteID,
		Args: []string{"one", "two"}, Env: map[string]string{"GREETING": "hello"},
		Stdin: strings.NewReader("from standard input"), Stdout: out, Files: directory,
		Logger: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{
			Level: slog.LevelDebug,
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{}
				}
				return a
			},
		})),
		Now: now,
	}, out
}

// callRecorder notes which calls scripts make.
type callRecorder struct {
	mu    sync.Mutex
	calls map[string]bool
}

func (r *callRecorder) instrument(prefix string, m *engine.Module) {
	if m.Apply != nil {
		r.wrap(prefix, m.Apply)
	}
	for i := range m.Functions {
		r.wrap(prefix+"."+m.Functions[i].Name, &m.Functions[i])
	}
	for _, child := range m.Modules {
		r.instrument(prefix+"."+child.Name, child)
	}
}

func (r *callRecorder) wrap(name string, f *engine.Function) {
	inner := f.Call
	f.Call = func(ctx context.Context, args []any) (any, error) {
		r.mu.Lock()
		if r.calls == nil {
			r.calls = map[string]bool{}
		}
		r.calls[name] = true
		r.mu.Unlock()
		return inner(ctx, args)
	}
}

func (r *callRecorder) has(call string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.calls[call]
}
