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
	names []string
	items chan item
}

// item is an event or an error.
type item struct {
	event crisp.Event
	err   error
}

var _ bindings.Events = (*Feed)(nil)

// maxWaiting is how many events a listener can have before it, which is more than scripts may.
const maxWaiting = 50_000

// Listen implements bindings.Events.
func (f *Feed) Listen(ctx context.Context, names []string) iter.Seq2[crisp.Event, error] {
	return func(yield func(crisp.Event, error) bool) {
		l := f.begin(names)
		defer f.end(l)
		for {
			select {
			case i := <-l.items:
				if !yield(i.event, i.err) || i.err != nil {
					return
				}
			case <-ctx.Done():
				yield(crisp.Event{}, context.Cause(ctx))
				return
			}
		}
	}
}

func (f *Feed) begin(names []string) *listener {
	l := &listener{names, make(chan item, maxWaiting)}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners == nil {
		f.listeners = map[*listener]bool{}
	}
	f.listeners[l] = true
	f.begun++
	switch {
	case f.Refuse != nil:
		l.items <- item{err: f.Refuse}
	case slices.Contains(names, bindings.EventConnected):
		l.items <- item{event: crisp.Event{Name: bindings.EventConnected, Data: json.RawMessage(`{"connection":1}`), Time: time.Now()}}
	}
	return l
}

func (f *Feed) end(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
	f.ended++
}

// Emit gives an event to all who listen to it.
func (f *Feed) Emit(websiteID, name, payload string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		if slices.Contains(l.names, name) || name != bindings.EventConnected && slices.Contains(l.names, bindings.AllEvents) {
			l.items <- item{event: crisp.Event{Name: name, WebsiteID: websiteID, Data: json.RawMessage(payload), Time: time.Now()}}
		}
	}
}

// Fail gives all who listen an error.
func (f *Feed) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		l.items <- item{err: err}
	}
}

// Counts returns how many have begun to listen, and how many of them no longer do.
func (f *Feed) Counts() (begun, ended int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.begun, f.ended
}
