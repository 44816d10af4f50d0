//go:build !unix

package worker

import (
	"context"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts"
	"github.com/crisphost/crisphost/scripts/schedule"
	"github.com/crisphost/crisphost/scripts/state"
)

// Main returns ErrUnsupported.
func Main() error { return ErrUnsupported }

// Pool exists on Unix only.
type Pool struct{}

var _ schedule.Runner = (*Pool)(nil)

// NewPool returns ErrUnsupported.
func NewPool(Options) (*Pool, error) { return nil, ErrUnsupported }

// Run implements schedule.Runner.
func (p *Pool) Run(context.Context, state.Run, *state.Version, scripts.Header, schedule.Sink) schedule.Outcome {
	return schedule.Outcome{Err: &state.RunError{Kind: "worker", Message: ErrUnsupported.Error()}}
}

// Prepare returns ErrUnsupported.
func (p *Pool) Prepare(context.Context, *state.Version, scripts.Header) error { return ErrUnsupported }

// SetClient does nothing.
func (p *Pool) SetClient(*crisp.Client, string) {}

// Stats returns zeros.
func (p *Pool) Stats() Stats { return Stats{} }

// Close does nothing.
func (p *Pool) Close() error { return nil }
