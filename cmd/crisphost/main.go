// Command crisphost runs Lua, JavaScript and TypeScript scripts against Crisp, the customer messaging platform.
package main

import (
	"context"
	"errors"
	"os"

	_ "time/tzdata" // scripts name time zones on machines that have no zone database

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/worker"
)

// Exit codes. README and `crisphost help` list them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitCompile     = 3
	exitCredentials = 4
	exitAPI         = 5
	exitTimeout     = 124
	exitInterrupted = 130
)

func main() {
	worker.MainIf(workerEngine)
	os.Exit(execute(newApp(), os.Args[1:]))
}

// execute runs a command line and returns its exit code. It is the only place that maps errors to codes.
func execute(a *app, args []string) int {
	ctx, stop := withSignals(context.Background(), a.hangups)
	defer stop()
	err := newRoot(a).run(ctx, args)
	var told *repl.FailedError
	if err != nil && !errors.As(err, &told) {
		a.report(err)
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var (
		script *engine.Error
		header *scripts.HeaderError
		api    *crisp.Error
		usage  *usageError
		ended  *outcomeError
	)
	isScript := errors.As(err, &script)
	switch {
	case err == nil:
		return exitDone
	case isScript && script.Kind == engine.KindCompile, errors.As(err, &header), errors.As(err, new(*checkError)):
		return exitCompile
	case isScript && script.Kind == engine.KindTimeout, errors.As(err, new(*timeoutError)):
		return exitTimeout
	case errors.As(err, &ended):
		return ended.code()
	case errors.As(err, new(*engine.MemoryError)):
		return exitFailed
	case isScript && script.Kind == engine.KindInterrupt, errors.As(err, new(*interruptedError)):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &api) && api.Unauthorized():
		return exitCredentials
	case errors.As(err, &api) && api.Reason == crisp.ReasonInvalidRequest:
		// Nothing was sent: the mistake is the script's or the command line's.
		if isScript {
			return exitFailed
		}
		return exitUsage
	case errors.As(err, &api):
		return exitAPI
	default:
		return exitFailed
	}
}

// usageError is a mistake in the command line, the configuration or the files that it names.
type usageError struct {
	problem, hint string
	err           error
}

func (e *usageError) Error() string { return e.problem }
func (e *usageError) Unwrap() error { return e.err }
