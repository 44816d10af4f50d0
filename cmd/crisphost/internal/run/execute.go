package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/connect"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/permissions"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/resources"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
)

// execution is a script and what it may use.
type execution struct {
	engine *engine.Engine
	// name is what errors call the script.
	name     string
	program  engine.Program // of a script that was compiled
	language engine.Language
	args     []string
	// permissions are what the script may do.
	permissions *engine.Permissions
	// store names the script's store among those of this machine.
	store string
	// stdin is what is left of standard input for the script.
	stdin bool
	// memory is the limit in MiB, or 0.
	memory int
	// event is what the script runs for, or nil; with batch it finds it in a list.
	event *crisp.Event
	batch bool
	// vars are variables that tell about the run.
	vars map[string]string
}

// stuckAfter is how long a script may take to end after Ctrl-C or its time was up, before the process ends without waiting for it.
// Nothing but the process ends then, so it is short.
const stuckAfter = 2 * time.Second

// endedAfter is how long after its timeout the process ends in any case: compiling, connecting and closing are not watched as scripts
// are.
const endedAfter = 3 * time.Second

// withTimeout bounds a context, or does not when the limit is 0.
func (o *codeOptions) withTimeout(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	reason := &signals.TimeoutError{Limit: limit}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, reason)
	last := time.AfterFunc(limit+endedAfter, func() { o.abort(reason) })
	return ctx, func() {
		last.Stop()
		cancel()
	}
}

// execute runs a script on a connection.
func (o *codeOptions) execute(ctx context.Context, conn *connect.Connection, x execution) error {
	return o.executeWith(conn, x, func(options []engine.InstanceOption) error {
		vm, err := x.engine.NewVM(x.language, options...)
		if err != nil {
			return err
		}
		err = vm.Exec(ctx, x.program)
		return cmp.Or(err, vm.Close())
	})
}

// executeWith runs a function that makes something run with the options of a script.
func (o *codeOptions) executeWith(conn *connect.Connection, x execution, run func([]engine.InstanceOption) error) error {
	level := slog.LevelInfo
	if conn.Verbose {
		level = slog.LevelDebug
	}
	out := &output{w: o.io.Out}
	env, err := permissions.Env(o.env, x.permissions)
	if err != nil {
		return err
	}
	maps.Copy(env, x.vars)
	event, batch := x.payloads()
	logger := streams.Logger(o.io.Err, level)
	local := resources.Store(o.env, conn.Scope(), logger)
	options := []engine.InstanceOption{
		engine.WithStdout(out), engine.WithStderr(paint.Writer(o.io.Err)),
		engine.WithPermissions(x.permissions), engine.WithFetch(http.DefaultTransport),
		engine.WithMemoryLimit(resources.BoundMemory(x.memory)),
		engine.WithStuck(stuckAfter, stuck(o.abort, x.name)),
		engine.WithRun(x.name, ""),
		engine.Provide(conn.Bindings()), bindings.WithEvents(conn.Events()),
		bindings.WithArgs(x.args), bindings.WithEnv(env), bindings.WithLogger(logger),
		bindings.WithEvent(event), bindings.WithBatch(batch),
		bindings.WithStores(local.ScriptStore(x.store), local.SharedStore()),
	}
	if x.stdin {
		options = append(options, bindings.WithStdin(o.io.In))
	}
	if files, err := os.OpenRoot("."); err == nil {
		defer files.Close()
		options = append(options, bindings.WithFiles(files))
	}
	err = cmp.Or(run(options), local.Close())
	if err == nil && out.err != nil {
		err = fmt.Errorf("the script's output is not complete: %w", out.err)
	}
	return err
}

// payloads returns the values of the globals event and events.
func (x *execution) payloads() (event, batch json.RawMessage) {
	switch {
	case x.event == nil:
		return nil, nil
	case x.batch:
		return nil, slices.Concat(json.RawMessage("["), x.event.Data, json.RawMessage("]"))
	default:
		return x.event.Data, nil
	}
}

// output keeps the first error of a writer: a script goes on when console.log cannot write, but it has not done its work then.
// Both the VM and host functions write to it.
type output struct {
	mu  sync.Mutex
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// stuck returns the function that ends the process when a script was stopped and goes on, because it is in an operation that nothing
// can stop and may take all memory there is.
func stuck(abort func(error), file string) func(error) {
	return func(err error) {
		if script := (*engine.Error)(nil); errors.As(err, &script) && script.File == "" {
			script.File = file
		}
		abort(err)
	}
}
