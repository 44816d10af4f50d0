//go:build unix

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/scripts/worker/internal/room"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// store makes a call of a store for a script.
func (r *run) store(ctx context.Context, f *wire.Frame, claim *room.Claim) (*wire.AnswerMessage, []byte, error) {
	var m storeCall
	if err := f.Decode(&m); err != nil {
		return nil, nil, err
	}
	store := r.pool.options.SharedStore
	if !m.Shared {
		store = nil
		if of := r.pool.options.Store; of != nil {
			store = of(r.job.home())
		}
	}
	if store == nil {
		return nil, nil, errors.New("the worker asked for a store that it was not given")
	}
	// Values are read before they can be counted, so that only some are at a time.
	select {
	case r.storing <- struct{}{}:
		defer func() { <-r.storing }()
	case <-ctx.Done():
		return givenUp(ctx.Err()), nil, nil
	}
	value, err := r.job.invoker.Call(ctx, m.function(store, claim), m.name(), nil)
	if err != nil {
		failed := &crisp.Error{Message: err.Error()}
		if errors.Is(err, bindings.ErrNoNumber) {
			failed.Reason = wire.ReasonNoNumber
		}
		return &wire.AnswerMessage{Error: failed, Refused: wire.RefusalOf(err)}, nil, nil
	}
	if stored, ok := value.(*bindings.Stored); ok && stored != nil {
		if err := claim.Take(ctx, min(storedCost*int64(len(stored.Value)), claim.Limit())); err != nil {
			return givenUp(err), nil, nil
		}
	}
	encoded, err := json.Marshal(value)
	return &wire.AnswerMessage{}, encoded, err
}

// givenUp answers a call for whose answer nobody waits.
func givenUp(err error) *wire.AnswerMessage {
	return &wire.AnswerMessage{Error: &crisp.Error{Reason: crisp.ReasonCanceled, Message: err.Error()}}
}

// storeCall is a call of a store.
type storeCall wire.StoreMessage

// function is the call as a function of the store module, whose effect it has.
func (m *storeCall) function(store bindings.Store, claim *room.Claim) *engine.Function {
	f := &engine.Function{Effect: engine.Write, Call: func(ctx context.Context, _ []any) (any, error) { return m.call(ctx, store, claim) }}
	if of := storeFunctions()[m.verb()]; of != nil {
		f.Effect, f.Permission = of.Effect, of.Permission
	}
	return f
}

// verb is the name of the module's function.
func (m *storeCall) verb() string {
	if m.Verb == wire.StoreSet && m.Compare {
		return "compare_and_set"
	}
	return m.Verb
}

// name is the dotted name of the function.
func (m *storeCall) name() string {
	if m.Shared {
		return "store.shared." + m.verb()
	}
	return "store." + m.verb()
}

// storeFunctions returns the functions of the store module by name.
var storeFunctions = sync.OnceValue(func() map[string]*engine.Function {
	functions := map[string]*engine.Function{}
	for _, m := range bindings.List() {
		for i := range m.Functions {
			if m.Name == "store" {
				functions[m.Functions[i].Name] = &m.Functions[i]
			}
		}
	}
	return functions
})

func (m *storeCall) call(ctx context.Context, store bindings.Store, claim *room.Claim) (any, error) {
	switch m.Verb {
	case wire.StoreGet:
		return store.Get(ctx, m.Key)
	case wire.StoreSet:
		return store.Set(ctx, m.Key, m.Value, bindings.StoreOptions{Lifetime: m.Lifetime, Compare: m.Compare, Expected: m.Expected})
	case wire.StoreDelete:
		return store.Delete(ctx, m.Key)
	case wire.StoreList:
		return m.list(ctx, store, claim)
	case wire.StoreIncrement:
		return store.Increment(ctx, m.Key, m.By, m.Lifetime)
	}
	return nil, fmt.Errorf("a store has no verb %q", m.Verb)
}

// storedCost is what a value takes, with its JSON form beside it, for each of its bytes.
const storedCost = 3

// boundedStore is a store that reads no more of a list than somebody has room for.
type boundedStore interface {
	// ListWithin is List, and reports with more that the values take more bytes.
	ListWithin(ctx context.Context, prefix string, limit int, bytes int64) (list []bindings.Stored, more bool, err error)
}

// list claims room and reads as much as it has room for. It waits for more without holding a connection to the database, for which
// others wait, and begins anew then.
func (m *storeCall) list(ctx context.Context, store bindings.Store, claim *room.Claim) (any, error) {
	bounded, ok := store.(boundedStore)
	if !ok {
		return store.List(ctx, m.Key, m.Limit)
	}
	for bytes := min(int64(256<<10), claim.Limit()); ; bytes = min(4*bytes, claim.Limit()) {
		if err := claim.Take(ctx, bytes); err != nil {
			return nil, err
		}
		list, more, err := bounded.ListWithin(ctx, m.Key, m.Limit, bytes/storedCost)
		switch {
		case err != nil || !more:
			return list, err
		case bytes == claim.Limit():
			return nil, fmt.Errorf("would read more than %s: ask for a longer prefix or a lower limit, or allow more with @memory", wire.Size(bytes/storedCost))
		}
	}
}
