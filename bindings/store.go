package bindings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crisphost/crisphost/engine"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Store keeps values by key for longer than a run. Implementations are safe for use by many scripts and processes at the same
// time: each call is atomic.
type Store interface {
	// Get returns what a key holds, or nil when it holds nothing.
	Get(ctx context.Context, key string) (*Stored, error)
	// Set saves a value and reports whether it did, which without a condition it always does.
	Set(ctx context.Context, key string, value []byte, options StoreOptions) (bool, error)
	// Delete empties a key and reports whether it held something.
	Delete(ctx context.Context, key string) (bool, error)
	// List returns what keys with a prefix hold, in the order of the keys' bytes, at most limit.
	List(ctx context.Context, prefix string, limit int) ([]Stored, error)
	// Increment adds to a number, which begins as 0, and returns the sum. A lifetime counts from the first addition. The error
	// is ErrNoNumber when the key holds something else.
	Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error)
}

// Stored is what a key holds.
type Stored struct {
	Key string
	// Value is JSON.
	Value   []byte
	Updated time.Time
	// Expires is when the value goes by itself, or zero.
	Expires time.Time
}

// StoreOptions are the options of Store.Set.
type StoreOptions struct {
	// Lifetime is after how long the value goes by itself, or 0 for never.
	Lifetime time.Duration
	// Compare saves only when the key holds Expected: a JSON value, or nil for nothing.
	Compare  bool
	Expected []byte
}

// Limits of a Store.
const (
	// MaxStoredValue is the size of the largest value, in bytes of JSON.
	MaxStoredValue = 1 << 20
	// MaxStoredKey is the length of the longest key, in bytes of UTF-8.
	MaxStoredKey = 512
	// maxStoredList is how many entries a list has at most, and listedByDefault how many without a limit.
	maxStoredList   = 10000
	listedByDefault = 1000
)

// ErrNoNumber tells that Increment met a value that is no number.
var ErrNoNumber = errors.New("is not a number")

var errNoStore = errors.New("store is not available here")

// noStore is the store of a host that has none.
type noStore struct{}

func (noStore) Get(context.Context, string) (*Stored, error) { return nil, errNoStore }

func (noStore) Set(context.Context, string, []byte, StoreOptions) (bool, error) {
	return false, errNoStore
}

func (noStore) Delete(context.Context, string) (bool, error) { return false, errNoStore }

func (noStore) List(context.Context, string, int) ([]Stored, error) { return nil, errNoStore }

func (noStore) Increment(context.Context, string, float64, time.Duration) (float64, error) {
	return 0, errNoStore
}

// storeModule is the store of a script, and below it the one that all scripts share.
func storeModule() *engine.Module {
	return &engine.Module{
		Name:         "store",
		Doc:          "Values that stay when the script has ended. Each script has keys of its own; store.shared is for all scripts.",
		ErrorClasses: []string{"StoreError"},
		Functions:    storeFunctions("store", false),
		Modules: []*engine.Module{{
			Name:      "shared",
			Doc:       "Values that all scripts share.",
			Functions: storeFunctions("store.shared", true),
		}},
	}
}

func storeFunctions(module string, shared bool) []engine.Function {
	key := engine.Param{Name: "key", Type: "string", Required: true}
	lifetime := engine.Param{Name: "options.expires_in", Type: "string | number", Doc: `after which the value goes by itself: "90s", "7d", or milliseconds`}
	// function hands an implementation its arguments under the call's full name.
	function := func(f engine.Function, bind func(a *arguments) (storeCall, error)) engine.Function {
		call := module + "." + f.Name
		f.Bind = func(_ context.Context, args []any) (*engine.Pending, error) {
			c, err := bind(newArguments(call, args))
			if err != nil {
				return nil, err
			}
			named := func(run storeRun) func(context.Context) (any, error) {
				if run == nil {
					return nil
				}
				return func(ctx context.Context) (any, error) {
					result, err := run(ctx, storeOf(ctx, shared))
					if err != nil {
						return nil, storeError(call, c.key, err)
					}
					return result, nil
				}
			}
			return &engine.Pending{Effect: f.Effect, Run: named(c.run), Plan: named(c.plan)}, nil
		}
		return f
	}
	return []engine.Function{
		function(engine.Function{
			Name: "get", Result: "any",
			Doc:    "Reads what a key holds, or gives the fallback when it holds nothing.",
			Params: []engine.Param{key, {Name: "fallback", Type: "any"}},
		}, func(a *arguments) (storeCall, error) {
			a.max(2)
			key := a.storeKey()
			return storeCall{key: key, run: func(ctx context.Context, s Store) (any, error) {
				stored, err := s.Get(ctx, key)
				if err != nil || stored == nil {
					return a.at(1), err
				}
				return engine.JSON(stored.Value), nil
			}}, a.err
		}),
		function(engine.Function{
			Name: "set", Effect: engine.Write,
			Doc:    "Saves a value of at most 1 MB: anything that JSON can hold, except null.",
			Params: []engine.Param{key, {Name: "value", Type: "any", Required: true}, lifetime},
		}, func(a *arguments) (storeCall, error) {
			key := a.storeKey()
			a.table(2)
			options := StoreOptions{Lifetime: a.optionDuration("expires_in")}
			if err := a.done(); err != nil {
				return storeCall{}, err
			}
			value, err := a.storeValue(1, "value")
			return storeCall{key: key, run: func(ctx context.Context, s Store) (any, error) {
				_, err := s.Set(ctx, key, value, options)
				return nil, err
			}, plan: func(context.Context, Store) (any, error) { return nil, nil }}, err
		}),
		function(engine.Function{
			Name: "compare_and_set", Result: "boolean", Effect: engine.Write,
			Doc: "Saves a value if the key still holds the expected one, and reports whether it did.\n\n" +
				"An expected value of null stands for a key that holds nothing. Of several scripts that do this at the same time one succeeds.",
			Params: []engine.Param{key, {Name: "expected", Type: "any", Required: true}, {Name: "value", Type: "any", Required: true}, lifetime},
		}, func(a *arguments) (storeCall, error) {
			key := a.storeKey()
			a.table(3)
			options := StoreOptions{Lifetime: a.optionDuration("expires_in"), Compare: true}
			if err := a.done(); err != nil {
				return storeCall{}, err
			}
			value, err := a.storeValue(2, "value")
			if err == nil && a.at(1) != nil {
				options.Expected, err = a.storeValue(1, "expected")
			}
			return storeCall{key: key, run: func(ctx context.Context, s Store) (any, error) {
				return s.Set(ctx, key, value, options)
			}, plan: func(ctx context.Context, s Store) (any, error) {
				stored, err := s.Get(ctx, key)
				return err == nil && holds(stored, options.Expected), err
			}}, err
		}),
		function(engine.Function{
			Name: "delete", Result: "boolean", Effect: engine.Delete,
			Doc:    "Empties a key, and reports whether it held something.",
			Params: []engine.Param{key},
		}, func(a *arguments) (storeCall, error) {
			a.max(1)
			key := a.storeKey()
			return storeCall{key: key, run: func(ctx context.Context, s Store) (any, error) {
				return s.Delete(ctx, key)
			}, plan: func(ctx context.Context, s Store) (any, error) {
				stored, err := s.Get(ctx, key)
				return stored != nil, err
			}}, a.err
		}),
		function(engine.Function{
			Name: "list", Result: "{ key, value, updated_at, expires_at? }[]",
			Doc: "Reads all keys that begin with a prefix, in order, with what they hold. Times are Unix milliseconds.",
			Params: []engine.Param{
				{Name: "prefix", Type: "string"},
				{Name: "options.limit", Type: "integer", Doc: fmt.Sprintf("of entries, %d by default, at most %d", listedByDefault, maxStoredList)},
			},
		}, func(a *arguments) (storeCall, error) {
			prefix := ""
			if _, ok := a.at(0).(map[string]any); ok && len(a.args) == 1 {
				a.table(0)
			} else {
				if a.at(0) != nil {
					prefix = a.text(0, "prefix")
				}
				a.table(1)
			}
			limit := a.listLimit()
			return storeCall{run: func(ctx context.Context, s Store) (any, error) {
				entries, err := s.List(ctx, prefix, limit)
				if err != nil {
					return nil, err
				}
				return listed(entries)
			}}, a.done()
		}),
		function(engine.Function{
			Name: "increment", Result: "number", Effect: engine.Write,
			Doc: "Adds to a number and gives the sum. A key that holds nothing counts as 0.",
			Params: []engine.Param{key, {Name: "by", Type: "number", Doc: "1 by default"},
				{Name: lifetime.Name, Type: lifetime.Type, Doc: "from the first addition: " + lifetime.Doc}},
		}, func(a *arguments) (storeCall, error) {
			key := a.storeKey()
			by := 1.0
			switch v := a.at(1).(type) {
			case nil:
			case int64, float64:
				by = float(v)
			default:
				a.fail("by", "takes a number, not "+describe(v), "")
			}
			a.table(2)
			lifetime := a.optionDuration("expires_in")
			return storeCall{key: key, run: func(ctx context.Context, s Store) (any, error) {
				return s.Increment(ctx, key, by, lifetime)
			}, plan: func(ctx context.Context, s Store) (any, error) {
				before := 0.0
				if stored, err := s.Get(ctx, key); err != nil {
					return nil, err
				} else if stored != nil {
					if before, err = strconv.ParseFloat(string(stored.Value), 64); err != nil {
						return nil, ErrNoNumber
					}
				}
				return before + by, nil
			}}, a.done()
		}),
	}
}

// storeCall is a call of the store whose arguments were checked.
type storeCall struct {
	// key is named by errors, if there is one.
	key string
	run storeRun
	// plan returns what run would, and changes nothing. Nil for calls that only read.
	plan storeRun
}

type storeRun func(ctx context.Context, s Store) (any, error)

// holds reports whether a stored value is the expected one, as far as that can be told without the store.
func holds(stored *Stored, expected []byte) bool {
	if stored == nil || expected == nil {
		return stored == nil && expected == nil
	}
	have, want := jsontext.Value(bytes.Clone(stored.Value)), jsontext.Value(bytes.Clone(expected))
	if have.Canonicalize() != nil || want.Canonicalize() != nil {
		return false
	}
	return bytes.Equal(have, want)
}

func (a *arguments) storeKey() string {
	key := a.text(0, "key")
	switch {
	case a.err != nil:
	case key == "" || len(key) > MaxStoredKey:
		a.fail("key", fmt.Sprintf("has 1 to %d bytes, not %d", MaxStoredKey, len(key)), "")
	case lostDigits.MatchString(key):
		a.fail("key", fmt.Sprintf("has a number that has lost digits: %q", key), hintDigits)
	case !utf8.ValidString(key):
		a.fail("key", "is not UTF-8", "")
	default:
		for _, r := range key {
			if unicode.IsControl(r) {
				a.fail("key", fmt.Sprintf("has the control character %U", r), "")
			}
		}
	}
	return key
}

func (a *arguments) storeValue(i int, name string) ([]byte, error) {
	if a.at(i) == nil {
		return nil, argumentError(a.call, name, "is missing", "to empty a key use store.delete")
	}
	text, err := jsonText(a.call, name, a.at(i), json.Deterministic(true))
	if err == nil && len(text) > MaxStoredValue {
		err = argumentError(a.call, name, fmt.Sprintf("takes at most 1 MB, and this is %d bytes as JSON", len(text)), "keep it in parts under several keys")
	}
	return text, err
}

func (a *arguments) listLimit() int {
	switch v := a.option("limit").(type) {
	case nil:
	case int64:
		if v >= 1 && v <= maxStoredList {
			return int(v)
		}
		a.fail("limit", fmt.Sprintf("takes a number from 1 to %d, not %d", maxStoredList, v), "")
	default:
		a.fail("limit", "takes a whole number, not "+describe(v), "")
	}
	return listedByDefault
}

// listed writes entries as scripts see them.
func listed(entries []Stored) (any, error) {
	type entry struct {
		Key       string         `json:"key"`
		Value     jsontext.Value `json:"value"`
		UpdatedAt int64          `json:"updated_at"`
		ExpiresAt int64          `json:"expires_at,omitzero"`
	}
	list := make([]entry, len(entries))
	for i, e := range entries {
		list[i] = entry{Key: e.Key, Value: e.Value, UpdatedAt: e.Updated.UnixMilli()}
		if !e.Expires.IsZero() {
			list[i].ExpiresAt = e.Expires.UnixMilli()
		}
	}
	text, err := json.Marshal(list)
	return engine.JSON(text), err
}

func storeError(call, key string, err error) error {
	if refused := refusal(call, err); refused != nil {
		return refused
	}
	message := ""
	if key != "" && !errors.Is(err, errNoStore) {
		message += fmt.Sprintf("%q ", key)
	}
	hint := ""
	if errors.Is(err, ErrNoNumber) {
		hint = "store.get reads it; store.set replaces it"
	}
	if host := (*engine.HostError)(nil); errors.As(err, &host) { // of a store that has something to say
		hint = host.Hint
	}
	return &engine.HostError{
		Name: "StoreError", Call: call, Message: message + err.Error(), Hint: hint, Err: err,
		Fields: []engine.Constant{{Name: "key", Value: key}},
	}
}
