package state

import (
	"context"
	"sync"
	"time"

	"github.com/crisphost/crisphost/bindings"
)

// Lazy is a database that is opened when a script first uses its store, since most scripts never do.
type Lazy struct {
	address func() (string, error)
	mu      sync.Mutex
	db      *DB
}

// OpenLater makes a Lazy of an address, which is asked for at the first use.
func OpenLater(address func() (string, error)) *Lazy { return &Lazy{address: address} }

// open opens the database, or tries again after it could not be opened.
func (l *Lazy) open(ctx context.Context) (*DB, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db != nil {
		return l.db, nil
	}
	address, err := l.address()
	if err != nil {
		return nil, err
	}
	l.db, err = Open(ctx, address)
	return l.db, err
}

// Close closes the database if it was opened.
func (l *Lazy) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		return nil
	}
	err := l.db.Close()
	l.db = nil
	return err
}

// ScriptStore is the store of one script, by a name of it.
func (l *Lazy) ScriptStore(script string) bindings.Store {
	return lazyStore{l, func(db *DB) *Store { return db.ScriptStore(script) }}
}

// SharedStore is the store of all scripts.
func (l *Lazy) SharedStore() bindings.Store { return lazyStore{l, (*DB).SharedStore} }

type lazyStore struct {
	lazy *Lazy
	of   func(*DB) *Store
}

func (s lazyStore) store(ctx context.Context) (*Store, error) {
	db, err := s.lazy.open(ctx)
	if err != nil {
		return nil, err
	}
	return s.of(db), nil
}

func (s lazyStore) Get(ctx context.Context, key string) (*bindings.Stored, error) {
	store, err := s.store(ctx)
	if err != nil {
		return nil, err
	}
	return store.Get(ctx, key)
}

func (s lazyStore) Set(ctx context.Context, key string, value []byte, options bindings.StoreOptions) (bool, error) {
	store, err := s.store(ctx)
	if err != nil {
		return false, err
	}
	return store.Set(ctx, key, value, options)
}

func (s lazyStore) Delete(ctx context.Context, key string) (bool, error) {
	store, err := s.store(ctx)
	if err != nil {
		return false, err
	}
	return store.Delete(ctx, key)
}

func (s lazyStore) List(ctx context.Context, prefix string, limit int) ([]bindings.Stored, error) {
	store, err := s.store(ctx)
	if err != nil {
		return nil, err
	}
	return store.List(ctx, prefix, limit)
}

func (s lazyStore) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error) {
	store, err := s.store(ctx)
	if err != nil {
		return 0, err
	}
	return store.Increment(ctx, key, by, lifetime)
}
