package console

import (
	"context"

	"github.com/crisphost/crisphost/scripts/state"
)

// Backend is what the console shows and acts on. It is used by many requests at once. Its errors are shown to the person in
// front of the page, so they should say what to do; what does not exist is a state.ErrNotFound, and cancelling a run that
// has ended a state.ErrEnded.
type Backend interface {
	Reader

	// Subscribe tells what changes until the context ends, then closes the channel. It never waits for a slow reader for
	// long: it may merge events of the same script or run, as the console reads the state anew for each.
	Subscribe(ctx context.Context) <-chan Event

	// Trigger starts a run by hand and answers its ID. It works for paused and disabled scripts too.
	Trigger(ctx context.Context, script string, args []string, by string) (run string, err error)
	// TriggerAgain starts a run of the script of an earlier run for the events that started that one, and answers its ID.
	TriggerAgain(ctx context.Context, earlier, by string) (run string, err error)
	Pause(ctx context.Context, script, by string) error
	Resume(ctx context.Context, script, by string) error
	Cancel(ctx context.Context, run, by string) error
}

// Reader is the part of a Backend that a *state.DB is.
type Reader interface {
	// Scripts are all scripts, in any order.
	Scripts(ctx context.Context) ([]state.Script, error)
	Script(ctx context.Context, name string) (state.Script, error)
	// Departures are the scripts that were removed or renamed lately, and FormerNames those of them that a script was, the oldest first.
	Departures(ctx context.Context) ([]state.Departure, error)
	FormerNames(ctx context.Context, script string) ([]state.Departure, error)
	// Pauses are who paused or resumed scripts last, by the scripts' names: those named, or all.
	Pauses(ctx context.Context, names ...string) (map[string]state.Pause, error)
	// Version is a script's content by its hash.
	Version(ctx context.Context, hash string) (*state.Version, error)

	// Runs are the runs that a filter selects, the newest first.
	Runs(ctx context.Context, filter state.RunFilter) ([]state.Run, error)
	Run(ctx context.Context, id string) (state.Run, error)
	// EventsOf are the events that started a run, in their order, or none.
	EventsOf(ctx context.Context, run string) ([]state.Event, error)
	// Logs are at most limit lines of a run with a Seq above after, in their order.
	Logs(ctx context.Context, run string, after int64, limit int) ([]state.LogLine, error)
	// SeqBefore is the number behind which a run's last lines up to a number stand, so many or fewer.
	SeqBefore(ctx context.Context, run string, seq int64, lines int) (int64, error)
	// LastSeqs are the numbers of a run's newest log line and API call, or 0 when it has none.
	LastSeqs(ctx context.Context, run string) (log, call int64, err error)
	// Calls are the API calls of a run in their order.
	Calls(ctx context.Context, run string) ([]state.APICall, error)
	// Writes are the calls of all runs that were no reads, as a filter selects them, the newest first.
	Writes(ctx context.Context, filter state.WriteFilter) ([]state.Write, error)
}

// Event tells that something has changed. The zero Event tells that anything may have.
type Event struct {
	// Script is the name of the script that changed, appeared or disappeared, or the one of the run.
	Script string
	// Run is the ID of the run whose state or log changed, or empty.
	Run string
	// Log tells that the run only has more lines.
	Log bool
}

// changesScript reports whether a page about a script may look different now; "" is one about all scripts.
func (e Event) changesScript(name string) bool {
	return e == Event{} || !e.Log && (name == "" || e.Script == name)
}

// changesRun reports whether a run or its log may have changed.
func (e Event) changesRun(id string) bool { return e == Event{} || e.Run == id }
