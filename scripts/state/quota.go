package state

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/paint"
	"github.com/crisphost/crisphost/internal/sizetext"
)

// StoreQuota is what a store may hold. Zero fields are no limit.
type StoreQuota struct {
	Keys  int64
	Bytes int64 // of keys and values
}

// Quotas hold a host's stores to a quota. Far below it a store is not looked at: what is written is added up. Near it the store is
// counted now and then, and the value that a new one replaces is looked up. Several hosts may exceed it together, by what they write
// in some seconds.
type Quotas struct {
	db    *DB
	quota StoreQuota
	// full tells that the database takes no more of scripts.
	full atomic.Bool

	mu     sync.Mutex
	scopes map[string]*usage
}

// NewQuotas returns the quotas of a host.
func (db *DB) NewQuotas(q StoreQuota) *Quotas {
	return &Quotas{db: db, quota: q, scopes: map[string]*usage{}}
}

// SetFull has stores take nothing more, or take values again.
func (q *Quotas) SetFull(full bool) { q.full.Store(full) }

// IsFull reports what SetFull said.
func (q *Quotas) IsFull() bool { return q.full.Load() }

// ScriptStore is DB.ScriptStore within the quota.
func (q *Quotas) ScriptStore(script string) *BoundedStore {
	return &BoundedStore{Store: q.db.ScriptStore(script), quotas: q, whose: "the store of this script", settings: "store_keys and store_size"}
}

// SharedStore is DB.SharedStore within the quota.
func (q *Quotas) SharedStore() *BoundedStore {
	return &BoundedStore{Store: q.db.SharedStore(), quotas: q, whose: "the shared store", settings: "store_keys and store_size"}
}

// usage is what a scope holds as far as the host knows, or more.
type usage struct {
	mu          sync.Mutex
	keys, bytes int64
	counted     time.Time
}

const (
	// usageEvery is how often a scope near its quota is counted, and usageAgain how often one that seems full.
	usageEvery = 10 * time.Second
	usageAgain = time.Second
)

// BoundedStore is a Store within a quota.
type BoundedStore struct {
	*Store

	quotas          *Quotas
	whose, settings string
}

var _ bindings.Store = (*BoundedStore)(nil)

// Set implements [bindings.Store].
func (s *BoundedStore) Set(ctx context.Context, key string, value []byte, options bindings.StoreOptions) (bool, error) {
	back, err := s.reserve(ctx, key, int64(len(value)))
	if err != nil {
		return false, err
	}
	saved, err := s.Store.Set(ctx, key, value, options)
	if err != nil || !saved {
		back()
	}
	return saved, err
}

// Increment implements [bindings.Store].
func (s *BoundedStore) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error) {
	const digits = 24
	back, err := s.reserve(ctx, key, digits)
	if err != nil {
		return 0, err
	}
	sum, err := s.Store.Increment(ctx, key, by, lifetime)
	if err != nil {
		back()
		return sum, err
	}
	if value, _, err := number(sum); err == nil {
		u := s.usage()
		u.mu.Lock()
		defer u.mu.Unlock()
		u.bytes = max(u.bytes-digits+int64(len(value)), 0)
	}
	return sum, nil
}

// Delete implements [bindings.Store].
func (s *BoundedStore) Delete(ctx context.Context, key string) (bool, error) {
	u := s.usage()
	u.mu.Lock()
	near := s.isNear(u, 0)
	u.mu.Unlock()
	size, there := int64(0), false
	if near {
		var err error
		if size, there, err = s.sizeOf(ctx, key); err != nil {
			return false, err
		}
	}
	deleted, err := s.Store.Delete(ctx, key)
	if deleted && there {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.keys, u.bytes = max(u.keys-1, 0), max(u.bytes-size, 0)
	}
	return deleted, err
}

func (s *BoundedStore) usage() *usage {
	s.quotas.mu.Lock()
	defer s.quotas.mu.Unlock()
	u := s.quotas.scopes[s.scope]
	if u == nil {
		u = &usage{}
		s.quotas.scopes[s.scope] = u
	}
	return u
}

// isNear reports whether a scope with one more value of a size holds more than half of what it may, or may do so.
func (s *BoundedStore) isNear(u *usage, size int64) bool {
	q := s.quotas.quota
	return u.counted.IsZero() || q.Keys > 0 && u.keys+1 > q.Keys/2 || q.Bytes > 0 && u.bytes+size > q.Bytes/2
}

// reserve makes room for a value, which back gives back when it was not written.
func (s *BoundedStore) reserve(ctx context.Context, key string, size int64) (back func(), err error) {
	if s.quotas.IsFull() {
		return nil, &engine.HostError{
			Name: "Error", Message: "does not fit: the database of the host has reached its largest size",
			Hint: "delete what is not needed; the operator's setting is max_db_size",
		}
	}
	q := s.quotas.quota
	if q == (StoreQuota{}) {
		return func() {}, nil
	}
	size += int64(len(key))
	u := s.usage()
	u.mu.Lock()
	defer u.mu.Unlock()
	keys, bytes := int64(1), size
	if s.isNear(u, size) {
		if err := s.count(ctx, u, usageEvery); err != nil {
			return nil, err
		}
	}
	if s.isNear(u, size) {
		old, there, err := s.sizeOf(ctx, key)
		if err != nil {
			return nil, err
		}
		if there {
			keys, bytes = 0, size-old
		}
		if exceeds(u, q, keys, bytes) {
			if err := s.count(ctx, u, usageAgain); err != nil {
				return nil, err
			}
		}
		if exceeds(u, q, keys, bytes) {
			return nil, s.fullError(u, q)
		}
	}
	u.keys, u.bytes = u.keys+keys, u.bytes+bytes
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.keys, u.bytes = max(u.keys-keys, 0), max(u.bytes-bytes, 0)
	}, nil
}

// exceeds reports whether a change makes a scope hold more than it may. One that makes it smaller is always right.
func exceeds(u *usage, q StoreQuota, keys, bytes int64) bool {
	return keys > 0 && q.Keys > 0 && u.keys+keys > q.Keys || bytes > 0 && q.Bytes > 0 && u.bytes+bytes > q.Bytes
}

func (s *BoundedStore) fullError(u *usage, q StoreQuota) error {
	held := paint.Plural(int(u.keys), "key") + " and " + sizetext.Format(max(u.bytes, 1))
	return &engine.HostError{
		Name: "Error", Message: fmt.Sprintf("does not fit: %s is full, it holds %s", s.whose, held),
		Hint: fmt.Sprintf("delete keys, or set them with expires_in; the operator's settings are %s (%s and %s)", s.settings, limitText(q.Keys, paint.Thousands(int(q.Keys))), limitText(q.Bytes, sizetext.Format(max(q.Bytes, 1)))),
	}
}

func limitText(limit int64, text string) string {
	if limit == 0 {
		return "no limit"
	}
	return text
}

// count counts a scope unless that was done within some time. The usage is locked.
func (s *BoundedStore) count(ctx context.Context, u *usage, every time.Duration) error {
	if !u.counted.IsZero() && time.Since(u.counted) < every {
		return nil
	}
	keys, bytes, err := s.Usage(ctx)
	if err != nil {
		return err
	}
	u.keys, u.bytes, u.counted = keys, bytes, time.Now()
	return nil
}

// Usage counts what a store holds: its keys, and the bytes of keys and values. It reads all keys of the store.
func (s *Store) Usage(ctx context.Context) (keys, bytes int64, err error) {
	err = s.db.sql.QueryRowContext(ctx, "SELECT count(*), coalesce(sum(length(key) + length(value)), 0) FROM store WHERE scope = $1", s.scope).Scan(&keys, &bytes)
	return keys, bytes, explain(err)
}

// sizeOf is what a key and its value take, if they are there.
func (s *Store) sizeOf(ctx context.Context, key string) (bytes int64, there bool, err error) {
	sizes, err := collect(ctx, s.db.sql, func(r row) (n int64, err error) { return n, r.Scan(&n) },
		"SELECT length(key) + length(value) FROM store WHERE scope = $1 AND key = $2", s.scope, key)
	if err != nil || len(sizes) == 0 {
		return 0, false, err
	}
	return sizes[0], true, nil
}

// Size is how many bytes the database takes: a SQLite file with its log, or the database of PostgreSQL.
func (db *DB) Size(ctx context.Context) (bytes int64, err error) {
	query := "SELECT (p.page_count - f.freelist_count) * s.page_size FROM pragma_page_count AS p, pragma_freelist_count AS f, pragma_page_size AS s"
	if db.pool != nil {
		query = "SELECT pg_database_size(current_database())"
	}
	err = db.sql.QueryRowContext(ctx, query).Scan(&bytes)
	return bytes, explain(err)
}
