// Package bindings holds the host modules that scripts see: crisp.*, made from the operation table of crisp/spec, and the
// small standard library around it (log, json, time, csv, crypto, files, env, store, print_table).
//
// Everything is in the VM-neutral form of package engine, so that both languages offer the same calls:
//
//	host := bindings.Host{Client: client, WebsiteID: id, Stdout: os.Stdout}
//	vm, err := lua.NewRuntime().New(engine.Config{Modules: bindings.Modules(host), Globals: bindings.Globals(host)})
package bindings

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
)

// Host is what a script may reach. The zero value offers every module, with calls that fail where something is missing.
type Host struct {
	// Client makes the calls of crisp.*.
	Client *crisp.Client
	// WebsiteID is the connection's website, which calls use unless they name another.
	WebsiteID string
	// Args are the script's command-line arguments.
	Args []string
	// Env holds the environment variables that the script may read.
	Env map[string]string
	// Stdin is what files.read("-") reads. Nil is empty.
	Stdin io.Reader
	// Stdout takes the tables of print_table. Nil discards.
	Stdout io.Writer
	// Files is the directory that the files module reads and writes below. Nil refuses.
	Files *os.Root
	// HoldFile is asked before files.write writes a file, which it does not where the answer is true or an error. Nil holds none.
	HoldFile func(path, text string) (held bool, err error)
	// Logger takes the lines of the log module. Nil discards.
	Logger *slog.Logger
	// Store and SharedStore are what the store module keeps values in: the script's own and the one of all scripts. Nil refuses.
	Store, SharedStore Store
	// Now is the clock of the time module. Nil is the system's.
	Now func() time.Time
}

// Modules returns the modules of a host, for engine.Config.
func Modules(h Host) []*engine.Module {
	if h.Now == nil {
		h.Now = time.Now
	}
	if h.Stdout == nil {
		h.Stdout = io.Discard
	}
	if h.Logger == nil {
		h.Logger = slog.New(slog.DiscardHandler)
	}
	if h.Store == nil {
		h.Store = noStore{}
	}
	if h.SharedStore == nil {
		h.SharedStore = noStore{}
	}
	return []*engine.Module{
		crispModule(h.Client, h.WebsiteID),
		csvModule(),
		cryptoModule(),
		envModule(h.Env),
		filesModule(h.Files, h.HoldFile, h.Stdin),
		jsonModule(),
		logModule(h.Logger),
		printTableModule(h.Stdout),
		storeModule(h.Store, h.SharedStore),
		timeModule(h.Now),
	}
}

// ModuleNames are the names of Modules, which a compile needs to know.
func ModuleNames() []string {
	return []string{"crisp", "csv", "crypto", "env", "files", "json", "log", "print_table", "store", "time"}
}

// Globals returns the plain global values of a host, for engine.Config.
func Globals(h Host) []engine.Constant {
	args := make([]any, len(h.Args))
	for i, arg := range h.Args {
		args[i] = arg
	}
	return []engine.Constant{{Name: "args", Doc: "The script's command-line arguments.", Value: args}}
}
