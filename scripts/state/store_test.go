//go:build unix

package state_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/internal/statetest"
	"github.com/crisphost/crisphost/scripts/state"
)

func TestStore(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		db := statetest.Open(t, address)
		ctx := t.Context()
		s := db.ScriptStore("a")
		value := func(key string) string {
			t.Helper()
			stored := must[*bindings.Stored](t)(s.Get(ctx, key))
			if stored == nil {
				return ""
			}
			return string(stored.Value)
		}
		set := func(key, text string, options bindings.StoreOptions) bool {
			t.Helper()
			return must[bool](t)(s.Set(ctx, key, []byte(text), options))
		}
		if value("k") != "" || must[bool](t)(s.Delete(ctx, "k")) {
			t.Error("an empty key holds something")
		}
		set("k", `{"b":1,"a":"\u0000"}`, bindings.StoreOptions{})
		if got := value("k"); got != `{"b":1,"a":"\u0000"}` {
			t.Errorf("got %s", got)
		}
		if got := must[*bindings.Stored](t)(db.ScriptStore("b").Get(ctx, "k")); got != nil {
			t.Error("another script sees it")
		}
		if got := must[*bindings.Stored](t)(db.SharedStore().Get(ctx, "k")); got != nil {
			t.Error("the shared store sees it")
		}

		for _, c := range []struct {
			key, expected string
			want          bool
		}{
			{"k", `{"b":2}`, false},
			{"k", "", false},
			{"k", `{"a":"\u0000","b":1.0}`, true}, // the same, written differently
			{"new", "1", false},
			{"new", "", true},
			{"new", "", false},
		} {
			options := bindings.StoreOptions{Compare: true}
			if c.expected != "" {
				options.Expected = []byte(c.expected)
			}
			if got := set(c.key, `"next"`, options); got != c.want {
				t.Errorf("%s expecting %s: %v", c.key, c.expected, got)
			}
		}

		set("short", "1", bindings.StoreOptions{Lifetime: time.Microsecond})
		if value("short") != "" || must[bool](t)(s.Delete(ctx, "short")) || len(must[[]bindings.Stored](t)(s.List(ctx, "short", 10))) != 0 {
			t.Error("an expired value is there")
		}
		if set("short", "2", bindings.StoreOptions{Compare: true, Expected: []byte("1")}) {
			t.Error("an expired value was expected and found")
		}
		if sum := must[float64](t)(s.Increment(ctx, "short", 5, time.Hour)); sum != 5 {
			t.Errorf("an expired counter goes on: %v", sum)
		}
		if stored := must[*bindings.Stored](t)(s.Get(ctx, "short")); stored.Expires.IsZero() || stored.Updated.IsZero() {
			t.Errorf("%+v", stored)
		}
		if sum := must[float64](t)(s.Increment(ctx, "short", -0.5, 0)); sum != 4.5 || value("short") != "4.5" {
			t.Errorf("sum %v", sum)
		}
		if _, err := s.Increment(ctx, "k", 1, 0); !errors.Is(err, bindings.ErrNoNumber) {
			t.Errorf("increment of text: %v", err)
		}

		for _, key := range []string{"p:b", "p:a", "p:%", "p:Z", "p:ä", "P:x"} {
			set(key, "1", bindings.StoreOptions{})
		}
		var keys []string
		for _, stored := range must[[]bindings.Stored](t)(s.List(ctx, "p:", 4)) {
			keys = append(keys, stored.Key)
		}
		if got := strings.Join(keys, " "); got != "p:% p:Z p:a p:b" {
			t.Errorf("list: %s", got)
		}
		if _, err := s.Set(ctx, "big", []byte(`"`+strings.Repeat("x", bindings.MaxStoredValue)+`"`), bindings.StoreOptions{}); err == nil {
			t.Error("more than 1 MB was saved")
		}
		if _, err := s.Set(ctx, "big", []byte(`"`+strings.Repeat("x", bindings.MaxStoredValue-2)+`"`), bindings.StoreOptions{}); err != nil {
			t.Error(err)
		}
		must[int](t)(db.Prune(ctx, state.Retention{}))
	})
}

// Several hosts on one database: additions are not lost, and of those who expect the same one succeeds.
func TestStoreTogether(t *testing.T) {
	statetest.Each(t, func(t *testing.T, address string) {
		const hosts, each = 4, 25
		var won atomic.Int32
		var wait sync.WaitGroup
		for range hosts {
			s := statetest.Open(t, address).SharedStore()
			wait.Go(func() {
				for range each {
					if _, err := s.Increment(t.Context(), "n", 1, 0); err != nil {
						t.Error(err)
					}
				}
				saved, err := s.Set(t.Context(), "lock", []byte("1"), bindings.StoreOptions{Compare: true})
				if err != nil {
					t.Error(err)
				}
				if saved {
					won.Add(1)
				}
			})
		}
		wait.Wait()
		stored := must[*bindings.Stored](t)(statetest.Open(t, address).SharedStore().Get(t.Context(), "n"))
		if string(stored.Value) != "100" || won.Load() != 1 {
			t.Errorf("sum %s, %d took the lock", stored.Value, won.Load())
		}
	})
}

func TestLazy(t *testing.T) {
	address, failure := statetest.SQLite(t), errors.New("no state directory")
	lazy := state.OpenLater(func() (string, error) { return address, failure })
	ok(t, lazy.Close())
	own, shared := lazy.ScriptStore("a"), lazy.SharedStore()
	if _, err := own.Get(t.Context(), "k"); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(strings.TrimPrefix(address, "sqlite:")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the database was made before it was needed: %v", err)
	}
	failure = nil
	must[bool](t)(own.Set(t.Context(), "k", []byte("1"), bindings.StoreOptions{}))
	must[float64](t)(shared.Increment(t.Context(), "k", 5, 0))
	ok(t, lazy.Close())
	if sum := must[float64](t)(own.Increment(t.Context(), "k", 1, 0)); sum != 2 {
		t.Errorf("after opening again: %v", sum)
	}
	if list := must[[]bindings.Stored](t)(shared.List(t.Context(), "", 10)); len(list) != 1 || !must[bool](t)(shared.Delete(t.Context(), "k")) {
		t.Errorf("shared: %v", list)
	}
	ok(t, lazy.Close())
}
