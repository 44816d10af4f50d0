package worker

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/crisphost/crisphost/engine"
)

// Job is a program to run, and what it may do and take.
type Job struct {
	// Script is whose program it is: errors and logs name it. Run is an ID of the run for logs.
	Script, Run string
	// Home is which place of Options.Store and Options.Files is the program's. Empty is Script.
	Home    string
	Program *Program
	// Args is the program's args.
	Args []string
	// Event is the payload of the event that the run is for: the program's global event. Events are those of several, in the global
	// events. Each is JSON. Without them the globals are null.
	Event  json.RawMessage
	Events []json.RawMessage
	// WebsiteID is the website of calls that name no other. Empty is the connection's.
	WebsiteID string
	// Env is what the program finds in env. Vars is further variables that tell about the run, see Owner.
	Env, Vars map[string]string
	Limits    Limits
	// Permissions are what the program may do, in words that the engines of the workers know too. Nil allows everything except what
	// has to be named, such as the hosts of fetch. The variables of Env and Vars are allowed.
	Permissions *engine.Permissions
	// Owner keeps jobs apart: a process serves jobs of one owner only, and of those only jobs with the same permissions, memory
	// and names in Env. Programs that must not share a process have different owners, such as the tenants of a service.
	Owner string
	// Observer sees what the program does. Nil is none.
	Observer Observer
	// Gates decide in the process of the pool on each call of the API, whose Detail is a *policy.Call, and of a store, after
	// permissions allowed it. The engine of the workers can have further ones, for calls of all modules.
	Gates []engine.Gate
	// DropResult has the result of the program dropped, so that one without a JSON form is no error.
	DropResult bool
}

// Limits are what a job may take. The memory of a process is bounded by the kernel where that can do it.
type Limits struct {
	// Timeout bounds the run, and the wait for a worker. Zero is no bound besides the context's.
	Timeout time.Duration
	// Memory bounds what the values of the program take, in bytes. Zero is Options.Memory.
	Memory int64
}

// Program is the source of a program. It must not be changed once it was used.
type Program struct {
	// Entry is the file to run, and Files are the contents of this and all files that it imports, by slash-separated paths.
	Entry string
	Files map[string][]byte
	// Language is the language of Entry. Empty is the one that the end of its name tells.
	Language engine.Language
	// Hash names the program: programs of one hash must have the same entry and files. Empty computes one.
	Hash string
}

// normalized returns the program with its language and hash.
func (p *Program) normalized() (*Program, error) {
	n := *p
	if n.Language == "" {
		language, err := engine.LanguageOf(p.Entry)
		if err != nil {
			return nil, err
		}
		n.Language = language
	}
	if n.Hash == "" {
		n.Hash = p.sum()
	}
	return &n, nil
}

// home is which store and files are the program's.
func (j *Job) home() string { return cmp.Or(j.Home, j.Script) }

// sum is a hash of entry and files.
func (p *Program) sum() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", p.Entry)
	for _, name := range slices.Sorted(maps.Keys(p.Files)) {
		fmt.Fprintf(sum, "%q %d\n", name, len(p.Files[name]))
		sum.Write(p.Files[name])
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Observer sees what a run does. Its methods may be called from any goroutine at the same time, and delay the run.
type Observer interface {
	// Line is called for each line that the program prints or logs.
	Line(l Line)
	// Call is called for each call of the API when it has ended.
	Call(c Call)
}

// Line is a line that a program printed or logged.
type Line struct {
	Time time.Time
	// Level is "debug", "info", "warn" or "error" for lines of the log module, "print" for output and "warn" for standard error.
	Level   string
	Message string
	Fields  map[string]any
	// Omitted is how many lines were left out before this one, since the program writes more than 20,000 lines or 16 MiB and faster than
	// 200 lines a second.
	Omitted int64
}

// Call is a call of Crisp's API.
type Call struct {
	Time time.Time
	// Operation is the ID of the operation in the description of the API, or "METHOD /path".
	Operation string
	Effect    string
	// Status is the HTTP status, or 0 without an answer, and Reason the API's or the client's word for a failure.
	Status   int
	Reason   string
	Duration time.Duration
	// Params are the values in the path of a call that is no read, by name: what it wrote to. They are nil for a path that the
	// description does not have.
	Params map[string]string
}

// The kinds of an Error.
const (
	KindRuntime   = "runtime"   // the program failed
	KindCompile   = "compile"   // the program is not valid
	KindTimeout   = "timeout"   // a deadline passed
	KindInterrupt = "interrupt" // the context ended
	KindMemory    = "memory"    // the program used too much memory
	KindWorker    = "worker"    // the process failed, or could not be used
)

// Error is why a run failed.
type Error struct {
	Kind    string
	Message string
	// Hint says what to do about it, or is empty.
	Hint string
	// File, Line and Column are the place in the program, and SourceLine is its text. They are empty when there is none.
	File         string
	Line, Column int
	SourceLine   string
	// Trace are the calls that led there, a line each.
	Trace string
}

// Is reports whether the error is engine.ErrTimeout or engine.ErrMemory.
func (e *Error) Is(target error) bool {
	return target == engine.ErrTimeout && e.Kind == KindTimeout || target == engine.ErrMemory && e.Kind == KindMemory
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	return b.String()
}
