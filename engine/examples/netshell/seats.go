package main

import (
	"errors"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/engine"
)

// hall is the state that all clients share.
type hall struct {
	mu    sync.Mutex
	names []string
}

const maxSeats = 3

func (h *hall) reserve(name string) error {
	if name == "" {
		return errors.New("a seat needs a name")
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.names) == maxSeats {
		return &engine.HostError{Message: "all seats are taken", Hint: "release one with seats.release(name)"}
	}
	h.names = append(h.names, name)
	return nil
}

func (h *hall) release(name string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := len(h.names)
	h.names = slices.DeleteFunc(h.names, func(n string) bool { return n == name })
	return len(h.names) < before
}

func (h *hall) list() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.names)
}

// seats is the module that scripts see.
func seats(h *hall) *engine.ModuleBuilder {
	const name = "name: who sits there"
	return engine.NewModule("seats").Doc("The seats of a hall.").
		Const("MAX", maxSeats).
		Func("list", h.list, engine.Doc("Lists who has a seat.")).
		Func("reserve", h.reserve, engine.Doc("Reserves a seat.", name), engine.Writes()).
		// The shell asks before a call with this effect.
		Func("release", h.release, engine.Doc("Frees the seats of a name.", name), engine.Deletes())
}
