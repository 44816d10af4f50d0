package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/engine/js"
	"github.com/crisphost/crisphost/engine/lua"
	"github.com/crisphost/crisphost/scripts"
)

// execution is a compiled script and what it may use.
type execution struct {
	runtime engine.Runtime
	program engine.Program
	args    []string
	env     map[string]string
	// hosts are what fetch may reach.
	hosts []string
	// store names the script's store among those of this machine.
	store string
	// stdin is what is left of standard input for the script.
	stdin bool
	// memory is the limit in MiB, or 0.
	memory int
}

// stuckAfter is how long a script may take to end after Ctrl-C or its time was up, before the process ends without waiting for it.
// Nothing but the process ends then, so it is short.
const stuckAfter = 2 * time.Second

func runtimeOf(language engine.Language) engine.Runtime {
	if language == engine.Lua {
		return lua.NewRuntime()
	}
	return js.NewRuntime()
}

// withTimeout bounds a context, or does not when the limit is 0.
func withTimeout(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	if limit <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, limit, &timeoutError{limit})
}

// execute runs a script on a connection.
func (a *app) execute(ctx context.Context, conn *connection, x execution) error {
	return a.executeWith(conn, x, func(vm engine.VM) error {
		_, err := vm.Run(ctx, x.program)
		return err
	})
}

// executeWith makes a VM for a script and runs it with a function.
func (a *app) executeWith(conn *connection, x execution, run func(engine.VM) error) error {
	level := slog.LevelInfo
	if conn.verbose {
		level = slog.LevelDebug
	}
	out := &output{w: a.out}
	host := bindings.Host{
		Client: conn.client, WebsiteID: conn.credentials.websiteID,
		Args: x.args, Env: x.env,
		Logger: a.logger(level),
	}
	if x.stdin {
		host.Stdin = a.in
	}
	local := a.localStore()
	host.Store, host.SharedStore = local.ScriptStore(x.store), local.SharedStore()
	if files, err := os.OpenRoot("."); err == nil {
		defer files.Close()
		host.Files = files
	}
	cfg := engine.Config{
		Modules: bindings.List(),
		Stdout:  out, Stderr: a.err,
		Fetch:       engine.AllowHosts(nil, x.hosts),
		MemoryLimit: boundMemory(x.memory),
		Stuck:       a.stuck(x.program.Name()),
		StuckAfter:  stuckAfter,
	}
	if err := cfg.Apply(host.Options()...); err != nil {
		return err
	}
	vm, err := x.runtime.New(cfg)
	if err != nil {
		return err
	}
	err = run(vm)
	if closeErr := errors.Join(vm.Close(), local.Close()); err == nil {
		err = closeErr
	}
	if err == nil && out.err != nil {
		err = fmt.Errorf("the script's output is not complete: %w", out.err)
	}
	return err
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

// scriptEnv reads the variables that a script may see. Those that are not set are left out.
func (a *app) scriptEnv(names []string) (map[string]string, error) {
	env := make(map[string]string, len(names))
	for _, name := range names {
		if !scripts.IsEnvName(name) {
			return nil, &usageError{problem: fmt.Sprintf("--env %q is not the name of an environment variable", name), hint: "write the name alone; the script reads its value"}
		}
		if name == envKey {
			return nil, &usageError{problem: envKey + " is never given to a script", hint: "scripts call the API through crisp, which needs no key"}
		}
		if value, ok := a.lookupEnv(name); ok {
			env[name] = value
		}
	}
	return env, nil
}
