//go:build !unix

package worker

import (
	"context"
	"encoding/json"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
)

// MainIf returns: there are no workers.
func MainIf(func() (*engine.Engine, error)) {}

// Pool exists on Unix only.
type Pool struct{}

// NewCompiler returns ErrUnsupported.
func NewCompiler(Options, int) (*Pool, error) { return nil, ErrUnsupported }

// NewPool returns ErrUnsupported.
func NewPool(Options) (*Pool, error) { return nil, ErrUnsupported }

// Run returns ErrUnsupported.
func (p *Pool) Run(context.Context, *Job) (json.RawMessage, error) {
	return nil, &Error{Kind: KindWorker, Message: ErrUnsupported.Error()}
}

// Prepare returns ErrUnsupported.
func (p *Pool) Prepare(context.Context, *Job) error { return ErrUnsupported }

// Compile returns ErrUnsupported.
func (p *Pool) Compile(context.Context, engine.Source) (map[string][]byte, error) {
	return nil, ErrUnsupported
}

// Ready returns ErrUnsupported.
func (p *Pool) Ready(context.Context) error { return ErrUnsupported }

// SetClient does nothing.
func (p *Pool) SetClient(*crisp.Client, string) {}

// Stats returns zeros.
func (p *Pool) Stats() Stats { return Stats{} }

// Close does nothing.
func (p *Pool) Close() error { return nil }
