package main

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/crisphost/crisphost/engine"
)

// notes are the notes of a tenant.
type notes struct {
	mu    sync.Mutex
	texts []string
}

const maxNotes = 1000

func (n *notes) add(text string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.texts) == maxNotes {
		return errors.New("there are 1000 notes already")
	}
	n.texts = append(n.texts, text)
	return nil
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.texts)
}

var errNoTenant = errors.New("notes are not available here")

// notesModule is one module for all tenants: whose notes it means is a value of the instance.
func notesModule() *engine.ModuleBuilder {
	return engine.NewModule("notes").Doc("The notes of the tenant.").
		Func("add", func(ctx context.Context, text string) error {
			own, ok := engine.Use[*notes](ctx)
			if !ok {
				return errNoTenant
			}
			return own.add(text)
		}, engine.Writes(), engine.Doc("Adds a note.", "text")).
		Func("list", func(ctx context.Context) ([]string, error) {
			own, ok := engine.Use[*notes](ctx)
			if !ok {
				return nil, errNoTenant
			}
			return own.list(), nil
		}, engine.Doc("Lists the notes."))
}
