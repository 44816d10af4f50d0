// Package scripttest runs scripts against a sandbox in tests.
package scripttest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
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

// Now is the time in every host, so that what scripts print does not depend on the day.
var Now = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// Host is a host with a sandbox of its own.
type Host struct {
	bindings.Host
	// Out collects what the host's scripts print and log.
	Out *bytes.Buffer
	// Directory is where the files module reads and writes.
	Directory string
}

// NewHost starts a sandbox and connects a host to it, until the test ends.
func NewHost(t testing.TB, tier spec.Tiers, config sandbox.Config) *Host {
	t.Helper()
	now := func() time.Time { return Now }
	config.Now = now
	server, err := sandbox.Start(context.WithoutCancel(t.Context()), "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := crisp.New(crisp.WithBaseURL(server.URL()), crisp.WithCredentials(sandbox.Identifier, sandbox.Key), crisp.WithTier(tier))
	if err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	files, err := os.OpenRoot(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	out := &bytes.Buffer{}
	return &Host{
		Host: bindings.Host{
			Client: client, WebsiteID: sandbox.WebsiteID, Files: files, Stdout: out, Now: now,
			Logger: slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTime})),
		},
		Out: out, Directory: directory,
	}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

var runtimes = map[engine.Language]engine.Runtime{engine.Lua: lua.NewRuntime(), engine.JavaScript: js.NewRuntime()}

// Run runs a script file and returns what it printed, with the tabs of Lua's print as the spaces of console.log. The
// modules may be changed before they are used.
func (h *Host) Run(t testing.TB, path string, change func([]*engine.Module)) (string, error) {
	t.Helper()
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	language, err := engine.LanguageOf(path)
	if err != nil {
		t.Fatal(err)
	}
	runtime := runtimes[language]
	if language == engine.TypeScript {
		runtime = runtimes[engine.JavaScript]
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program, err := runtime.Compile(ctx, engine.Source{Name: filepath.Base(path), Code: code, Language: language}, bindings.ModuleNames())
	if err != nil {
		return "", fmt.Errorf("compile: %w", err)
	}
	modules := bindings.Modules(h.Host)
	if change != nil {
		change(modules)
	}
	vm, err := runtime.New(engine.Config{
		Modules: modules, Globals: bindings.Globals(h.Host), Stdout: h.Out, Stderr: h.Out, Now: h.Now,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer vm.Close()
	_, err = vm.Run(ctx, program)
	return strings.ReplaceAll(h.Out.String(), "\t", " "), err
}
