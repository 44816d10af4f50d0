//go:build unix

package host_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/sandbox"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/internal/sandboxtest"
	"github.com/crisphost/crisphost/internal/scripttest"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/internal/testwait"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/host"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// TestMain makes this binary a worker when a pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "forgetful" {
		os.Exit(forgetful(os.Args[2]))
	}
	worker.MainIf(newEngine)
	code := statetest.Main(m)
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// newEngine makes the engine of hosts and workers.
func newEngine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.Language, bindings.Modules(), engine.WithModules(scripttest.Billing))
}

// machine is where hosts run: a directory of scripts, a database, and a sandbox.
type machine struct {
	testing.TB

	dir     string
	address string
	client  *crisp.Client
}

func newMachine(t testing.TB, files map[string]string, demo ...sandbox.Config) *machine {
	t.Helper()
	m := &machine{TB: t, dir: t.TempDir(), address: "sqlite:" + filepath.Join(t.TempDir(), "host.db")}
	for name, content := range files {
		m.write(name, content)
	}
	m.client = sandboxtest.Client(t, append(demo, sandbox.Config{})[0])
	return m
}

func (m *machine) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, content string) {
	m.Helper()
	m.must(os.MkdirAll(filepath.Dir(m.path(name)), 0o700))
	m.must(os.WriteFile(m.path(name), []byte(content), 0o600))
}

// running is a host and its database.
type running struct {
	*host.Host

	m  *machine
	db *state.DB
}

// start starts a host, which ends with the test if not before.
func (m *machine) start(options ...func(*host.Config)) *running {
	m.Helper()
	db, err := state.Open(m.Context(), m.address)
	m.must(err)
	c := m.config(db)
	for _, option := range options {
		option(&c)
	}
	h, err := host.Start(m.Context(), c)
	if err != nil {
		_ = db.Close()
		m.Fatal(err)
	}
	r := &running{h, m, db}
	m.Cleanup(func() { r.end(time.Minute) })
	return r
}

func (m *machine) config(db *state.DB) host.Config {
	eng, err := newEngine()
	m.must(err)
	c := host.Config{
		DB: db, Directory: m.dir, Engine: eng,
		Library: scripts.LibraryOptions{Debounce: 10 * time.Millisecond},
		Workers: worker.Options{Client: m.client, WebsiteID: sandbox.WebsiteID, Bundles: m.TempDir()},
		Logger:  slog.New(slog.NewTextHandler(m.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	c.Schedule.Workers = 4
	return c
}

// end ends the host. It may have ended already.
func (r *running) end(drain time.Duration) {
	r.m.Helper()
	if r.Host == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := r.Close(ctx); err != nil && drain > time.Second {
		r.m.Error(err)
	}
	r.Host = nil
	r.m.must(r.db.Close())
}

// script is a script as the database has it, or the zero Script.
func (r *running) script(name string) state.Script {
	r.m.Helper()
	s, err := r.db.Script(context.Background(), name)
	if err != nil && !isNotFound(err) {
		r.m.Fatal(err)
	}
	return s
}

// run triggers a script and waits for its end.
func (r *running) run(script string, args ...string) (state.Run, []string) {
	r.m.Helper()
	id, err := r.Trigger(context.Background(), script, args, "Ada")
	r.m.must(err)
	return r.ended(id)
}

// ended waits for the end of a run, and answers it with the lines that it printed.
func (r *running) ended(id string) (run state.Run, lines []string) {
	r.m.Helper()
	testwait.Until(r.m, "run "+id+" ends", func() bool {
		var err error
		run, err = r.db.Run(context.Background(), id)
		r.m.must(err)
		return run.State.Ended()
	})
	log, err := r.db.Logs(context.Background(), id, 0, 0)
	r.m.must(err)
	for _, line := range log {
		lines = append(lines, line.Message)
	}
	return run, lines
}
