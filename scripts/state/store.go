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
	stored, err := collect(ctx, s.db.sql, scanStored, "SELECT key, value, expires, updated FROM store WHERE "+live, s.scope, key, microseconds(s.db.Now()))
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
		n, err := s.db.exec(ctx, "UPDATE store SET value = $4, digest = $5, expires = $6, updated = $3 WHERE "+live+" AND digest = $7", append(args, expected)...)
		return n == 1, err
	}
	query := `INSERT INTO store (scope, key, value, digest, expires, updated) VALUES ($1, $2, $4, $5, $6, $3)
		ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value, digest = excluded.digest, expires = excluded.expires, updated = excluded.updated`
	if options.Compare {
		query += expiredAlready
	}
	n, err := s.db.exec(ctx, query, args...)
	return n == 1, err
}

const expiredAlready = " WHERE store.expires > 0 AND store.expires <= $3"

// Delete implements [bindings.Store].
func (s *Store) Delete(ctx context.Context, key string) (bool, error) {
	n, err := s.db.exec(ctx, "DELETE FROM store WHERE "+live, s.scope, key, microseconds(s.db.Now()))
	return n == 1, err
}

// List implements [bindings.Store].
func (s *Store) List(ctx context.Context, prefix string, limit int) ([]bindings.Stored, error) {
	collation := ""
	if s.db.pool != nil {
		collation = ` COLLATE "C"` // SQLite compares bytes by itself
	}
	total := 0
	return collect(ctx, s.db.sql, func(r row) (bindings.Stored, error) {
		stored, err := scanStored(r)
		if total += len(stored.Value); err == nil && total > maxStoreList {
			err = fmt.Errorf("would read more than %d MB: ask for a longer prefix or a lower limit", maxStoreList>>20)
		}
		return stored, err
	}, `SELECT key, value, expires, updated FROM store WHERE scope = $1 AND substr(key, 1, length($2)) = $2 AND (expires = 0 OR expires > $3)
		ORDER BY key`+collation+" LIMIT $4", s.scope, prefix, microseconds(s.db.Now()), limit)
}

// Increment implements [bindings.Store].
func (s *Store) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error) {
	for {
		sum, done, err := s.increment(ctx, key, by, lifetime)
		if done || err != nil {
			return sum, err
		}
	}
}

// increment is done unless another host made the key at the same time.
func (s *Store) increment(ctx context.Context, key string, by float64, lifetime time.Duration) (sum float64, done bool, err error) {
	now := s.db.Now()
	err = s.db.transact(ctx, func(tx *sql.Tx) error {
		var before []byte
		// The change locks the row, so that others wait to read it.
		err := tx.QueryRowContext(ctx, "UPDATE store SET updated = $3 WHERE "+live+" RETURNING value", s.scope, key, microseconds(now)).Scan(&before)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			value, digest, err := number(by)
			if err != nil {
				return err
			}
			n, err := affected(tx.ExecContext(ctx, `INSERT INTO store (scope, key, value, digest, expires, updated) VALUES ($1, $2, $4, $5, $6, $3)
				ON CONFLICT (scope, key) DO UPDATE SET value = excluded.value, digest = excluded.digest, expires = excluded.expires, updated = excluded.updated`+
				expiredAlready, s.scope, key, microseconds(now), value, digest, expiry(now, lifetime)))
			sum, done = by, n == 1
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
	return sum, done, err
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
