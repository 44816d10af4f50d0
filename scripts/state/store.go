package state

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/bindings"
)

// Store keeps values by key in a database, atomically across its hosts.
type Store struct {
	db    *DB
	scope string
}

var _ bindings.Store = (*Store)(nil)

// ScriptStore is the store of one script, by its home: the script's name unless it was renamed, see Run.Home.
func (db *DB) ScriptStore(home string) *Store { return &Store{db, "script:" + home} }

// SharedStore is the store of all scripts.
func (db *DB) SharedStore() *Store { return &Store{db, "shared"} }

// maxStoreList bounds what List takes into memory, in bytes.
const maxStoreList = 64 << 20

func scanStored(r row) (bindings.Stored, error) {
	var s bindings.Stored
	var expires, updated int64
	err := r.Scan(&s.Key, &s.Value, &expires, &updated)
	s.Expires, s.Updated = timeOf(expires), timeOf(updated)
	return s, err
}

// live selects what has not expired by the time in $3.
const live = "scope = $1 AND key = $2 AND (expires = 0 OR expires > $3)"

// Get implements [bindings.Store].
func (s *Store) Get(ctx context.Context, key string) (*bindings.Stored, error) {
	var stored []bindings.Stored
	err := s.db.patiently(ctx, func() (err error) {
		stored, err = collect(ctx, s.db.sql, scanStored, "SELECT key, value, expires, updated FROM store WHERE "+live, s.scope, key, microseconds(s.db.Now()))
		return err
	})
	if err != nil || len(stored) == 0 {
		return nil, err
	}
	return &stored[0], nil
}

// Set implements [bindings.Store].
func (s *Store) Set(ctx context.Context, key string, value []byte, options bindings.StoreOptions) (bool, error) {
	if len(value) > bindings.MaxStoredValue {
		return false, fmt.Errorf("takes at most %d bytes, not %d", bindings.MaxStoredValue, len(value))
	}
	digest, err := digestOf(value)
	if err != nil {
		return false, err
	}
	now := s.db.Now()
	args := []any{s.scope, key, microseconds(now), value, digest, expiry(now, options.Lifetime)}
	if options.Expected != nil {
		expected, err := digestOf(options.Expected)
		if err != nil {
			return false, err
		}
		query := "UPDATE store SET value = $4, digest = $5, expires = $6, updated = $3 WHERE " + live + " AND digest = $7"
		return s.compareAndSet(ctx, key, digest, microseconds(now), query, append(args, expected))
	}
	query := `INSERT INTO store (scope, key, value, digest, expires, updated) VALUES ($1, $2, $4, $5, $6, $3)
		ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value, digest = excluded.digest, expires = excluded.expires, updated = excluded.updated`
	if options.Compare {
		return s.compareAndSet(ctx, key, digest, microseconds(now), query+expiredAlready, args)
	}
	var n int64
	err = s.db.patiently(ctx, func() (err error) {
		n, err = s.db.exec(ctx, query, args...)
		return err
	})
	return n == 1, err
}

// compareAndSet carries out a statement that sets a key under a condition, at a time. The time and the value tell whether a
// statement without an answer did.
func (s *Store) compareAndSet(ctx context.Context, key, digest string, at int64, query string, args []any) (saved bool, err error) {
	// ours reports whether the key has what this call writes, and whether that is from before it.
	ours := func() (is, before bool, err error) {
		var nowDigest string
		var updated int64
		err = s.db.sql.QueryRowContext(ctx, "SELECT digest, updated FROM store WHERE scope = $1 AND key = $2", s.scope, key).Scan(&nowDigest, &updated)
		if err = explain(err); errors.Is(err, ErrNotFound) {
			return false, true, nil // if it was made, it was deleted behind it: what follows is the same
		}
		return updated == at && nowDigest == digest, updated < at, err
	}
	again := false
	err = s.db.once(ctx, func() error {
		n, err := s.db.exec(ctx, query, args...)
		if saved = n == 1; err == nil && !saved && again {
			saved, _, err = ours() // the first try was still on its way
		}
		again = true
		return err
	}, func() (bool, error) {
		is, before, err := ours()
		if saved = is; err == nil && !is && !before {
			err = fmt.Errorf("%w (another one was made since)", ErrUnknown)
		}
		return is, err
	})
	return saved, err
}

const expiredAlready = " WHERE store.expires > 0 AND store.expires <= $3"

// Delete implements [bindings.Store].
func (s *Store) Delete(ctx context.Context, key string) (bool, error) {
	var n int64
	err := s.db.once(ctx, func() (err error) {
		n, err = s.db.exec(ctx, "DELETE FROM store WHERE "+live, s.scope, key, microseconds(s.db.Now()))
		return err
	}, func() (bool, error) {
		if _, there, err := s.sizeOf(ctx, key); there || err != nil {
			return false, err
		}
		return false, fmt.Errorf("%w (the key is gone, but this call may have found it so)", ErrUnknown)
	})
	return n == 1, err
}

// List implements [bindings.Store].
func (s *Store) List(ctx context.Context, prefix string, limit int) ([]bindings.Stored, error) {
	list, more, err := s.ListWithin(ctx, prefix, limit, maxStoreList)
	if more {
		err = fmt.Errorf("would read more than %d MB: ask for a longer prefix or a lower limit", maxStoreList>>20)
	}
	return list, err
}

// errMore ends the reading of a list.
var errMore = errors.New("the list is longer")

// ListWithin is List, but reads no more than so many bytes: there is no list then, and more is set.
func (s *Store) ListWithin(ctx context.Context, prefix string, limit int, bytes int64) (list []bindings.Stored, more bool, err error) {
	collation := ""
	if s.db.pool != nil {
		collation = ` COLLATE "C"` // SQLite compares bytes by itself
	}
	var total int64
	read := func() ([]bindings.Stored, error) {
		total = 0
		return collect(ctx, s.db.sql, func(r row) (bindings.Stored, error) {
			stored, err := scanStored(r)
			if total += int64(len(stored.Key) + len(stored.Value)); err == nil && total > bytes {
				err = errMore
			}
			return stored, err
		}, `SELECT key, value, expires, updated FROM store WHERE scope = $1 AND substr(key, 1, length($2)) = $2 AND (expires = 0 OR expires > $3)
			ORDER BY key`+collation+" LIMIT $4", s.scope, prefix, microseconds(s.db.Now()), limit)
	}
	err = s.db.patiently(ctx, func() (err error) {
		list, err = read()
		return err
	})
	if errors.Is(err, errMore) {
		return nil, true, nil
	}
	return list, false, err
}

// Increment implements [bindings.Store].
func (s *Store) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error) {
	var sum float64
	var transaction string
	done := false
	err := s.db.once(ctx, func() (err error) {
		for done = false; !done && err == nil; {
			sum, transaction, done, err = s.increment(ctx, key, by, lifetime)
		}
		return err
	}, func() (bool, error) { return s.db.committed(ctx, transaction) })
	return sum, err
}

// increment is done unless another host made the key at the same time. The transaction is for DB.committed.
func (s *Store) increment(ctx context.Context, key string, by float64, lifetime time.Duration) (sum float64, transaction string, done bool, err error) {
	now := s.db.Now()
	current := s.db.currentTransaction()
	err = s.db.transact(ctx, func(tx *sql.Tx) error {
		var before []byte
		// The change locks the row, so that others wait to read it.
		err := tx.QueryRowContext(ctx, "UPDATE store SET updated = $3 WHERE "+live+" RETURNING value, "+current, s.scope, key, microseconds(now)).Scan(&before, &transaction)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			value, digest, err := number(by)
			if err != nil {
				return err
			}
			err = tx.QueryRowContext(ctx, `INSERT INTO store (scope, key, value, digest, expires, updated) VALUES ($1, $2, $4, $5, $6, $3)
				ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value, digest = excluded.digest, expires = excluded.expires, updated = excluded.updated`+
				expiredAlready+" RETURNING "+current, s.scope, key, microseconds(now), value, digest, expiry(now, lifetime)).Scan(&transaction)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			sum, done = by, err == nil
			return err
		case err != nil:
			return err
		}
		old, err := strconv.ParseFloat(string(before), 64)
		if err != nil {
			return bindings.ErrNoNumber
		}
		sum, done = old+by, true
		value, digest, err := number(sum)
		if err == nil {
			_, err = tx.ExecContext(ctx, "UPDATE store SET value = $3, digest = $4 WHERE scope = $1 AND key = $2", s.scope, key, value, digest)
		}
		return err
	})
	return sum, transaction, done, err
}

func number(n float64) (value []byte, digest string, err error) {
	if value, err = json.Marshal(n); err != nil {
		return nil, "", fmt.Errorf("the sum is out of range: %w", err)
	}
	digest, err = digestOf(value)
	return value, digest, err
}

func expiry(now time.Time, lifetime time.Duration) int64 {
	if lifetime <= 0 {
		return 0
	}
	return microseconds(now.Add(lifetime))
}

// digestOf is the same for values that mean the same: of objects with other orders, and of numbers in other notations.
func digestOf(value []byte) (string, error) {
	canonical := jsontext.Value(bytes.Clone(value))
	if err := canonical.Canonicalize(); err != nil {
		return "", fmt.Errorf("is not JSON: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
