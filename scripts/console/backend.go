package console

import (
	"context"
	"errors"
	"time"

	"github.com/crisphost/crisphost/scripts/state"
)

// ErrNotFound is what a Backend's errors wrap when there is no such script, run or version.
var ErrNotFound = errors.New("not found")

// Backend is what the console shows and acts on. It is used by many requests at once. Its errors are shown to the person in
// front of the page, so they should say what to do.
type Backend interface {
	// Scripts are all scripts, in any order.
	Scripts(ctx context.Context) ([]state.Script, error)
	Script(ctx context.Context, name string) (state.Script, error)
	// Version is a script's content by its hash.
	Version(ctx context.Context, hash string) (*state.Version, error)

	// Runs are the runs that a filter selects, the newest first.
	Runs(ctx context.Context, filter RunFilter) ([]state.Run, error)
	Run(ctx context.Context, id string) (state.Run, error)
	// Logs are at most limit lines of a run with a Seq above after, in their order.
	Logs(ctx context.Context, run string, after int64, limit int) ([]state.LogLine, error)
	// LastLine is the Seq of a run's newest line, or 0 when it has none.
	LastLine(ctx context.Context, run string) (int64, error)
	// Calls are the API calls of a run in their order.
	Calls(ctx context.Context, run string) ([]state.APICall, error)

	// Subscribe tells what changes until the context ends, then closes the channel. It never waits for a slow reader for
	// long: it may merge events of the same script or run, as the console reads the state anew for each.
	Subscribe(ctx context.Context) <-chan Event

	// Trigger starts a run by hand and answers its ID. It works for paused and disabled scripts too.
	Trigger(ctx context.Context, script string, args []string, by string) (run string, err error)
	Pause(ctx context.Context, script string) error
	Resume(ctx context.Context, script string) error
	Cancel(ctx context.Context, run, by string) error
}

// RunFilter selects runs. The zero value is all of them.
type RunFilter struct {
	// Script is a script's name, or empty.
	Script string
	// States are the wanted states, or none for all.
	States []state.RunState
	// Since leaves out runs that were asked for before it, and Until those from it on.
	Since, Until time.Time
	// Before is the ID of a run: only older ones. It serves for going on behind a page.
	Before string
	// Limit bounds the number, or is 0.
	Limit int
}

// Event tells that something has changed.
type Event struct {
	// Script is the name of the script that changed, appeared or disappeared, or the one of the run.
	Script string
	// Run is the ID of the run whose state or log changed, or empty.
	Run string
	// Log tells that the run only has more lines.
	Log bool
}
