//go:build unix

package guest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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
	"github.com/crisphost/crisphost/internal/jsonform"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// warm does once what the first run would have to do: it runs a line in each language.
func (g *guest) warm() {
	for language, code := range map[engine.Language]string{engine.Lua: "return tostring(crisp)", engine.JavaScript: "typeof crisp"} {
		if !slices.Contains(g.engine.Languages(), language) {
			continue
		}
		program, err := g.compile(context.Background(), engine.Source{Name: "warm", Code: []byte(code), Language: language})
		if err != nil {
			g.fail(err)
		}
		if _, err := g.engine.Run(context.Background(), program); err != nil {
			g.fail(err)
		}
	}
}

// run runs a script to its end, and leaves nothing of it behind. Events are the payload or the list of payloads that it is about.
func (g *guestRun) run(m *wire.RunMessage, events []byte) (result []byte, end *wire.ResultMessage) {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	g.begin(g.id, stop)
	defer g.end()
	alive := g.sayAlive()
	memory := g.watchMemory(m.Memory, stop)
	result, err := g.execute(ctx, m, events)
	g.listening.Wait()
	g.log.end()
	memory()
	alive()
	return result, &wire.ResultMessage{Error: wire.BoundError(runError(ctx, err)), Clean: g.isClean() && g.isLean()}
}

// execute compiles and runs a script, and returns its result as JSON.
func (g *guestRun) execute(ctx context.Context, m *wire.RunMessage, events []byte) (result []byte, err error) {
	file := filepath.Join(m.Root, filepath.FromSlash(m.Entry))
	code, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	program, err := g.compile(ctx, engine.Source{
		Name: m.Entry, Code: code, Language: m.Language, Root: m.Root, Dir: filepath.Dir(file),
	})
	if err != nil || m.Prepare {
		return nil, err
	}
	options := []engine.InstanceOption{
		bindings.WithArgs(m.Args), bindings.WithEnv(m.Env), bindings.WithLogger(slog.New(&logHandler{run: g})),
		engine.WithStdout(&lineWriter{run: g, level: "print"}), engine.WithStderr(&lineWriter{run: g, level: "warn"}),
		engine.WithRun(m.Script, m.Run),
	}
	var event, list json.RawMessage
	switch {
	case m.Payload:
		event = events
	case m.Payloads:
		list = events
	}
	options = append(options, bindings.WithEvent(event), bindings.WithBatch(list))
	var own, shared bindings.Store
	if m.Store {
		own = &hostStore{run: g}
	}
	if m.SharedStore {
		shared = &hostStore{run: g, shared: true}
	}
	options = append(options, bindings.WithStores(own, shared))
	if m.Events {
		options = append(options, bindings.WithEvents(&hostEvents{run: g}))
	}
	var client *crisp.Client
	if m.BaseURL != "" {
		if client, err = g.client(m); err != nil {
			return nil, err
		}
	}
	options = append(options, bindings.WithConnection(client, m.WebsiteID))
	if m.Files != "" {
		files, err := os.OpenRoot(m.Files)
		if err != nil {
			return nil, err
		}
		defer files.Close()
		options = append(options, bindings.WithFiles(files))
	}
	permissions, err := g.permissions(m)
	if err != nil {
		return nil, err
	}
	network := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // nobody replaces it here
	defer network.CloseIdleConnections()
	vm, err := g.engine.NewVM(m.Language, append(options,
		engine.WithGate(permissionGate(permissions), filesGate(m)), engine.WithFetch(network))...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, vm.Close()) }()
	if err := g.link.Send(wire.FrameStarted, g.id, nil, nil); err != nil {
		return nil, err
	}
	if m.DropResult {
		return nil, vm.Exec(ctx, program)
	}
	value, err := vm.Run(ctx, program)
	if err != nil {
		return nil, err
	}
	return encodeResult(value)
}

// permissions are what the script may do. What the host makes for it is decided again there.
func (g *guestRun) permissions(m *wire.RunMessage) (*engine.Permissions, error) {
	v := g.engine.Vocabulary()
	p, err := v.Decode(m.Permissions)
	if err != nil {
		return nil, fmt.Errorf("the engine of the worker does not know the permissions of the job: %w", err)
	}
	if p == nil {
		p = v.Everything()
	}
	hasEnv := slices.ContainsFunc(v.Subjects(), func(s engine.Subject) bool { return s.Name == "env" && s.Value != "" })
	var words []string
	for name := range m.Env {
		if hasEnv && name != "" {
			words = append(words, "env:"+name)
		}
	}
	return p.With(words...)
}

// maxResult bounds the result of a program, in bytes of JSON.
const maxResult = 16 << 20

// encodeResult writes a program's result as JSON.
func encodeResult(value any) ([]byte, error) {
	result, err := jsonform.Encode(value)
	switch {
	case err != nil:
		return nil, &engine.Error{Message: "the result of the program has no JSON form: " + err.Error()}
	case len(result) > maxResult:
		return nil, &engine.Error{
			Message: fmt.Sprintf("the result of the program has %d MiB as JSON, more than the %d MiB that it may have", len(result)>>20, maxResult>>20),
			Hint:    "return less, or keep it in the store or in a file",
		}
	}
	return result, nil
}

// leftovers is how many goroutines more than before are no sign of a run that left something behind.
const leftovers = 2

// compilers are goroutines that a compilation has left: esbuild's end by themselves a quarter of a second later.
type compilers struct {
	count int
	until time.Time
}

// compile translates a script, and notes what goroutines that leaves.
func (g *guest) compile(ctx context.Context, src engine.Source) (engine.Program, error) {
	before := runtime.NumGoroutine()
	program, err := g.engine.Compile(ctx, src)
	if more := runtime.NumGoroutine() - before; more > 0 {
		g.compilers = append(g.compilers, compilers{more, time.Now().Add(time.Second)})
	}
	return program, err
}

// isClean reports whether the process is as it was before the run. What ends by itself gets a moment.
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
func runError(ctx context.Context, err error) *wire.Error {
	if err == nil {
		return nil
	}
	e := &wire.Error{Kind: wire.KindWorker, Message: err.Error()}
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
		e.Kind, e.Message, e.Hint = engine.KindMemory.String(), memory.Error(), "work on less at a time, or allow more with @memory in the script's header"
	case errors.As(cause, &stopped) && stopped.reason == wire.StopTimeout && e.Kind == engine.KindInterrupt.String():
		e.Kind, e.Message = engine.KindTimeout.String(), "the script ran out of time"
		if stopped.message != context.DeadlineExceeded.Error() {
			e.Message += ": " + stopped.message
		}
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

// permissionGate refuses calls that the permissions do not cover. Those of Crisp go on to the host, which refuses them in the same
// words and has them in the run's list of calls.
func permissionGate(p *engine.Permissions) engine.Gate {
	return func(next engine.Handler) engine.Handler {
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if _, isCrisp := c.Detail.(*bindings.Request); !isCrisp {
				if err := p.Check(c); err != nil {
					return nil, err
				}
			}
			return next(ctx, c)
		}
	}
}

// filesGate refuses to write files when they take too much already.
func filesGate(m *wire.RunMessage) engine.Gate {
	return func(next engine.Handler) engine.Handler {
		if m.FilesFull == "" {
			return next
		}
		return func(ctx context.Context, c *engine.HostCall) (any, error) {
			if c.Module() == "files" && c.Effect == engine.Write {
				return nil, &engine.HostError{Name: "FileError", Message: m.FilesFull, Hint: m.FilesHint}
			}
			return next(ctx, c)
		}
	}
}
