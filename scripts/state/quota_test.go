//go:build unix

package state_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

// isFull reports whether an error says so, with a hint that names a setting.
func isFull(err error) bool {
	var host *engine.HostError
	return errors.As(err, &host) && strings.Contains(host.Message, "is full") && strings.Contains(host.Hint, "store_keys")
}

func TestStoreQuota(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		q := db.NewQuotas(state.StoreQuota{Keys: 10, Bytes: 1000})
		s := q.ScriptStore("a")
		for i := range 10 {
			must[bool](t)(s.Set(ctx, fmt.Sprint(i), []byte("1"), bindings.StoreOptions{}))
		}
		if _, err := s.Set(ctx, "more", []byte("1"), bindings.StoreOptions{}); !isFull(err) {
			t.Errorf("an eleventh key: %v", err)
		}
		if _, err := s.Increment(ctx, "n", 1, 0); !isFull(err) {
			t.Errorf("an eleventh key by increment: %v", err)
		}
		// What is there can change, as often as one likes.
		for i := range 30 {
			must[float64](t)(s.Increment(ctx, "3", 1, 0))
			must[bool](t)(s.Set(ctx, "4", []byte(fmt.Sprint(i)), bindings.StoreOptions{}))
		}
		if _, err := s.Set(ctx, "1", []byte(`"`+strings.Repeat("x", 2000)+`"`), bindings.StoreOptions{}); !isFull(err) {
			t.Errorf("a large value: %v", err)
		}
		must[bool](t)(s.Delete(ctx, "0"))
		must[bool](t)(s.Set(ctx, "more", []byte(`"`+strings.Repeat("x", 800)+`"`), bindings.StoreOptions{}))
		if _, err := s.Set(ctx, "1", []byte(`"`+strings.Repeat("x", 300)+`"`), bindings.StoreOptions{}); !isFull(err) {
			t.Errorf("more bytes: %v", err)
		}
		must[bool](t)(s.Set(ctx, "more", []byte("1"), bindings.StoreOptions{}))
		must[bool](t)(s.Set(ctx, "1", []byte(`"`+strings.Repeat("x", 300)+`"`), bindings.StoreOptions{}))
		// Others have stores of their own, and another host finds what is there.
		must[bool](t)(q.ScriptStore("b").Set(ctx, "k", []byte("1"), bindings.StoreOptions{}))
		must[bool](t)(q.SharedStore().Set(ctx, "k", []byte("1"), bindings.StoreOptions{}))
		if _, err := db.NewQuotas(state.StoreQuota{Keys: 10}).ScriptStore("a").Set(ctx, "new", []byte("1"), bindings.StoreOptions{}); !isFull(err) {
			t.Errorf("another host: %v", err)
		}
	})
}

// TestStoreQuotaOfManyAtOnce has many writers reach the quota together.
func TestStoreQuotaOfManyAtOnce(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		s := db.NewQuotas(state.StoreQuota{Keys: 50}).ScriptStore("a")
		var all sync.WaitGroup
		for writer := range 10 {
			all.Go(func() {
				for i := range 20 {
					if _, err := s.Set(ctx, fmt.Sprint(writer, i), []byte("1"), bindings.StoreOptions{}); err != nil && !isFull(err) {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if keys, _, err := s.Usage(ctx); err != nil || keys != 50 {
			t.Errorf("%d keys, %v", keys, err)
		}
	})
}

func TestFullDatabaseTakesNoValues(t *testing.T) {
	db, ctx := statetest.Open(t, statetest.SQLite(t)), t.Context()
	q := db.NewQuotas(state.StoreQuota{})
	s := q.SharedStore()
	must[bool](t)(s.Set(ctx, "k", []byte("1"), bindings.StoreOptions{}))
	q.SetFull(true)
	if _, err := s.Set(ctx, "k", []byte("2"), bindings.StoreOptions{}); err == nil || !strings.Contains(err.Error(), "largest size") {
		t.Error(err)
	}
	must[bool](t)(s.Delete(ctx, "k"))
	q.SetFull(false)
	must[bool](t)(s.Set(ctx, "k", []byte("2"), bindings.StoreOptions{}))
}

func TestSizeGrows(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db, ctx := statetest.Open(t, address), t.Context()
		before := must[int64](t)(db.Size(ctx))
		value := []byte(`"` + strings.Repeat("x", 500<<10) + `"`)
		if db.Pool() != nil { // which compresses
			value = []byte(`"` + randomText(500<<10) + `"`)
		}
		for i := range 4 {
			must[bool](t)(db.SharedStore().Set(ctx, fmt.Sprint(i), value, bindings.StoreOptions{}))
		}
		if after := must[int64](t)(db.Size(ctx)); before <= 0 || after < before+1<<20 {
			t.Errorf("%d and then %d", before, after)
		}
	})
}

func randomText(n int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-"
	seed := uint64(time.Now().UnixNano())
	var b strings.Builder
	for range n {
		seed = seed*6364136223846793005 + 1442695040888963407
		b.WriteByte(letters[seed>>58])
	}
	return b.String()
}

// BenchmarkStoreSet compares a set without a quota, far below one, and near one.
func BenchmarkStoreSet(b *testing.B) {
	db := statetest.Open(b, statetest.SQLite(b))
	near := db.NewQuotas(state.StoreQuota{Keys: 1500}).ScriptStore("near")
	for i := range 1000 {
		if _, err := near.Set(b.Context(), fmt.Sprint(i), []byte("1"), bindings.StoreOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	for name, s := range map[string]bindings.Store{
		"none": db.ScriptStore("none"), "far": db.NewQuotas(state.StoreQuota{Keys: 1e6, Bytes: 1e9}).ScriptStore("far"), "near": near,
	} {
		b.Run(name, func(b *testing.B) {
			for i := range b.N {
				if _, err := s.Set(b.Context(), fmt.Sprint(i%1000), []byte("1"), bindings.StoreOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
