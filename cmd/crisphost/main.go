// Command crisphost runs Lua, JavaScript and TypeScript scripts against Crisp, the customer messaging platform.
package main

import (
	"context"
	"errors"
	"os"

	_ "time/tzdata" // scripts name time zones on machines that have no zone database

	"github.com/crisphost/crisphost/cmd/crisphost/internal/check"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/cmdutil"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/manage"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/source"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/usage"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/rtm"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/state"
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
	worker.MainIf(source.Engine)
	os.Exit(execute(newFactory(), os.Args[1:]))
}

// newFactory returns what commands take from this process.
func newFactory() *cmdutil.Factory {
	f := &cmdutil.Factory{IO: streams.System(), Env: os.LookupEnv, Keyring: keyring.System{}, Hangups: &signals.Hangups{}}
	f.Abort = func(err error) { os.Exit(finish(f.IO, err)) }
	return f
}

// execute runs a command line and returns its exit code.
func execute(f *cmdutil.Factory, args []string) int {
	ctx, stop := signals.Context(context.Background(), f.Hangups)
	defer stop()
	return finish(f.IO, newRoot(f).run(ctx, args))
}

// finish reports an error, unless that was done, and returns its exit code. It is the only place that maps errors to codes.
func finish(io *streams.IO, err error) int {
	var shown *usage.ShownError
	if err != nil && !errors.As(err, &shown) {
		report(io.Err, io.ColorErr, err)
	}
	return exitCode(err)
}

func exitCode(err error) int {
	var (
		script *engine.Error
		header *scripts.HeaderError
		api    *crisp.Error
		usage  *usage.Error
		ended  *manage.OutcomeError
	)
	isScript := errors.As(err, &script)
	switch {
	case err == nil:
		return exitDone
	case isScript && script.Kind == engine.KindCompile, errors.As(err, &header), errors.As(err, new(*check.Error)):
		return exitCompile
	case isScript && script.Kind == engine.KindTimeout, errors.As(err, new(*signals.TimeoutError)):
		return exitTimeout
	case errors.As(err, &ended):
		return outcomeCode(ended.Run.State)
	case errors.As(err, new(*engine.MemoryError)):
		return exitFailed
	case isScript && script.Kind == engine.KindInterrupt, errors.As(err, new(*signals.InterruptedError)):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, &api) && api.Unauthorized(), errors.Is(err, rtm.ErrUnauthorized):
		return exitCredentials
	case errors.As(err, &api) && api.Reason == crisp.ReasonInvalidRequest:
		// Nothing was sent: the error is the script's or the command line's.
		if isScript {
			return exitFailed
		}
		return exitUsage
	case errors.As(err, &api), errors.Is(err, rtm.ErrUnreachable), errors.Is(err, rtm.ErrUnusable):
		return exitAPI
	default:
		return exitFailed
	}
}

// outcomeCode is the exit code of a command that waited for a run, by how that run ended.
func outcomeCode(s state.RunState) int {
	switch s {
	case state.TimedOut:
		return exitTimeout
	case state.Cancelled:
		return exitInterrupted
	default:
		return exitFailed
	}
}
