//go:build unix

package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/state"
)

// warm does once what the first run would have to do: it runs a line in both languages.
func (g *guest) warm() {
	for language, code := range map[engine.Language]string{engine.Lua: "return tostring(crisp)", engine.JavaScript: "String(crisp)"} {
		rt := g.runtimes[language]
		program, err := g.compile(context.Background(), rt, engine.Source{Name: "warm", Code: []byte(code), Language: language})
		if err != nil {
			g.fail(err)
		}
		vm, err := rt.New(engine.Config{Modules: bindings.List()})
		if err != nil {
			g.fail(err)
		}
		if _, err := vm.Run(context.Background(), program); err != nil {
			g.fail(err)
		}
		if err := vm.Close(); err != nil {
			g.fail(err)
		}
	}
}

// run runs a script to its end, and leaves nothing of it behind.
func (g *guestRun) run(m *runMessage) *resultMessage {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	g.begin(g.id, stop)
	defer g.end()
	alive := g.sayAlive()
	memory := g.watchMemory(m.Memory, stop)
	err := g.execute(ctx, m)
	memory()
	alive()
	return &resultMessage{Error: boundError(runError(ctx, err)), Clean: g.isClean() && g.isLean()}
}

// execute compiles and runs a script.
func (g *guestRun) execute(ctx context.Context, m *runMessage) (err error) {
	rt := g.runtimes[m.Language]
	if rt == nil {
		return errors.New("there is no language " + string(m.Language))
	}
	file := filepath.Join(m.Root, filepath.FromSlash(m.Entry))
	code, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	program, err := g.compile(ctx, rt, engine.Source{
		Name: m.Entry, Code: code, Language: m.Language, Root: m.Root, Dir: filepath.Dir(file),
	})
	if err != nil || m.Prepare {
		return err
	}
	out := &lineWriter{run: g, level: "print"}
	host := bindings.Host{
		WebsiteID: m.WebsiteID, Args: m.Args, Env: m.Env, Logger: slog.New(&logHandler{run: g}),
	}
	if m.Store {
		host.Store = &hostStore{run: g}
	}
	if m.SharedStore {
		host.SharedStore = &hostStore{run: g, shared: true}
	}
	if m.BaseURL != "" {
		if host.Client, err = g.client(m); err != nil {
			return err
		}
	}
	if m.Files != "" {
		if host.Files, err = os.OpenRoot(m.Files); err != nil {
			return err
		}
		defer host.Files.Close()
	}
	network := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // nobody replaces it here
	defer network.CloseIdleConnections()
	cfg := engine.Config{
		Modules: bindings.List(),
		Stdout:  out, Stderr: &lineWriter{run: g, level: "warn"},
		Fetch: engine.AllowHeaderHosts(network, m.Hosts),
	}
	if err := cfg.Apply(host.Options()...); err != nil {
		return err
	}
	vm, err := rt.New(cfg)
	if err != nil {
		return err
	}
	if err := g.link.send(frameStarted, g.id, nil, nil); err != nil {
		return err
	}
	_, err = vm.Run(ctx, program)
	return errors.Join(err, vm.Close())
}

// client makes a client whose requests go to the host, which has the credentials and repeats what failed.
func (g *guestRun) client(m *runMessage) (*crisp.Client, error) {
	const noLimit = 1000 * time.Hour // the run's own ends it
	return crisp.New(crisp.WithBaseURL(m.BaseURL), crisp.WithTier(m.Tier), crisp.WithTimeout(noLimit),
		crisp.WithRetry(crisp.RetryPolicy{MaxAttempts: 1}), crisp.WithTransport(&hostTransport{g}))
}

// leftovers is how many goroutines more than before are no sign of a run that left something behind.
const leftovers = 2

// compilers are goroutines that a compilation has left: esbuild's end by themselves a quarter of a second later.
type compilers struct {
	count int
	until time.Time
}

// compile translates a script, and notes what goroutines that leaves.
func (g *guest) compile(ctx context.Context, rt engine.Runtime, src engine.Source) (engine.Program, error) {
	before := runtime.NumGoroutine()
	program, err := rt.Compile(ctx, src, bindings.ModuleNames())
	if more := runtime.NumGoroutine() - before; more > 0 {
		g.compilers = append(g.compilers, compilers{more, time.Now().Add(time.Second)})
	}
	return program, err
}

// isClean tells whether the process is as it was before the run. What ends by itself gets a moment.
func (g *guest) isClean() bool {
	allowed, now := g.goroutines+leftovers, time.Now()
	g.compilers = slices.DeleteFunc(g.compilers, func(c compilers) bool { return c.until.Before(now) })
	for _, c := range g.compilers {
		allowed += c.count
	}
	for wait := 50 * time.Microsecond; ; wait *= 2 {
		if runtime.NumGoroutine() <= allowed {
			return true
		}
		if wait > 20*time.Millisecond {
			return false
		}
		time.Sleep(wait)
	}
}

// runError is a script's failure as it is kept.
func runError(ctx context.Context, err error) *state.RunError {
	if err == nil {
		return nil
	}
	e := &state.RunError{Kind: kindWorker, Message: err.Error()}
	var script *engine.Error
	if errors.As(err, &script) {
		e.Kind, e.Message, e.Hint = script.Kind.String(), script.Message, script.Hint
		if script.Name != "" && script.Name != "Error" {
			e.Message = script.Name + ": " + script.Message
		}
		e.File, e.Line, e.Column = filepath.ToSlash(script.File), script.Line, script.Column
		e.SourceLine, e.Trace = script.SourceLine, trace(script.Trace)
	}
	var memory *errMemory
	var stopped *errStopped
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &memory):
		e.Kind, e.Message, e.Hint = kindMemory, memory.Error(), "work on less at a time, or allow more with @memory in the script's header"
	case errors.As(cause, &stopped) && stopped.reason == stopTimeout && e.Kind == kindInterrupt:
		e.Kind = kindTimeout
	}
	return e
}

func trace(frames []engine.Frame) string {
	var b strings.Builder
	for _, f := range frames {
		if f.Function == "" {
			b.WriteString("at " + f.Position.String() + "\n")
		} else {
			b.WriteString("at " + f.Function + " (" + f.Position.String() + ")\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
