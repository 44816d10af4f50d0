package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// interruptedError is the cause of a context that a signal ended.
type interruptedError struct{ signal os.Signal }

func (e *interruptedError) Error() string {
	switch e.signal {
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	case syscall.SIGHUP:
		return "the terminal was closed"
	}
	return "interrupted"
}

// timeoutError is the cause of a context whose time was up.
type timeoutError struct{ limit time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("timed out after %s", e.limit) }

// withSignals ends the context at the first Ctrl-C, SIGTERM or SIGHUP. The second one ends the process at once. A SIGHUP that
// somebody follows ends nothing. Under nohup it stays ignored.
func withSignals(parent context.Context, hangups *hangups) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGHUP && hangups.followed.Load() {
					continue
				}
				signal.Stop(signals)
				cancel(&interruptedError{s})
			case <-ctx.Done():
			}
			return
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// hangups are the SIGHUPs of a process. A server takes them as the request to read its configuration anew.
type hangups struct{ followed atomic.Bool }

// follow answers a channel of SIGHUPs, which no longer end the process. Some that come at the same time are one. Under nohup they
// come as well: a terminal that is closed does a server no harm then.
func (h *hangups) follow() <-chan os.Signal {
	h.followed.Store(true)
	come := make(chan os.Signal, 1)
	signal.Notify(come, syscall.SIGHUP)
	return come
}
