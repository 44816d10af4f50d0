package bindings

import (
	"io"
	"log/slog"
	"os"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
)

// Host is what a script may reach, as one value. The zero value offers every module, with calls that fail where something is
// missing.
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
	// Files is the directory that the files module reads and writes below. Nil refuses.
	Files *os.Root
	// Logger takes the lines of the log module. Nil discards.
	Logger *slog.Logger
	// Store and SharedStore are what the store module keeps values in: the script's own and the one of all scripts. Nil refuses.
	Store, SharedStore Store
}

// Options returns the options of an instance that reaches what the host has.
func (h Host) Options() []engine.InstanceOption {
	return []engine.InstanceOption{
		WithConnection(h.Client, h.WebsiteID), WithArgs(h.Args), WithEnv(h.Env), WithStdin(h.Stdin), WithFiles(h.Files),
		WithLogger(h.Logger), WithStores(h.Store, h.SharedStore),
	}
}

// ModuleNames are the names of the modules, which a compile needs to know.
func ModuleNames() []string {
	var names []string
	for _, m := range modules() {
		names = append(names, m.Name)
	}
	return names
}
