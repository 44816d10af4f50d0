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
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
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
	// Client is connected to the sandbox. Options make an instance that uses it.
	Client  *crisp.Client
	Sandbox *sandbox.Running
	Options []engine.InstanceOption
	// Now is the clock.
	Now func() time.Time
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
	events, err := rtm.New(client, rtm.Options{BindInterval: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { events.Close() })
	directory := t.TempDir()
	files, err := os.OpenRoot(directory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	out := &bytes.Buffer{}
	return &Host{
		Client: client, Sandbox: server,
		Options: []engine.InstanceOption{
			bindings.WithConnection(client, sandbox.WebsiteID), bindings.WithEvents(events), bindings.WithFiles(files),
			bindings.WithLogger(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug, ReplaceAttr: withoutTime}))),
		},
		Now: now, Out: out, Directory: directory,
	}
}

func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// newEngine makes the engine of all tests of a process, once.
var newEngine = sync.OnceValue(func() *engine.Engine {
	eng, err := engine.New(lua.Language, js.Language, bindings.Modules())
	if err != nil {
		panic(err)
	}
	return eng
})

// Run runs a script file and returns what it printed, with the tabs of Lua's print as the spaces of console.log.
func (h *Host) Run(t testing.TB, path string, options ...engine.InstanceOption) (string, error) {
	t.Helper()
	code, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	language, err := engine.LanguageOf(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	program, err := newEngine().Compile(ctx, engine.Source{Name: filepath.Base(path), Code: code, Language: language})
	if err != nil {
		return "", fmt.Errorf("compile: %w", err)
	}
	options = append(options, engine.WithStdout(h.Out), engine.WithStderr(h.Out), engine.WithClock(h.Now))
	_, err = newEngine().Run(ctx, program, append(options, h.Options...)...)
	return strings.ReplaceAll(h.Out.String(), "\t", " "), err
}
