package main

import (
	"context"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/spf13/pflag"
)

// defaultMemory is how many MiB a script may use unless --memory says otherwise: several times what hundreds of thousands of
// conversations take, and little enough to leave a machine usable.
const defaultMemory = 2048

// memoryInterval is how often the memory is looked at.
const memoryInterval = 20 * time.Millisecond

func registerMemory(flags *pflag.FlagSet, limit *int) {
	flags.IntVar(limit, "memory", defaultMemory, "stop the script when it uses more than this many `MiB`; 0 for no limit")
}

func checkMemory(limit int) error {
	if limit < 0 {
		return &usageError{problem: fmt.Sprintf("--memory %d is below zero", limit), hint: "write a number of MiB, or 0 for no limit"}
	}
	return nil
}

// memoryError is the cause of a context that the memory limit ended.
type memoryError struct{ limit int }

func (e *memoryError) Error() string {
	return fmt.Sprintf("it uses more than %d MiB of memory", e.limit)
}

// watchMemory ends the context when the process uses more than limit MiB, or never with 0. What the garbage collector found in
// use counts. It works harder near the limit, so what goes a quarter beyond is in use as well, found or not.
func watchMemory(parent context.Context, limit int) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	if limit == 0 {
		return ctx, func() { cancel(nil) }
	}
	bytes := uint64(limit) << 20
	before := debug.SetMemoryLimit(int64(bytes))
	go func() {
		samples := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
		ticker := time.NewTicker(memoryInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			metrics.Read(samples)
			if samples[0].Value.Uint64() > bytes || samples[1].Value.Uint64() > bytes+bytes/4 {
				cancel(&memoryError{limit})
				return
			}
		}
	}()
	return ctx, func() {
		cancel(nil)
		debug.SetMemoryLimit(before)
	}
}
