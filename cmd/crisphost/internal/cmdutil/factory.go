// Package cmdutil has what every constructor of a command takes.
package cmdutil

import (
	"github.com/crisphost/crisphost/cmd/crisphost/internal/keyring"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/settings"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/signals"
	"github.com/crisphost/crisphost/cmd/crisphost/internal/streams"
)

// Factory is what commands take from the process. Options structs copy the parts that their commands need.
type Factory struct {
	IO      *streams.IO
	Env     settings.Env
	Keyring keyring.Store
	Hangups *signals.Hangups
	// Abort ends the process with the exit code of an error, which it reports unless that was done.
	Abort func(error)
}
