// Package eventstest has events that tests make, in place of a connection.
package eventstest

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
)

// Feed is bindings.Events that gives what a test emits. Like a connection, it does not wait for who listens.
type Feed struct {
	// Refuse, when set, is the error of who begins to listen.
	Refuse error

	mu           sync.Mutex
	listeners    map[*listener]bool
	begun, ended int
}

type listener struct {
	names  []string
	events chan crisp.Event
	errs   chan error
}

var _ bindings.Events = (*Feed)(nil)

// maxWaiting is how many events a listener can have before it, which is more than scripts may.
const maxWaiting = 50_000

// Listen implements bindings.Events.
func (f *Feed) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	l := &listener{names, make(chan crisp.Event, maxWaiting), make(chan error, 2)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Refuse != nil {
		l.errs <- f.Refuse
	}
	if f.listeners == nil {
		f.listeners = map[*listener]bool{}
	}
	f.listeners[l] = true
	f.begun++
	return func(yield func(crisp.Event, error) bool) {
		defer func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.listeners, l)
			f.ended++
		}()
		for {
			select {
			case e := <-l.events:
				if !yield(e, nil) {
					return
				}
			case err := <-l.errs:
				yield(crisp.Event{}, err)
				return
			case <-ctx.Done():
				return
			}
		}
	}
}

// Emit gives an event to all who listen to it. A gap goes to everybody.
func (f *Feed) Emit(websiteID, name, payload string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		if len(l.names) == 0 || name == bindings.EventGap || slices.Contains(l.names, name) {
			l.events <- crisp.Event{Name: name, WebsiteID: websiteID, Data: json.RawMessage(payload), Time: time.Now()}
		}
	}
}

// Fail gives all who listen an error.
func (f *Feed) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		l.errs <- err
	}
}

// Counts returns how many have begun to listen, and how many of them no longer do.
func (f *Feed) Counts() (begun, ended int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun, f.ended
}
