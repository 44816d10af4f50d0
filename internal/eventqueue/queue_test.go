package eventqueue_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/internal/eventqueue"
)

// events are events with payloads of some bytes, and then an error unless it is nil.
func events(n, bytes int, end error) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		for range n {
			if !yield(crisp.Event{Data: make([]byte, bytes)}, nil) {
				return
			}
		}
		if end != nil {
			yield(crisp.Event{}, end)
		}
	}
}

func TestQueue(t *testing.T) {
	failed := errors.New("failed")
	for _, c := range []struct {
		name     string
		n, bytes int
		end      error
		taken    int
		want     error
	}{
		{"all", 10, 1, nil, 10, eventqueue.ErrEnded},
		{"all before the error", 10, 1, failed, 10, failed},
		{"none", 0, 0, failed, 0, failed},
		{"too many", 11, 1, nil, 10, eventqueue.ErrOverflow},
		{"too large together", 5, 4000, nil, 2, eventqueue.ErrOverflow},
		{"one too large alone", 1, 20_000, nil, 1, eventqueue.ErrEnded},
	} {
		q := eventqueue.New(10, 10_000)
		if err := q.Fill(events(c.n, c.bytes, c.end)); !errors.Is(err, c.want) {
			t.Errorf("%s: filled until %v, want %v", c.name, err, c.want)
		}
		taken := 0
		for {
			some, err := q.Take(t.Context(), 300)
			if err != nil {
				if !errors.Is(err, c.want) {
					t.Errorf("%s: ended with %v, want %v", c.name, err, c.want)
				}
				break
			}
			if len(some) > 2 && c.bytes > 0 { // each takes 100 bytes more
				t.Errorf("%s: %d at once", c.name, len(some))
			}
			taken += len(some)
		}
		if taken != c.taken {
			t.Errorf("%s: %d taken, want %d", c.name, taken, c.taken)
		}
	}
}

func TestTakeWaits(t *testing.T) {
	q := eventqueue.New(10, 1000)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	ended := make(chan error)
	go func() {
		_, err := q.Take(ctx, 1)
		ended <- err
	}()
	cancel(enough)
	if err := <-ended; !errors.Is(err, enough) {
		t.Error(err)
	}
	took := make(chan int)
	go func() {
		some, _ := q.Take(t.Context(), 1)
		took <- len(some)
	}()
	_ = q.Fill(events(1, 1, nil))
	if n := <-took; n != 1 {
		t.Errorf("took %d", n)
	}
}
