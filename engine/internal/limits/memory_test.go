package limits

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/crisphost/crisphost/engine"
)

func TestSupervisorTellsOfStuckRuns(t *testing.T) {
	reason := errors.New("enough")
	told := make(chan error, 1)
	s := NewSupervisor(&engine.Config{Stuck: func(err error) { told <- err }, StuckAfter: time.Millisecond})
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := s.Watch(ctx, cancel)
	cancel(reason)
	var failure *engine.Error
	if err := <-told; !errors.As(err, &failure) || failure.Kind != engine.KindInterrupt || !errors.Is(err, reason) {
		t.Errorf("told %v", err)
	}
	stop()

	// One that ends in time is not told of.
	s.patience = time.Hour
	ctx, cancel = context.WithCancelCause(t.Context())
	stop = s.Watch(ctx, cancel)
	cancel(reason)
	stop()
	if len(told) > 0 {
		t.Errorf("told %v", <-told)
	}
}

func TestSupervisorCountsWhatIsInUse(t *testing.T) {
	const limit = 64 << 20
	host := make([][]byte, 8)
	for i := range host {
		host[i] = make([]byte, limit/4)
	}
	s := NewSupervisor(&engine.Config{MemoryLimit: limit})
	ctx, cancel := context.WithCancelCause(t.Context())
	defer s.Watch(ctx, cancel)()
	var held [][]byte
	for i := range 64 { // garbage, and what the process had before
		held = [][]byte{make([]byte, limit/8+i)}
		time.Sleep(time.Millisecond)
	}
	if err := context.Cause(ctx); err != nil {
		t.Fatalf("garbage counts: %v", err)
	}
	for range 16 {
		held = append(held, make([]byte, limit/8))
	}
	<-ctx.Done()
	var exceeded *engine.MemoryError
	if !errors.As(context.Cause(ctx), &exceeded) || exceeded.Error() != "it uses more than 64 MiB of memory" {
		t.Errorf("stopped by %v", context.Cause(ctx))
	}
	runtime.KeepAlive(held)
	runtime.KeepAlive(host)
}
