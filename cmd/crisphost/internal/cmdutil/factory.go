// Package cmdutil has what every constructor of a command takes.
package cmdutil

import (
	"context"

	"github.com/crisphost/crisphost/cmd/crisphost/internal/fields"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
	"github.com/crisphost/crisphost/crisp/spec"
)

// Factory is what commands take from the process. Options structs copy the parts that their commands need.
type Factory struct {
	IO      *streams.IO
	Env     settings.Env
	Keyring keyring.Store
	Hangups *signals.Hangups
	// Abort ends the process with the exit code of an error, which it reports unless that was done.
	Abort func(error)
	// Example returns the payload of an event's example, changed by fields and fitted to the sandbox at a URL.
	Example func(ctx context.Context, url, website string, event *spec.Event, list []fields.Field) ([]byte, error)
}
