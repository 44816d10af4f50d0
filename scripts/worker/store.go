//go:build unix

package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
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
	value, err := r.job.invoker.Call(ctx, m.function(store), m.name(), nil)
	if err != nil {
		failed := &crisp.Error{Message: err.Error()}
		if errors.Is(err, bindings.ErrNoNumber) {
			failed.Reason = reasonNoNumber
		}
		return &answerMessage{Error: failed, Refused: refusalOf(err)}, nil, nil
	}
	encoded, err := json.Marshal(value)
	return &answerMessage{}, encoded, err
}

// function is the call as a function of the store module, whose effect it has.
func (m *storeMessage) function(store bindings.Store) *engine.Function {
	f := &engine.Function{Effect: engine.Write, Call: func(ctx context.Context, _ []any) (any, error) { return m.call(ctx, store) }}
	if of := storeFunctions()[m.verb()]; of != nil {
		f.Effect, f.Permission = of.Effect, of.Permission
	}
	return f
}

// verb is the name of the module's function.
func (m *storeMessage) verb() string {
	if m.Verb == storeSet && m.Compare {
		return "compare_and_set"
	}
	return m.Verb
}

// name is the dotted name of the function.
func (m *storeMessage) name() string {
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
