package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/crisphost/crisphost/internal/scriptname"
)

// Language is a script language.
type Language string

// The languages. JSX and TSX files are not accepted.
const (
	Lua        Language = "lua"
	JavaScript Language = "js"
	TypeScript Language = "ts"
)

// LanguageOf returns the language of a file by the end of its name: .lua, .js, .mjs, .cjs, .ts, .mts or .cts, in any case.
func LanguageOf(filename string) (Language, error) {
	language, ok := scriptname.Language(filename)
	if !ok {
		return "", fmt.Errorf("cannot tell the language of %q by its name: scripts end in %s", filename, scriptname.Extensions())
	}
	return Language(language), nil
}

// Runtime compiles and runs the programs of a language. Implementations are safe for concurrent use.
type Runtime interface {
	// Compile checks and translates a script without running it. Programs are cached by the hash of their content, so
	// compiling the same text again costs next to nothing. Modules names the host modules that import may load. Mistakes in the
	// script are an *Error of kind KindCompile.
	Compile(ctx context.Context, src Source, modules []string) (Program, error)
	// New makes a VM. The caller closes it.
	New(cfg Config) (VM, error)
}

// Program is a compiled script. It is immutable and serves any number of VMs of the runtime that made it.
type Program interface {
	// Name is the script's path as in its Source.
	Name() string
	// Hash identifies the content: the script and every file that it imports at compile time, in hexadecimal SHA-256.
	Hash() string
}

// VM is one isolated script environment. It runs one program at a time.
type VM interface {
	// Run runs a program to its end, with everything that it started, and returns its result: the default export of
	// JavaScript, the returned value of Lua, in the forms of Function.Call's arguments, or nil.
	//
	// When ctx ends, the script stops wherever it is and Run returns an *Error of kind KindTimeout if ctx passed its deadline,
	// and of kind KindInterrupt otherwise; both wrap context.Cause(ctx). A script that fails returns an *Error of kind KindRuntime
	// which wraps the Go error that a host function gave, if that was the reason.
	Run(ctx context.Context, p Program) (any, error)
	// Exec is Run without the result, which may then have any form.
	Exec(ctx context.Context, p Program) error
	// Load runs the top level of a program and keeps what it exports, for Call. Timers that it started run in later calls.
	Load(ctx context.Context, p Program) error
	// Exports returns the names of what the loaded program exports, sorted; see Instance.Exports.
	Exports() []string
	// Call calls an exported function, with arguments in the forms of Function.Call's results; see the function Call.
	Call(ctx context.Context, name string, args []any) (any, error)
	// Idle runs timers and what calls left behind until nothing is pending or ctx ends.
	Idle(ctx context.Context) error
	// Close frees the VM, stops its sequences and waits for the host calls in flight, whose contexts have ended. Called by a host
	// function of the VM it may return before the VM is freed.
	Close() error
}

// Config is what a VM is made of. It is not changed by a VM and can be used for many.
type Config struct {
	// Modules are bound as globals by their names and can be loaded with require and import.
	Modules []*Module
	// Globals are further plain values by name, in the forms of Function.Call's results.
	Globals []Constant
	// Stdout takes what print and console.log write, Stderr what console.error and console.warn write. Nil discards. The VM
	// writes whole lines, from one goroutine at a time.
	Stdout, Stderr io.Writer
	// Fetch carries the requests of fetch. Nil refuses them.
	Fetch http.RoundTripper
	// MemoryLimit stops a run when it takes more than this many bytes of memory, with an *Error of KindMemory that wraps a
	// *MemoryError. Zero is no limit. It is an estimate: what counts is by how much the heap of the whole process has grown since the VM
	// was made, or since a call of a living instance began, VMs side by side included, and it is looked at every 20 ms. Near the limit garbage is collected to find out, unless
	// the program has told Go of a limit that is no higher (debug.SetMemoryLimit), which keeps the peak lower as well. A single operation cannot be stopped, and may take a
	// multiple; a limit that holds against everything needs a process of its own, which package scripts/worker has.
	MemoryLimit int64
	// Stuck is called, from a goroutine of its own, when a run goes on although it was stopped: StuckAfter later, after it passed
	// MemoryLimit 5 seconds later at most, and sooner when it goes on to take a multiple of that. It is in an operation that nothing can
	// stop, such as joining an array of gigabytes. The error is what Run would return, without the place. A program that cannot bear it
	// ends itself here. Nil does nothing.
	Stuck func(error)
	// StuckAfter is how long a run may take to end after it was stopped, before Stuck is called. 0 is 15 seconds.
	StuckAfter time.Duration
	// Now is the clock of Date, os.time and os.date. Nil is the system's.
	Now func() time.Time
	// Gates are around every call of a host function, the outermost first.
	Gates []Gate
	// Permissions are checked before the gates. Nil allows everything.
	Permissions *Permissions
	// Script and Run say to gates what calls: the script's name and an ID of the run.
	Script, Run string
	// OnError is called with failures that belong to no call: late rejections, timers that throw. Nil drops them.
	OnError func(error)
	// OnPanic is called when a host function panics, on its goroutine. Nil does nothing.
	OnPanic func(*PanicError)
	// provided are the values for Use.
	provided provided
	// types are the engine's, for WithGlobal.
	types *types
}

// Apply sets what instance options say, for users of a Runtime without an Engine.
func (c *Config) Apply(options ...InstanceOption) error {
	var errs []error
	for _, o := range options {
		errs = append(errs, o.applyInstance(c))
	}
	return errors.Join(errs...)
}
