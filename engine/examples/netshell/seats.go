package main

import (
	"context"
	"fmt"
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
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.names) == maxSeats {
		return &engine.HostError{Message: "seats.reserve: all seats are taken", Hint: "release one with seats.release(name)"}
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

func (h *hall) list() []any {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]any, len(h.names))
	for i, name := range h.names {
		list[i] = name
	}
	return list
}

// seats is the module that scripts see.
func seats(h *hall) *engine.Module {
	name := engine.Param{Name: "name", Type: "string", Required: true, Doc: "who sits there"}
	return &engine.Module{
		Name: "seats", Doc: "The seats of a hall.",
		Values: []engine.Constant{{Name: "MAX", Value: maxSeats}},
		Functions: []engine.Function{
			{
				Name: "list", Result: "string[]", Doc: "Lists who has a seat.",
				Call: func(context.Context, []any) (any, error) { return h.list(), nil },
			},
			{
				Name: "reserve", Doc: "Reserves a seat.", Params: []engine.Param{name}, Effect: engine.Write,
				Call: func(_ context.Context, args []any) (any, error) {
					who, err := text("seats.reserve", args)
					if err != nil {
						return nil, err
					}
					return nil, h.reserve(who)
				},
			},
			{
				// The shell asks before a call with this effect.
				Name: "release", Result: "boolean", Doc: "Frees the seats of a name.", Params: []engine.Param{name}, Effect: engine.Delete,
				Call: func(_ context.Context, args []any) (any, error) {
					who, err := text("seats.release", args)
					if err != nil {
						return nil, err
					}
					return h.release(who), nil
				},
			},
		},
	}
}

// text returns the only argument of a call.
func text(call string, args []any) (string, error) {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok && s != "" {
			return s, nil
		}
	}
	return "", &engine.HostError{Message: fmt.Sprintf("%s takes one name", call)}
}
