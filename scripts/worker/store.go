//go:build unix

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/crisp/spec"
)

// storeMessage is a call of a store.
type storeMessage struct {
	Shared bool `json:",omitempty"`
	Verb   string
	// Key is the prefix of a list.
	Key      string
	Value    []byte        `json:",omitempty"`
	Compare  bool          `json:",omitempty"`
	Expected []byte        `json:",omitempty"`
	Lifetime time.Duration `json:",omitempty"`
	By       float64       `json:",omitempty"`
	Limit    int           `json:",omitempty"`
}

// The verbs of a storeMessage.
const (
	storeGet       = "get"
	storeSet       = "set"
	storeDelete    = "delete"
	storeList      = "list"
	storeIncrement = "increment"
)

// reasonNoNumber is bindings.ErrNoNumber on its way.
const reasonNoNumber = "no_number"

// store makes a call of a store for a script.
func (r *run) store(ctx context.Context, f *frame) (*answerMessage, []byte, error) {
	var m storeMessage
	if err := f.decode(&m); err != nil {
		return nil, nil, err
	}
	store := r.pool.options.SharedStore
	if !m.Shared {
		store = nil
		if of := r.pool.options.Store; of != nil {
			store = of(r.job.Script)
		}
	}
	if store == nil {
		return nil, nil, errors.New("the worker asked for a store that it was not given")
	}
	value, err := m.callAllowed(ctx, r.job, store)
	if err != nil {
		failed := &crisp.Error{Message: err.Error()}
		if errors.Is(err, bindings.ErrNoNumber) {
			failed.Reason = reasonNoNumber
		}
		return &answerMessage{Error: failed}, nil, nil
	}
	encoded, err := json.Marshal(value)
	return &answerMessage{}, encoded, err
}

// callAllowed calls a store if the script may, and if the run is still this host's.
func (m *storeMessage) callAllowed(ctx context.Context, j *job, store bindings.Store) (any, error) {
	effect, permission := spec.EffectWrite, "store:write"
	if m.Verb == storeGet || m.Verb == storeList {
		effect, permission = spec.EffectRead, "store:read"
	}
	if !j.access.AllowsStore(effect) {
		return nil, fmt.Errorf("cannot be used without the permission %s; add it to @permissions in the script's header", permission)
	}
	if err := j.Confirm(ctx); err != nil {
		return nil, err
	}
	return m.call(ctx, store)
}

func (m *storeMessage) call(ctx context.Context, store bindings.Store) (any, error) {
	switch m.Verb {
	case storeGet:
		return store.Get(ctx, m.Key)
	case storeSet:
		return store.Set(ctx, m.Key, m.Value, bindings.StoreOptions{Lifetime: m.Lifetime, Compare: m.Compare, Expected: m.Expected})
	case storeDelete:
		return store.Delete(ctx, m.Key)
	case storeList:
		return store.List(ctx, m.Key, m.Limit)
	case storeIncrement:
		return store.Increment(ctx, m.Key, m.By, m.Lifetime)
	}
	return nil, fmt.Errorf("a store has no verb %q", m.Verb)
}
