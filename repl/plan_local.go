package repl

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/engine"
	"github.com/crisphost/crisphost/repl/internal/paint"
	"github.com/crisphost/crisphost/repl/internal/render"
)

// local makes a plan hold back what a host changes on this machine too: values of the store, and files. Nothing asks before them
// otherwise, since no website is touched.
func (g *Guard) local(host bindings.Host) bindings.Host {
	if host.Store != nil {
		host.Store = plannedStore{host.Store, "store", g}
	}
	if host.SharedStore != nil {
		host.SharedStore = plannedStore{host.SharedStore, "store.shared", g}
	}
	return host
}

// files is the gate that makes a plan hold back files.
func (g *Guard) files(next engine.Handler) engine.Handler {
	return func(ctx context.Context, c *engine.HostCall) (any, error) {
		plan := g.planning()
		if plan == nil || c.Name != "files.write" {
			return next(ctx, c)
		}
		path, text := fmt.Sprint(c.Args[0]), fmt.Sprint(c.Args[1])
		return nil, plan.note(planned{text: fmt.Sprintf("files.write %s, %s:\n%s", render.QuoteJSON(path), paint.Plural(len(text), "byte"), text)})
	}
}

// plannedStore is a store that a plan reads and does not change.
type plannedStore struct {
	bindings.Store
	name  string
	guard *Guard
}

// hold adds a change to the plan, if there is one.
func (s plannedStore) hold(verb, key, rest string) (held bool, err error) {
	plan := s.guard.planning()
	if plan == nil {
		return false, nil
	}
	return true, plan.note(planned{text: s.name + "." + verb + " " + render.QuoteJSON(key) + rest})
}

func (s plannedStore) Set(ctx context.Context, key string, value []byte, options bindings.StoreOptions) (bool, error) {
	rest := ", " + string(value)
	if options.Lifetime > 0 {
		rest += " for " + options.Lifetime.String()
	}
	if options.Compare && s.guard.planning() != nil {
		stored, err := s.Get(ctx, key)
		if err != nil || !holds(stored, options.Expected) {
			return false, err
		}
		rest += ", if it still holds "
		if stored == nil {
			rest += "nothing"
		} else {
			rest += string(stored.Value)
		}
	}
	if held, err := s.hold("set", key, rest); held {
		return err == nil, err
	}
	return s.Store.Set(ctx, key, value, options)
}

// holds tells whether a stored value is the expected one, as far as that can be told without the store.
func holds(stored *bindings.Stored, expected []byte) bool {
	if stored == nil || expected == nil {
		return stored == nil && expected == nil
	}
	have, want := jsontext.Value(bytes.Clone(stored.Value)), jsontext.Value(bytes.Clone(expected))
	if have.Canonicalize() != nil || want.Canonicalize() != nil {
		return false
	}
	return bytes.Equal(have, want)
}

func (s plannedStore) Delete(ctx context.Context, key string) (bool, error) {
	if held, err := s.hold("delete", key, ""); held {
		if err != nil {
			return false, err
		}
		stored, err := s.Get(ctx, key)
		return stored != nil, err
	}
	return s.Store.Delete(ctx, key)
}

func (s plannedStore) Increment(ctx context.Context, key string, by float64, lifetime time.Duration) (float64, error) {
	held, err := s.hold("increment", key, ", "+strconv.FormatFloat(by, 'f', -1, 64))
	if !held {
		return s.Store.Increment(ctx, key, by, lifetime)
	}
	if err != nil {
		return 0, err
	}
	stored, err := s.Get(ctx, key)
	if err != nil || stored == nil {
		return by, err
	}
	before, err := strconv.ParseFloat(string(stored.Value), 64)
	if err != nil {
		return 0, bindings.ErrNoNumber
	}
	return before + by, nil
}
