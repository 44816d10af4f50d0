//go:build unix

package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
	"github.com/crisphost/crisphost/scripts/worker"
)

// TestMain makes this binary a worker when a pool starts it as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "impostor":
			os.Exit(impostor(os.Args[2]))
		case "forgetful":
			os.Exit(forgetful(os.Args[2]))
		}
	}
	worker.MainIf(newEngine)
	if len(os.Args) > 1 && os.Args[1] == "host" {
		os.Exit(hostOf(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

// newEngine makes the engine of workers.
func newEngine() (*engine.Engine, error) {
	return engine.New(lua.Language, js.Language, bindings.Modules(), ownModules())
}

// newPool makes a pool that the test closes.
func newPool(t testing.TB, o worker.Options) *worker.Pool {
	t.Helper()
	if o.Bundles == "" {
		o.Bundles = t.TempDir()
	}
	p, err := worker.NewPool(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// outcome is how a run ended, as the scheduler will call it.
type outcome struct {
	State state.RunState
	Error *worker.Error
}

// start runs a job.
func start(ctx context.Context, p *worker.Pool, j worker.Job, r *record) outcome {
	j.Observer, j.Gates = r, []engine.Gate{r.gate}
	_, err := p.Run(ctx, &j)
	return outcomeOf(err)
}

func outcomeOf(err error) outcome {
	if err == nil {
		return outcome{State: state.Succeeded}
	}
	var failed *worker.Error
	if !errors.As(err, &failed) {
		panic(fmt.Sprintf("the error of a run is a %T: %v", err, err))
	}
	switch failed.Kind {
	case worker.KindTimeout:
		return outcome{state.TimedOut, failed}
	case worker.KindInterrupt:
		return outcome{state.Cancelled, failed}
	}
	return outcome{state.Failed, failed}
}

// job makes a run of files; the first is the entry, whose header says what it may do.
func job(t testing.TB, name, code string, more ...string) worker.Job {
	t.Helper()
	language, err := engine.LanguageOf(name)
	if err != nil {
		t.Fatal(err)
	}
	header, err := scripts.ReadHeader([]byte(code), language)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{name: []byte(code)}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = []byte(more[i+1])
	}
	j := worker.Job{
		Script: strings.TrimSuffix(name, "."+string(language)), Run: "0199c0de-0000-7000-8000-000000000001",
		Program: &worker.Program{Entry: name, Files: files}, Env: map[string]string{}, Limits: worker.Limits{Memory: header.Memory},
	}
	if len(header.Permissions) > 0 {
		eng, err := newEngine()
		if err != nil {
			t.Fatal(err)
		}
		if j.Permissions, err = header.Access(eng.Vocabulary()); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range header.Env {
		j.Env[name] = "value"
	}
	return j
}

// record is an observer that keeps everything.
type record struct {
	mu    sync.Mutex
	lines []worker.Line
	calls []worker.Call
	// onLine is called with each line, if set.
	onLine func(worker.Line)
	// lost is why the run is no longer this host's.
	lost error
}

// gate lets no call pass when the run is lost.
func (r *record) gate(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		if r.lost != nil {
			return nil, r.lost
		}
		return next(ctx, c)
	}
}

func (r *record) Line(l worker.Line) {
	r.mu.Lock()
	r.lines = append(r.lines, l)
	r.mu.Unlock()
	if r.onLine != nil {
		r.onLine(l)
	}
}

func (r *record) Call(c worker.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
}

// text is what the script printed and logged, a line each, with the level before what is not printed.
func (r *record) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, l := range r.lines {
		if l.Level != "print" {
			b.WriteString(l.Level + ": ")
		}
		b.WriteString(l.Message + "\n")
	}
	return b.String()
}

// expiring is a context whose deadline passes when the test says so.
type expiring struct {
	context.Context
	passed chan struct{}
}

func newExpiring() *expiring { return &expiring{context.Background(), make(chan struct{})} }

func (c *expiring) pass()                 { close(c.passed) }
func (c *expiring) Done() <-chan struct{} { return c.passed }

func (c *expiring) Err() error {
	select {
	case <-c.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// run runs a job within a time that no test needs.
func run(t testing.TB, p *worker.Pool, j worker.Job) (outcome, *record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	r := &record{}
	return start(ctx, p, j, r), r
}

// expect runs a job that must succeed and print something.
func expect(t testing.TB, p *worker.Pool, j worker.Job, want string) {
	t.Helper()
	outcome, r := run(t, p, j)
	if outcome.State != state.Succeeded || outcome.Error != nil {
		t.Errorf("%s: %s, %+v", j.Program.Entry, outcome.State, outcome.Error)
	}
	if got := r.text(); got != want {
		t.Errorf("%s printed %q, want %q", j.Program.Entry, got, want)
	}
}
