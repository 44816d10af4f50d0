package bindings

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"sync"

	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/engine"
)

// Connection is what the calls of crisp.* use.
type Connection struct {
	Client *crisp.Client
	// WebsiteID is the website of calls that name no other.
	WebsiteID string
	// Missing is why there is no Client, for the error of a call without one. Nil says that the host has none.
	Missing *engine.HostError

	reads *reads
}

// NewConnection returns a connection that remembers what was read, so that scripts can change it and save it as it is. Its WebsiteID may
// be another one later.
func NewConnection(client *crisp.Client, websiteID string) Connection {
	return Connection{Client: client, WebsiteID: websiteID, reads: &reads{}}
}

// absent is the error of a call without a client.
func (c Connection) absent(call string) error {
	e := engine.HostError{Message: "this host has no connection to Crisp"}
	if c.Missing != nil {
		e = *c.Missing
	}
	e.Name, e.Call = "CrispError", call
	return &e
}

// WithConnection sets the client of crisp.* and the website of calls that name no other.
func WithConnection(client *crisp.Client, websiteID string) engine.InstanceOption {
	return engine.Provide(NewConnection(client, websiteID))
}

// WithArgs sets the script's command-line arguments: the global args.
func WithArgs(args []string) engine.InstanceOption {
	if args == nil {
		args = []string{}
	}
	return engine.WithGlobal("args", args)
}

// WithEvent sets the payload of the event that a script runs for, as JSON: the global event. Nil is null.
func WithEvent(payload json.RawMessage) engine.InstanceOption {
	return engine.WithGlobal("event", payload)
}

// WithBatch sets the list of payloads of the events that a script runs for, as JSON: the global events. Nil is null.
func WithBatch(payloads json.RawMessage) engine.InstanceOption {
	return engine.WithGlobal("events", payloads)
}

// environment is the variables that the script may read.
type environment map[string]string

// WithEnv sets the environment variables that the script may read, by name.
func WithEnv(variables map[string]string) engine.InstanceOption {
	return engine.Provide(environment(variables))
}

// WithLogger sets what takes the lines of the log module. Without it they are dropped.
func WithLogger(logger *slog.Logger) engine.InstanceOption { return engine.Provide(logger) }

// WithFiles sets the directory that the files module reads and writes below. Without it the module refuses.
func WithFiles(directory *os.Root) engine.InstanceOption { return engine.Provide(directory) }

// WithStdin sets what files.read("-") reads. Without it that is empty.
func WithStdin(r io.Reader) engine.InstanceOption {
	return engine.Provide(&standardInput{from: r})
}

// standardInput lets several tasks of a script read the input.
type standardInput struct {
	mu   sync.Mutex
	from io.Reader
}

func (r *standardInput) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.from.Read(p)
}

// stores are what the store module keeps values in.
type stores struct{ own, shared Store }

// WithStores sets what the store module keeps values in: the script's own and the one of all scripts. Nil refuses.
func WithStores(own, shared Store) engine.InstanceOption {
	return engine.Provide(stores{own, shared})
}

func storeOf(ctx context.Context, shared bool) Store {
	s, _ := engine.Use[stores](ctx)
	store := s.own
	if shared {
		store = s.shared
	}
	if store == nil {
		return noStore{}
	}
	return store
}

func loggerOf(ctx context.Context) *slog.Logger {
	if logger, ok := engine.Use[*slog.Logger](ctx); ok && logger != nil {
		return logger
	}
	return slog.New(slog.DiscardHandler)
}
