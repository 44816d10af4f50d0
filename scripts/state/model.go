package state

import "time"

// RunState is how far a run has come.
type RunState string

// The states of a run. The first two are on the way, the others are its end.
const (
	Scheduled RunState = "scheduled"
	Running   RunState = "running"
	Succeeded RunState = "succeeded"
	Failed    RunState = "failed"
	Cancelled RunState = "cancelled"
	Skipped   RunState = "skipped" // the one before was still going, and the script's @overlap says skip
	TimedOut  RunState = "timed_out"
)

// Ended reports whether a run has come to its end.
func (s RunState) Ended() bool { return s != Scheduled && s != Running }

// TriggerKind is what made a run start.
type TriggerKind string

// The kinds of triggers.
const (
	BySchedule TriggerKind = "schedule"
	ByHand     TriggerKind = "manual"
	ByEvent    TriggerKind = "event"
)

// Trigger is why a run started. Its tags are for reading; MarshalJSON writes it.
type Trigger struct {
	Kind TriggerKind `json:"kind"`
	// Tick is the time that a schedule named, which can lie before the start.
	Tick time.Time `json:"tick"`
	// By is who asked for a manual run.
	By string `json:"by"`
	// Args are the arguments of a manual run.
	Args []string `json:"args"`
	// Event is the name of the event that started the run, the last one of several: see EventsOf.
	Event string `json:"event"`
	// Key is what the script's @key has of it.
	Key string `json:"key"`
}

// Run is one execution of a script, with its retries: each attempt replaces what the one before left. Its tags are
// for reading; MarshalJSON writes it.
type Run struct {
	// ID is a UUID (version 7), the same in all attempts and after a rescue, so that a script can use it to recognise its own
	// earlier work.
	ID     string `json:"id"`
	Script string `json:"script"`
	// Version is the content hash of the script that ran.
	Version string   `json:"version"`
	State   RunState `json:"state"`
	Trigger Trigger  `json:"trigger"`
	// Attempt counts from 1. Taking a dead host's run over does not count.
	Attempt int `json:"attempt"`
	// Rescues is how often the run was taken over from a dead host.
	Rescues int    `json:"rescues"`
	Host    string `json:"host"`
	// CancelledBy is who wants, or wanted, the run to end.
	CancelledBy string `json:"cancelled_by"`
	// CreatedAt is when the run was asked for. StartedAt and EndedAt are of the latest attempt.
	CreatedAt time.Time `json:"created_at"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at"`
	Error     *RunError `json:"error"`
	// Again is set by ClaimRun: the run has begun before, in an earlier attempt or on a host that gave it back or died.
	Again bool `json:"-"`
	// Home is set by ClaimRun and StartRun: the name under which the script's store and files are kept, which is the script's own
	// unless it was renamed.
	Home string `json:"-"`
	// Interrupted is set by ClaimRun: the run was begun and not ended, by a host that gave it back or died.
	Interrupted bool `json:"-"`
	// Missed reports that the run makes up for a tick that was missed, or came due behind such runs and waited for them.
	Missed bool `json:"missed,omitzero"`
	// missed is the column behind it: how many later ticks may wait behind this one.
	missed int
	// Due is before when the run does not start, or zero: it gathers events, or starts no faster than @throttle says.
	Due time.Time `json:"due"`
	// Turn is how many runs in a row led to this one by the events that their writes caused.
	Turn int `json:"-"`
	// lane is that of Launch.
	lane string
	// Calls is how many API calls the run made, and Writes how many of these were not reads.
	Calls  int `json:"calls"`
	Writes int `json:"writes"`
}

// RunError is why a run failed, with its place in the script.
type RunError struct {
	Kind       string `json:"kind"` // runtime, compile, timeout, interrupt, worker, memory; skipped tells why a run was
	Message    string `json:"message"`
	Hint       string `json:"hint,omitzero"`
	File       string `json:"file,omitzero"`
	Line       int    `json:"line,omitzero"`
	Column     int    `json:"column,omitzero"`
	SourceLine string `json:"source_line,omitzero"`
	Trace      string `json:"trace,omitzero"`
}

// LogLine is a line that a run printed or logged.
type LogLine struct {
	// Seq counts a run's lines from 1.
	Seq int64 `json:"seq"`
	// Attempt is the attempt that printed it; a later one leaves the lines of earlier ones.
	Attempt int       `json:"attempt"`
	Time    time.Time `json:"time"`
	// Level is "debug", "info", "warn", "error" for the log module, and "print" for the script's output.
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields,omitzero"`
	// Omitted is, of a line that comes from a run, how many were left out before it.
	Omitted int64 `json:"-"`
}

// Script is what the database knows of a script.
type Script struct {
	Name        string `json:"name"`
	Path        string `json:"path"` // below the directory, with slashes
	Language    string `json:"language"`
	Description string `json:"description,omitzero"`
	// Version is the content hash of the version that runs, or empty when none ever compiled.
	Version string `json:"version"`
	// Broken is the error of a later save that does not compile or whose header is wrong.
	Broken *RunError `json:"broken,omitzero"`
	// Schedules are cron expressions or phrases as in the header.
	Schedules []string `json:"schedules,omitzero"`
	Timezone  string   `json:"timezone,omitzero"`
	// Triggers are what events do with the script, or nil.
	Triggers  *Triggers `json:"triggers,omitzero"`
	Paused    bool      `json:"paused"`
	Disabled  bool      `json:"disabled"`
	NextRun   time.Time `json:"next_run,omitzero"`
	UpdatedAt time.Time `json:"updated_at"`

	// LastRun is the newest run, whatever became of it, and LastResult the newest that succeeded, failed or timed out. They must not be
	// changed.
	LastRun    *Run `json:"last_run,omitzero"`
	LastResult *Run `json:"last_result,omitzero"`
	// FailingSince is when the first run failed behind the last one that succeeded, or zero when that is LastResult.
	FailingSince time.Time `json:"failing_since,omitzero"`
	// Streak is how many of the newest results in a row are of the same kind, success or failure, at most ResultsKept.
	Streak int `json:"streak"`
	// Rate is the share of successes, from 0 to 1, among the newest Results results, at most ResultsKept.
	Rate    float64 `json:"success_rate"`
	Results int     `json:"results"`
	// Waiting and Running are how many runs wait for their turn, or go.
	Waiting int `json:"waiting"`
	Running int `json:"running"`
}

// Version is a script's content: its file and all that it imports, so that every host runs the same.
type Version struct {
	Hash   string `json:"hash"`
	Script string `json:"script"`
	// Entry is the script's own file among Files.
	Entry    string `json:"entry"`
	Language string `json:"language"`
	// Files are the contents by path below the root, with slashes.
	Files map[string][]byte `json:"-"`
}
