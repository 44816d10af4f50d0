//go:build unix

package guest

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// hostStore is a store of the host, as scripts see it.
type hostStore struct {
	run    *guestRun
	shared bool
}

var _ bindings.Store = (*hostStore)(nil)

// ask makes a call and reads its value.
func (s *hostStore) ask(ctx context.Context, m wire.StoreMessage, value any) error {
	m.Shared = s.shared
	answer, body, err := s.run.ask(ctx, wire.FrameStore, m, nil)
	switch {
	case err != nil:
		return err
	case answer.Refused != nil:
		return answer.Refused.Err()
	case answer.Error != nil && answer.Error.Reason == wire.ReasonNoNumber:
		return bindings.ErrNoNumber
	case answer.Error != nil:
		return errors.New(answer.Error.Message)
	}
	return json.Unmarshal(body, value)
}

// Get implements bindings.Store.
func (s *hostStore) Get(ctx context.Context, key string) (stored *bindings.Stored, err error) {
	err = s.ask(ctx, wire.StoreMessage{Verb: wire.StoreGet, Key: key}, &stored)
	return stored, err
}

// Set implements bindings.Store.
func (s *hostStore) Set(ctx context.Context, key string, value []byte, o bindings.StoreOptions) (saved bool, err error) {
	err = s.ask(ctx, wire.StoreMessage{Verb: wire.StoreSet, Key: key, Value: value, Lifetime: o.Lifetime, Compare: o.Compare, Expected: o.Expected}, &saved)
	return saved, err
}

// Delete implements bindings.Store.
func (s *hostStore) Delete(ctx context.Context, key string) (deleted bool, err error) {
	err = s.ask(ctx, wire.StoreMessage{Verb: wire.StoreDelete, Key: key}, &deleted)
	return deleted, err
}

// List implements bindings.Store.
func (s *hostStore) List(ctx context.Context, prefix string, limit int) (list []bindings.Stored, err error) {
	err = s.ask(ctx, wire.StoreMessage{Verb: wire.StoreList, Key: prefix, Limit: limit}, &list)
	return list, err
}

// Increment implements bindings.Store.
func (s *hostStore) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (sum float64, err error) {
	err = s.ask(ctx, wire.StoreMessage{Verb: wire.StoreIncrement, Key: key, By: by, Lifetime: lifetime}, &sum)
	return sum, err
}
