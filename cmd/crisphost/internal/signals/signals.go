// Package signals ends contexts at signals and when their time is up, with errors that say which it was.
package signals

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// InterruptedError is the cause of a context that a signal ended.
type InterruptedError struct{ Signal os.Signal }

func (e *InterruptedError) Error() string {
	switch e.Signal {
	case syscall.SIGTERM:
		return "stopped by SIGTERM"
	case syscall.SIGHUP:
		return "the terminal was closed"
	}
	return "interrupted"
}

// TimeoutError is the cause of a context whose time was up.
type TimeoutError struct{ Limit time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("timed out after %s", e.Limit) }

// Context ends the context at the first Ctrl-C, SIGTERM or SIGHUP. The second one ends the process at once. A SIGHUP that
// somebody follows ends nothing. Under nohup it stays ignored.
func Context(parent context.Context, hangups *Hangups) (ctx context.Context, stop func()) {
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
				cancel(&InterruptedError{s})
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

// Hangups are the SIGHUPs of a process. A server takes them as the request to read its configuration anew.
type Hangups struct{ followed atomic.Bool }

// Follow answers a channel of SIGHUPs, which no longer end the process. Some that come at the same time are one. Under nohup they
// come as well: a terminal that is closed does a server no harm then.
func (h *Hangups) Follow() <-chan os.Signal {
	h.followed.Store(true)
	come := make(chan os.Signal, 1)
	signal.Notify(come, syscall.SIGHUP)
	return come
}
