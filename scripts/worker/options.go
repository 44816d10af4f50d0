package worker

import (
	"errors"
	"log/slog"
	"os"
	"time"

	"github.com/crisphost/crisphost/bindings"
	"github.com/crisphost/crisphost/crisp"
	"github.com/crisphost/crisphost/scripts/worker/internal/wire"
)

// Options are what a pool is made of.
type Options struct {
	// Client makes the API calls of all scripts until SetClient. Nil is no connection.
	Client *crisp.Client
	// WebsiteID is the website that scripts use unless they name another.
	WebsiteID string
	// Store returns what a script keeps its values in, by Job.Home, and SharedStore is that of all scripts. Nil is none.
	Store       func(home string) bindings.Store
	SharedStore bindings.Store
	// Events is where scripts listen to what happens at Crisp. When nil, they cannot.
	Events bindings.Events
	// Files is a directory in which each script gets one of its own for the files module, or empty for no files.
	Files string
	// FilesLimit bounds what the directory of a script may hold, in bytes. A run that makes it hold more is stopped a moment later. Zero is
	// no limit.
	FilesLimit int64
	// Bundles is a directory for the scripts' sources while they are used, or empty for one among the temporary files.
	Bundles string

	// Workers is how many scripts run at the same time; others wait. Zero is four for each processor.
	Workers int
	// Warm is how many fresh processes wait for a run. Zero is 2, a negative number none.
	Warm int
	// Idle is how many processes are kept that have run something, for further runs of scripts that may do the same; each takes
	// some 10 MB. Zero is as many as Workers, but at most 16. Further ones are kept for some seconds.
	Idle int
	// Grace is how long a stopped script may take to end before its process is killed. Zero is 5 s.
	Grace time.Duration
	// Memory bounds what the values of a program may take when its job does not say, in bytes. Zero is 256 MiB.
	Memory int64

	// Answers bounds what the pool's process holds of answers on their way to scripts, and of what they send, in bytes, for all runs
	// together. Calls that need more wait for their turn. One answer takes at most half of it, at most an eighth of its script's memory,
	// and at most 64 MiB: the call fails otherwise. Zero is 128 MiB.
	Answers int64

	// Unconfined leaves workers the rights of the pool's process. By default they have no capabilities, gain no rights, and where the
	// kernel has Landlock they reach no files but those of the system's programs and certificates, Bundles, and Files. It is for modules
	// of the program's own that need more.
	Unconfined bool

	// Logger takes what operators should know. Nil discards.
	Logger *slog.Logger

	// Command is the program that is a worker, with its arguments: its main calls MainIf. Nil is this one with the argument "worker",
	// which tells people what the process is and means nothing to MainIf.
	Command []string
}

// The defaults of Options.
const (
	DefaultMemory = 256 << 20
	DefaultGrace  = 5 * time.Second
)

// ErrUnsupported tells that the system has not what workers need.
var ErrUnsupported = errors.New("scripts run in processes of their own on Linux, macOS and other kinds of Unix only; here `crisphost run` runs them")

// ErrClosed tells that a pool runs nothing any more.
var ErrClosed = errors.New("the host is shutting down")

// Stats are the counts of a pool.
type Stats struct {
	// Fresh and Idle processes wait: for any run, and for another run of their authority. Busy ones run something.
	Fresh, Idle, Busy int
	// Started counts the processes, Reused the runs that found an idle one, Killed the processes that had to be killed, and
	// Died those that ended by themselves.
	Started, Reused, Killed, Died int64
	// Answers is how many bytes calls hold of Options.Answers, and Waiting how many calls wait for some.
	Answers int64
	Waiting int
}

// IsWorker reports whether a Pool has started this process as a worker.
func IsWorker() bool { return os.Getenv(wire.EnvWorker) != "" }

// ErrNoMain is the error of a pool whose processes are no workers, and of a pool in such a process.
var ErrNoMain = errors.New("the program's main does not call worker.MainIf: add it at the top of main")
